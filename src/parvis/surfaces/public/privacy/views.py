"""The notice of a form (A-2.1, a. 65)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from parvis.apps.privacy import queries
from parvis.ui.views import or_404


@require_safe
def notice(request: HttpRequest, slug: str) -> HttpResponse:
    """What the town says of one form, and of who outside Québec may receive something."""
    context = {"notice": or_404(queries.notice(slug)), "outside": queries.outside()}
    return render(request, "public/privacy/notice.html", context)
