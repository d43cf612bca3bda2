"""Questions asked of the door: what is open, what was done, which calls are owed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Prefetch, QuerySet
from django.utils import timezone

from parvis.catalogue.models import Subject
from parvis.directory.models import User
from parvis.intake.models import Callback, Contact, Given, Matter
from parvis.lib.clock import now
from parvis.residents.models import Person


def contact_of(contact_id: int, agent: User) -> Contact | None:
    """One of this agent's own contacts, with its person and matters; None when it is not theirs."""
    return _with_matters(Contact.objects.filter(pk=contact_id, agent=agent)).first()


def open_contacts(agent: User) -> list[Contact]:
    """The contacts that this agent has in hand, the oldest first, with their persons and matters."""
    return list(_with_matters(Contact.objects.filter(agent=agent).exclude(state=Contact.State.DONE)).order_by("pk"))


def last_contacts(agent: User, limit: int = 10) -> list[Contact]:
    """The contacts that this agent finished last, the newest first, with matters, answers given and corrections."""
    done = _with_matters(Contact.objects.filter(agent=agent, state=Contact.State.DONE))
    return list(done.prefetch_related("corrections__by").order_by("-ended_at", "-pk")[:limit])


def _with_matters(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    matters = Matter.objects.select_related("subject", "case", "department", "receiver").prefetch_related("given")
    return contacts.select_related("person").prefetch_related(Prefetch("matters", matters))


def matter_by_key(key: str) -> Matter | None:
    """The matter that a submission settled, when it was settled."""
    return Matter.objects.select_related("case", "contact", "subject").filter(key=key).first()


def open_callbacks(limit: int = 50) -> list[Callback]:
    """The calls owed, the most pressing first."""
    rows = Callback.objects.filter(done_at=None).select_related("case__subject", "person", "assignee", "entry")
    return list(rows.order_by("due_at", "pk")[:limit])


def calls_owed() -> int:
    """How many calls are owed now."""
    return Callback.objects.filter(done_at=None).count()


def callback_of(callback_id: int) -> Callback | None:
    """One call, owed or made."""
    rows = Callback.objects.select_related("case__subject", "person", "assignee", "entry", "done_by")
    return rows.filter(pk=callback_id).first()


@dataclass(frozen=True)
class Moment:
    """The figures of the moment: contacts waiting and since when the oldest does, calls owed and those late."""

    waiting: int
    oldest: datetime | None
    callbacks: int
    late_callbacks: int
    next_callback: datetime | None


def figures_of_the_moment() -> Moment:
    """Three small counts over partial indexes."""
    waiting = Contact.objects.filter(state=Contact.State.WAITING).aggregate(n=Count("pk"), oldest=Min("started_at"))
    owed = Callback.objects.filter(done_at=None)
    calls = owed.aggregate(n=Count("pk"), first=Min("due_at"))
    return Moment(waiting["n"], waiting["oldest"], calls["n"], owed.filter(due_at__lt=now()).count(), calls["first"])


def asked_today(limit: int = 5) -> list[tuple[Subject, int]]:
    """The subjects asked about most since midnight, with how many times."""
    midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Matter.objects.filter(at__gte=midnight, subject__isnull=False).values("subject")
    counts = {row["subject"]: row["n"] for row in rows.annotate(n=Count("pk")).order_by("-n", "subject")[:limit]}
    subjects = Subject.objects.in_bulk(list(counts))
    return [(subjects[pk], n) for pk, n in counts.items()]


def told_before(person: Person, limit: int = 5) -> list[Given]:
    """The answers given to this person lately, the newest first: what they were told, by whom."""
    rows = Given.objects.filter(matter__contact__person=person).select_related(
        "answer", "matter__by", "matter__contact"
    )
    return list(rows.order_by("-at")[:limit])


def contacts_of(person: Person, limit: int = 10) -> list[Contact]:
    """The person's contacts, the newest first, with their matters."""
    return list(_with_matters(Contact.objects.filter(person=person)).order_by("-started_at")[:limit])
