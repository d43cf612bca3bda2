"""The baseline of a trial, kept without anyone thinking of it."""

from parvis.insight import services


def keep_baseline() -> None:
    """Counts the weeks of the trial that are not frozen yet."""
    services.keep_baseline()
