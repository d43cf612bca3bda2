"""Case search by words, reference, phone number and filters: keyset pages, bounded work at any size (ADR 0026)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.access import anyone_may_place, may_list, may_read, readable, sealed
from parvis.apps.cases.queries.cases import LINE, by_reference
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.queries.people import find, phone_digits, with_merged
from parvis.apps.search import queries as search
from parvis.apps.search.queries import Match, Words
from parvis.lib.clock import now
from parvis.lib.database.rows import Compiled
from parvis.lib.ids import near_references
from parvis.lib.words import number

KIND = "case"
LATEST, DUE = "latest", "due"
BATCHES = (200, 800, 2000, 2000)  # candidates examined for one page
SPANS = (2_000, 20_000, 80_000)  # ids examined for one page, without words
MOST_DUE = 1000  # matches sorted by due date
PEOPLE_OF_A_NUMBER = 20
PLACES = 26  # parameters of the statement that reads a page


@dataclass(frozen=True)
class SearchFilter:
    """The filters of a search; those left out match everything. Rows are given by id."""

    subject: int | None = None
    department: int | None = None
    state: str = ""
    channel: str = ""
    since: date | None = None
    until: date | None = None
    street: int | None = None
    sector: int | None = None
    address: int | None = None
    mine: bool = False
    late: bool = False
    order: str = LATEST


@dataclass(frozen=True)
class Found:
    """One page of cases. `next` is the `after` of the next page; None at the end.

    `way` says how they matched: "reference", "near" (a mistyped reference), "phone", "words", "mistyped" (`wanted` is
    then the corrected words), or "" without text. `partial`: the work limit was reached before the page was full.
    """

    cases: list[Case]
    next: str | None = None
    way: str = ""
    wanted: Words = ()
    partial: bool = False


def search_cases(text: str, search_filter: SearchFilter, *, user: User, after: str = "", limit: int = 50) -> Found:
    """One page of the cases that this user may read and that match the text and the filter.

    A restricted case that they may not open is found by its whole reference alone, as `access.sealed`.
    By due date (`search_filter.order`): open cases only, and the first MOST_DUE matches of the words.
    """
    condition = _condition(search_filter, user)
    if not text.strip():
        by_due = search_filter.order == DUE
        return _by_due(condition, None, after, limit) if by_due else _latest(condition, after, limit)
    if after:
        return _by_words(text, search_filter, condition, after, limit)
    return _by_number(text, user, condition, limit) or _by_words(text, search_filter, condition, "", limit)


def _by_number(text: str, user: User, condition: Q, limit: int) -> Found | None:
    """By reference, mistyped or not, or by part of the citizen's phone number; None for other texts."""
    exact = by_reference(text)
    if exact is not None and may_read(user, exact):
        return Found([exact], way="reference")
    if exact is not None and may_list(user, exact):
        return Found([sealed(exact)], way="reference")
    near = near_references(text)
    if near and (cases := _read(_ids(condition & Q(reference__in=near)))):
        order = {reference: rank for rank, reference in enumerate(near)}
        return Found(sorted(cases, key=lambda case: order[case.reference])[:limit], way="near")
    if phone_digits(text) and user.may(Action.READ_PERSON):
        people = [person.pk for person in find(text, PEOPLE_OF_A_NUMBER)]
        of_people = Q(person__in=with_merged(people))  # as a condition on the cases themselves, it would scan them all
        cases = _read(_ids(condition & of_people).order_by("-opened_at", "-pk")[:limit]) if people else []
        return Found(cases, way="phone") if cases else None
    return None


# --- Words ------------------------------------------------------------------------------------------------------------


def _by_words(text: str, search_filter: SearchFilter, condition: Q, after: str, limit: int) -> Found:
    """As typed; without any match, correcting the words that are in no case, then all of them."""
    attempts: tuple[Callable[[], Words], ...] = (
        lambda: search.in_full(text),
        lambda: search.spelling_corrections(text),
        lambda: search.spelling_corrections(text, every=True),
    )
    by_due = search_filter.order == DUE
    start = number(after[:1]) or 0
    for level, attempt in list(enumerate(attempts))[start if start < len(attempts) else 0 :]:
        wanted = attempt()
        matches = search.page(KIND, wanted, "" if by_due else after[1:], MOST_DUE + 1 if by_due else limit + 1)
        if not matches and not after:
            continue
        if by_due:
            page = _by_due(condition, [match.object_id for match in matches[:MOST_DUE]], after[1:], limit)
        else:
            page = _scan(condition, wanted, matches, limit)
        return Found(
            cases=page.cases,
            next=f"{level}{page.next}" if page.next else None,
            way="mistyped" if level else "words",
            wanted=wanted,
            partial=page.partial or (by_due and len(matches) > MOST_DUE),
        )
    return Found([], way="words", wanted=search.in_full(text))


def _scan(condition: Q, wanted: Words, matches: list[Match], limit: int) -> Found:
    """Scans the matches, latest first, in growing batches until a page is full; `matches` is the first batch."""
    cases: list[Case] = []
    for size, next_size in pairwise((limit + 1, *BATCHES, 0)):
        ids = [match.object_id for match in matches]
        rows = {} if condition else {case.pk: case for case in _read(ids)}
        allowed = set(_ids(condition & Q(pk__in=ids))) if condition else rows.keys()
        shown = [match for match in matches if match.object_id in allowed][: limit - len(cases)]
        cases += _read(match.object_id for match in shown) if condition else [rows[match.object_id] for match in shown]
        if len(cases) == limit:
            ended = shown[-1] is matches[-1] and len(matches) < size
            return Found(cases, None if ended else shown[-1].mark)
        if len(matches) < size:
            return Found(cases)
        after = matches[-1].mark
        if not next_size:
            return Found(cases, after, partial=True)
        matches = search.page(KIND, wanted, after, next_size)
    return Found(cases)


