"""The folder of a town that a test may change, as the tests of towns have it."""

from tests.town.conftest import change, village

__all__ = ["change", "village"]
