"""One line of time over all channels: what passed between the town and someone, and what is still owed to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.incident_models import Telling
from parvis.apps.cases.models import Case, Entry, Opinion
from parvis.apps.intake.models import Callback, Check, Contact, Matter
from parvis.apps.residents.models import Disclosure
from parvis.lib.words import number

PAGE = 25
KINDS = ("contact", "entry", "news")  # in the order in which they are told when they have the same moment


@dataclass(frozen=True)
class Moment:
    """One thing that happened: a contact with its matters, a step of a request that was told or said, an incident told.

    Exactly one of the three is there, after `kind`. `callback` is the call that it owes or owed, `opinion` what the
    citizen thought of that closing.
    """

    kind: str
    at: datetime
    row: Any

    @property
    def key(self) -> tuple[datetime, int, int]:
        """Its place on the line."""
        return self.at, KINDS.index(self.kind), self.row.pk

    @property
    def cursor(self) -> str:
        """Its place, as an address writes it."""
        return f"{self.at.astimezone(UTC).isoformat()}|{self.kind}|{self.row.pk}"

    @property
    def callback(self) -> Callback | None:
        """The call that this step of a request, or this news of an incident, is told by."""
        return getattr(self.row, "callback", None) if self.kind != "contact" else None

    @property
    def check(self) -> Check | None:
        """The last check that was done in this contact; not to be saved."""
        plain = dict(getattr(self.row, "last_check", None) or {})
        if not plain:
            return None
        rule = Disclosure(title_fr=plain.pop("title_fr"), title_en=plain.pop("title_en"))
        return Check(disclosure=rule, **plain)

    @property
    def opinion(self) -> Opinion | None:
        """What the citizen thought of this closing."""
        return getattr(self.row, "opinion", None) if self.kind == "entry" else None


@dataclass(frozen=True)
class Timeline:
    """A page of the line, in the order asked for; `following` leads to the next one, "" at the end.

    `elsewhere` counts the steps of requests that the reader may not read, left out of this page; so are, uncounted, the
    matters of contacts that became such requests.
    """

    moments: list[Moment]
    following: str
    elsewhere: int


def timeline(
    people: Sequence[int],
    *,
    reads: Callable[[Case], bool],
    after: str = "",
    oldest: bool = False,
    news: bool = True,
    limit: int = PAGE,
) -> Timeline:
    """What passed with these files (numbers of people), newest first, or `oldest` first; four queries at most.

    Without `news`, three: none of them follows an incident. `after` is the cursor of the last moment of the page
    before; what is no cursor is taken as none. `reads` says which requests the reader may read.
    """
    last = _place(after)
    told = [("news", _news(people))] if news else []
    result = [
        moment
        for kind, rows in (("contact", _contacts(people)), ("entry", _entries(people)), *told)
        for moment in _some(kind, rows, last, oldest, limit + 1)
    ]
    result.sort(key=lambda moment: moment.key, reverse=not oldest)
    page = result[:limit]
    shown = [moment for moment in page if moment.kind != "entry" or reads(moment.row.case)]
    for moment in shown:
        if moment.kind == "contact":
            moment.row.read_matters = [
                matter for matter in moment.row.matters.all() if matter.case is None or reads(matter.case)
            ]
    following = page[-1].cursor if len(result) > limit else ""
    return Timeline(shown, following, len(page) - len(shown))


_AT = {"contact": "started_at", "entry": "at", "news": "at"}


def _some(
    kind: str, rows: QuerySet[Any], last: tuple[datetime, int, int] | None, oldest: bool, limit: int
) -> Iterable[Moment]:
    field, sign, turn = _AT[kind], "" if oldest else "-", "gt" if oldest else "lt"
    if last:
        at, rank, pk = last
        mine = KINDS.index(kind)
        past = Q(**{f"{field}__{turn}": at})
        if mine == rank:
            past |= Q(**{field: at, f"pk__{turn}": pk})
        elif (mine > rank) == oldest:
            past |= Q(**{field: at})
        rows = rows.filter(past)
    return (Moment(kind, getattr(row, field), row) for row in rows.order_by(f"{sign}{field}", f"{sign}pk")[:limit])


def _contacts(people: Sequence[int]) -> QuerySet[Contact]:
    """With their matters, a row for each answer given in them (`said`, `said_in`), and the last check."""
    said = {"said": F("given__words"), "said_in": F("given__language")}
    matters = Matter.objects.select_related("subject", "case", "callback").annotate(**said)
    checks = Check.objects.filter(contact=OuterRef("pk")).order_by("-pk")
    titles = {name: f"disclosure__{name}" for name in ("title_fr", "title_en")}
    last = checks.values(plain=JSONObject(asker="asker", how="how", name="name", disclosed="disclosed", **titles))[:1]
    rows = Contact.objects.filter(person__in=people).select_related("agent").annotate(last_check=Subquery(last))
    return rows.prefetch_related(Prefetch("matters", matters.order_by("pk", "given__pk")))


def _entries(people: Sequence[int]) -> QuerySet[Entry]:
    """What was told, what the citizen said, how it began and ended; never what stays in the house."""
    kinds = (Entry.Kind.OPENED, Entry.Kind.THANKED, Entry.Kind.CLOSED)
    spoken = Q(kind__in=kinds) | Q(by_citizen=True) | ~Q(notified_via="")
    rows = Entry.objects.filter(spoken, case__person__in=people)
    return rows.select_related("case__subject", "actor", "opinion", "callback__done_by")


def _news(people: Sequence[int]) -> QuerySet[Telling]:
    rows = Telling.objects.filter(report__person__in=people, entry=None)
    return rows.select_related("update__incident__notice", "callback__done_by")


def _place(cursor: str) -> tuple[datetime, int, int] | None:
    at, _bar, rest = cursor.partition("|")
    kind, _bar, pk = rest.partition("|")
    last = number(pk)
    try:
        moment = parse_datetime(at)
        if moment is None or moment.tzinfo is None or kind not in KINDS or last is None:
            return None
        return moment.astimezone(UTC), KINDS.index(kind), last
    except (ValueError, OverflowError):
        return None
