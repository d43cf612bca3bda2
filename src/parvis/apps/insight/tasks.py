"""What is counted and gathered without anyone thinking of it."""

from parvis.apps.insight import learning, services


def keep_baseline() -> None:
    """Counts the weeks of the trial that are not frozen yet."""
    services.keep_baseline()


def gather_gaps() -> None:
    """Brings what the answers missed to the list of the editors."""
    learning.gather()
