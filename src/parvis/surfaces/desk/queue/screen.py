"""Template context of a department's queue."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.queries.due_status import Row
from parvis.apps.cases.rules.states import Transition, allows
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import departments, may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.lib import quebec
from parvis.lib.words import fold, number
from parvis.surfaces.desk.case.words import DeadlineLabel, lang, moment_short, row_deadline
from parvis.surfaces.desk.gate import by_slug
from parvis.ui.views import or_404

PAGE = 50
EXCERPT = 160  # characters; the screen shows what fits
REFERENCE = "00-0000-0"  # a placeholder
WEEK = 7  # days
# The filters of a queue, by urgency. Comments have their own page.
VIEWS: dict[str, str | Promise] = {
    "late": pgettext_lazy("queue", "late"),
    "today": pgettext_lazy("queue", "today"),
    "to_take": pgettext_lazy("queue", "to take"),
    "mine": pgettext_lazy("queue", "mine"),
    "open": pgettext_lazy("queue", "all open"),
    "paused": pgettext_lazy("queue", "paused"),
    "reopened": pgettext_lazy("queue", "reopened"),
    "earlier": pgettext_lazy("queue", "from before"),
}
# The orders of a queue, as `cases.queue` knows them.
SORTS: dict[str, str | Promise] = {
    "": _("By promise"),
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "street": _("By street"),
}
GROUPS: dict[str, tuple[str | Promise, str | Promise]] = {
    "late": (_("Promise broken"), _("tell the citizen the truth, then give a new date")),
    "today": (_("Today"), ""),
    "week": (_("This week"), ""),
    "later": (_("Later"), ""),
    "paused": (_("Paused"), _("the clock of the promise stands still")),
}
RECEIVED: dict[str, str | Promise] = {
    "received_today": _("Received today"),
    "received_week": _("Received in the last seven days"),
    "received_before": _("Received before"),
}


@dataclass(frozen=True)
class QueuePosition:
    """A position in the queues: department, filter, order, page, and the rank of a row of the page from 0."""

    department: str
    view: str = "open"
    after: str = ""
    sort: str = ""
    row: int | None = None

    @classmethod
    def named_by(cls, values: Any) -> "QueuePosition | None":
        """The position in a form or a query string, as `query` writes it; None without `queue`."""
        slug = str(values.get("queue", ""))[:60]
        row = number(str(values.get("row", ""))[:3])
        return cls(slug, _view(values), str(values.get("after", ""))[:80], _sort(values), row) if slug else None

    @property
    def query(self) -> dict[str, str]:
        """The parameters that `named_by` reads: `queue`, and what differs from the start of the list."""
        return {"queue": self.department} | self._in_list | ({} if self.row is None else {"row": str(self.row)})

    @property
    def _in_list(self) -> dict[str, str]:
        values = {"view": self.view if self.view != "open" else "", "sort": self.sort, "after": self.after}
        return {name: value for name, value in values.items() if value}

    @property
    def in_address(self) -> str:
        """`query`, URL-encoded."""
        return urlencode(self.query)

    def url(self, case: str = "", do: str = "") -> str:
        """The URL of the list, or of the page of one of its cases, with the form of an action open there."""
        if case:
            return f"{case_url(case)}?{urlencode(self.query | ({'do': do} if do else {}))}"
        base = reverse("desk:department_queue", args=[self.department])
        return f"{base}?{urlencode(self._in_list)}" if self._in_list else base


@cache
def _pattern(name: str, *more: str) -> str:
    return reverse(name, args=[REFERENCE, *more])


def case_url(reference: str) -> str:
    """The URL of a case: for lists, where `reverse` would be called once a row."""
    return _pattern("desk:case").replace(REFERENCE, reference)


def _view(values: Any) -> str:
    view = str(values.get("view", "open"))
    return view if view in VIEWS else "open"


def _sort(values: Any) -> str:
    sort = str(values.get("sort", ""))
    return sort if sort in SORTS else ""


def position_in(request: HttpRequest, slug: str) -> QueuePosition:
    """The position in the URL of a queue."""
    return QueuePosition(slug, _view(request.GET), request.GET.get("after", "")[:80], _sort(request.GET))


def departments_of(user: User) -> list[Department]:
    """The departments whose queue the user may read; first those they work in, then those they belong to."""

    def rank(department: Department) -> int:
        if user.may_in(Action.WORK_CASE, department.pk):
            return 0
        return 1 if department.pk in user.department_ids else 2

    readable = [row for row in departments() if may_on(user, Action.READ_CASE, row.pk)]
    return sorted(readable, key=lambda department: (rank(department), fold(department.name)))


@dataclass(frozen=True)
class QueueRow:
    """A row of the queue, as shown.

    `seq`: its last entry, as text, since a template writes numbers in the way of a language, slowly. `take_url` is ""
    when the user may not take it; `theirs`: whether the citizen came back with the `last` change.
    """

    case: Case
    seq: str
    face: DeadlineLabel
    stones: list[str]
    url: str
    take_url: str
    excerpt: str
    warnings: list[str]
    notes: list[str]
    place: str
    last: str
    last_at: str
    theirs: bool


def queue(user: User, position: QueuePosition) -> dict[str, Any]:
    """The context of the list; Http404 when the user may not read that department's queue."""
    readable = departments_of(user)
    department = or_404(by_slug(readable, position.department))
    cursor = cases.last_change()
    page = _page(department, position, user)
    counts = cases.counts(department.pk, user)
    query = {"since": cursor, "view": position.view, "after": position.after, "sort": position.sort}
    start = QueuePosition(position.department, position.view)
    return {
        "place": position,
        "department": department,
        "departments": readable,
        "groups": _grouped(_rows(page.rows, user, position), position),
        "total": len(page.rows),
        "next_url": replace(position, after=page.next).url() if page.next else "",
        "filters": _filters(counts, position),
        "sorts": [
            {"label": label, "url": replace(start, sort=name).url(), "current": name == position.sort}
            for name, label in SORTS.items()
        ],
        "sorted_by": SORTS[position.sort],
        "counts": counts,
        "told": {name: format_count(count) for name, count in counts.items()},
        "changes_url": f"{reverse('desk:queue_changes', args=[position.department])}?{urlencode(query)}",
        "empty": empty_words(position.view),
        "whole_url": QueuePosition(position.department).url(),
    }


