"""Pages turned into PDF by WeasyPrint, where the machine has Pango; elsewhere the page itself is what is printed."""

import logging
from functools import cache
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation

log = logging.getLogger(__name__)
logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it names every property made for screens
logging.getLogger("fontTools").setLevel(logging.WARNING)

PANGO_MISSING = (
    "Pango is not installed: receipts and letters are shown as pages to print, not as PDF. "
    "On Debian or Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


@cache
def _weasyprint() -> ModuleType | None:
    """The library, loaded at the first printing (half a second, 40 MB); None when its system libraries are missing."""
    try:
        return import_module("weasyprint")
    except OSError as error:
        log.warning("no PDF: %s", error)
        return None


def available() -> bool:
    """Whether `pdf` gives a document on this machine."""
    return _weasyprint() is not None


def pdf(html: str, *, base: str = "") -> bytes | None:
    """The page as a tagged PDF; None when Pango is missing, and the page is then shown as it is.

    `base` is the address against which its links are read (default: that of the site). Style sheets, fonts and images
    come from the static files or from `data:` addresses; anything else is left out: nothing is fetched.
    """
    library = _weasyprint()
    if library is None:
        return None
    fetcher = type("OwnFiles", (library.URLFetcher,), {"fetch": _own_file})()
    page = library.HTML(string=html, base_url=base or settings.PARVIS_URL, url_fetcher=fetcher, media_type="print")
    document: bytes = page.write_pdf(pdf_variant="pdf/ua-1")
    return document


def to_type(path: str) -> str:
    """An address of the site as someone types it from a sheet of paper: "parvis.example.ca/suivi"."""
    return f"{settings.PARVIS_URL}{path}".removeprefix("https://").rstrip("/")


def _own_file(fetcher: object, address: str, headers: object = None) -> Any:
    """What WeasyPrint asks for, among our static files and `data:` alone; ValueError for any other address."""
    library = import_module("weasyprint.urls")
    if address.startswith("data:"):
        return library.URLFetcher().fetch(address)
    path = urlsplit(address).path
    if not path.startswith(settings.STATIC_URL):
        raise ValueError("this address is not one of our static files")
    file = _place(unquote(path.removeprefix(settings.STATIC_URL)))
    kind = guess_type(file.name)[0] or "application/octet-stream"
    return library.URLFetcherResponse(address, file.read_bytes(), {"Content-Type": kind})


def _place(name: str) -> Path:
    """Where that static file is: collected under its lasting name, or still in its app."""
    try:
        if staticfiles_storage.exists(name):
            return Path(staticfiles_storage.path(name))
        find = finders.find(name)
    except SuspiciousFileOperation as error:
        raise ValueError("this address leads out of our static files") from error
    if not isinstance(find, str):
        raise ValueError("there is no such static file")
    return Path(find)
