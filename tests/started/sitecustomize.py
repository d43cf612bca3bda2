"""Loaded by Python itself, first, in the processes that tests start with `tests.waiting.STARTED` as their path."""

from tests.waiting import Told

Told().on = True