def _page(department: Department, position: QueuePosition, user: User) -> cases.Page:
    after, sort = position.after or None, position.sort
    return cases.queue([department.pk], position.view, user=user, after=after, limit=PAGE, sort=sort)


def _rows(rows: list[Row], user: User, position: QueuePosition) -> list[tuple[Row, QueueRow]]:
    """The rows of a page. Their URLs differ only by the reference and the rank: each pattern is reversed once."""
    open_url, take_url = position.url(case=REFERENCE), _pattern("desk:move", "take")
    result = []
    for rank, row in enumerate(_as_shown(rows, position)):
        case = row.case
        free = case.owner_id is None and allows(Transition.TAKE, case.state, comment=False)
        shown = QueueRow(
            case=case,
            seq=str(case.seq),
            face=row_deadline(row),
            stones=row.progress_days,
            url=f"{open_url.replace(REFERENCE, case.reference)}&row={rank}",
            take_url=take_url.replace(REFERENCE, case.reference) if free and may(user, Transition.TAKE, case) else "",
            excerpt=_excerpt(case.words),
            warnings=list(_warnings(case)),
            notes=list(_notes(case)),
            place=case.place or ("" if case.restricted else gettext("no place")),
            last=Entry.label_of(case.last_kind) if case.last_kind else "",
            last_at="" if case.restricted else moment_short(case.changed_at, row.as_of),
            theirs=case.last_by_citizen and case.last_kind in cases.REPLIES,
        )
        result.append((row, shown))
    return result


def _excerpt(words: str) -> str:
    """The first words of the citizen."""
    return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1].rstrip()}…"


def _warnings(case: Case) -> Iterator[str]:
    """What went wrong, or is urgent."""
    if case.urgent:
        yield gettext("urgent")
    if case.level:
        yield gettext("reopened")
    if case.notification_failed_at:
        yield gettext("nobody could be told")
    if case.hand_offs > 1:
        yield ngettext("passed on once", "passed on %(n)d times", case.hand_offs) % {"n": case.hand_offs}


def _notes(case: Case) -> Iterator[str]:
    """What the case waits for, its nature when it is a complaint, and whether it comes from before."""
    if case.state == State.ASKED:
        yield gettext("waits for the citizen")
    if case.state == State.WAITING:
        yield gettext("waits for a third party")
    if case.nature == Nature.COMPLAINT:
        yield gettext("complaint")
    if case.carried_over_at:
        yield gettext("from before")


