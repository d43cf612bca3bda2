"""Letters that the tests send: renderers as a data app writes them."""

from django.utils.translation import get_language

from parvis.apps.mail.letter import Letter
from parvis.apps.mail.services import call_off


def hello(name: str) -> Letter:
    """Greets in the language of the moment."""
    greeting = {"fr": "Bonjour", "en": "Hello"}[get_language() or "fr"]
    return Letter(f"{greeting}, {name}", f"{greeting} {name}, été comme hiver.", f"<p>{greeting} <b>{name}</b></p>")


def hostile() -> Letter:
    """Tries to add a header and a body of its own; has no HTML."""
    return Letter("Trou\r\nBcc: tous@exemple.ca\r\n\r\nCorps\x00\u2028fin", "Rien d'autre.\x00")


def broken() -> Letter:
    """Cannot be written."""
    raise ZeroDivisionError("no words")


def called_off(key: str) -> Letter:
    """Is called off while it is being written."""
    assert call_off(key=key)
    return Letter("Held back", "-")
