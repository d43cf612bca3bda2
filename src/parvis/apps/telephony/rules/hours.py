"""The hours at which a town may call people for what is not an emergency.

The default is that of the CRTC's rules for automatic dialing-announcing devices (Unsolicited Telecommunications Rules,
Part IV, as changed by Telecom Regulatory Policy CRTC 2009-200): 9:00 to 21:30 from Monday to Friday, 10:00 to 18:00 on
Saturday and Sunday, at the hour of the person called. Whether they bind a town that sells nothing to people who asked
for its calls was not ascertained: the town may widen or narrow them.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

Span = tuple[time, time]
_SATURDAY = 5


def next_allowed(local: datetime, spans: Sequence[Span]) -> datetime:
    """The same moment when calls are allowed then, else when they are next. `local` is at the hour of the town."""
    day = local
    for _rank in range(8):
        start, end = spans[day.weekday() >= _SATURDAY]
        opens = day.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
        closes = day.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        if local < opens:
            return opens
        if opens <= local < closes:
            return local
        day = (day + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    raise ValueError("no hour of the week is allowed")
