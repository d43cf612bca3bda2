"""Maps roles to the groups of the editor's space. The role table is the only source.

`identity.services.follow_roles` assigns these groups to people; `services.sync_wagtail_groups` creates them with their
permissions. Never add someone to a group by hand: the next sign-in would remove them.
"""

from collections.abc import Iterable

from parvis.apps.directory.rules.permissions import Action, Role, allowed

WRITERS = "Rédaction"
PUBLISHERS = "Publication"
WORKFLOW = "Relecture"

_GROUP_OF = {Action.EDIT_ANSWER: WRITERS, Action.PUBLISH_ANSWER: PUBLISHERS}

WRITERS_MAY: frozenset[tuple[str, str]] = frozenset(
    {("answer", "add"), ("answer", "change"), ("answer", "view"), ("fact", "add"), ("fact", "change"), ("fact", "view")}
)
PUBLISHERS_MAY: frozenset[tuple[str, str]] = WRITERS_MAY | {("answer", verb) for verb in ("publish", "lock", "unlock")}


def groups_for(roles: Iterable[Role]) -> list[str]:
    """The group names that these roles give: EDIT_ANSWER gives the writers, PUBLISH_ANSWER the publishers."""
    role_set = frozenset(roles)
    return [group for action, group in _GROUP_OF.items() if allowed(role_set, action)]
