"""When a delivery that failed is tried again, and when a webhook is turned off. Pure."""

from datetime import datetime, timedelta

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Those of the Standard Webhooks specification: from five seconds to a day, some three and a half days in all."""
GIVEN_UP_AFTER = timedelta(days=5)


def next_attempt(tries: int, at: datetime) -> datetime | None:
    """The moment after the `tries`-th failure (from 1); None when it is not tried any more."""
    return at + DELAYS[tries - 1] if tries <= len(DELAYS) else None


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Whether a webhook has failed for so long, without one success, that it is turned off."""
    return failing_since is not None and at - failing_since >= GIVEN_UP_AFTER
