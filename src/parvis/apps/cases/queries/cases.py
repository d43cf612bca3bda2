"""Queries on cases: queues, the page of one case, recent changes, reports of comments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, reduce
from operator import or_
from secrets import compare_digest
from typing import Any

from django.db.models import Case as Choice
from django.db.models import (
    Count,
    F,
    FilteredRelation,
    IntegerField,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
    prefetch_related_objects,
)
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.models import Case, Entry, EntryFile, Opinion, State
from parvis.apps.cases.queries.access import anyone_may_place, seal, transitions_for, unrestricted
from parvis.apps.cases.queries.due_status import AsOf, Row, due_words, row
from parvis.apps.cases.queries.reversals import effective_entries, reversed_propagations
from parvis.apps.cases.rules.kinds import ADDED
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries import restrictions
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.apps.residents.models import PhoneNumber
from parvis.lib.clock import now
from parvis.lib.database.rows import Compiled
from parvis.lib.ids import clean_code, parse_reference
from parvis.lib.words import number

INTERNAL = frozenset(
    {
        *(Entry.Kind.NOTED, Entry.Kind.HANDED, Entry.Kind.ERASED, Entry.Kind.UNNOTIFIED),
        *(Entry.Kind.JOINED, Entry.Kind.LEFT, Entry.Kind.ALERTED, Entry.Kind.LIFTED, Entry.Kind.REFILED),
        *(Entry.Kind.GATHERED, Entry.Kind.PARTED, Entry.Kind.ECHOED, Entry.Kind.LINKED, Entry.Kind.UNLINKED),
        *(Entry.Kind.UNDONE, Entry.Kind.PUBLISHED, Entry.Kind.WITHHELD),
    }
)
"""Entries hidden from the citizen; so are those of apps above unless they have a `told_as` (`shown_kinds`)."""
SPOKEN = frozenset(
    {
        *(Entry.Kind.OPENED, Entry.Kind.THANKED, Entry.Kind.ASKED, Entry.Kind.REPLIED, Entry.Kind.ANSWERED),
        *(Entry.Kind.PROMISED, Entry.Kind.VISIT, Entry.Kind.CLOSED, Entry.Kind.REOPENED, Entry.Kind.CALLED),
        *(Entry.Kind.INFORMED, Entry.Kind.CORRECTED),
    }
)
"""Entries whose words were meant for the citizen, or are theirs. Of other entries, only the event is shown."""
REPLIES = (Entry.Kind.REPLIED, Entry.Kind.REOPENED, Entry.Kind.CORRECTED, Entry.Kind.ECHOED)
"""Entries that say what a citizen came back with, when they are theirs."""
MOST_COUNTED = 1000
MOST_OWNED, MOST_SEARCHED = 50, 300
VIEWS = ("open", "mine", "to_take", "today", "late", "paused", "reopened", "earlier", "comments")
SORTS = ("", "newest", "oldest", "street")
"""The orders of a queue: by due date, by arrival, along the streets."""
_BY_AGE = ("earlier", "comments")  # what has no due date, newest first

LINE = (
    *("id", "reference", "seq", "nature", "channel", "title", "words", "state", "opened_at", "closed_at"),
    *("owner", "department", "address", "place_text", "near_metres", "due_at", "promise", "pauses"),
    *("urgent", "level", "hand_offs", "notification_failed_at", "carried_over_at"),
    *("subject__icon", "subject__title_fr", "subject__title_en", "department__name_fr", "department__name_en"),
    *("address__civic", "address__suffix", "address__unit", "address__street__name"),
    *("owner__username", "owner__first_name", "owner__last_name", "person__address_protected"),
)
"""The columns shown in a list of cases: parsing every datetime and JSON column would dominate the query."""


_IN_HAND = (Entry.Kind.TAKEN, Entry.Kind.ASSIGNED, Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.WAITING)
"""Entries which show that someone is working on a case."""


@dataclass(frozen=True)
class CameBack:
    """A case back in a department that had passed it on; `last` is the entry that brought it back."""

    case: Case
    last: Entry


@dataclass(frozen=True)
class Page:
    """One page of a queue. `next` is the `after` of the next page; None at the end."""

    rows: list[Row]
    next: str | None


def shown_kinds() -> frozenset[str]:
    """The kinds of the entries that the citizen may see."""
    added = {kind.name for kind in ADDED.values() if kind.told_as}
    return frozenset({*Entry.Kind.values, *added} - INTERNAL)


def spoken(entry: Entry) -> bool:
    """Whether the citizen may read the words of an entry that they see."""
    return entry.kind in SPOKEN or (entry.kind in ADDED and ADDED[entry.kind].spoken)


def queue(
    department_ids: Iterable[int],
    view: str = "open",
    *,
    user: User,
    after: str | None = None,
    limit: int = 50,
    sort: str = "",
) -> Page:
    """The queue of some departments by due date, the late ones first, or in another order; one query at any length.

    `view` is one of VIEWS, `sort` one of SORTS; `after` is the `next` of the previous page. Comments, and requests
    carried over from an earlier system without a promise, have no due date: each are in a view of their own, newest
    first. Those that the user may not open are `access.sealed`. Along the streets: three queries, and what has no
    address, or one that this user may not read in a list, comes last.
    """
    departments = list(department_ids) or [0]
    cursor = _cursor(after)
    if sort == "street":
        cases = _along_streets(departments, view, user, cursor[1] if cursor else None, limit + 1)
    else:
        sort = sort or ("newest" if view in _BY_AGE else "")
        parameters: tuple[Any, ...] = (*_now_and_tonight(), user.pk, *departments)
        follows = cursor is not None and bool(sort or cursor[0])
        if cursor and follows:
            parameters += (cursor[0] or parameters[0], cursor[1])
        cases = _lines(view, sort, len(departments), limit + 1, follows)(*parameters)
    last = cases[limit - 1] if len(cases) > limit else None
    as_of = AsOf.now()
    return Page(
        rows=[row(case, as_of=as_of) for case in seal(user, cases[:limit])],
        next=f"{last.due_at.isoformat() if last.due_at else ''}|{last.pk}" if last else None,
    )


def _owned_of(owner: Any) -> QuerySet[Case]:
    by_due = (F("due_at").asc(nulls_last=True), "pk")
    nearest = Case.objects.filter(owner_id=owner).exclude(state=State.CLOSED).order_by(*by_due).values("pk")
    rows = _shown(Case.objects.filter(pk__in=nearest[:MOST_SEARCHED]))
    answered = Choice(When(last__by_citizen=True, last__kind__in=REPLIES, then=0), default=1)
    return rows.order_by(answered, *by_due)[:MOST_OWNED]


_owned = Compiled(_owned_of)


def owned_by(user: User) -> list[Row]:
    """The open cases of that person, at most MOST_OWNED; one query.

    Those in which the citizen had the last word (REPLIES) first, among the MOST_SEARCHED that press the most, then by
    due date; those they may not open are `access.sealed`.
    """
    as_of = AsOf.now()
    return [row(case, as_of=as_of) for case in seal(user, _owned(user.pk))]


def counts(department_id: int, user: User) -> dict[str, int]:
    """The number of cases in each of VIEWS of a department's queue, capped at MOST_COUNTED + 1. One bounded query."""
    numbers = _counts.first(*_now_and_tonight(), user.pk, department_id)
    return dict(zip(VIEWS, numbers or [0] * len(VIEWS), strict=True))


