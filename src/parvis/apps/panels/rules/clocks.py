"""The clocks and the silence of screens."""

from datetime import datetime, timedelta

SILENT_AFTER = timedelta(minutes=5)
WRONG_CLOCK = timedelta(seconds=30)
LATE_PROOF = timedelta(days=14)  # a proof older than that says nothing any more
AHEAD = timedelta(minutes=2)  # beyond, a moment told by a screen is in the future


def is_wrong(drift: float | None) -> bool:
    """Whether a clock so many seconds ahead (negative: behind) is told at the desk; it is compensated in any case."""
    return drift is not None and abs(drift) > WRONG_CLOCK.total_seconds()


def is_silent(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a screen has not spoken for SILENT_AFTER; one that never spoke was not installed yet."""
    return seen_at is not None and now - seen_at > SILENT_AFTER
