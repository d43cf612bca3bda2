"""The pages made for a frame, and the script by which the town's existing site shows them."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from parvis.surfaces.public.ask import views as ask_views
from parvis.surfaces.public.framing import framable
from parvis.surfaces.public.request import views as request_views

LOADER = Path(__file__).parents[1] / "static/public/embed/loader.js"
HOUR = 3600

question = framable(ask_views.question)
report = framable(request_views.report)
write = framable(request_views.write)
received = framable(request_views.received)
kept = framable(request_views.kept)


@cache
def _script() -> tuple[bytes, str]:
    content = LOADER.read_bytes()
    return content, f'"{sha256(content).hexdigest()[:32]}"'


@require_safe
@cache_control(public=True, max_age=HOUR)
@condition(etag_func=lambda _request: _script()[1])
def loader(request: HttpRequest) -> HttpResponse:
    """The script at its stable address, without a version: a browser asks again after an hour, for a 304 mostly."""
    response = HttpResponse(_script()[0], content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
