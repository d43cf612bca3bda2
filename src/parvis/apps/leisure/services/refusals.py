"""Why a place cannot be taken now, beyond what is wrong in the form."""

from datetime import datetime

from django.utils.translation import gettext as _

from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.queries.halls import Trouble
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text


class NotOpen(NotAllowed):
    """Registration is not open yet for this household: it is at `opens_at`."""

    code = "not-open"

    def __init__(self, message: type_text, opens_at: datetime) -> None:
        super().__init__(message)
        self.opens_at = opens_at


class NotAdmitted(NotAllowed):
    """There is a line, and it is not the turn of this household."""

    code = "not-admitted"


class Closed(Conflict):
    """Nobody registers on line any more."""

    code = "closed"


class Full(Conflict):
    """No place is left, or too few. `suggestion` is the nearest group that has some."""

    code = "full"

    def __init__(self, message: type_text, suggestion: GroupView | None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


class HallsTaken(Conflict):
    """A hall would be booked twice, or hold more people than it may: done all the same once whoever does it says that
    they saw this very trouble, by its mark.
    """

    code = "halls-taken"

    def __init__(self, message: type_text, trouble: Trouble) -> None:
        super().__init__(message)
        self.trouble = trouble


def confirm_halls(trouble: Trouble, seen: str) -> None:
    """Raises HallsTaken for a trouble that is not the one that was seen, whose mark is `seen`."""
    if trouble and trouble.mark != seen:
        raise HallsTaken(_("A hall is taken, or too small: look at what follows, then confirm."), trouble)


class TooManyUnpaid(Invalid):
    """The household, or the account that asks for it, keeps as many unpaid places as the town allows."""


class NotAtCounter(Invalid):
    """What was chosen on line is paid on line, and not at the counter."""
