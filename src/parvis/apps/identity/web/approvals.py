"""How much waits for the approval of a user, as the second person, by screen of the navigation bar."""

from parvis.apps.cases.queries import incidents
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.services.custody import endings_asked
from parvis.apps.leisure.queries.cancellations import cancellations_asked
from parvis.apps.newsletter.queries import issues
from parvis.apps.outreach.queries import messages
from parvis.lib.ttl_cache import TtlCache

_messages = TtlCache(lambda: [*messages.awaited(), *issues.awaited()])
_incidents = TtlCache(incidents.awaited)
_cancellations = TtlCache(cancellations_asked)
_endings = TtlCache(endings_asked)


def awaiting(user: User, screen: str) -> int:
    """How many messages and issues, incidents of their departments, or decisions of two people wait for this user: not
    those they wrote or asked for.

    Three queries a second at most, and some for each that waits.
    """
    if screen == "outreach" and user.may_everywhere(Action.APPROVE_MESSAGE):
        return sum(user.pk not in writers for writers in _messages())
    if screen == "incidents" and user.may(Action.APPROVE_INCIDENT):
        rows = _incidents().items()
        return sum(
            user.pk not in writers and may_on(user, Action.APPROVE_INCIDENT, incident.department_id)
            for incident, writers in rows
        )
    if screen == "approvals" and user.may(Action.SEE_APPROVALS):
        cancellations = _cancellations() if user.may(Action.APPROVE_REFUND) else []
        endings = _endings() if user.may(Action.CONFIRM_COURT_DECISION) else []
        askers = [*(row.asked_by_id for row in cancellations), *(row.asked_by_id for row in endings)]
        return sum(asker != user.pk for asker in askers)
    return 0
