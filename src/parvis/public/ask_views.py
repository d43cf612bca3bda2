"""The front door: a question in ordinary words, and what answers it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from parvis.public.forms import TrackForm
from parvis.public.frame import nav


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front door: one number, one address, and where is my request."""
    return render(request, "public/home.html", {"form": TrackForm(), "public_nav": nav("home")})
