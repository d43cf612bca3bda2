"""Count the statements of a piece of work, however slow the machine that runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.apps.knowledge import snapshot
from parvis.lib import ttl_cache


@contextmanager
def standing_clock() -> Iterator[None]:
    """What a process remembers is not read again because time passed: its clock stands still at the beginning."""
    still = SimpleNamespace(monotonic=lambda: 0.0)
    with patch.object(ttl_cache, "time", still), patch.object(snapshot, "time", still):
        yield


@contextmanager
def statements() -> Iterator[CaptureQueriesContext]:
    """The statements sent to the database meanwhile, in order: `len()`, and `["sql"]` of each."""
    with standing_clock(), CaptureQueriesContext(connection) as sent:
        yield sent
