"""Finding cases by words, references, phone numbers and filters: pages by key, bounded work at any size (ADR 0026)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.access import anyone_may_place, may_read, readable
from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries import LINE, whole
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import working_calendar
from parvis.apps.residents import queries as residents
from parvis.apps.search import queries as search
from parvis.apps.search.queries import Match, Words
from parvis.lib.clock import now
from parvis.lib.ids import near_references
from parvis.lib.rows import Compiled
from parvis.lib.words import number

KIND = "case"
STATES = ("open", "closed", "to_take", "working", "paused")
LATEST, DUE = "latest", "due"
BATCHES = (200, 800, 2000, 2000)  # candidates looked through for one page
SPANS = (2_000, 20_000, 80_000)  # cases looked through for one page, when there are no words
MOST_DUE = 1000  # matches put in the order of their promises
PEOPLE_OF_A_NUMBER = 20
PLACES = 26  # ids of the statement that reads a page


@dataclass(frozen=True)
class SearchFilter:
    """What is kept of what is found; everything left out keeps all. Rows are named by their numbers."""

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
    """One page of cases. `next` goes into `after`; None at the end. `way` says how they were found: "reference",
    "near" (a reference mistyped), "phone", "words", "mistyped" (`wanted` is then what was read), or "" for no text.

    `partial`: the work of one page ended before the page was full; what follows was not looked at yet.
    """

    cases: list[Case]
    next: str | None = None
    way: str = ""
    wanted: Words = ()
    partial: bool = False


def search_cases(text: str, search_filter: SearchFilter, *, user: User, after: str = "", limit: int = 50) -> Found:
    """One page of the cases that this person may read and that the text and the filter find.

    In the order of promises (`search_filter.order`): open cases only, and the first MOST_DUE of those that words find.
    """
    kept = _kept(search_filter, user)
    if not text.strip():
        return _by_due(kept, None, after, limit) if search_filter.order == DUE else _latest(kept, after, limit)
    if after:
        return _by_words(text, search_filter, kept, after, limit)
    return _by_number(text, user, kept, limit) or _by_words(text, search_filter, kept, "", limit)


def _by_number(text: str, user: User, kept: Q, limit: int) -> Found | None:
    """By reference, mistyped or not, or by a piece of the phone number of whoever asked; None for other texts."""
    exact = whole(text)
    if exact is not None and may_read(user, exact):
        return Found([exact], way="reference")
    near = near_references(text)
    if near and (result := _read(_ids(kept & Q(reference__in=near)))):
        order = {reference: rank for rank, reference in enumerate(near)}
        return Found(sorted(result, key=lambda case: order[case.reference])[:limit], way="near")
    if residents.phone_digits(text) and user.may(Action.READ_PERSON):
        people = [person.pk for person in residents.find(text, PEOPLE_OF_A_NUMBER)]
        theirs = Q(person__in=residents.with_merged(people))  # said of the case itself, all cases would be read
        result = _read(_ids(kept & theirs).order_by("-opened_at", "-pk")[:limit]) if people else []
        return Found(result, way="phone") if result else None
    return None


# --- Words ------------------------------------------------------------------------------------------------------------


def _by_words(text: str, search_filter: SearchFilter, kept: Q, after: str, limit: int) -> Found:
    """As typed; when nothing holds these words, as if those that nobody wrote were mistyped, then as if any were."""
    ways: tuple[Callable[[], Words], ...] = (
        lambda: search.in_full(text),
        lambda: search.readings(text),
        lambda: search.readings(text, every=True),
    )
    begun = number(after[:1]) or 0
    for level, read in list(enumerate(ways))[begun if begun < len(ways) else 0 :]:
        wanted = read()
        first = search.page(
            KIND, wanted, after[1:] if search_filter.order == LATEST else "", _size(search_filter, limit)
        )
        if not first and not after:
            continue
        way = "mistyped" if level else "words"
        if search_filter.order == DUE:
            ids = [match.object_id for match in first]
            by_due = _by_due(kept, ids[:MOST_DUE], after[1:], limit)
            return _as(by_due, level, way, wanted, len(ids) > MOST_DUE)
        return _as(_through(kept, wanted, first, limit), level, way, wanted)
    return Found([], way="words", wanted=search.in_full(text))


def _size(search_filter: SearchFilter, limit: int) -> int:
    return MOST_DUE + 1 if search_filter.order == DUE else limit + 1


def _as(item: Found, level: int, way: str, wanted: Words, partial: bool = False) -> Found:
    mark = f"{level}{item.next}" if item.next else None
    return Found(item.cases, mark, way, wanted, item.partial or partial)


def _through(kept: Q, wanted: Words, matches: list[Match], limit: int) -> Found:
    """Looks through the matches, the latest first, by growing batches, until a page is full; `matches`: the first."""
    cases: list[Case] = []
    for size, following in pairwise((limit + 1, *BATCHES, 0)):
        ids = [match.object_id for match in matches]
        rows = {} if kept else {case.pk: case for case in _read(ids)}
        held = set(_ids(kept & Q(pk__in=ids))) if kept else rows.keys()
        shown = [match for match in matches if match.object_id in held][: limit - len(cases)]
        cases += _read(match.object_id for match in shown) if kept else [rows[match.object_id] for match in shown]
        if len(cases) == limit:
            ended = shown[-1] is matches[-1] and len(matches) < size
            return Found(cases, None if ended else shown[-1].mark)
        if len(matches) < size:
            return Found(cases)
        after = matches[-1].mark
        if not following:
            return Found(cases, after, partial=True)
        matches = search.page(KIND, wanted, after, following)
    return Found(cases)


def wider(text: str, *, user: User, limit: int = 10) -> list[Case]:
    """Cases that hold all the words but one, for a text that finds nothing; those that this person may read."""
    ids = [match.object_id for match in search.all_but_one(KIND, text, BATCHES[0])]
    kept = set(_ids(_kept(SearchFilter(), user) & Q(pk__in=ids))) if ids else set()
    return _read([pk for pk in ids if pk in kept][:limit])


# --- No words ---------------------------------------------------------------------------------------------------------


def _latest(kept: Q, after: str, limit: int) -> Found:
    """The latest cases that are kept, looked for in wider and wider spans of their numbers."""
    last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before, ids = min(number(after) or last + 1, last + 1), list[int]()
    for span in SPANS:
        rows = _ids(kept & Q(pk__lt=before, pk__gte=before - span)).order_by("-pk")
        ids += rows[: limit + 1 - len(ids)]
        if len(ids) > limit:
            return Found(_read(ids[:limit]), str(ids[limit - 1]))
        before -= span
        if before <= 0:
            return Found(_read(ids))
    return Found(_read(ids), str(before), partial=True)


def _by_due(kept: Q, ids: Sequence[int] | None, after: str, limit: int) -> Found:
    """Open cases in the order of their promises."""
    rows = _ids(kept & Q(due_at__isnull=False)).exclude(state=State.CLOSED)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    due, _, pk = after.partition("|")
    moment, last = _moment(due), number(pk)
    if moment is not None and last is not None:
        rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=last))
    read = _read(rows.order_by("due_at", "pk")[: limit + 1])
    end = read[limit - 1] if len(read) > limit else None
    return Found(read[:limit], f"{end.due_at.isoformat()}|{end.pk}" if end and end.due_at else None)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


# --- What is kept -----------------------------------------------------------------------------------------------------


def count_at_most(search_filter: SearchFilter, *, user: User, most: int) -> int | None:
    """How many cases the filter keeps, when that is known at once (one's own, a department's open ones); else None."""
    cheap = search_filter.state != "closed" and (
        search_filter.mine or (search_filter.department is not None and search_filter.state)
    )
    if not cheap:
        return None
    rows = Case.objects.filter(_kept(search_filter, user)).exclude(state=State.CLOSED)
    return rows.order_by().values("pk")[:most].count()


def _kept(search_filter: SearchFilter, user: User) -> Q:
    """The condition of a filter, within what this person may read.

    By an address or a street, nothing is found of someone whose address is protected: it would tell it.
    """
    condition = readable(user)
    same = {
        "subject_id": search_filter.subject,
        "department_id": search_filter.department,
        "channel": search_filter.channel or None,
        "address_id": search_filter.address,
        "address__street_id": search_filter.street,
        "address__sector_id": search_filter.sector,
        "owner_id": user.pk if search_filter.mine else None,
    }
    condition &= Q(**{name: value for name, value in same.items() if value is not None})
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
    """The numbers of the cases that are kept: what is shown of them is read by another statement, written once."""
    return Case.objects.filter(condition).values_list("pk", flat=True)


def _read(ids: Iterable[int]) -> list[Case]:
    """What is shown of these cases, in their order."""
    wanted = list(ids)
    rows: dict[int, Case] = {}
    for at in range(0, len(wanted), PLACES):
        some = wanted[at : at + PLACES]
        rows |= {case.pk: case for case in _of_these(*some, *[some[-1]] * (PLACES - len(some)))}
    return [rows[pk] for pk in wanted if pk in rows]


def _shown(*ids: Any) -> QuerySet[Case]:
    rows = Case.objects.filter(pk__in=ids).only(*LINE, "person__name", "person__merged_into")
    return rows.select_related("subject", "address__street", "owner", "department", "person")


_of_these = Compiled(_shown)
