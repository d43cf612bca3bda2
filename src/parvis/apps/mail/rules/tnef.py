"""Opens the `winmail.dat` files in which Outlook wraps what it sends (TNEF)."""

import logging
from dataclasses import dataclass

from tnefparse import TNEF

from parvis.apps.mail.rules.body import html_text, tidy
from parvis.apps.mail.rules.headers import storable, text_of
from parvis.lib.time_limit import time_limit

SECONDS = 5.0
LARGEST = 30_000_000  # bytes of the wrapping
MOST_FILES = 50
TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it reports each fault of a hostile file


@dataclass(frozen=True)
class Unwrapped:
    """What a winmail.dat holds: its words, and the (name, content) of its files."""

    text: str
    files: tuple[tuple[str, bytes], ...]


def unwrap(data: bytes) -> Unwrapped | None:
    """The content of a TNEF file; None when it is broken, empty, larger than LARGEST or not read within SECONDS."""
    if len(data) > LARGEST:
        return None
    try:
        with time_limit(SECONDS):
            wrapped = TNEF(data, do_checksum=True)
            files = tuple(
                (storable(str(one.long_filename() or "")), bytes(one.data)) for one in wrapped.attachments if one.data
            )
            text = _words(wrapped)
    except Exception:  # hostile bytes fail in many ways
        return None
    cut = not wrapped.objects or not wrapped.objects[-1].good_checksum
    if cut or len(files) > MOST_FILES or sum(len(content) for _name, content in files) > len(data):
        return None
    return Unwrapped(text, files) if files or text else None


def _words(wrapped: TNEF) -> str:
    if wrapped.body:
        return tidy(_text(wrapped.body)).strip("\0\n ")
    return html_text(_text(wrapped.htmlbody)) if wrapped.htmlbody else ""


def _text(words: str | bytes | list[bytes]) -> str:
    if isinstance(words, list):
        words = b"".join(words)
    return text_of(words.rstrip(b"\0")) if isinstance(words, bytes) else storable(words)
