"""What one household may keep unpaid, when it may pay at the counter, and what is unusual. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta


def is_unusual_share(unpaid: int, capacity: int, *, percent: int, least: int) -> bool:
    """Whether one household has so many unpaid places of a group that someone must look at it: more than that percent
    of its places, and `least` of them at least.

    >>> is_unusual_share(4, 12, percent=33, least=4), is_unusual_share(4, 13, percent=33, least=4)
    (True, False)
    >>> is_unusual_share(3, 4, percent=33, least=4)
    False
    """
    return unpaid >= least and unpaid * 100 > capacity * percent


def just_opened(openings: Iterable[datetime], at: datetime, *, hours: int) -> datetime | None:
    """Until when a moment is in the first hours of an opening; None when it is not.

    >>> eight, noon = datetime(2026, 12, 8, 8), datetime(2026, 12, 8, 12)
    >>> just_opened([eight], noon, hours=6), just_opened([eight], noon, hours=4), just_opened([noon], eight, hours=4)
    (datetime.datetime(2026, 12, 8, 14, 0), None, None)
    """
    lasts = timedelta(hours=hours)
    return max((opened + lasts for opened in openings if opened <= at < opened + lasts), default=None)
