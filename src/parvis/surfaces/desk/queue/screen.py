"""What stands on the screen of a department's queue, gathered for its templates."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases import queries as cases
from parvis.apps.cases.access import may
from parvis.apps.cases.due_status import Row
from parvis.apps.cases.models import State
from parvis.apps.cases.states import Move, allows
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import departments
from parvis.lib import quebec
from parvis.lib.words import fold
from parvis.surfaces.desk.case.words import Face, face, lang

PAGE = 50
EXCERPT = 90  # characters
REFERENCE = "00-0000-0"  # stands for any
# The filters of a queue, in the order of urgency. Comments have a page of their own.
VIEWS: dict[str, str | Promise] = {
    "late": pgettext_lazy("queue", "late"),
    "today": pgettext_lazy("queue", "today"),
    "to_take": pgettext_lazy("queue", "to take"),
    "mine": pgettext_lazy("queue", "mine"),
    "open": pgettext_lazy("queue", "all open"),
    "paused": pgettext_lazy("queue", "paused"),
    "reopened": pgettext_lazy("queue", "reopened"),
}
GROUPS: dict[str, tuple[str | Promise, str | Promise]] = {
    "late": (_("Promise broken"), _("tell the citizen the truth, then give a new date")),
    "today": (_("Today"), ""),
    "week": (_("This week"), ""),
    "later": (_("Later"), ""),
    "paused": (_("Paused"), _("the clock of the promise stands still")),
}


@dataclass(frozen=True)
class Place:
    """Where in the queues one is: what brings back the same list."""

    department: str
    view: str = "open"
    after: str = ""

    @classmethod
    def asked(cls, values: Any) -> "Place | None":
        """The place that a form or an address names as `queue`, `view` and `after`; None when it names none."""
        slug = str(values.get("queue", ""))[:60]
        return cls(slug, _view(values), str(values.get("after", ""))[:80]) if slug else None

    @property
    def query(self) -> dict[str, str]:
        """What `asked` reads again."""
        return {"queue": self.department, "view": self.view, "after": self.after}

    @property
    def in_address(self) -> str:
        """`query` as an address has it."""
        return urlencode(self.query)

    def url(self, case: str = "", do: str = "") -> str:
        """The address of the list, with one case open beside it, and the form of a gesture."""
        query = {"view": self.view if self.view != "open" else "", "after": self.after, "case": case, "do": do}
        kept = {name: value for name, value in query.items() if value}
        base = reverse("desk:department_queue", args=[self.department])
        return f"{base}?{urlencode(kept)}" if kept else base


def _view(values: Any) -> str:
    view = str(values.get("view", "open"))
    return view if view in VIEWS else "open"


def place_in(request: HttpRequest, slug: str) -> Place:
    """The place that the address of a queue names."""
    return Place(slug, _view(request.GET), request.GET.get("after", "")[:80])


def departments_of(user: User) -> list[Department]:
    """The departments whose queue that person may read; those they work in first."""
    every = user.may(Action.READ_ANY_CASE)
    mine = [row for row in departments() if every or user.may_in(Action.READ_CASE, row.pk)]
    return sorted(mine, key=lambda row: (_nearness(user, row), fold(row.name)))


def _nearness(user: User, department: Department) -> int:
    if user.may_in(Action.WORK_CASE, department.pk):
        return 0
    return 1 if department.pk in user.department_ids else 2


@dataclass(frozen=True)
class Shown:
    """A row as it is shown."""

    row: Row
    face: Face
    takeable: bool
    current: bool
    url: str
    take_url: str

    @property
    def excerpt(self) -> str:
        """The first words of the citizen."""
        words = self.row.case.words
        return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1].rstrip()}…"

    @property
    def warnings(self) -> list[str]:
        """What went wrong, or presses."""
        case = self.row.case
        passed_on = ngettext("passed on once", "passed on %(n)d times", case.hand_offs) % {"n": case.hand_offs}
        signs = [
            (case.urgent, gettext("urgent")),
            (case.level, gettext("reopened")),
            (case.notification_failed_at, gettext("nobody could be told")),
            (case.hand_offs > 1, passed_on),
        ]
        return [words for shown, words in signs if shown]

    @property
    def notes(self) -> list[str]:
        """What it waits for, and of what nature it is when that is not usual."""
        case = self.row.case
        signs = [
            (case.state == State.ASKED, gettext("waits for the citizen")),
            (case.state == State.WAITING, gettext("waits for a third party")),
            (case.nature == Nature.COMPLAINT, gettext("complaint")),
        ]
        return [words for shown, words in signs if shown]


def queue(user: User, place: Place, current: int | None = None) -> dict[str, Any]:
    """Everything that the list shows; Http404 when that department's queue is not for this person to read."""
    mine = departments_of(user)
    department = next((item for item in mine if item.slug == place.department), None)
    if department is None:
        raise Http404
    cursor = cases.last_change()
    page = cases.queue([department.pk], place.view, user=user, after=place.after or None, limit=PAGE)
    counts = cases.counts(department.pk, user)
    held = {"since": cursor, "view": place.view, "after": place.after, "case": current or ""}
    links = Links(place)
    groups = _grouped([_shown(row, user, links, current) for row in page.rows])
    return {
        "place": place,
        "department": department,
        "departments": mine,
        "groups": groups,
        "total": len(page.rows),
        "next_url": Place(place.department, place.view, page.next).url() if page.next else "",
        "filters": _filters(counts, place),
        "counts": counts,
        "told": {name: how_many(count) for name, count in counts.items()},
        "open_case": current,
        "changes_url": f"{reverse('desk:queue_changes', args=[place.department])}?{urlencode(held)}",
        "empty": empty_words(place.view),
        "whole_url": Place(place.department).url(),
    }


