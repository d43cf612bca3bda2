"""Indexes finished contacts, and messages as they arrive, by their words, phone number, sender and person's name."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from parvis.apps.catalogue.models import Channel
from parvis.apps.intake.models import Contact, Matter, ReceivedMail
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from parvis.apps.search.services import phone_words
from parvis.lib.database.rows import Compiled

KIND = "contact"
EDITION = 2
LONGEST = 20_000  # characters of a message that are indexed
_said = Compiled(lambda contact_id: Matter.objects.filter(contact_id=contact_id).values_list("words"))


def index_contact(contact: Contact) -> None:
    """Indexes the current words of a finished contact, or of a message, replacing earlier ones, in the caller's
    transaction."""
    said = [words for (words,) in _said(contact.pk)]
    search.index(kind=KIND, object_id=contact.pk, words=_words(contact, said))


def index_contacts() -> Iterator[int]:
    """Indexes the finished contacts that have no search row yet, and the messages (`search.services.fill`)."""
    return search.fill(kind=KIND, edition=EDITION, batch=_batch)


def _batch(after: int, size: int) -> dict[int, str]:
    rows = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    indexed = SearchRow.objects.filter(kind=KIND, object_id=OuterRef("pk"))
    message = Exists(ReceivedMail.objects.filter(contact=OuterRef("pk")))
    wanted = Q(message) | ~Exists(indexed) & Q(state=Contact.State.DONE)
    missing = rows.filter(wanted, pk__gt=after)
    return {
        contact.pk: _words(contact, [matter.words for matter in contact.matters.all()])
        for contact in missing.prefetch_related("matters").order_by("pk")[:size]
    }


def _words(contact: Contact, said: list[str]) -> str:
    if contact.state == Contact.State.MERGED:
        return ""  # found by what it was merged into
    words = [contact.subject_line, contact.text, *said]
    caller = [contact.person.name if contact.person else "", phone_words(contact.phone) if contact.phone else ""]
    return " ".join([*words, *caller, *(_written(contact) if contact.channel == Channel.EMAIL else ())])


def _written(contact: Contact) -> Iterator[str]:
    """What the sender of a message wrote, with the name and the address, and what was answered; none once merged."""
    for mail in contact.mails.select_related("incoming"):
        incoming = mail.incoming
        yield from (incoming.from_name, incoming.from_address, incoming.subject, incoming.text[:LONGEST])
    for reply in contact.replies.filter(taken_back_at=None):
        yield reply.words
