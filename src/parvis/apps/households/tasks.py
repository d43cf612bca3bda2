"""Background jobs of households."""

from parvis.apps.households.services import changes


def warn_of_ends() -> None:
    """Runs `changes.warn_of_ends`; scheduled."""
    changes.warn_of_ends()
