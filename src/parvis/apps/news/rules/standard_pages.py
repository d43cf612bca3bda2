"""The pages that every town owes its readers, and the town's own values in the text of a page."""

from html import escape
from typing import Protocol

from parvis.lib import quebec
from parvis.lib.i18n.languages import pick

ADDRESSES: dict[str, str] = {
    "confidentialite": "privacy",
    "accessibilite": "accessibility",
    "donnees-ouvertes": "open_data",
}
"""The name of the address of each standard page, by slug."""


class Place(Protocol):
    """A town, as these texts name it."""

    phone: str
    email: str


def filled(html: str, place: Place, lang: str) -> str:
    """The text with the town's own name, phone, e-mail and address; an unknown one is left out."""
    values = {
        "town": pick(place, "name", lang),
        "phone": quebec.phone(place.phone, lang) if place.phone else "",
        "email": place.email,
        "address": pick(place, "address", lang),
    }
    for name, value in values.items():
        html = html.replace("{" + name + "}", escape(value))
    return html
