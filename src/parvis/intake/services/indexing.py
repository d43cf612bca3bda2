"""A contact is found by its words, the number it came from and the person in it, once it is over."""

from parvis.intake.models import Contact
from parvis.search import services as search
from parvis.search.services import phone_words

KIND = "contact"


def index_contact(contact: Contact) -> None:
    """Makes a finished contact findable, by what it says now and nothing else; in the caller's transaction."""
    words = [contact.text, *contact.matters.values_list("words", flat=True)]
    known = [contact.person.name if contact.person else "", phone_words(contact.phone) if contact.phone else ""]
    search.index(kind=KIND, object_id=contact.pk, words=" ".join([*words, *known]))