class Links:
    """The addresses of the rows of a page, that differ by the reference alone: each is made once."""

    def __init__(self, place: Place) -> None:
        self._open = place.url(case=REFERENCE)
        self._take = reverse("desk:move", args=[REFERENCE, "take"])

    def of(self, reference: str) -> tuple[str, str]:
        """Where that case is opened beside the list, and where it is taken."""
        return self._open.replace(REFERENCE, reference), self._take.replace(REFERENCE, reference)


def _shown(row: Row, user: User, links: Links, current: int | None) -> Shown:
    case = row.case
    takeable = case.owner_id is None and allows(Move.TAKE, case.state, comment=False) and may(user, Move.TAKE, case)
    return Shown(row, face(row), takeable, case.pk == current, *links.of(case.reference))


def _grouped(rows: list[Shown]) -> list[dict[str, Any]]:
    """The rows by when they are due, the late first; those whose clock stands still come last."""
    result: dict[str, list[Shown]] = {name: [] for name in GROUPS}
    for row in rows:
        result["paused" if row.row.case.is_paused else row.row.group or "later"].append(row)
    return [
        {"name": name, "title": GROUPS[name][0], "hint": GROUPS[name][1], "rows": r} for name, r in result.items() if r
    ]


def _filters(counts: dict[str, int], place: Place) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": label,
            "count": how_many(counts[name]),
            "none": not counts[name],
            "url": Place(place.department, name).url(),
            "current": name == place.view,
        }
        for name, label in VIEWS.items()
    ]


def how_many(count: int) -> str:
    """A number that `cases.counts` gave, as it is shown: "12", "1 000+"."""
    most = quebec.number(min(count, cases.MOST_COUNTED), lang())
    return f"{most}+" if count > cases.MOST_COUNTED else most


def empty_words(view: str) -> tuple[str, str]:
    """What to say where a list has nothing: a title, then what one may do."""
    told = {
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
    }
    return told.get(view, (gettext("The queue is empty"), gettext("New requests appear here by themselves.")))