def _now_and_tonight() -> tuple[datetime, datetime]:
    moment = now()
    return moment, working_calendar().local(moment).replace(hour=23, minute=59, second=59)


@cache
def _lines(view: str, sort: str, departments: int, limit: int, after: bool) -> Compiled[Case]:
    """Compiles one page of a queue; its parameters: moment, tonight, user, departments and the cursor, if any.

    By arrival, the ids are sorted first, in an index that holds them all.
    """

    def make(moment: Any, tonight: Any, user: Any, *more: Any) -> QuerySet[Case]:
        rows = _open(more[:departments]).filter(_filters(moment, tonight, user)[view])
        if not sort:
            if after:
                due, pk = more[departments:]
                rows = rows.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=pk))
            return _shown(rows).order_by("due_at", "pk")[:limit]
        if after:
            pk = more[departments + 1]
            rows = rows.filter(Q(pk__gt=pk) if sort == "oldest" else Q(pk__lt=pk))
        order = "pk" if sort == "oldest" else "-pk"
        return _shown(Case.objects.filter(pk__in=rows.order_by(order).values("pk")[:limit])).order_by(order)

    return Compiled(make)


def _shown(rows: QuerySet[Case]) -> QuerySet[Case]:
    """These cases with what a row shows, their last entry included."""
    rows = rows.select_related("subject", "address__street", "owner", "department", "person")
    rows = rows.only(*LINE, "changed_at")
    last = FilteredRelation("entries", condition=Q(entries__seq=F("seq")))
    shown = {f"last_{name}": F(f"last__{name}") for name in ("kind", "by_citizen", "actor")}
    return rows.annotate(last=last).annotate(**shown)


