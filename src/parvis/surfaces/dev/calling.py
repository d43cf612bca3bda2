"""The demonstration's calls: those that would have rung."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.apps.telephony.queries import calls as queries


def calls(request: HttpRequest) -> HttpResponse:
    """The latest calls, newest first."""
    return render(request, "dev/calls/list.html", {"calls": queries.latest(), "section": "mail"})
