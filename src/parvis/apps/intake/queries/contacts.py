"""Queries over contacts, callbacks, people's files and the waiting line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import seal
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import (
    Callback,
    Contact,
    Device,
    Given,
    HeldRequest,
    Matter,
    ReceivedSocial,
    ReceivedText,
    Reservation,
    Visit,
)
from parvis.apps.intake.queries.restricted import openable, seal_callback
from parvis.apps.intake.rules.waiting import expected_minutes
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.queries.people import ids_of, numbers_apart
from parvis.apps.search import queries as search
from parvis.lib.clock import now, today
from parvis.lib.database.rows import Compiled
from parvis.lib.words import split

WIDEST_SEARCH = 30
COUNTED_TODAY = 5_000
EVERY = Q()


def contact_of(contact_id: int, agent: User) -> Contact | None:
    """A contact of this agent, with its person and matters; None otherwise, or once finished when it is restricted."""
    return _with_matters(Contact.objects.filter(openable(agent), pk=contact_id, agent=agent)).first()


def open_contacts(agent: User) -> list[Contact]:
    """The contacts in progress or on hold of an agent, oldest first, with their persons and matters."""
    rows = _with_matters(Contact.objects.filter(agent=agent, state__in=Contact.IN_HAND)).order_by()
    return sorted(rows, key=lambda contact: contact.pk)  # ordered by SQL, SQLite would read all the agent's contacts


def waiting_contacts(agent: User, limit: int = 50) -> list[Contact]:
    """The contacts waiting for an agent, with their persons and assignees: those of danger first, then the oldest.

    Those put off are left out, and the requests kept to be looked at, which have their own list.
    """
    rows = _waiting_now().filter(openable(agent)).select_related("person__merged_into", "agent")
    by_text = Exists(ReceivedText.objects.filter(contact=OuterRef("pk"), danger=True))
    danger = by_text | Exists(ReceivedSocial.objects.filter(contact=OuterRef("pk"), danger=True))
    return list(rows.annotate(danger=danger).order_by("-danger", "started_at", "pk")[:limit])


def contacts_given_to(agent: User) -> int:
    """How many of the contacts that wait were given to that agent."""
    return _waiting_now().filter(agent=agent).count()


def _waiting_now() -> QuerySet[Contact]:
    here = Q(inbox__later_until=None) | Q(inbox__later_until__lte=now())
    return Contact.objects.filter(here, ~_is_held(), state=Contact.State.WAITING)


def _is_held() -> Exists:
    return Exists(HeldRequest.objects.filter(contact=OuterRef("pk"), settled_at=None))


def last_contacts(agent: User, limit: int = 10) -> list[Contact]:
    """The contacts that an agent finished last, newest first, with matters, answers given and corrections."""
    done = _with_matters(Contact.objects.filter(openable(agent), agent=agent, state=Contact.State.DONE))
    return list(done.prefetch_related("corrections__by").order_by("-ended_at", "-pk")[:limit])


def _with_matters(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    matters = Matter.objects.select_related("subject", "case", "department", "receiver").prefetch_related("given")
    return contacts.select_related("person__merged_into", "visit").prefetch_related(Prefetch("matters", matters))


def matter_by_key(key: str) -> Matter | None:
    """The matter settled by the submission with this key, if any."""
    return Matter.objects.select_related("case", "contact", "subject").filter(key=key).first()


def callbacks_for(user: User, limit: int = 50) -> list[Callback]:
    """As `open_callbacks`, those given to that person; to nobody too, when they answer contacts."""
    shared = Q(assignee=None) if user.may(Action.TAKE_CONTACT) else Q()
    return open_callbacks(user, limit, among=Q(assignee=user) | shared)


def open_callbacks(user: User, limit: int = 50, *, among: Q = EVERY) -> list[Callback]:
    """The callbacks not made yet, the earliest due first; about a request closed to the user, only its reference."""
    rows = Callback.objects.filter(among, done_at=None).select_related(
        "case__subject", "case__department", "person__merged_into", "assignee", "entry", "telling__update"
    )
    return [seal_callback(user, callback) for callback in rows.order_by("due_at", "pk")[:limit]]


_count_open = Compiled(
    lambda: Callback.objects.filter(done_at=None).order_by().values("done_at").values_list(Count("pk"))
)


def calls_owed() -> int:
    """The number of callbacks not made yet."""
    row = _count_open.first()
    return int(row[0]) if row else 0


def callback_of(callback_id: int) -> Callback | None:
    """A callback by id, open or done."""
    rows = Callback.objects.select_related("case__subject", "person", "assignee", "entry", "done_by")
    return rows.filter(pk=callback_id).first()


@dataclass(frozen=True)
class Moment:
    """Live figures: waiting contacts and the oldest one's start, open and late callbacks, the line and its start."""

    waiting: int
    oldest: datetime | None
    callbacks: int
    late_callbacks: int
    next_callback: datetime | None
    line: int
    line_since: datetime | None

    @property
    def mark(self) -> str:
        """A fingerprint of the figures, for polling screens."""
        return f"{self.waiting}.{self.callbacks}.{self.late_callbacks}.{self.line}"


