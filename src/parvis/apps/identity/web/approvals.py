"""How much waits for the approval of a user, as the second person, by screen of the navigation bar."""

from parvis.apps.cases.queries import incidents
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.newsletter.queries import issues
from parvis.apps.outreach.queries import messages
from parvis.lib.ttl_cache import TtlCache

_awaited = TtlCache(
    lambda: {
        "outreach": [*messages.awaited(), *issues.awaited()],
        "incidents": incidents.awaited(),
    }
)


def awaiting(user: User, screen: str) -> int:
    """How many messages and issues, or incidents, wait for this user: those they wrote are left out.

    Three queries a second at most, and some for each that waits.
    """
    if not user.may(Action.APPROVE_MESSAGE):
        return 0
    return sum(user.pk not in writers for writers in _awaited().get(screen, ()))
