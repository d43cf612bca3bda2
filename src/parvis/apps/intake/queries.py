"""Questions asked of the door: what is open, what was done, which calls are owed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Prefetch, Q, QuerySet
from django.utils import timezone

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Callback, Contact, Device, Given, Matter, Reservation, Visit
from parvis.apps.intake.waiting import expected_minutes
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.queries import ids_of, numbers_apart
from parvis.apps.search import queries as search
from parvis.lib.clock import now, today
from parvis.lib.rows import Compiled
from parvis.lib.words import split

WIDEST_SEARCH = 30
COUNTED_TODAY = 5_000


def contact_of(contact_id: int, agent: User) -> Contact | None:
    """One of this agent's own contacts, with its person and matters; None when it is not theirs."""
    return _with_matters(Contact.objects.filter(pk=contact_id, agent=agent)).first()


def open_contacts(agent: User) -> list[Contact]:
    """The contacts that this agent has in hand, the oldest first, with their persons and matters."""
    rows = _with_matters(Contact.objects.filter(agent=agent, state__in=Contact.IN_HAND)).order_by()
    return sorted(rows, key=lambda contact: contact.pk)  # asked for it, SQLite reads all the contacts that one ever had


def waiting_contacts(limit: int = 50) -> list[Contact]:
    """The contacts that wait for an agent, the oldest first, with their persons and whoever each was given to."""
    rows = Contact.objects.filter(state=Contact.State.WAITING).select_related("person__merged_into", "agent")
    return list(rows.order_by("started_at", "pk")[:limit])


def last_contacts(agent: User, limit: int = 10) -> list[Contact]:
    """The contacts that this agent finished last, the newest first, with matters, answers given and corrections."""
    done = _with_matters(Contact.objects.filter(agent=agent, state=Contact.State.DONE))
    return list(done.prefetch_related("corrections__by").order_by("-ended_at", "-pk")[:limit])


