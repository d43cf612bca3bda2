"""Letters that ask a second person to read what waits for their approval."""

from collections.abc import Collection

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import people_who_may
from parvis.apps.directory.rules.permissions import TOWN, Action
from parvis.apps.mail.letters import APPROVAL_RENDERER, Awaited
from parvis.apps.mail.services.outgoing import Sending, queue_letter


def tell_approvers(
    *,
    key: str,
    kind: Awaited,
    title: str,
    path: str,
    writers: Collection[int],
    by: User,
    action: Action = Action.APPROVE_MESSAGE,
    department_id: int | None = None,
) -> int:
    """Queues one letter to each person who may approve, once per key, in the caller's transaction; returns how many.

    They have the `action` over that department (None: over the town). None to `writers` (ids of users), nor to those
    without an e-mail address. `path`: the page where it is read and approved.
    """
    people = people_who_may(action, department_id, reach=TOWN)
    readers = [user for user in people if user.email and user.pk not in writers]
    for user in readers:
        args = [str(kind), title, path, by.display_name]
        queue_letter(
            key=f"approval/{key}/{user.pk}",
            to=user.email,
            language=user.language,
            renderer=APPROVAL_RENDERER,
            args=args,
            sending=Sending(urgent=True),
        )
    return len(readers)
