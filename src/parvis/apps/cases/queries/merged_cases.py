"""Merged cases: what their citizens see, which cases are merged together, and links between cases."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime

from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Case, CaseLink, Entry, State

SHARED_FIELDS = (
    *("state", "promise", "due_at", "ack_due_at", "acknowledged_at", "pauses", "level", "urgent"),
    *("closing_reason", "closed_at", "visit_on"),
)


def head_of(case: Case) -> Case:
    """The case at the top of the merges, itself when not merged; one query per case above."""
    rows = _heads()
    while case.merged_into_id is not None:
        case.merged_into = rows.get(pk=case.merged_into_id)
        case = case.merged_into
    return case


def heads_of(cases: Sequence[Case]) -> list[Case]:
    """The case at the top of the merges of each; one query for each level of merges, however many cases."""
    below = [case for case in cases if case.merged_into_id is not None]
    while below:
        above = _heads().in_bulk({case.merged_into_id for case in below})
        for case in below:
            case.merged_into = above[case.merged_into_id or 0]
        below = [head for head in above.values() if head.merged_into_id is not None]
    return [_loaded_head(case) for case in cases]


def _loaded_head(case: Case) -> Case:
    while case.merged_into is not None:
        case = case.merged_into
    return case


def _heads() -> QuerySet[Case]:
    return Case.objects.select_related("subject", "department", "owner", "address__street")


def names_hidden(case: Case) -> datetime | None:
    """Since when staff names are hidden from its citizen, by itself or a case above; one query per case not loaded."""
    return case.names_hidden_at or (names_hidden(case.merged_into) if case.merged_into else None)


def as_seen_by_citizen(case: Case, head: Case | None = None) -> Case:
    """A read-only copy as its citizen sees it: its own number and words, with the state of the case it is merged into.

    The case itself when not merged. One query per case above, none when `head`, its own, is given (`heads_of`).
    """
    head = head or head_of(case)
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
    """As `as_seen_by_citizen`, for anyone else: a question to the citizen appears as waiting for a third party."""
    shown = copy(as_seen_by_citizen(case))
    if shown.state == State.ASKED:
        shown.state = State.WAITING
    return shown


def merged_into(case: Case) -> list[Case]:
    """The cases merged into a case, oldest first, with their person and their citizen's last entry (`said`).

    Two queries.
    """
    if not case.merged_count:
        return []
    cases = list(Case.objects.filter(merged_into=case).select_related("person", "subject").order_by("pk"))
    entries = Entry.objects.filter(case__in=cases, by_citizen=True).exclude(body="").order_by("case_id", "seq")
    latest = {entry.case_id: entry for entry in entries}
    for merged in cases:
        merged.said = latest.get(merged.pk)  # type: ignore[attr-defined]
    return cases


def linked(case: Case) -> list[Case]:
    """The cases linked to a case, newest link first; one query."""
    links = CaseLink.objects.filter(Q(one=case) | Q(other=case)).order_by("-pk")
    related = ("subject", "address__street", "person")
    links = links.select_related(*(f"{side}__{name}" for side in ("one", "other") for name in related))
    return [link.other if link.one_id == case.pk else link.one for link in links]