def _along_streets(departments: Sequence[int], view: str, user: User, after: int | None, limit: int) -> list[Case]:
    """By name of street and civic number; those whose place this list hides come last, so that none is guessed."""
    told = anyone_may_place() & ~Q(subject__in=restrictions.closed_to(user))
    placed = Case.objects.annotate(
        street=Choice(When(told, then="address__street__key")), civic=Choice(When(told, then="address__civic"))
    )
    rows = placed.filter(_within(departments), _filters(*_now_and_tonight(), user.pk)[view]).exclude(state=State.CLOSED)
    if after is not None:
        street, civic = placed.filter(pk=after).values_list("street", "civic").first() or (None, None)
        beyond = Q(street__gt=street) | Q(street=street, civic__gt=civic) | Q(street=street, civic=civic, pk__gt=after)
        rows = rows.filter(Q(street=None, pk__gt=after) if street is None else beyond | Q(street=None))
    order = (F("street").asc(nulls_last=True), "civic", "pk")
    ids = list(rows.order_by(*order).values_list("pk", flat=True)[:limit])
    return sorted(_shown(Case.objects.filter(pk__in=ids)), key=lambda case: ids.index(case.pk))


class _CountRows(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _counted(moment: Any, tonight: Any, user: Any, department: Any) -> QuerySet[Department, tuple[int, ...]]:
    """One row: the count of each view in order, at most MOST_COUNTED + 1."""
    rows = _open([department]).order_by().values("pk")
    filters = _filters(moment, tonight, user)
    numbers = {f"in_{view}": _CountRows(rows.filter(filters[view])[: MOST_COUNTED + 1]) for view in VIEWS}
    return Department.objects.filter(pk=department).annotate(**numbers).values_list(*numbers)


_counts = Compiled(_counted)


def _open(departments: Sequence[Any]) -> QuerySet[Case]:
    return Case.objects.filter(_within(departments)).exclude(state=State.CLOSED)


def _within(departments: Sequence[Any]) -> Q:
    return reduce(or_, [Q(department_id=department) for department in departments])


def _filters(moment: Any, tonight: Any, user: Any) -> dict[str, Q]:
    """The filter of each view; the cheapest and most selective condition first, as every open case is scanned."""
    asked = ~Q(nature=Nature.COMMENT)
    work = asked & Q(due_at__isnull=False)
    running = ~Q(state__in=(State.ASKED, State.WAITING)) & work
    return {
        "open": work,
        "mine": Q(owner_id=user) & work,
        "to_take": Q(owner=None) & work,
        "today": Q(due_at__gte=moment, due_at__lte=tonight) & running,
        "late": Q(due_at__lt=moment) & running,
        "paused": Q(state__in=(State.ASKED, State.WAITING)) & work,
        "reopened": Q(level__gt=0) & work,
        "earlier": asked & Q(due_at__isnull=True),
        "comments": Q(nature=Nature.COMMENT),
    }


def _cursor(after: str | None) -> tuple[datetime | None, int] | None:
    due, _, pk = (after or "").partition("|")
    last = number(pk)
    if last is None:
        return None
    try:
        moment = parse_datetime(due)
        return moment.astimezone(UTC) if moment and moment.tzinfo else None, last
    except (ValueError, OverflowError):
        return None, last


@dataclass(frozen=True)
class CasePage:
    """One case with its journal, newest entry first, and the files of its entries by id; the transitions allowed to
    this user, the phone numbers of its person, and the opinions given, newest first.
    """

    row: Row
    entries: list[Entry]
    files: dict[int, list[Attachment]]
    due_words: str
    transitions: set[str]
    phones: list[PhoneNumber]
    opinions: list[Opinion]

    @property
    def case(self) -> Case:
        return self.row.case


def page(asked: Case | int, user: User) -> CasePage | None:
    """Everything that a case's page shows, in a constant number of queries; None when there is no such case.

    `asked` is its id, or the case just read by `whole`.
    """
    case = _by_id.first(asked) if isinstance(asked, int) else asked
    if case is None:
        return None
    return CasePage(
        row=row(case),
        entries=_entries_of(case),
        files=_files_of(case),
        due_words=due_words(case),
        transitions=transitions_for(user, case),
        phones=_phones(case.person.canonical.pk) if case.person else [],
        opinions=_opinions(case.pk) if case.level or not case.is_open else [],
    )


def on_same_street(case: Case) -> list[Case]:
    """The last open cases of the same street whose place anyone may see; none for a protected address. One query."""
    return _near(case.address.street_id, case.pk) if case.address and not case.place_protected else []


def journal(case: Case, *, public: bool = False) -> list[Entry]:
    """The entries, newest first, with their authors and files.

    `public` leaves out internal entries and those undone, here or on the case it is merged into.
    """
    entries = _entries_of(case)
    files = EntryFile.objects.select_related("attachment").order_by("pk")
    prefetch_related_objects(entries, Prefetch("files", files))
    if not public:
        return entries
    kinds = shown_kinds()
    shown = [entry for entry in effective_entries(entries) if entry.kind in kinds]
    undone = reversed_propagations(shown)
    return [entry for entry in shown if entry.pk not in undone]


def _entries_of(case: Case) -> list[Entry]:
    entries = _entries(case.pk)
    for entry in entries:
        entry.case = case
    return entries


def _files_of(case: Case) -> dict[int, list[Attachment]]:
    files: dict[int, list[Attachment]] = {}
    for file in _files(case.pk):
        files.setdefault(file.entry_id, []).append(file.attachment)
    return files


def _joined() -> QuerySet[Case]:
    return Case.objects.select_related(
        *("subject__level_up", "subject__external_body", "department__head", "owner", "person", "external_body"),
        *("address__street", "address__sector"),
    )


def _whole() -> QuerySet[Case]:
    return _joined().prefetch_related("person__phones", "person__merged_into__phones")


_by_id = Compiled(lambda pk: _joined().filter(pk=pk))
_by_reference = Compiled(lambda reference: _joined().filter(reference=reference))
_entries = Compiled(lambda case: Entry.objects.filter(case_id=case).select_related("actor").order_by("-seq"))
_files = Compiled(
    lambda case: EntryFile.objects.filter(entry__case_id=case).select_related("attachment").order_by("pk")
)
_phones = Compiled(lambda person: PhoneNumber.objects.filter(person_id=person).order_by("pk"))
_opinions = Compiled(lambda case: Opinion.objects.filter(case_id=case).order_by("-pk"))
_near = Compiled(
    lambda street, case: (
        Case.objects.filter(
            pk__in=Case.objects.filter(anyone_may_place(), address__street_id=street)
            .exclude(pk=case)
            .exclude(state=State.CLOSED)
            .order_by("-pk")
            .values("pk")[:5]
        )
        .select_related("subject", "address__street", "person")
        .order_by("-pk")
    )
)


def by_reference(text: str) -> Case | None:
    """The case of a reference as typed or dictated, with its related rows except phones; None if unknown; one query."""
    reference = parse_reference(text)
    return _by_reference.first(str(reference)) if reference else None


def by_secret(secret: str) -> Case | None:
    """The case behind a citizen's private link; None for an unknown or forged one."""
    return _whole().filter(secret=secret).first() if 16 <= len(secret) <= 32 else None


def by_reference_and_code(reference: str, code: str) -> Case | None:
    """The case of a reference if the code matches; None alike for an unknown reference and a wrong code."""
    case = by_reference(reference)
    return case if case and compare_digest(case.code, clean_code(code)) else None


def of_people(people: Sequence[int], limit: int = 50) -> list[Case]:
    """The cases of these people (by id), newest first; the caller checks who may read them."""
    return list(_joined().filter(person__in=people).order_by("-opened_at", "-pk")[:limit]) if people else []


def returned_cases(among: Q, limit: int = 50) -> list[CameBack]:
    """The open cases back in a department that had passed them on, and not in hand since.

    The latest to return first, `among` those of a filter such as `access.readable`. Two queries, on the thousand cases
    opened last.
    """
    cases = Case.objects.exclude(state=State.CLOSED).filter(among, hand_offs__gte=2).order_by("-pk")[:1000]
    by_id = {case.pk: case for case in cases.select_related("subject", "address__street", "department", "person")}
    by_case: dict[int, list[Entry]] = {}
    entries = Entry.objects.filter(case__in=by_id, kind__in=[Entry.Kind.PASSED, Entry.Kind.UNDONE, *_IN_HAND])
    for entry in entries.select_related("actor"):
        by_case.setdefault(entry.case_id, []).append(entry)
    returned = [CameBack(by_id[pk], last) for pk, own in by_case.items() if (last := _returning(by_id[pk], own))]
    return sorted(returned, key=lambda came_back: came_back.last.at, reverse=True)[:limit]


def _returning(case: Case, entries: Sequence[Entry]) -> Entry | None:
    effective = effective_entries(entries)
    passed = [entry for entry in effective if entry.kind == Entry.Kind.PASSED]
    if not any(entry.data.get("from") == case.department.slug for entry in passed[:-1]):
        return None
    return passed[-1] if effective[-1] is passed[-1] else None


_last_entry: Compiled[tuple[int]] = Compiled(lambda: Entry.objects.order_by("-pk").values_list("pk")[:1])


def last_change() -> int:
    """A cursor: the id of the last entry of all journals, 0 when there is none."""
    last = _last_entry.first()
    return last[0] if last else 0


def changed_since(cursor: int, department: Department, user: User) -> int:
    """How many cases of a department's queue other people changed after that cursor, including those that left it."""
    left = Q(kind__in=(Entry.Kind.PASSED, Entry.Kind.UNDONE), data__from=department.slug)
    entries = Entry.objects.filter(Q(case__department=department) | left, pk__gt=cursor).exclude(actor=user)
    return entries.values("case").distinct().count()


def comments_report(since: datetime) -> list[dict[str, Any]]:
    """Comments received since a moment, by subject and department, the most frequent first; no restricted subject.

    Returns [{subject_fr, subject_en, department_fr, department_en, total, noted}].
    """
    rows = Case.objects.filter(
        unrestricted(), nature=Nature.COMMENT, carried_over_at=None, opened_at__gte=since
    ).values(
        subject_fr=F("subject__title_fr"),
        subject_en=F("subject__title_en"),
        department_fr=F("department__name_fr"),
        department_en=F("department__name_en"),
    )
    counted = rows.annotate(total=Count("pk"), noted=Count("pk", filter=Q(state=State.CLOSED)))
    return [dict(row) for row in counted.order_by("-total", "subject_fr")]