def _with_matters(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    matters = Matter.objects.select_related("subject", "case", "department", "receiver").prefetch_related("given")
    return contacts.select_related("person__merged_into", "visit").prefetch_related(Prefetch("matters", matters))


def matter_by_key(key: str) -> Matter | None:
    """The matter that a submission settled, when it was settled."""
    return Matter.objects.select_related("case", "contact", "subject").filter(key=key).first()


def open_callbacks(limit: int = 50) -> list[Callback]:
    """The calls owed, the most pressing first."""
    rows = Callback.objects.filter(done_at=None).select_related(
        "case__subject", "person__merged_into", "assignee", "entry", "telling__update"
    )
    return list(rows.order_by("due_at", "pk")[:limit])


_calls_owed = Compiled(
    lambda: Callback.objects.filter(done_at=None).order_by().values("done_at").values_list(Count("pk"))
)


def calls_owed() -> int:
    """How many calls are owed now."""
    counted = _calls_owed.first()
    return int(counted[0]) if counted else 0


def callback_of(callback_id: int) -> Callback | None:
    """One call, owed or made."""
    rows = Callback.objects.select_related("case__subject", "person", "assignee", "entry", "done_by")
    return rows.filter(pk=callback_id).first()


@dataclass(frozen=True)
class Moment:
    """The figures of the moment: contacts waiting and since when the oldest does, calls owed and those late, people in
    the hall and since when the first does.
    """

    waiting: int
    oldest: datetime | None
    callbacks: int
    late_callbacks: int
    next_callback: datetime | None
    line: int
    line_since: datetime | None

    @property
    def mark(self) -> str:
        """What tells these figures from the next ones, for a screen that asks whether they changed."""
        return f"{self.waiting}.{self.callbacks}.{self.late_callbacks}.{self.line}"


def figures_of_the_moment() -> Moment:
    """Three small counts over indexes."""
    waiting = Contact.objects.filter(state=Contact.State.WAITING).aggregate(n=Count("pk"), oldest=Min("started_at"))
    owed = Callback.objects.filter(done_at=None)
    calls = owed.aggregate(n=Count("pk"), first=Min("due_at"), late=Count("pk", filter=Q(due_at__lt=now())))
    line = _today(Visit.State.WAITING).aggregate(n=Count("pk"), since=Min("arrived_at"))
    return Moment(waiting["n"], waiting["oldest"], calls["n"], calls["late"], calls["first"], line["n"], line["since"])


def asked_today(limit: int = 5) -> list[tuple[Subject, int]]:
    """The subjects asked about most since midnight, with how many times; of a very long day, the latest hours."""
    midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    # Counted here: asked to group them, SQLite reads every matter ever settled in the order of its subject.
    lately = Matter.objects.filter(at__gte=midnight).order_by("-at").values_list("subject", flat=True)[:COUNTED_TODAY]
    ranked = sorted(Counter(filter(None, lately)).items(), key=lambda item: (-item[1], item[0]))
    counts = dict(ranked[:limit])
    subjects = Subject.objects.in_bulk(list(counts))
    return [(subjects[pk], n) for pk, n in counts.items()]


@dataclass(frozen=True)
class PersonFile:
    """What is read at once of one person, newest first in each list.

    `contacts` have their `matters` read, `cases` their `subject` and `department`, `given` their `answer` and `matter`.
    """

    person: Person
    contacts: Sequence[Contact]
    cases: Sequence[Case]
    given: Sequence[Given]


def file(person: Person, *, limit: int = 50) -> PersonFile:
    """The latest contacts, cases and answers given of a person and of those merged into them. Constant queries.

    The caller records the reading (`directory.services.record_reading`).
    """
    ids = ids_of(person)
    contacts = (
        Contact.objects.filter(person__in=ids)
        .select_related("agent")
        .prefetch_related("matters__subject", "matters__case", "matters__given__answer__subject")
        .order_by("-started_at", "-pk")[:limit]
    )
    cases = Case.objects.filter(person__in=ids).select_related("subject", "department", "owner")
    read = list(contacts)
    given = [given for contact in read for matter in contact.matters.all() for given in matter.given.all()]
    return PersonFile(
        person,
        read,
        list(cases.order_by("-opened_at", "-pk")[:limit]),
        sorted(given, key=lambda item: item.at, reverse=True)[:limit],
    )


@dataclass(frozen=True)
class Since:
    """The contacts of a kept file since a merge, newest first: those that go with the other file, those that stay."""

    goes: list[Contact]
    stays: list[Contact]


def came_since(merger: Merger) -> Since:
    """What came since two files were merged: by a number that the merged one alone holds, it goes with it."""
    theirs = numbers_apart(merger)
    rows = Contact.objects.filter(person=merger.canonical.canonical, started_at__gte=merger.at)
    result = list(rows.prefetch_related("matters__case", "matters__subject").order_by("-started_at", "-pk"))
    goes = [contact for contact in result if contact.phone in theirs]
    return Since(goes, [contact for contact in result if contact.phone not in theirs])


def find_contacts(text: str, user: User, limit: int = 6) -> list[Contact]:
    """Contacts that are over, found by what was said, a number or a name, the latest first, each with its matters.

    Those that lead somewhere this person may go: the file of their person, or their own last contacts. Of someone whose
    file is sensitive, by their name alone, as their file.
    """
    rows = search.page("contact", search.in_full(text), limit=WIDEST_SEARCH) if text.strip() else []
    ids = [row.object_id for row in rows]
    theirs = Q(person__isnull=False) | Q(agent=user)
    result = (
        {with_matter.pk: with_matter for with_matter in _with_matters(Contact.objects.filter(theirs, pk__in=ids))}
        if ids
        else {}
    )
    wanted = search.words_of(text)
    return [result[pk] for pk in ids if pk in result and _may_be_found(result[pk], wanted)][:limit]


def _may_be_found(contact: Contact, wanted: Sequence[str]) -> bool:
    if contact.person is None or not contact.person.sensitive:
        return True
    name = split(contact.person.name)
    return all(any(word.startswith(item) for word in name) for item in wanted)


# --- The waiting line -------------------------------------------------------------------------------------------

SHOWN_IN_HALL = 6
MEASURED = 10  # visits of today, from which a wait is foreseen
OPEN_WINDOW = timedelta(minutes=30)  # a window that called nobody for so long is taken as closed


def _today(state: Visit.State) -> QuerySet[Visit]:
    return Visit.objects.filter(day=today(), state=state)


def waiting_before(visit: Visit | None = None) -> int:
    """How many people will be called before that one; before someone who would arrive now, when there is none."""
    waiting = _today(Visit.State.WAITING)
    if visit:
        earlier = Q(arrived_at__lt=visit.arrived_at) | Q(arrived_at=visit.arrived_at, pk__lt=visit.pk)
        waiting = waiting.filter(earlier)
    return waiting.count()


def at_the_windows(limit: int) -> list[Visit]:
    """Who is called or being answered, the last one told to the hall first."""
    called = _today(Visit.State.CALLED).filter(contact__isnull=False).exclude(contact__state=Contact.State.DONE)
    return list(called.select_related("agent", "contact").order_by("-told_at", "-pk")[:limit])


@dataclass(frozen=True)
class Line:
    """The counter today: who waits, the longest first; who is at a window, who is put aside, the last ones first.

    Of those who were called and came: how many, the seconds they waited on average and at most (None before the first).
    """

    waiting: list[Visit]
    at_windows: list[Visit]
    aside: list[Visit]
    answered: int
    mean_wait: int | None
    longest_wait: int | None


def line_today() -> Line:
    """The whole day in one query."""
    state = Visit.State
    rows = list(Visit.objects.filter(day=today()).select_related("agent", "contact").order_by("arrived_at", "pk"))
    here = [
        row for row in rows if row.state == state.CALLED and row.contact and row.contact.state != Contact.State.DONE
    ]
    waits = [row.waited for row in rows if row.contact and row.waited is not None]
    return Line(
        waiting=[row for row in rows if row.state == state.WAITING],
        at_windows=sorted(here, key=lambda visit: (visit.told_at or visit.arrived_at, visit.pk), reverse=True),
        aside=[row for row in reversed(rows) if row.state in (state.ABSENT, state.LEFT)],
        answered=len(waits),
        mean_wait=sum(waits) // len(waits) if waits else None,
        longest_wait=max(waits, default=None),
    )


def visit_numbered(number: int) -> Visit | None:
    """The visit of today that has this number."""
    return Visit.objects.filter(day=today(), number=number).first()


def last_window(agent: User) -> int | None:
    """The window to which this agent called someone last; None when they never did."""
    rows = Visit.objects.filter(agent=agent, window__isnull=False).order_by("-called_at")
    return rows.values_list("window", flat=True).first()


def expected_wait(ahead: int) -> int | None:
    """Minutes that someone with `ahead` people before them may wait; None before the first visit of the day is over."""
    served = Visit.objects.filter(day=today(), contact__state=Contact.State.DONE, contact__seconds__isnull=False)
    lengths = list(served.order_by("-called_at").values_list("contact__seconds", flat=True)[:MEASURED])
    lately = Visit.objects.filter(day=today(), called_at__gte=now() - OPEN_WINDOW)
    windows = lately.values("window").distinct().count()
    return expected_minutes(ahead, [length for length in lengths if length is not None], windows)


def devices() -> list[Device]:
    """The tablets and screens in use, by name."""
    return list(Device.objects.filter(closed_at=None).select_related("made_by").order_by("kind", "name", "pk"))


def device(secret: str, kind: Device.Kind) -> Device | None:
    """The tablet or screen whose address holds that secret; None when there is none, or no more."""
    return Device.objects.filter(secret=secret, kind=kind, closed_at=None).first()


def unused_reservations(limit: int = 200) -> list[Reservation]:
    """The numbers put aside for calls and not used yet, the oldest first."""
    return list(Reservation.objects.filter(case=None).select_related("agent").order_by("pk")[:limit])
