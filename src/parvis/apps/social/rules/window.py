"""Until when a private message may be answered on Messenger."""

from datetime import datetime, timedelta
from typing import NamedTuple

OPEN, PERSON, CLOSED = "open", "person", "closed"
STANDARD = timedelta(hours=24)
BY_A_PERSON = timedelta(days=7)


class Window(NamedTuple):
    """OPEN: anyone may answer; PERSON: someone of the town, not a program; CLOSED: nobody any more.

    `until` is when this stops being so; the moment since when, for CLOSED.
    """

    state: str
    until: datetime

    def lets(self, *, by_person: bool) -> bool:
        """Whether an answer written by a person, or by a program, may leave."""
        return self.state == OPEN or (self.state == PERSON and by_person)


def window(last: datetime, moment: datetime) -> Window:
    """The window of a conversation whose other side wrote last at `last`.

    Meta's rule: a standard message within 24 hours; the tag HUMAN_AGENT within 7 days; its other tags ended on
    27 April 2026.
    """
    if moment < last + STANDARD:
        return Window(OPEN, last + STANDARD)
    return Window(PERSON if moment < last + BY_A_PERSON else CLOSED, last + BY_A_PERSON)
