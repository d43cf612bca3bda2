"""What the citizen says once a case is open: directly, or through the agent who hears it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from parvis.cases.journal import Line
from parvis.cases.models import Case, ClosingReason, Entry
from parvis.cases.services.common import how_to_tell, locked, make, words_or_refuse
from parvis.cases.states import Move
from parvis.catalogue.models import Channel
from parvis.catalogue.promises import promise
from parvis.directory.models import Department, User
from parvis.directory.queries import stand_in, working_calendar
from parvis.files.models import Attachment
from parvis.lib.clock import now


@transaction.atomic
def reply(
    *,
    case_id: int,
    words: str,
    by: User | None = None,
    channel: str = Channel.WEB,
    photos: Sequence[Attachment] = (),
    expect: int | None = None,
    since: int | None = None,
) -> Case:
    """Adds the citizen's words, photos or both (`by`: the agent who wrote them down). A stopped clock runs again.

    `since` is the number of the last entry that the page showed: the same words sent again from it are kept once.
    """
    case = locked(case_id, Move.REPLY, by, expect)
    if since is not None and said_already(case, words, since):
        return case
    line = Line(
        Entry.Kind.REPLIED,
        by=by,
        by_citizen=True,
        body=words.strip() if photos else words_or_refuse(words),
        data={"channel": channel},
        photos=photos,
    )
    make(case, Move.REPLY, line)
    return case


@transaction.atomic
def not_fixed(
    *,
    case_id: int,
    words: str,
    by: User | None = None,
    channel: str = Channel.WEB,
    photos: Sequence[Attachment] = (),
    expect: int | None = None,
) -> Case:
    """Reopens the same case one level up: to the department its subject names, or to the head of its own.

    A new promise is made from now. Both closings stay in the journal.
    """
    case = locked(case_id, Move.NOT_FIXED, by, expect)
    body = words.strip() if photos else words_or_refuse(words)
    reopen(case, body=body, data={"channel": channel}, by=by, photos=photos)
    return case


def reopen(
    case: Case, *, body: str, data: dict[str, Any], by: User | None = None, photos: Sequence[Attachment] = ()
) -> Entry:
    """Writes that a closed case is open again one level up, as `not_fixed` says, and tells the citizen.

    The caller holds the case's lock and has checked the move; `data` says more of how it came.
    """
    moment = now()
    department = _one_level_up(case)
    head = stand_in(department.head, working_calendar().local(moment).date()) if department.head else None
    line = Line(
        Entry.Kind.REOPENED,
        by=by,
        by_citizen=True,
        body=body,
        told=how_to_tell(case.person),
        data={"level": case.level + 1, "was": case.closing_reason, **data},
        photos=photos,
    )
    changes: dict[str, Any] = {
        "department_id": department.pk,
        "owner_id": head.pk if head else None,
        "level": case.level + 1,
        "promise": case.subject.target,
        "due_at": promise(moment, case.subject.target, working_calendar()).due_at,
        "ack_due_at": promise(moment, case.subject.ack, working_calendar()).due_at,
        "acknowledged_at": None,
        "pauses": [],
        "closing_reason": "",
        "closed_at": None,
        "visit_on": None,
    }
    case.promised_at = moment
    return make(case, Move.NOT_FIXED, line, **changes)


@transaction.atomic
def withdraw(*, case_id: int, words: str = "", by: User | None = None, expect: int | None = None) -> Case:
    """Closes at the citizen's own wish."""
    case = locked(case_id, Move.WITHDRAW, by, expect)
    line = Line(Entry.Kind.CLOSED, by=by, by_citizen=True, body=words.strip(), data={"reason": ClosingReason.WITHDRAWN})
    make(case, Move.WITHDRAW, line, closing_reason=ClosingReason.WITHDRAWN, closed_at=now())
    return case


@transaction.atomic
def called(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Records that the citizen was phoned, and what was said."""
    case = locked(case_id, Move.CALLED, by, expect)
    make(case, Move.CALLED, Line(Entry.Kind.CALLED, by=by, body=words_or_refuse(words)))
    return case


def said_already(case: Case, words: str, since: int = 0) -> bool:
    """Whether the citizen's last words, after the entry number `since`, are these: the same page sent twice."""
    kinds = (Entry.Kind.REPLIED, Entry.Kind.REOPENED)
    last = case.entries.filter(seq__gt=since, kind__in=kinds, by_citizen=True).order_by("-seq").first()
    return last is not None and last.body == words.strip()


def _one_level_up(case: Case) -> Department:
    return case.subject.level_up or case.department
