"""Scheduled jobs of the statistics."""

from parvis.apps.insight import learning, services


def keep_baseline() -> None:
    """Count the unfrozen weeks of the trial."""
    services.keep_baseline()


def gather_gaps() -> None:
    """Gather what the answers missed for the editors."""
    learning.gather()
