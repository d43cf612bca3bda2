"""Indexes finished contacts by their words, phone number and person's name."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from parvis.apps.intake.models import Contact
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from parvis.apps.search.services import phone_words

KIND = "contact"
EDITION = 1


def index_contact(contact: Contact) -> None:
    """Indexes the current words of a finished contact, replacing earlier ones, in the caller's transaction."""
    search.index(kind=KIND, object_id=contact.pk, words=_words(contact))


def index_contacts() -> Iterator[int]:
    """Indexes the finished contacts that have no search row yet (`search.services.fill`)."""
    return search.fill(kind=KIND, edition=EDITION, batch=_batch)


def _batch(after: int, size: int) -> dict[int, str]:
    rows = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    indexed = SearchRow.objects.filter(kind=KIND, object_id=OuterRef("pk"))
    missing = rows.filter(~Exists(indexed), pk__gt=after, state=Contact.State.DONE)
    return {contact.pk: _words(contact) for contact in missing.prefetch_related("matters").order_by("pk")[:size]}


def _words(contact: Contact) -> str:
    words = [contact.subject_line, contact.text, *(matter.words for matter in contact.matters.all())]
    caller = [contact.person.name if contact.person else "", phone_words(contact.phone) if contact.phone else ""]
    return " ".join([*words, *caller])
