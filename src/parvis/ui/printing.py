"""Conversion of pages to PDF by WeasyPrint, when Pango is installed; otherwise users print the page itself."""

import logging
from functools import cache
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase

log = logging.getLogger(__name__)
logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns about every screen-only property
logging.getLogger("fontTools").setLevel(logging.WARNING)

PANGO_MISSING = (
    "Pango is not installed: receipts and letters are shown as pages to print, not as PDF. "
    "On Debian or Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


@cache
def _weasyprint() -> ModuleType | None:
    """The library, imported on first use (half a second, 40 MB); None when its system libraries are missing."""
    try:
        return import_module("weasyprint")
    except OSError as error:
        log.warning("no PDF: %s", error)
        return None


def available() -> bool:
    """Whether `pdf` works on this machine."""
    return _weasyprint() is not None


def pdf(html: str, *, base: str = "") -> bytes | None:
    """Renders a page as a tagged PDF; None when Pango is missing.

    `base` is the base URL of its links (by default the site's). Style sheets, fonts and images come from static files
    or `data:` URLs; anything else is ignored, and nothing is fetched from the network.
    """
    library = _weasyprint()
    if library is None:
        return None
    fetcher = type("OwnFiles", (library.URLFetcher,), {"fetch": _own_file})()
    page = library.HTML(string=html, base_url=base or settings.PARVIS_URL, url_fetcher=fetcher, media_type="print")
    document: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return document


def as_pdf(request: HttpRequest, html: str, filename: str) -> HttpResponseBase:
    """A printable page as PDF; as HTML with `as=page` in the query or the form, or without Pango."""
    document = None if "page" in (request.GET.get("as"), request.POST.get("as")) else pdf(html)
    if document is None:
        return HttpResponse(html)
    headers = {"Content-Disposition": f'inline; filename="{filename}"'}
    response = HttpResponse(document, content_type="application/pdf", headers=headers)
    # The PDF viewer of some browsers is an object of the page.
    return csp_replace({"object-src": ["'self'"]})(lambda _request: response)(request)


def to_type(path: str) -> str:
    """A URL of the site in a form easy to type from paper: "parvis.example.ca/suivi"."""
    return f"{settings.PARVIS_URL}{path}".removeprefix("https://").rstrip("/")


def _own_file(fetcher: object, address: str, headers: object = None) -> Any:
    """Serves WeasyPrint static files and `data:` URLs; ValueError for any other URL."""
    library = import_module("weasyprint.urls")
    if address.startswith("data:"):
        return library.URLFetcher().fetch(address)
    path = urlsplit(address).path
    if not path.startswith(settings.STATIC_URL):
        raise ValueError("this address is not one of our static files")
    file = _path(unquote(path.removeprefix(settings.STATIC_URL)))
    kind = guess_type(file.name)[0] or "application/octet-stream"
    return library.URLFetcherResponse(address, file.read_bytes(), {"Content-Type": kind})


def _path(name: str) -> Path:
    """The path of a static file, collected or still in its app; ValueError when there is none."""
    try:
        if staticfiles_storage.exists(name):
            return Path(staticfiles_storage.path(name))
        path = finders.find(name)
    except SuspiciousFileOperation as error:
        raise ValueError("this address leads out of our static files") from error
    if not isinstance(path, str):
        raise ValueError("there is no such static file")
    return Path(path)
