"""The bilingual texts of the town, read in the language of the moment."""

from django.utils.translation import get_language

from parvis.lib.languages import pick


def localized(obj: object, field: str) -> str:
    """`<field>_fr` or `<field>_en` of `obj`, after the active language; the French when the other is empty."""
    return pick(obj, field, get_language())
