"""Whether what someone wrote tells of a danger, wherever it says so: its subject, its words, its HTML alone."""

from dataclasses import dataclass

from parvis.apps.intake.models import Contact, ReceivedMail
from parvis.apps.mail import queries as mail
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules.body import own_words
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.queries.alarm import Danger

LONGEST_EXCERPT = 2000  # characters of a message that an alert holds
BEFORE = 400  # of them before the words of danger


@dataclass(frozen=True)
class Heard:
    """A danger, and the words that tell it. `only_in_html`: only the HTML of the message says them."""

    danger: Danger
    words: str
    only_in_html: bool = False

    @property
    def excerpt(self) -> str:
        """The words, or those around the danger when there are too many."""
        first = self.danger.places[0][0] if self.danger.places else 0
        start = max(0, first - BEFORE) if len(self.words) > LONGEST_EXCERPT else 0
        return self.words[start : start + LONGEST_EXCERPT]


def danger_of(words: str, subject: str = "", beside: str = "") -> Heard | None:
    """The danger that a message tells, if any, in its words and subject, else `beside`, in its HTML alone."""
    title = "" if subject.lower().startswith(("re:", "re\u00a0:", "re :")) else subject.strip()
    text = f"{title}.\n\n{words}" if title else words
    if danger := suggesting.danger_in(text):
        return Heard(danger, text if title else words)
    danger = suggesting.danger_in(beside) if beside else None
    return Heard(danger, beside, only_in_html=True) if danger else None


def own_words_of(incoming: Incoming, thread: str = "") -> str:
    """What a message says itself, without the letters of ours that it repeats. `thread` is that of its request."""
    return own_words(incoming.text, mail.letters_answered(incoming.references, thread))


def danger_in_mail(contact: Contact) -> tuple[ReceivedMail, Heard] | None:
    """The latest message of a contact that tells of a danger, and what it tells; None without one.

    Reads the messages as `message_contact` holds them, the latest first.
    """
    for rank, received in enumerate(contact.mails.all()):
        if rank and not received.danger:
            continue
        incoming = received.incoming
        beside = mail.only_in_html(incoming) if received.danger else ""
        if heard := danger_of(own_words_of(incoming), incoming.subject, beside):
            return received, heard
    return None
