"""The guides of docs/use name the buttons, the screens and the titles as people read them."""

import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
import wagtail.admin

from parvis.operations.translations import sources

GUIDES = sorted((Path(__file__).parents[2] / "docs/use").glob("*.md"))
NAMED = re.compile(r"«\s*([^»]+?)\s*»")
SAID = {"à 40 m, même sujet, depuis 2 jours", "c’est permis", "vous nous aviez dit"}  # by people, or of one request
FEW = 3  # words: a shorter name is a whole one, a longer one may be a part of a sentence


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


@pytest.fixture(scope="module")
def screens() -> set[str]:
    """Every French text of the screens, ours and the editor's."""
    theirs = Path(wagtail.admin.__file__).parent / "locale/fr/LC_MESSAGES/django.po"
    entries = [entry for source in (*sources(), theirs) for entry in polib.pofile(str(source))]
    return {plain(text) for entry in entries for text in (entry.msgstr, *entry.msgstr_plural.values())}


def unknown(guide: Path, screens: set[str]) -> Iterator[str]:
    for name in map(plain, NAMED.findall(guide.read_text())):
        whole = name.rstrip(".… ")
        if name in SAID or any(whole == text.rstrip(".…: ") for text in screens):
            continue
        part = len(whole.split()) >= FEW or name.endswith("…")
        if not (part and any(whole in text for text in screens)):
            yield name


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_what_a_guide_names_is_on_a_screen(guide: Path, screens: set[str]) -> None:
    assert list(unknown(guide, screens)) == []
