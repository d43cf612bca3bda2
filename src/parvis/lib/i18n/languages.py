"""The two languages of a town, and access to bilingual values."""

from typing import Literal

Lang = Literal["fr", "en"]

LANGUAGES: tuple[Lang, ...] = ("fr", "en")
DEFAULT: Lang = "fr"


def clean(lang: str | None) -> Lang:
    """Reduces any language tag ("en-ca", "FR", None) to one of LANGUAGES; anything but English is French."""
    return "en" if lang and lang.lower().startswith("en") else "fr"


def pick(obj: object, field: str, lang: str | None) -> str:
    """The attribute `<field>_<lang>` of `obj`; when empty or absent, the French text, then ""."""
    for code in (clean(lang), DEFAULT):
        value = getattr(obj, f"{field}_{code}", "")
        if value:
            return str(value)
    return ""
