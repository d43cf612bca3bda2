"""A lock file in PARVIS_DATA that tells whether this installation is running; all its processes share the lock.

The kernel releases the lock when the last process that holds it ends, however it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from parvis.lib.errors import Conflict

NAME = "service.lock"

_held: list[int] = []


def acquire_shared() -> None:
    """Takes the shared lock for this process and those it forks. Conflict while a backup is being restored."""
    lock = _open()
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Conflict("A backup is being restored into this installation: start it afterwards.") from None
    _held.append(lock)


@contextmanager
def exclusive() -> Iterator[None]:
    """Prevents the service from starting while the block runs. Conflict when it is running."""
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
