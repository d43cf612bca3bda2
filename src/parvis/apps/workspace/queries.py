"""Questions asked of what each person has before their eyes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from parvis.apps.cases.access import anyone_may_place, readable, readers
from parvis.apps.cases.due_status import Row, row
from parvis.apps.cases.models import Case, State
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.apps.places.shapes import Point, away, reach
from parvis.apps.workspace.models import CaseDraft, CasePresence, FollowUp, Mention, Snippet
from parvis.lib.clock import now, today
from parvis.lib.rows import Compiled
from parvis.lib.words import fold

LEASE = timedelta(seconds=25)
"""How long someone is held to look at a case after their page last said so."""
MENTIONED = re.compile(r"(?<![\w@.])@([\w.+-]*\w)")


@dataclass(frozen=True)
class Viewer:
    """Somebody else before a case; `writing` when words typed there wait to be sent."""

    name: str
    writing: bool


def at_case(case_id: int) -> list[CasePresence]:
    """Who has the case before their eyes now, with their names. One query."""
    return _looking(case_id, now() - LEASE)


_looking = Compiled(
    lambda case, since: (
        CasePresence.objects.filter(case_id=case, seen_at__gte=since).select_related("user").order_by("pk")
    )
)


def drafts_at(case_id: int, user: User) -> dict[str, CaseDraft]:
    """What that person typed and did not send in a case, by gesture, with what was sent or discarded lately."""
    return {case_draft.gesture: case_draft for case_draft in CaseDraft.objects.filter(case_id=case_id, user=user)}


def named_in(words: str) -> list[User]:
    """The people of the house whom these words call by their user name after an @, whatever the capitals."""
    wanted = {name.lower() for name in MENTIONED.findall(words)}
    if not wanted:
        return []
    return list(_staff().alias(called=Lower("username")).filter(called__in=wanted).order_by("pk"))


def colleagues(text: str, case: Case, limit: int = 8) -> list[User]:
    """Who may be called by name in a note of that case: those who may read it, whose name or user name begins so."""
    users = _staff().filter(readers(case)).order_by("first_name", "last_name", "pk")
    for word in text.split() or [""]:
        users = users.filter(
            Q(username__istartswith=word)
            | Q(username__icontains=f".{word}")
            | Q(first_name__istartswith=word)
            | Q(last_name__istartswith=word)
        )
    return list(users[:limit])


def _staff() -> QuerySet[User]:
    return User.objects.filter(is_active=True, memberships__isnull=False).distinct()


# --- My work --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """How much waits for someone: notes that call them, cases they wanted to see again by today.

    As everything below, of cases that they may still read: what they cannot see is never counted.
    """

    mentions: int
    follow_ups: int

    @property
    def total(self) -> int:
        """Both together: the count beside their screen."""
        return self.mentions + self.follow_ups


def waiting(user: User) -> Waiting:
    """What waits for that person now; two counts over small indexes."""
    return Waiting(_mentions(user).count(), _follow_ups(user).filter(on__lte=today()).count())


def left_by(user: User) -> Waiting:
    """All that still waits for someone who leaves, whatever the day and whatever they may still read."""
    return Waiting(
        Mention.objects.filter(user=user, read_at=None).count(),
        FollowUp.objects.filter(user=user, ended_at=None).count(),
    )


def mentions_of(user: User, limit: int = 30) -> list[Mention]:
    """The notes that call that person and that they have not seen, the newest first; of cases they may still read."""
    rows = _mentions(user).select_related("entry__actor", "entry__case__subject", "entry__case__department")
    return list(rows.order_by("-pk")[:limit])


def follow_ups_of(user: User, limit: int = 50) -> list[FollowUp]:
    """The cases that person wants to see again, the nearest day first; of cases they may still read."""
    rows = _follow_ups(user).select_related("case__subject", "case__department")
    return list(rows.order_by("on", "pk")[:limit])


def _mentions(user: User) -> QuerySet[Mention]:
    return Mention.objects.filter(readable(user, "entry__case__"), user=user, read_at=None)


def _follow_ups(user: User) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(readable(user, "case__"), user=user, ended_at=None)


def follow_up_on(case: Case, user: User) -> FollowUp | None:
    """When that person wants to see that case again; None when they asked for nothing."""
    return FollowUp.objects.filter(case=case, user=user, ended_at=None).first()


def owned_by(user: User, limit: int = 20) -> list[Row]:
    """The open cases of that person, the most pressing first."""
    mine = Case.objects.filter(owner=user).exclude(state=State.CLOSED)
    cases = mine.select_related("subject", "address__street", "person")
    return [row(case) for case in cases.order_by("due_at", "pk")[:limit]]


# --- Ready phrases --------------------------------------------------------------------------------------------------


def snippets_of(user: User) -> list[Snippet]:
    """The ready phrases that person may pick, by name: theirs first, then those of their departments, then all's."""
    rows = _kept().filter(Q(owner=user) | Q(owner=None, department=None) | Q(department__in=user.department_ids))
    return sorted(
        rows, key=lambda snippet: (fold(snippet.name), snippet.owner_id is None, snippet.department_id is None)
    )


def snippet_of(snippet_id: int, user: User) -> Snippet | None:
    """One of the phrases that person may pick."""
    return next((snippet for snippet in snippets_of(user) if snippet.pk == snippet_id), None)


def picked(snippets: Iterable[Snippet], text: str, limit: int = 8) -> list[Snippet]:
    """Those whose name begins so, then those whose name or words hold it; capitals aside."""
    wanted = text.lower()
    result = [
        snippet for snippet in snippets if wanted in f"{snippet.name} {snippet.words_fr} {snippet.words_en}".lower()
    ]
    return sorted(result, key=lambda snippet: not snippet.name.lower().startswith(wanted))[:limit]


def _kept() -> QuerySet[Snippet]:
    return Snippet.objects.filter(dropped_at=None).select_related("department", "owner")


# --- Beside a case --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """An open case near a point: how far east and south of it, in metres."""

    case: Case
    east: int
    south: int


def open_about(case: Case, point: Point, distance: int, limit: int = 40) -> list[About]:
    """The other open cases at an address within a square around the point, `distance` metres to each side.

    None of someone whose address is protected.
    """
    up, right = reach(point, distance)
    north, east = (point[0] - up, point[0] + up), (point[1] - right, point[1] + right)
    near = Address.objects.filter(latitude__range=north, longitude__range=east)
    rows = Case.objects.filter(anyone_may_place(), address__in=near).exclude(pk=case.pk).exclude(state=State.CLOSED)
    cases = rows.select_related("subject", "address__street", "person").order_by("-pk")[:limit]
    return [About(item, *away(point, item.point or _placed(item))) for item in cases]


def _placed(case: Case) -> Point:
    """Where the address of a case is; the caller knows that it is placed."""
    assert case.address is not None and case.address.point is not None
    return case.address.point
