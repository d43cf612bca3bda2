"""Pages shown in a frame of another site: which sites may, and what differs there.

A frame of another site has no cookie of ours, so nothing here depends on one: the language is in each address, forms
are protected by `same_origin` and by their signed key, and an account is neither read nor used, even where the browser
would send its cookie (a site of the same domain). Every link opens a window of its own, where the whole site works.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt

from parvis.lib.i18n.languages import clean
from parvis.ui.context import LANGUAGE_PARAMETER

View = Callable[..., HttpResponseBase]
PREFIX = "/integre/"
TEMPLATE = "public/embed/frame.html"


def framable(view: View) -> View:
    """A page that our own site and the town's listed sites may show in a frame; browsers refuse it to any other."""

    @wraps(view)
    def with_headers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        ancestors = ["'self'", *settings.PARVIS_EMBED_ORIGINS]
        show = csp_replace({"frame-ancestors": ancestors})(xframe_options_exempt(view))
        return show(request, *args, **kwargs)

    with_headers.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return with_headers


def is_framed(request: HttpRequest) -> bool:
    """Whether the page is one of those made for a frame."""
    return request.path_info.startswith(PREFIX)


def address(request: HttpRequest, page: str, *args: str) -> str:
    """The address of that page of the site, or of its counterpart in a frame, in the same language."""
    if is_framed(request):
        return f"{reverse(f'public:embedded_{page}', args=args)}?{_language()}"
    return reverse(f"public:{page}", args=args)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the templates need in a frame: `framed_in`, which frame to extend; nothing elsewhere."""
    if not is_framed(request):
        return {}
    return {"framed_in": TEMPLATE, "frame_origins": " ".join(settings.PARVIS_EMBED_ORIGINS)}


def form_urls(urls: Mapping[str, Any], open_subject: bool) -> dict[str, str]:
    """The addresses of a request form in a frame: its own page, and the language in each of them."""
    form = str(urls["form_url"])
    own = reverse("public:embedded_report") if open_subject else f"{PREFIX.rstrip('/')}{form}"
    parts = {name: str(urls[name]) for name in ("before_url", "photos_url", "step_url")}
    return {name: f"{url}?{_language()}" for name, url in {"form_url": own, **parts}.items()}


def _language() -> str:
    return urlencode({LANGUAGE_PARAMETER: clean(get_language())})
