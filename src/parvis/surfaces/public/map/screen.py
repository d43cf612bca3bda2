"""What the map's pages show of a request, in words, from `public_cases` alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason
from parvis.apps.cases.queries.due_status import AsOf, date_given, row
from parvis.apps.cases.queries.lists import public_list
from parvis.apps.cases.queries.lists.public_list import LATE, OPEN, SETTLED, Filters
from parvis.apps.cases.queries.public_cases import (
    PublicState,
    public_photos,
    public_place,
    public_point,
    public_promise,
    public_state,
    public_words,
)
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.rules.promises import business_days, counted_days
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Sector
from parvis.apps.places.queries.finding import streets_meant
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import clean

T = TypeVar("T")
SHOWS = {"encours": OPEN, "retard": LATE, "reglees": SETTLED}
SAID_REASONS = (ClosingReason.PLANNED, ClosingReason.REFUSED, ClosingReason.NOT_OURS, ClosingReason.NOT_FOUND)
TONES = {PublicState.SETTLED: "good", PublicState.LATE: "bad", PublicState.VISIT: "warm"}


@dataclass(frozen=True)
class Step:
    """One step of a request: its name, its day, and whether it is still to come."""

    name: str
    day: date
    ahead: bool = False


@dataclass(frozen=True)
class RequestLine:
    """A request as its line, its card and its page show it."""

    case: Case
    state: PublicState
    where: str
    due: date | None
    note: str
    late: bool

    @property
    def reference(self) -> str:
        return self.case.reference

    @property
    def title(self) -> str:
        """The subject: a title given by the staff may name people."""
        return self.case.subject.title

    @property
    def heading(self) -> str:
        return f"{self.title}, {self.where}" if self.where else self.title

    @property
    def short(self) -> str:
        """The day in short; "" when none is promised now."""
        return quebec.day_short(self.due, lang(), today=clock.today()) if self.due else ""

    @property
    def big_date(self) -> str:
        """The day in words: "demain", "2 décembre"."""
        return quebec.near_day(self.due, clock.today(), lang()) if self.due else ""

    @property
    def state_words(self) -> str:
        return state_names()[self.state]

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "water")

    @property
    def same(self) -> str:
        """How many others told of it; "" when nobody did."""
        count = self.case.merged_count
        return ngettext("%(n)d person saw it too", "%(n)d people saw it too", count) % {"n": count} if count else ""

    @property
    def url(self) -> str:
        return reverse("public:map_request", args=[self.reference])

    @property
    def words(self) -> str:
        return public_words(self.case)

    @property
    def photos(self) -> list[Attachment]:
        return public_photos(self.case)

    @property
    def point(self) -> tuple[float, float] | None:
        return public_point(self.case)

    @property
    def stones(self) -> list[str]:
        """The days of the promise, as `progress_days` draws them."""
        return row(self.case, by_week=True, as_of=AsOf.now()).progress_days

    @property
    def promise_words(self) -> str:
        """The promise, the end, or why there is no date now: the first thing that its page says."""
        if self.state is PublicState.SETTLED:
            return self.note.capitalize()
        if self.case.is_paused:
            return _("We are waiting for someone else. The promise is paused meanwhile.")
        words = public_promise(self.case).words
        return _("Promised %(due)s.") % {"due": words} if words else ""

    @property
    def steps(self) -> list[Step]:
        """The course of the request, without names or words."""
        case, today = self.case, clock.today()
        steps = [Step(_("Received"), day_of(case.opened_at))]
        if case.acknowledged_at:
            steps.append(Step(_("Taken in charge"), day_of(case.acknowledged_at)))
        if case.visit_on and (case.is_open or not case.closed_at or case.visit_on <= day_of(case.closed_at)):
            steps.append(Step(_("Visit"), case.visit_on, ahead=case.visit_on >= today and case.is_open))
        if case.closed_at and not case.is_open:
            steps.append(Step(self.note.capitalize(), day_of(case.closed_at)))
        elif self.due:
            steps.append(Step(_("Promised date"), self.due, ahead=self.due >= today))
        return sorted(steps, key=lambda step: step.day)


def line(case: Case) -> RequestLine:
    """The line of a public case; no query."""
    state, promise = public_state(case), public_promise(case)
    if state is PublicState.SETTLED and case.closed_at:
        return RequestLine(case, state, public_place(case), day_of(case.closed_at), _settled(case), late=False)
    note = _("waiting for someone else") if case.is_paused else ""
    if promise.day:
        note = _("new date") if date_given(case) else _("promised")
        note = _("promised, late") if state is PublicState.LATE else note
    return RequestLine(case, state, public_place(case), promise.day, note, state is PublicState.LATE)


def _settled(case: Case) -> str:
    """How it ended: in how many days when the work was done, else why, without a citizen's doings."""
    if case.closing_reason == ClosingReason.DONE and case.closed_at:
        days = max(0, counted_days(case.opened_at, case.closed_at, working_calendar()))
        return _("settled in %(days)s") % {"days": business_days(days, lang())} if days else _("settled the same day")
    if case.closing_reason in SAID_REASONS:
        return ClosingReason(case.closing_reason).in_sentence
    return _("ended")


