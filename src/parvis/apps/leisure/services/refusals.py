"""Why a place cannot be taken now, beyond what is wrong in the form."""

from datetime import datetime

from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.lib.errors import Conflict, NotAllowed, type_text


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
