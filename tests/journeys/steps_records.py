"""The records of the running product, read through its own models."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from django.db import connections
from django.db.models import QuerySet

from parvis.apps.cases.models import Case, Entry, EntryFile
from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer, Usefulness
from parvis.apps.intake.models import Callback, Contact, Correction, Given, Matter
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.places.models import Address
from parvis.lib import clock
from tests.journeys.browser import Hands
from tests.journeys.service import Service
from tests.journeys.steps import until

ALIAS = "journey"


class Records:
    """Queries on the database of a running service."""

    def contact(self, number: int) -> Contact:
        return Contact.objects.using(ALIAS).get(pk=number)

    def matters(self, contact: int) -> list[Matter]:
        """The matters of a contact, in order."""
        return list(Matter.objects.using(ALIAS).filter(contact=contact).select_related("subject", "case", "receiver"))

    def given(self, contact: int) -> list[Given]:
        """The answers given in a contact, in order."""
        return list(Given.objects.using(ALIAS).filter(matter__contact=contact).order_by("pk"))

    def corrections(self, contact: int) -> list[Correction]:
        return list(Correction.objects.using(ALIAS).filter(contact=contact).order_by("pk"))

    def cases(self, **filters: object) -> QuerySet[Case]:
        rows = Case.objects.using(ALIAS).select_related("subject", "department", "owner", "person", "address__street")
        return rows.filter(**filters)

    def case(self, reference: str) -> Case:
        return self.cases().get(reference=reference)

    def subjects(self) -> list[Subject]:
        """The kinds of request, with their questions."""
        rows = Subject.objects.using(ALIAS).filter(active=True, routable=True).order_by("pk")
        return list(rows.prefetch_related("questions"))

    def located_address(self) -> Address:
        """An address of the town whose point is known."""
        return Address.objects.using(ALIAS).filter(latitude__isnull=False).select_related("street")[0]

    def entries(self, reference: str) -> list[Entry]:
        """The journal of a case, the oldest first."""
        return list(
            Entry.objects.using(ALIAS).filter(case__reference=reference).select_related("actor").order_by("seq")
        )

    def photos(self, reference: str) -> int:
        """How many files are attached to a case."""
        return EntryFile.objects.using(ALIAS).filter(entry__case__reference=reference).count()

    def kinds(self, reference: str) -> list[str]:
        """The kinds of the journal's entries, in order."""
        return [str(entry.kind) for entry in self.entries(reference)]

    def answer(self, subject: str) -> Answer:
        """The standard answer on a subject."""
        answer: Answer = Answer.objects.using(ALIAS).get(subject__slug=subject)
        return answer

    def opinions(self, subject: str) -> list[Usefulness]:
        """The feedback on a subject's answer, in order."""
        return list(Usefulness.objects.using(ALIAS).filter(answer__subject__slug=subject).order_by("pk"))

    def calls(self, reference: str) -> list[Callback]:
        """The callbacks of a case, done or not."""
        return list(Callback.objects.using(ALIAS).filter(case__reference=reference).select_related("done_by"))

    def incoming(self, message_id: str) -> Incoming | None:
        """The received message of that Message-ID, once it is taken in."""
        rows = Incoming.objects.using(ALIAS).filter(taken_in_at__isnull=False)
        return rows.filter(message_id__contains=message_id.strip("<>")).first()

    def letters(self, reference: str) -> list[Outgoing]:
        """The letters queued about a case."""
        return list(Outgoing.objects.using(ALIAS).filter(key__startswith=f"{reference}/").order_by("pk"))


def receive(service: Service, records: Records, message: EmailMessage) -> Incoming:
    """The message once it is received and taken in."""
    service.deliver_mail(message.as_bytes())
    received: Incoming = until(lambda: records.incoming(str(message["Message-ID"])), "the message is taken in")
    return received


def let_leave(hands: Hands, waiting: QuerySet[Any]) -> None:
    """Lets these letters or posts leave, as if the time to take them back were over: in the database, and by the clock
    of the page, installed before it was opened.
    """
    waiting.using(ALIAS).filter(state="queued").update(not_before=clock.now())
    hands.page.clock.fast_forward(20_000)


def letter(service: Service, records: Records, reference: str, kind: str) -> EmailMessage:
    """The only message received about the last entry of that kind, with the Message-ID derived from the entry."""
    entry = [entry for entry in records.entries(reference) if entry.kind == kind][-1]
    queued = [outgoing for outgoing in records.letters(reference) if outgoing.key == f"{reference}/{entry.seq}"]
    assert len(queued) == 1, f"{len(queued)} letters were queued for {kind} of {reference}"
    received = service.mail.wait(queued[0].to, subject=reference, message_id=queued[0].message_id)
    assert len(received) == 1
    return received[0]


@contextmanager
def reading(service: Service) -> Iterator[Records]:
    """Opens a connection to the service's database, and closes it afterwards."""
    default = connections.settings["default"]
    address = urlsplit(service.database)
    name = address.path[1:] if service.database else str(service.data / "parvis.sqlite3")
    own = {"NAME": name, "ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 0}
    connections.settings[ALIAS] = {**default, **own}
    try:
        yield Records()
    finally:
        connections[ALIAS].close()
        del connections[ALIAS], connections.settings[ALIAS]
