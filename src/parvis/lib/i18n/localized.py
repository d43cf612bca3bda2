"""Bilingual texts of the town in the active language."""

from django.utils.translation import get_language

from parvis.lib.i18n.languages import pick


def localized(obj: object, field: str) -> str:
    """`<field>_fr` or `<field>_en` of `obj`, by the active language; French when the other is empty."""
    return pick(obj, field, get_language())
