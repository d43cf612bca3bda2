"""The pages of refusals."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.lib.errors import Refused


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A calm page with the reason, under the status of the refusal; the bare reason when a script of the page asks."""
    if "HX-Request" in request.headers:
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain")
    return render(request, "identity/refusal.html", {"reason": str(refused)}, status=refused.status)


def too_many(request: HttpRequest) -> HttpResponse:
    """The page of someone who tried too often in a short time."""
    reason = _("Too many attempts in a short time. Wait a few minutes, then try again.")
    return render(request, "identity/refusal.html", {"reason": reason}, status=429)
