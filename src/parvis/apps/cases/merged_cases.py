"""Requests handled as one: what each looks like to its citizen, who is in it, what is linked to it."""

from copy import copy
from datetime import datetime

from django.db.models import Q

from parvis.apps.cases.models import Case, CaseLink, Entry, State

SHARED_FIELDS = (
    *("state", "promise", "due_at", "ack_due_at", "acknowledged_at", "pauses", "level", "urgent"),
    *("closing_reason", "closed_at", "visit_on"),
)


def head_of(case: Case) -> Case:
    """The case that it is handled with, itself when it is merged into none; a query for each case above it."""
    rows = Case.objects.select_related("subject", "department", "owner", "address__street")
    while case.merged_into_id is not None:
        case.merged_into = rows.get(pk=case.merged_into_id)
        case = case.merged_into
    return case


def names_hidden(case: Case) -> datetime | None:
    """Since when its citizen reads no name of the staff: kept from them, or from those of one that it is handled with.

    A query for each case above it that was not read.
    """
    return case.names_hidden_at or (names_hidden(case.merged_into) if case.merged_into else None)


def as_seen_by_citizen(case: Case) -> Case:
    """The case as its citizen follows it: its own number and words, standing where the one it is handled with stands.

    For reading only. One query for each case above it, none when it is merged into none.
    """
    head = head_of(case)
    if head is case:
        return case
    shown = copy(case)
    for name in SHARED_FIELDS:
        setattr(shown, name, getattr(head, name))
    if shown.state == State.ASKED:  # the question was somebody else's
        shown.state = State.WAITING
    shown.department, shown.owner, shown.names_hidden_at = head.department, head.owner, names_hidden(case)
    return shown


def shared(case: Case) -> Case:
    """As `followed`, for who is not its citizen: what was asked of them is nobody else's, the work just waits."""
    shown = copy(as_seen_by_citizen(case))
    if shown.state == State.ASKED:
        shown.state = State.WAITING
    return shown


def merged_into(case: Case) -> list[Case]:
    """The requests merged into a case, the oldest first, with their persons and the last words of each (`said`).

    Two queries, whatever their number.
    """
    if not case.merged_count:
        return []
    rows = list(Case.objects.filter(merged_into=case).select_related("person", "subject").order_by("pk"))
    said = Entry.objects.filter(case__in=rows, by_citizen=True).exclude(body="").order_by("case_id", "seq")
    latest = {entry.case_id: entry for entry in said}
    for row in rows:
        row.said = latest.get(row.pk)  # type: ignore[attr-defined]
    return rows


def linked(case: Case) -> list[Case]:
    """The requests linked to a case, the newest link first; one query."""
    rows = CaseLink.objects.filter(Q(one=case) | Q(other=case)).order_by("-pk")
    read = ("subject", "address__street", "person")
    rows = rows.select_related(*(f"{side}__{name}" for side in ("one", "other") for name in read))
    return [row.other if row.one_id == case.pk else row.one for row in rows]
