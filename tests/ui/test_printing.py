"""Conversion of pages to PDF with local files only; disabled when Pango is missing."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from pytest import LogCaptureFixture, MonkeyPatch

from parvis.ui import printing
from tests.paper import inside

needs_pango = pytest.mark.skipif(not printing.available(), reason="Pango is not installed")


@pytest.fixture
def _asked_again() -> Iterator[None]:
    printing._weasyprint.cache_clear()
    yield
    printing._weasyprint.cache_clear()


@needs_pango
def test_a_page_becomes_a_pdf_with_our_fonts_and_sheets(caplog: LogCaptureFixture) -> None:
    document = printing.pdf(render_to_string("ui/print.html", {"lang": "fr", "html_lang": "fr-CA"}))
    assert document is not None and document.startswith(b"%PDF-")
    assert b"Atkinson" in inside(document)
    assert not [record for record in caplog.records if record.name.startswith("weasyprint")]


@needs_pango
@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/pixel.png",
        "file:///etc/passwd",
        "/media/received/1.jpg",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static/no-such-file.png",
    ],
)
def test_nothing_is_fetched_from_elsewhere(address: str, caplog: LogCaptureFixture) -> None:
    document = printing.pdf(f'<html lang="fr"><title>a</title><p>Bonjour<img alt="" src="{address}">')
    assert document is not None and b"/Image" not in document
    assert "Failed to load image" in caplog.text
    with pytest.raises(ValueError, match="static file"):
        printing._own_file(None, settings.PARVIS_URL + address if address.startswith("/") else address)


@pytest.mark.usefixtures("_asked_again")
def test_a_machine_without_pango_says_so_and_prints_the_page(monkeypatch: MonkeyPatch) -> None:
    def load(name: str) -> ModuleType:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return import_module(name)

    monkeypatch.setattr(printing, "import_module", load)
    assert not printing.available()
    assert printing.pdf("<p>Bonjour") is None
