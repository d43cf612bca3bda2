"""When a delivery that failed is tried again, and when a webhook is turned off. Pure."""

from datetime import datetime, timedelta

from parvis.apps.outbox.rules import Backoff

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Those of the Standard Webhooks specification: from five seconds to a day, some three and a half days in all."""
BACKOFF = Backoff(DELAYS, ends=True)
GIVEN_UP_AFTER = timedelta(days=5)


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Whether a webhook has failed for so long, without one success, that it is turned off."""
    return failing_since is not None and at - failing_since >= GIVEN_UP_AFTER
