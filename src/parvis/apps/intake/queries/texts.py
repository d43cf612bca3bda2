"""The texts of a contact: what came, what was sent, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from parvis.apps.intake.models import Contact, SentText
from parvis.apps.outbox.models import State
from parvis.apps.telephony.models import IncomingText
from parvis.lib.clock import now

NEWS_WITHIN = timedelta(minutes=10)  # a carrier says what became of a text within that time, or seldom does


def text_danger_key(text: IncomingText) -> str:
    """The idempotency key of the alert about a text, and of the answer to it."""
    return f"text-danger-{text.pk}"


@dataclass(frozen=True)
class TextLine:
    """One text of a contact: `sent` is None for one that came in."""

    at: datetime
    number: str
    words: str
    sent: SentText | None = None


def text_lines(contact: Contact) -> list[TextLine]:
    """The texts of a contact, newest first. Two queries."""
    came = [
        TextLine(row.incoming.received_at, row.incoming.sender, row.incoming.body)
        for row in contact.texts.select_related("incoming")
    ]
    left = texts_sent_from([contact]).get(contact.pk, [])
    return sorted([*came, *left], key=lambda line: line.at, reverse=True)


def texts_sent_from(contacts: Iterable[Contact]) -> dict[int, list[TextLine]]:
    """The texts sent from each of these contacts, by its id, oldest first. One query."""
    result: dict[int, list[TextLine]] = {}
    rows = SentText.objects.filter(contact__in=[contact.pk for contact in contacts])
    for row in rows.select_related("outgoing", "case", "subject").order_by("pk"):
        words = row.outgoing.body if row.kind == row.Kind.WORDS else ""
        result.setdefault(row.contact_id, []).append(TextLine(row.at, row.outgoing.to, words, row))
    return result


def is_about_to_leave(sent: SentText) -> bool:
    """Whether a text waits for the moment until which it may be taken back, or has just reached it."""
    text = sent.outgoing
    return text.state == State.QUEUED and text.not_before is not None and not text.attempts


def may_take_back(sent: SentText) -> bool:
    """Whether a text may still be taken back: nothing was handed over."""
    until = sent.outgoing.not_before
    return is_about_to_leave(sent) and until is not None and now() < until


def text_news_expected(lines: list[TextLine]) -> bool:
    """Whether the state of one of these texts may still change soon."""
    return any(line.sent and not line.sent.outgoing.is_settled and line.at > now() - NEWS_WITHIN for line in lines)
