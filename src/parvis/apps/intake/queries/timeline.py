"""A person's timeline across all channels: contacts, steps of requests, incident news, and open callbacks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.models import Case, Entry, FollowerNotification, Opinion
from parvis.apps.intake.models import Callback, Check, Contact, Matter
from parvis.apps.residents.models import Disclosure
from parvis.lib.words import number

PAGE = 25
KINDS = ("contact", "entry", "news")  # in display order when simultaneous


@dataclass(frozen=True)
class Moment:
    """One event: `row` is a Contact, an Entry or a Telling, according to `kind`."""

    kind: str
    at: datetime
    row: Any

    @property
    def key(self) -> tuple[datetime, int, int]:
        """The sort key."""
        return self.at, KINDS.index(self.kind), self.row.pk

    @property
    def cursor(self) -> str:
        """The position in the timeline, for URLs."""
        return f"{self.at.astimezone(UTC).isoformat()}|{self.kind}|{self.row.pk}"

    @property
    def callback(self) -> Callback | None:
        """The callback, open or done, by which this step or news is told."""
        return getattr(self.row, "callback", None) if self.kind != "contact" else None

    @property
    def check(self) -> Check | None:
        """The last identity check of this contact, as an unsaved instance."""
        plain = dict(getattr(self.row, "last_check", None) or {})
        if not plain:
            return None
        rule = Disclosure(title_fr=plain.pop("title_fr"), title_en=plain.pop("title_en"))
        return Check(disclosure=rule, **plain)

    @property
    def opinion(self) -> Opinion | None:
        """The citizen's opinion of this closing."""
        return getattr(self.row, "opinion", None) if self.kind == "entry" else None


@dataclass(frozen=True)
class Timeline:
    """A page of the timeline; `following` is the cursor of the next one, "" at the end.

    `elsewhere` counts the omitted steps of requests that the reader may not read; contact matters that became such
    requests are omitted too, uncounted.
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
    """The timeline of these people (ids), newest or `oldest` first; four queries at most.

    Without `news` (when none of them follows an incident), three. `after` is the last cursor of the previous page; an
    invalid one is ignored. `reads` says which requests the reader may read.
    """
    last = _parse_cursor(after)
    sources = [
        ("contact", _contacts(people)),
        ("entry", _entries(people)),
        *([("news", _news(people))] if news else []),
    ]
    moments = [moment for kind, rows in sources for moment in _moments_after(kind, rows, last, oldest, limit + 1)]
    moments.sort(key=lambda moment: moment.key, reverse=not oldest)
    page = moments[:limit]
    shown = [moment for moment in page if moment.kind != "entry" or reads(moment.row.case)]
    for moment in shown:
        if moment.kind == "contact":
            moment.row.read_matters = [
                matter for matter in moment.row.matters.all() if matter.case is None or reads(matter.case)
            ]
    following = page[-1].cursor if len(moments) > limit else ""
    return Timeline(shown, following, len(page) - len(shown))


_AT = {"contact": "started_at", "entry": "at", "news": "at"}


def _moments_after(
    kind: str, rows: QuerySet[Any], last: tuple[datetime, int, int] | None, oldest: bool, limit: int
) -> Iterable[Moment]:
    field, sign, lookup = _AT[kind], "" if oldest else "-", "gt" if oldest else "lt"
    if last:
        at, last_rank, pk = last
        rank = KINDS.index(kind)
        beyond = Q(**{f"{field}__{lookup}": at})
        if rank == last_rank:
            beyond |= Q(**{field: at, f"pk__{lookup}": pk})
        elif (rank > last_rank) == oldest:
            beyond |= Q(**{field: at})
        rows = rows.filter(beyond)
    return (Moment(kind, getattr(row, field), row) for row in rows.order_by(f"{sign}{field}", f"{sign}pk")[:limit])


def _contacts(people: Sequence[int]) -> QuerySet[Contact]:
    """Contacts with their matters, one row per answer given (`said`, `said_in`), and their last check."""
    said = {"said": F("given__words"), "said_in": F("given__language")}
    matters = Matter.objects.select_related("subject", "case", "callback").annotate(**said)
    checks = Check.objects.filter(contact=OuterRef("pk")).order_by("-pk")
    titles = {name: f"disclosure__{name}" for name in ("title_fr", "title_en")}
    last = checks.values(plain=JSONObject(asker="asker", how="how", name="name", disclosed="disclosed", **titles))[:1]
    rows = Contact.objects.filter(person__in=people).select_related("agent").annotate(last_check=Subquery(last))
    return rows.prefetch_related(Prefetch("matters", matters.order_by("pk", "given__pk")))


def _entries(people: Sequence[int]) -> QuerySet[Entry]:
    """The entries that were sent to the citizen, written by them, or that opened or closed the request."""
    kinds = (Entry.Kind.OPENED, Entry.Kind.THANKED, Entry.Kind.CLOSED)
    spoken = Q(kind__in=kinds) | Q(by_citizen=True) | ~Q(notified_via="")
    rows = Entry.objects.filter(spoken, case__person__in=people)
    return rows.select_related("case__subject", "actor", "opinion", "callback__done_by")


def _news(people: Sequence[int]) -> QuerySet[FollowerNotification]:
    rows = FollowerNotification.objects.filter(report__person__in=people, entry=None)
    return rows.select_related("update__incident__notice", "callback__done_by")


def _parse_cursor(cursor: str) -> tuple[datetime, int, int] | None:
    at, _bar, rest = cursor.partition("|")
    kind, _bar, pk = rest.partition("|")
    row_id = number(pk)
    try:
        moment = parse_datetime(at)
        if moment is None or moment.tzinfo is None or kind not in KINDS or row_id is None:
            return None
        return moment.astimezone(UTC), KINDS.index(kind), row_id
    except (ValueError, OverflowError):
        return None
