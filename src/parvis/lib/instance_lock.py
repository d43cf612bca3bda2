"""Whether this installation is being served: a lock on one file of PARVIS_DATA, shared by all those who serve.

The kernel lets go of the lock when the last process that holds it ends, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from parvis.lib.errors import Conflict

NAME = "service.lock"

_held: list[int] = []


def hold() -> None:
    """This process, and those it forks, serve from now on. Conflict while the data is being replaced."""
    lock = _open()
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Conflict("A backup is being restored into this installation: start it afterwards.") from None
    _held.append(lock)


@contextmanager
def stopped() -> Iterator[None]:
    """Nobody serves while the block runs. Conflict when somebody does now."""
    lock = _open()
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Conflict("This installation is running: stop its web server and its worker first.") from None
    try:
        yield
    finally:
        os.close(lock)


def _open() -> int:
    return os.open(settings.PARVIS_DATA / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
