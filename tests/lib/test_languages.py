from dataclasses import dataclass

import pytest

from parvis.lib.i18n.languages import LANGUAGES, clean, pick


@dataclass
class Page:
    title_fr: str = ""
    title_en: str = ""


@pytest.mark.parametrize(
    ("fr", "en", "lang", "expected"),
    [
        ("Collectes", "Collections", "fr", "Collectes"),
        ("Collectes", "Collections", "en", "Collections"),
        ("Collectes", "Collections", "en-CA", "Collections"),
        ("Collectes", "", "en", "Collectes"),
        ("", "Collections", "fr", ""),
        ("", "", "en", ""),
        ("Collectes", "Collections", None, "Collectes"),
        ("Collectes", "Collections", "de", "Collectes"),
    ],
)
def test_a_bilingual_value_reads_as_asked_or_in_french(fr: str, en: str, lang: str | None, expected: str) -> None:
    assert pick(Page(fr, en), "title", lang) == expected


def test_absent_fields_and_texts_read_as_empty() -> None:
    assert pick(Page("a", "b"), "summary", "en") == ""


def test_the_first_language_is_french() -> None:
    assert LANGUAGES[0] == "fr"
    assert [clean(tag) for tag in ("fr-CA", "EN_us", "", None)] == ["fr", "en", "fr", "fr"]