def figures_of_the_moment() -> Moment:
    """The current figures, in three counts over indexes."""
    here = Contact.objects.filter(~_is_held(), state=Contact.State.WAITING)
    waiting = here.aggregate(n=Count("pk"), oldest=Min("started_at"))
    open_calls = Callback.objects.filter(done_at=None)
    calls = open_calls.aggregate(n=Count("pk"), first=Min("due_at"), late=Count("pk", filter=Q(due_at__lt=now())))
    line = _today(Visit.State.WAITING).aggregate(n=Count("pk"), since=Min("arrived_at"))
    return Moment(waiting["n"], waiting["oldest"], calls["n"], calls["late"], calls["first"], line["n"], line["since"])


def asked_today(limit: int = 5) -> list[tuple[Subject, int]]:
    """The most frequent subjects since midnight, with their counts, over the last COUNTED_TODAY matters.

    Restricted subjects are not counted: with few of them, a count tells of one.
    """
    midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    # Counted in Python: to group by subject, SQLite would read every matter ever settled.
    latest = Matter.objects.filter(at__gte=midnight).order_by("-at").values_list("subject", flat=True)[:COUNTED_TODAY]
    restricted = restricted_subjects()
    counts = Counter(subject for subject in latest if subject and subject not in restricted)
    top = sorted(counts, key=lambda pk: (-counts[pk], pk))[:limit]
    subjects = Subject.objects.in_bulk(top)
    return [(subjects[pk], counts[pk]) for pk in top]


@dataclass(frozen=True)
class PersonFile:
    """A person's latest activity, newest first in each list.

    Prefetched: `matters` of contacts, `subject` and `department` of cases, `answer` and `matter` of answers given.
    """

    person: Person
    contacts: Sequence[Contact]
    cases: Sequence[Case]
    given: Sequence[Given]


def file(person: Person, *, user: User, limit: int = 50) -> PersonFile:
    """The latest contacts, cases and answers given of a person, merged files included. A constant number of queries.

    Of the cases that their subject closes to the user, only `sealed` ones; their contacts are left out.

    The caller logs the access (`directory.services.staff.record_reading`).
    """
    ids = ids_of(person)
    contacts = (
        Contact.objects.filter(openable(user), person__in=ids)
        .select_related("agent")
        .prefetch_related("matters__subject", "matters__case", "matters__given__answer__subject")
        .order_by("-started_at", "-pk")[:limit]
    )
    cases = Case.objects.filter(person__in=ids).select_related("subject", "department", "owner")
    given = [given for contact in contacts for matter in contact.matters.all() for given in matter.given.all()]
    return PersonFile(
        person,
        list(contacts),
        seal(user, cases.order_by("-opened_at", "-pk")[:limit]),
        sorted(given, key=lambda given: given.at, reverse=True)[:limit],
    )


@dataclass(frozen=True)
class Since:
    """The contacts of a file since a merger, newest first: those that would go with the absorbed file, or stay."""

    goes: list[Contact]
    stays: list[Contact]


def came_since(merger: Merger, user: User | None = None) -> Since:
    """The contacts since a merger; those from a number that only the absorbed file holds would go with it.

    With a user, only the contacts that they may open.
    """
    numbers = numbers_apart(merger)
    rows = Contact.objects.filter(person=merger.canonical.canonical, started_at__gte=merger.at)
    rows = rows.filter(openable(user)) if user else rows
    contacts = list(rows.prefetch_related("matters__case", "matters__subject").order_by("-started_at", "-pk"))
    goes = [contact for contact in contacts if contact.phone in numbers]
    return Since(goes, [contact for contact in contacts if contact.phone not in numbers])


def find_contacts(text: str, user: User, limit: int = 6) -> list[Contact]:
    """Messages and finished contacts that match words, a number or a name, latest first, with their matters.

    Only those with a person, those of the user, and the messages of the inbox when they may read it. Contacts with a
    sensitive file match by the person's name alone, as the file does.
    """
    rows = search.page("contact", search.in_full(text), limit=WIDEST_SEARCH) if text.strip() else []
    ids = [row.object_id for row in rows]
    readable = Q(person__isnull=False) | Q(agent=user)
    if user.may(Action.TAKE_CONTACT):
        readable |= Q(channel=Channel.EMAIL)
    visible = Contact.objects.filter(readable, openable(user), pk__in=ids).exclude(state=Contact.State.MERGED)
    contacts = {contact.pk: contact for contact in _with_matters(visible)} if ids else {}
    terms = search.words_of(text)
    return [contacts[pk] for pk in ids if pk in contacts and _may_be_found(contacts[pk], terms)][:limit]


