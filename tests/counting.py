"""Clocks that stand still, and the counting of SQL statements, independent of the speed of the machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.apps.content.queries import snapshot
from parvis.lib import ttl_cache


@contextmanager
def standing_clock() -> Iterator[None]:
    """Freezes the clock of the in-process caches, so that no entry expires."""
    frozen = SimpleNamespace(monotonic=lambda: 0.0)
    with patch.object(ttl_cache, "time", frozen), patch.object(snapshot, "time", frozen):
        yield


@contextmanager
def statements() -> Iterator[CaptureQueriesContext]:
    """The SQL statements of the block, in order: `len()`, and `["sql"]` of each."""
    with standing_clock(), CaptureQueriesContext(connection) as captured:
        yield captured


@contextmanager
def standing_time() -> Iterator[None]:
    """Freezes the time of day of this process, at a whole second."""
    with patch.object(time, "time", return_value=float(int(time.time()))):
        yield
