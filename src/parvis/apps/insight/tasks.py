"""Scheduled jobs of the statistics."""

from parvis.apps.insight.services import learning, trials


def keep_baseline() -> None:
    """Count the unfrozen weeks of the trial."""
    trials.keep_baseline()


def gather_gaps() -> None:
    """Gather what the answers missed for the editors."""
    learning.gather()