def state_names() -> dict[PublicState, str]:
    """The name of each state, in the order of the legend."""
    return {
        PublicState.RECEIVED: _("Received"),
        PublicState.TAKEN: _("Taken in charge"),
        PublicState.VISIT: _("Visit planned"),
        PublicState.LATE: _("Late"),
        PublicState.SETTLED: pgettext("request", "Settled"),
    }


@dataclass(frozen=True)
class Asked:
    """The filters of an address, with what was typed for the street; `unknown_street` when no street has that name."""

    filters: Filters
    typed: str = ""

    @property
    def unknown_street(self) -> bool:
        return bool(self.typed) and not self.filters.streets

    @property
    def found_streets(self) -> str:
        """The names of the streets found, when they are not what was typed; "" otherwise."""
        names = [street.name for street in self.filters.streets]
        return "" if names == [self.typed] else ", ".join(names)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is filtered."""
        return bool(self.filters.subject or self.filters.sector or self.typed)

    def query(self, **changes: str) -> str:
        """The query string of these filters with some changed; "" for the default ones."""
        filters = self.filters
        values = {
            "etat": next((name for name, show in SHOWS.items() if show == filters.show and show != OPEN), ""),
            "sujet": filters.subject.slug if filters.subject else "",
            "secteur": filters.sector.slug if filters.sector else "",
            "rue": self.typed,
        }
        given = {name: value for name, value in (values | changes).items() if value}
        return f"?{urlencode(given)}" if given else ""


def asked(query: QueryDict, default: str = OPEN) -> Asked:
    """Reads the filters of a query string: five queries at most. Raises Http404 for an unknown one."""
    typed = " ".join(query.get("rue", "").split())[:120]
    state = query.get("etat", "")
    if state and state not in SHOWS:
        raise Http404
    subject, sector = _subject(query.get("sujet", "")), _sector(query.get("secteur", ""))
    streets = tuple(streets_meant(typed)) if typed else ()
    return Asked(Filters(SHOWS.get(state, default), subject, sector, streets), typed)


def _subject(slug: str) -> Subject | None:
    return _found(Subject.objects.filter(public=True, slug=slug).first()) if slug else None


def _sector(slug: str) -> Sector | None:
    return _found(Sector.objects.filter(slug=slug).first()) if slug else None


def _found(row: T | None) -> T:
    if row is None:
        raise Http404
    return row


def lines(cases: Iterable[Case]) -> list[RequestLine]:
    """The lines of public cases, in order."""
    return [line(case) for case in cases]


def states_to_choose(asked_for: Asked, counts: dict[str, int]) -> list[dict[str, object]]:
    """The chips of the states: label, count, address, whether chosen."""
    labels = {"encours": _("In progress"), "retard": _("Late"), "reglees": _("Settled")}
    return [
        {
            "label": labels[name],
            "value": "" if show == OPEN else name,
            "count": counts[show],
            "url": reverse("public:map") + asked_for.query(etat="" if show == OPEN else name),
            "current": asked_for.filters.show == show,
        }
        for name, show in SHOWS.items()
    ]


def choices() -> dict[str, object]:
    """What the form of filters offers; two queries."""
    return {"subjects": public_list.public_subjects(), "sectors": public_list.sectors()}


def lang() -> str:
    """The active language, "fr" or "en"."""
    return clean(get_language())


def day_of(moment: datetime) -> date:
    """The local day of a moment."""
    return working_calendar().local(moment).date()
