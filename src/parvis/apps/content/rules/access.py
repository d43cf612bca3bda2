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

# By the names of their tables: models of other apps, too, are written in the editor's space.
REVIEWED = ("content.answer", "news.newsitem", "news.plainpage", "news.event", "news.councilsession")

WRITERS_MAY: frozenset[tuple[str, str]] = frozenset(
    (model, verb) for model in (*REVIEWED, "content.fact") for verb in ("add", "change", "view")
)
PUBLISHERS_MAY: frozenset[tuple[str, str]] = WRITERS_MAY | {
    (model, verb) for model in REVIEWED for verb in ("publish", "lock", "unlock")
}
PICTURES_MAY = ("add_image", "choose_image", "change_image")
"""What both groups may do with the pictures of the editor's space."""


def groups_for(roles: Iterable[Role]) -> list[str]:
    """The group names that these roles give: EDIT_ANSWER gives the writers, PUBLISH_ANSWER the publishers."""
    role_set = frozenset(roles)
    return [group for action, group in _GROUP_OF.items() if allowed(role_set, action)]
