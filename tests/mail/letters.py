"""Letter renderers for the tests."""

from django.utils.translation import get_language

from parvis.apps.mail.letters import Letter
from parvis.apps.mail.services.outgoing import cancel_letter, erase_letter


def hello(name: str) -> Letter:
    """A greeting in the active language."""
    greeting = {"fr": "Bonjour", "en": "Hello"}[get_language() or "fr"]
    return Letter(f"{greeting}, {name}", f"{greeting} {name}, été comme hiver.", f"<p>{greeting} <b>{name}</b></p>")


def hostile() -> Letter:
    """Attempts header injection; has no HTML."""
    return Letter("Trou\r\nBcc: tous@exemple.ca\r\n\r\nCorps\x00\u2028fin", "Rien d'autre.\x00")


def broken() -> Letter:
    """Fails to render."""
    raise ZeroDivisionError("no words")


def called_off(key: str) -> Letter:
    """Is cancelled while being rendered."""
    assert cancel_letter(key=key)
    return Letter("Held back", "-")


def erased(key: str) -> Letter:
    """Another letter, of this key, is erased while this one is being rendered."""
    erase_letter(key=key)
    return Letter("First", "-")
