"""Error pages for refused requests."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.lib.errors import Refused, Restricted


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """A page with the reason and status of a refusal; plain text for htmx requests."""
    if "HX-Request" in request.headers:
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain")
    context = {"reason": str(refused), "title": refused.title if isinstance(refused, Restricted) else ""}
    return render(request, "identity/refusal.html", context, status=refused.status)


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for a rate-limited request."""
    reason = _("Too many attempts in a short time. Wait a few minutes, then try again.")
    return render(request, "identity/refusal.html", {"reason": reason}, status=429)