def _may_be_found(contact: Contact, terms: Sequence[str]) -> bool:
    if contact.person is None or not (contact.person.sensitive or contact.person.canonical.sensitive):
        return True
    name = split(contact.person.name)
    return all(any(word.startswith(term) for word in name) for term in terms)


# --- The waiting line -------------------------------------------------------------------------------------------

SHOWN_IN_HALL = 6
MEASURED = 10  # visits of today on which a wait estimate is based
OPEN_WINDOW = timedelta(minutes=30)  # a window without a call for that long counts as closed


def _today(state: Visit.State) -> QuerySet[Visit]:
    return Visit.objects.filter(day=today(), state=state)


def waiting_before(visit: Visit | None = None) -> int:
    """How many people will be called before this visitor, or before someone who arrives now when None."""
    waiting = _today(Visit.State.WAITING)
    if visit:
        earlier = Q(arrived_at__lt=visit.arrived_at) | Q(arrived_at=visit.arrived_at, pk__lt=visit.pk)
        waiting = waiting.filter(earlier)
    return waiting.count()


def called_visits(limit: int) -> list[Visit]:
    """The visitors called or being served, the latest announced first."""
    called = _today(Visit.State.CALLED).filter(contact__isnull=False).exclude(contact__state=Contact.State.DONE)
    return list(called.select_related("agent", "contact").order_by("-told_at", "-pk")[:limit])


@dataclass(frozen=True)
class WaitingLine:
    """The counter today: waiting (longest first), at a window and absent or gone (latest first).

    `answered` counts the visitors served; `mean_wait` and `longest_wait` are in seconds, None before the first.
    """

    waiting: list[Visit]
    at_windows: list[Visit]
    aside: list[Visit]
    answered: int
    mean_wait: int | None
    longest_wait: int | None


def line_today() -> WaitingLine:
    """The counter's line today, in one query."""
    state = Visit.State
    visits = list(Visit.objects.filter(day=today()).select_related("agent", "contact").order_by("arrived_at", "pk"))
    called = [visit for visit in visits if visit.state == state.CALLED and visit.contact]
    served = [visit for visit in called if visit.contact and visit.contact.state != Contact.State.DONE]
    waits = [visit.waited for visit in visits if visit.contact and visit.waited is not None]
    return WaitingLine(
        waiting=[visit for visit in visits if visit.state == state.WAITING],
        at_windows=sorted(served, key=lambda visit: (visit.told_at or visit.arrived_at, visit.pk), reverse=True),
        aside=[visit for visit in reversed(visits) if visit.state in (state.ABSENT, state.LEFT)],
        answered=len(waits),
        mean_wait=sum(waits) // len(waits) if waits else None,
        longest_wait=max(waits, default=None),
    )


def visit_numbered(number: int) -> Visit | None:
    """Today's visit with this ticket number."""
    return Visit.objects.filter(day=today(), number=number).first()


def last_window(agent: User) -> int | None:
    """The window from which this agent last called someone; None when they never did."""
    rows = Visit.objects.filter(agent=agent, window__isnull=False).order_by("-called_at")
    return rows.values_list("window", flat=True).first()


def expected_wait(ahead: int) -> int | None:
    """The estimated wait in minutes behind `ahead` people; None before the first visit of the day is over."""
    served = Visit.objects.filter(day=today(), contact__state=Contact.State.DONE, contact__seconds__isnull=False)
    lengths = list(served.order_by("-called_at").values_list("contact__seconds", flat=True)[:MEASURED])
    recent = Visit.objects.filter(day=today(), called_at__gte=now() - OPEN_WINDOW)
    windows = recent.values("window").distinct().count()
    return expected_minutes(ahead, [length for length in lengths if length is not None], windows)


def devices() -> list[Device]:
    """The tablets and screens in use, by name."""
    return list(Device.objects.filter(closed_at=None).select_related("made_by").order_by("kind", "name", "pk"))


def device(secret: str, kind: Device.Kind) -> Device | None:
    """The open device of that kind with this secret in its address, if any."""
    return Device.objects.filter(secret=secret, kind=kind, closed_at=None).first()


def unused_reservations(limit: int = 200) -> list[Reservation]:
    """The reserved request numbers not used yet, oldest first."""
    return list(Reservation.objects.filter(case=None).select_related("agent").order_by("pk")[:limit])