def wider(text: str, *, user: User, limit: int = 10) -> list[Case]:
    """Cases with all the words but one, for a text without match; only those that this user may read."""
    ids = [match.object_id for match in search.all_but_one(KIND, text, BATCHES[0])]
    allowed = set(_ids(readable(user) & Q(pk__in=ids))) if ids else set()
    return _read([pk for pk in ids if pk in allowed][:limit])


# --- No words ---------------------------------------------------------------------------------------------------------


def _latest(condition: Q, after: str, limit: int) -> Found:
    """The latest matching cases, searched in wider and wider ranges of ids."""
    last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before, ids = min(number(after) or last + 1, last + 1), list[int]()
    for span in SPANS:
        rows = _ids(condition & Q(pk__lt=before, pk__gte=before - span)).order_by("-pk")
        ids += rows[: limit + 1 - len(ids)]
        if len(ids) > limit:
            return Found(_read(ids[:limit]), str(ids[limit - 1]))
        before -= span
        if before <= 0:
            return Found(_read(ids))
    return Found(_read(ids), str(before), partial=True)


def _by_due(condition: Q, ids: Sequence[int] | None, after: str, limit: int) -> Found:
    """Open cases by due date."""
    rows = _ids(condition & Q(due_at__isnull=False)).exclude(state=State.CLOSED)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    due, _, pk = after.partition("|")
    moment, last = _moment(due), number(pk)
    if moment is not None and last is not None:
        rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=last))
    cases = _read(rows.order_by("due_at", "pk")[: limit + 1])
    end = cases[limit - 1] if len(cases) > limit else None
    return Found(cases[:limit], f"{end.due_at.isoformat()}|{end.pk}" if end and end.due_at else None)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


# --- Filters ----------------------------------------------------------------------------------------------------------


def count_at_most(search_filter: SearchFilter, *, user: User, most: int) -> int | None:
    """How many cases match, when cheap to count (the user's own, or a department's open ones); else None."""
    cheap = search_filter.state != "closed" and (
        search_filter.mine or (search_filter.department is not None and search_filter.state)
    )
    if not cheap:
        return None
    rows = Case.objects.filter(_condition(search_filter, user)).exclude(state=State.CLOSED)
    return rows.order_by().values("pk")[:most].count()


def _condition(search_filter: SearchFilter, user: User) -> Q:
    """The condition of a filter, within what this user may read.

    A search by address or street skips people whose address is protected, which it would reveal.
    """
    condition = readable(user)
    equal = {
        "subject_id": search_filter.subject,
        "department_id": search_filter.department,
        "channel": search_filter.channel or None,
        "address_id": search_filter.address,
        "address__street_id": search_filter.street,
        "address__sector_id": search_filter.sector,
        "owner_id": user.pk if search_filter.mine else None,
    }
    condition &= Q(**{name: value for name, value in equal.items() if value is not None})
    if search_filter.address is not None or search_filter.street is not None:
        condition &= anyone_may_place()
    if search_filter.state in _STATES:
        condition &= _STATES[search_filter.state]
    if search_filter.late:
        condition &= _RUNNING & Q(due_at__lt=now())
    if search_filter.since:
        condition &= Q(opened_at__gte=_midnight(search_filter.since))
    if search_filter.until:
        condition &= Q(opened_at__lt=_midnight(search_filter.until + timedelta(days=1)))
    return condition


_STATES = {
    "open": ~Q(state=State.CLOSED),
    "closed": Q(state=State.CLOSED),
    "to_take": ~Q(state=State.CLOSED) & Q(owner=None),
    "working": Q(state=State.WORKING),
    "paused": Q(state__in=(State.ASKED, State.WAITING)),
}
_RUNNING = ~Q(nature=Nature.COMMENT) & Q(state__in=(State.NEW, State.WORKING))


def _midnight(day: date) -> datetime:
    calendar = working_calendar()
    return datetime.combine(day, time(0), tzinfo=calendar.local(now()).tzinfo)


def _ids(condition: Q) -> QuerySet[Case, int]:
    """The ids of the matching cases; their columns are read by `_read`, a single compiled statement."""
    return Case.objects.filter(condition).values_list("pk", flat=True)


def _read(ids: Iterable[int]) -> list[Case]:
    """These cases with the columns of a list, in the order given."""
    wanted = list(ids)
    rows: dict[int, Case] = {}
    for start in range(0, len(wanted), PLACES):
        chunk = wanted[start : start + PLACES]
        rows |= {case.pk: case for case in _by_ids(*chunk, *[chunk[-1]] * (PLACES - len(chunk)))}
    return [rows[pk] for pk in wanted if pk in rows]


def _shown(*ids: Any) -> QuerySet[Case]:
    rows = Case.objects.filter(pk__in=ids).only(*LINE, "person__name", "person__merged_into")
    return rows.select_related("subject", "address__street", "owner", "department", "person")


_by_ids = Compiled(_shown)
