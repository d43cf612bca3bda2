"""The error pages of the public site: with the alerts in force, and a way on."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from parvis.surfaces.public.ask.screen import LONGEST
from parvis.surfaces.public.frame import english_offered, nav
from parvis.ui import views as plain

# What is not for the public, or stands alone on a screen, keeps the bare pages.
NOT_PUBLIC = ("/desk/", "/edition/", "/staff/", "/dev/", "/hooks/", "/api/", "/open311/", "/panneau/", "/attente/")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 404 page, with the question box. When the database cannot be read, Django answers by the static 500 page."""
    if request.path.startswith(NOT_PUBLIC):
        return plain.not_found(request, exception)
    context = {"public_nav": nav(), "longest": LONGEST, "messages": (), "english": english_offered()}
    return render(request, "public/errors/404.html", context, status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 403 page."""
    if request.path.startswith(NOT_PUBLIC):
        return plain.forbidden(request, exception)
    context = {"public_nav": nav(), "messages": (), "english": english_offered()}
    return render(request, "public/errors/403.html", context, status=403)
