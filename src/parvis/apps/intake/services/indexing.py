"""A contact is found by its words, the number it came from and the person in it, once it is over."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from parvis.apps.intake.models import Contact
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from parvis.apps.search.services import phone_words

KIND = "contact"
EDITION = 1


def index_contact(contact: Contact) -> None:
    """Makes a finished contact findable, by what it says now and nothing else; in the caller's transaction."""
    search.index(kind=KIND, object_id=contact.pk, words=_words(contact))


def index_contacts() -> Iterator[int]:
    """Makes findable the contacts that were over before contacts were (`search.services.fill`)."""
    return search.fill(kind=KIND, edition=EDITION, batch=_batch)


def _batch(after: int, size: int) -> dict[int, str]:
    rows = Contact.objects.select_for_update(of=("self",), no_key=True).select_related("person")
    known = SearchRow.objects.filter(kind=KIND, object_id=OuterRef("pk"))
    unknown = rows.filter(~Exists(known), pk__gt=after, state=Contact.State.DONE)
    return {contact.pk: _words(contact) for contact in unknown.prefetch_related("matters").order_by("pk")[:size]}


def _words(contact: Contact) -> str:
    words = [contact.subject_line, contact.text, *(matter.words for matter in contact.matters.all())]
    known = [contact.person.name if contact.person else "", phone_words(contact.phone) if contact.phone else ""]
    return " ".join([*words, *known])
