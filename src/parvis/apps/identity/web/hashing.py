"""Passwords hashed one at a time in a process: each takes a processor for a fifth of a second."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.translation import gettext_lazy as _

from parvis.lib.errors import Refused

BUSY = _("Many people are signing in at this moment. Try again in a few seconds.")
LONGEST_WAIT = 5.0  # seconds for one's turn
_turn = Lock()


class Busy(Refused):
    """Too many passwords are being checked at this moment."""

    code = "busy"
    status = 503

    def __init__(self) -> None:
        super().__init__(BUSY)


@contextmanager
def turn() -> Iterator[None]:
    """One's turn to hash. Raises Busy when it does not come in LONGEST_WAIT."""
    if not _turn.acquire(timeout=LONGEST_WAIT):
        raise Busy
    try:
        yield
    finally:
        _turn.release()


def is_hashing() -> bool:
    """Whether a password is being hashed in this process, so that another one would wait."""
    return _turn.locked()


class OneAtATime(PBKDF2PasswordHasher):
    """Django's own hasher. Raises Busy when its turn does not come."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash, in Django's format."""
        with turn():
            return super().encode(password, salt, iterations)
