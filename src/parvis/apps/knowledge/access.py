"""Which groups of the editor's space a person belongs to, by their roles. The role table is the one truth.

`identity.services.follow_roles` gives people these groups; `services.sync_wagtail_groups` makes the groups and says
what each may do. Nobody is put in a group by hand: the next sign-in would take it away.
"""

from collections.abc import Iterable

from parvis.apps.directory.permissions import Action, Role, allowed

WRITERS = "Rédaction"
PUBLISHERS = "Publication"
WORKFLOW = "Relecture"

_GROUP_OF = {Action.EDIT_ANSWER: WRITERS, Action.PUBLISH_ANSWER: PUBLISHERS}

WRITERS_MAY: frozenset[tuple[str, str]] = frozenset(
    {("answer", "add"), ("answer", "change"), ("answer", "view"), ("fact", "add"), ("fact", "change"), ("fact", "view")}
)
PUBLISHERS_MAY: frozenset[tuple[str, str]] = WRITERS_MAY | {("answer", verb) for verb in ("publish", "lock", "unlock")}


def groups_for(roles: Iterable[Role]) -> list[str]:
    """The names of the groups that these roles give: who may edit answers writes, who may publish them publishes."""
    held = frozenset(roles)
    return [group for action, group in _GROUP_OF.items() if allowed(held, action)]
