"""Fixtures of the tests of towns: a town's folder that a test may change."""

from tests.town.conftest import change, village

__all__ = ["change", "village"]
