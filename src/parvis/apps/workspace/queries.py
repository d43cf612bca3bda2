"""Queries on presence, drafts, reminders, mentions and snippets."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.access import anyone_may_place, readable, readers
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.apps.places.rules.shapes import Point, away, reach
from parvis.apps.workspace.models import CaseDraft, CasePresence, FollowUp, Mention, MessagePresence, Snippet
from parvis.lib.clock import now, today
from parvis.lib.database.rows import Compiled
from parvis.lib.words import fold

LEASE = timedelta(seconds=25)
"""How long someone counts as viewing a case after the last signal of their page."""
IN_A_LIST = ("subject", "department", "address__street", "person")
"""What a list reads of a case."""
MENTIONED = re.compile(r"(?<![\w@.])@([\w.+-]*\w)")


@dataclass(frozen=True)
class Viewer:
    """Another person viewing a case; `writing` when they have unsent text."""

    name: str
    writing: bool


def at_case(case_id: int) -> list[CasePresence]:
    """The people viewing the case now. One query."""
    return _viewing(case_id, now() - LEASE)


_presences = CasePresence.objects.select_related("user").order_by("pk")
_viewing = Compiled(lambda case, since: _presences.filter(case_id=case, seen_at__gte=since))


def at_message(contact_id: int) -> list[MessagePresence]:
    """The people reading a message of the inbox now. One query."""
    rows = MessagePresence.objects.filter(contact=contact_id, seen_at__gte=now() - LEASE)
    return list(rows.select_related("user").order_by("pk"))


def drafts_at(case_id: int, user: User) -> dict[str, CaseDraft]:
    """That person's drafts in a case, by action, including those sent or discarded lately."""
    return {draft.action: draft for draft in CaseDraft.objects.filter(case_id=case_id, user=user)}


def named_in(words: str) -> list[User]:
    """The staff members mentioned by user name after an @, case-insensitively."""
    wanted = {name.lower() for name in MENTIONED.findall(words)}
    if not wanted:
        return []
    return list(_staff().alias(called=Lower("username")).filter(called__in=wanted).order_by("pk"))


def colleagues(text: str, case: Case, limit: int = 8) -> list[User]:
    """The people who may be mentioned in a note of that case: its readers, whose name begins with the text."""
    users = _staff().filter(readers(case)).order_by("first_name", "last_name", "pk")
    for word in text.split() or [""]:
        by_user_name = Q(username__istartswith=word) | Q(username__icontains=f".{word}")
        users = users.filter(by_user_name | Q(first_name__istartswith=word) | Q(last_name__istartswith=word))
    return list(users[:limit])


def _staff() -> QuerySet[User]:
    return User.objects.filter(is_active=True, memberships__isnull=False).distinct()


# --- My work --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """The number of pending items of a person: unread mentions, and reminders due by today.

    Like everything below, limited to the cases that they may still read.
    """

    mentions: int
    follow_ups: int

    @property
    def total(self) -> int:
        """The count beside their screen."""
        return self.mentions + self.follow_ups


def waiting(user: User) -> Waiting:
    """The pending items of that person; two counts over small indexes."""
    return Waiting(_mentions(user).count(), _follow_ups(user).filter(on__lte=today()).count())


def left_by(user: User) -> Waiting:
    """All pending items of someone who leaves, whatever their date and their access."""
    mentions, follow_ups = Mention.objects.filter(user=user, read_at=None), FollowUp.objects.filter(user=user)
    return Waiting(mentions.count(), follow_ups.filter(ended_at=None).count())


def mentions_of(user: User, limit: int = 30) -> list[Mention]:
    """The unread mentions of that person, newest first, in the cases they may read."""
    rows = _mentions(user).select_related("entry__actor", *(f"entry__case__{name}" for name in IN_A_LIST))
    return list(rows.order_by("-pk")[:limit])


def follow_ups_of(user: User, limit: int = 50) -> list[FollowUp]:
    """The reminders of that person, nearest day first, on the cases they may read."""
    rows = _follow_ups(user).select_related(*(f"case__{name}" for name in IN_A_LIST))
    return list(rows.order_by("on", "pk")[:limit])


def _mentions(user: User) -> QuerySet[Mention]:
    return Mention.objects.filter(readable(user, "entry__case__"), user=user, read_at=None)


def _follow_ups(user: User) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(readable(user, "case__"), user=user, ended_at=None)


def follow_up_on(case: Case, user: User) -> FollowUp | None:
    """That person's reminder on that case, if any."""
    return FollowUp.objects.filter(case=case, user=user, ended_at=None).first()


# --- Ready phrases --------------------------------------------------------------------------------------------------


def snippets_of(user: User) -> list[Snippet]:
    """The snippets that person may use, by name: theirs, then those of their departments, then everyone's."""
    mine = Q(owner=user) | Q(owner=None, department=None) | Q(department__in=user.department_ids)
    rows = _active_snippets().filter(mine)
    return sorted(rows, key=lambda row: (fold(row.name), row.owner_id is None, row.department_id is None))


def snippet_of(snippet_id: int, user: User) -> Snippet | None:
    """One of the snippets that person may use."""
    return next((snippet for snippet in snippets_of(user) if snippet.pk == snippet_id), None)


def picked(snippets: Iterable[Snippet], text: str, limit: int = 8) -> list[Snippet]:
    """The snippets whose name begins with the text, then those that contain it; case-insensitive."""
    wanted = text.lower()
    matches = [each for each in snippets if wanted in f"{each.name} {each.words_fr} {each.words_en}".lower()]
    return sorted(matches, key=lambda snippet: not snippet.name.lower().startswith(wanted))[:limit]


def _active_snippets() -> QuerySet[Snippet]:
    return Snippet.objects.filter(dropped_at=None).select_related("department", "owner")


# --- Beside a case --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class About:
    """An open case near a point, with its distance east and south, in metres."""

    case: Case
    east: int
    south: int


def open_about(case: Case, point: Point, distance: int, limit: int = 40) -> list[About]:
    """The other open cases within `distance` metres north, south, east and west of the point, except protected
    addresses.
    """
    up, right = reach(point, distance)
    north, east = (point[0] - up, point[0] + up), (point[1] - right, point[1] + right)
    near = Address.objects.filter(latitude__range=north, longitude__range=east)
    rows = Case.objects.filter(anyone_may_place(), address__in=near).exclude(pk=case.pk).exclude(state=State.CLOSED)
    cases = rows.select_related("subject", "address__street", "person").order_by("-pk")[:limit]
    return [About(near_case, *away(point, near_case.point or _placed(near_case))) for near_case in cases]


def _placed(case: Case) -> Point:
    """The location of the case's address; the caller ensures that it has one."""
    assert case.address is not None and case.address.point is not None
    return case.address.point
