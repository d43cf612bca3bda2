"""The fixture of a modifiable town folder, shared with the tests of towns."""

from tests.town.conftest import change, village

__all__ = ["change", "village"]