def _grouped(rows: list[tuple[Row, QueueRow]], position: QueuePosition) -> list[dict[str, Any]]:
    """The rows in groups that follow the order: by deadline, paused ones last; by arrival; by street."""
    by_due = _is_by_due(position)
    groups: dict[str, dict[str, Any]] = {}
    for row, shown in rows:
        name, title, hint = _due_group(row) if by_due else _group(row, position)
        css = name if by_due else ""
        groups.setdefault(name, {"name": css, "title": title, "hint": hint, "rows": []})["rows"].append(shown)
    return list(groups.values())


def _is_by_due(position: QueuePosition) -> bool:
    return position.sort == "" and position.view != "earlier"


def _as_shown(rows: list[Row], position: QueuePosition) -> list[Row]:
    """The rows of a page in the order of its groups: by promise, the paused ones come last."""
    names = list(GROUPS)
    return sorted(rows, key=lambda row: names.index(_due_group(row)[0])) if _is_by_due(position) else rows


def _due_group(row: Row) -> tuple[str, str | Promise, str | Promise]:
    name = "paused" if row.case.is_paused else row.group or "later"
    return name, *GROUPS[name]


def _group(row: Row, position: QueuePosition) -> tuple[str, str | Promise, str | Promise]:
    case = row.case
    if position.sort != "street":
        name = _received(row)
        return name, RECEIVED[name], ""
    if case.address is None or case.place_protected:
        return "", gettext("No street"), ""
    return case.address.street.name, case.address.street.name, ""


def _received(row: Row) -> str:
    """The key in RECEIVED of a case."""
    days = (row.as_of.today - row.as_of.calendar.local(row.case.opened_at).date()).days
    if days < 1:
        return "received_today"
    return "received_week" if days < WEEK else "received_before"


@dataclass(frozen=True)
class Neighbours:
    """Where a case stands in a list: its rank from 1 among `total`, and the URLs of the previous and the next one."""

    rank: int | None
    total: str
    before: str
    next: str


def neighbours(user: User, position: QueuePosition, case: Case) -> Neighbours:
    """The neighbours of a case in the page of the list it was opened from; Http404 when the user may not read it.

    A case that left the list since keeps the place of its row: the next one is now at that place.
    """
    department = or_404(by_slug(departments_of(user), position.department))
    page = _page(department, position, user)
    rows = [row.case for row in _as_shown(page.rows, position)]
    at = next((rank for rank, other in enumerate(rows) if other.pk == case.pk), None)
    place = at if at is not None else position.row or 0
    later = place + 1 if at is not None else place
    total = cases.counts(department.pk, user)[position.view]
    return Neighbours(
        rank=at + 1 if at is not None and not position.after else None,
        total=format_count(total),
        before=_url_at(rows, place - 1, position),
        next=_url_at(rows, later, position) or (replace(position, after=page.next).url() if page.next else ""),
    )


def _url_at(rows: list[Case], rank: int, position: QueuePosition) -> str:
    return replace(position, row=rank).url(rows[rank].reference) if 0 <= rank < len(rows) else ""


def _filters(counts: dict[str, int], position: QueuePosition) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "count": format_count(counts[name]),
            "none": not counts[name],
            "url": QueuePosition(position.department, name, sort=position.sort).url(),
            "current": name == position.view,
        }
        for name, label in VIEWS.items()
        if name != "earlier" or counts[name] or name == position.view
    ]


def format_count(count: int) -> str:
    """A count from `cases.counts`: "12", "1 000+"."""
    shown = quebec.number(min(count, cases.MOST_COUNTED), lang())
    return f"{shown}+" if count > cases.MOST_COUNTED else shown


def empty_words(view: str) -> tuple[str, str]:
    """The title and the hint of an empty list."""
    texts = {
        "late": (gettext("No broken promise"), gettext("Everything promised so far was kept, or has a new date.")),
        "today": (gettext("Nothing is due today"), gettext("See what is due this week in “all open”.")),
        "to_take": (gettext("Everything is taken"), gettext("New requests appear here by themselves.")),
        "mine": (gettext("Nothing is yours at the moment"), gettext("Take a request in “to take” with the key T.")),
        "paused": (
            gettext("Nothing waits"),
            gettext("A request waits here when a question was asked, or a third party is awaited."),
        ),
        "reopened": (
            gettext("Nothing came back"),
            gettext("What a citizen says is not fixed comes back here, one level up."),
        ),
        "earlier": (
            gettext("Nothing is left from before"),
            gettext("A request open in the earlier system waits here until it has a date, or is closed."),
        ),
    }
    return texts.get(view, (gettext("The queue is empty"), gettext("New requests appear here by themselves.")))
