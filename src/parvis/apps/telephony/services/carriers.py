"""What texts and calls do alike: the numbers they are for, their words, what the provider has of them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.apps.telephony.models import NOT_SERVED, NUMBER_REFUSES, Medium, NumberRefusal, OutgoingCall, OutgoingText
from parvis.apps.telephony.queries.refusals import digest, refusing
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.phone_numbers import is_callable

CHUNK = 1_000
P = TypeVar("P", OutgoingText, OutgoingCall)


class Addressed(NamedTuple):
    """A text or a call to queue: its idempotency key, the number in E.164, the words (those of a call, one paragraph a
    line), and the language in which a call says them (fr, en).
    """

    key: str
    to: str
    words: str
    language: str = "fr"


class PhoneCarrier(Carrier[P]):
    """By the provider of the settings. It has no idempotency key, and is asked about what it may have."""

    medium: Medium

    def refusal(self, item: P) -> Outcome | None:
        """See `Carrier.refusal`: the number is none that the town serves, or it refuses."""
        if not is_callable(item.to):
            return Outcome(State.FAILED, NOT_SERVED)
        return self.refused(NUMBER_REFUSES) if refusing(self.medium, [item.to]) else None

    def refused(self, error: str) -> Outcome:
        """The outcome of an item that its number, or the town, refuses."""
        return Outcome(State.FAILED, error, {"result": self.model.Result.REFUSED})

    def listed(self, item: P) -> Sequence[str]:
        """The identifiers of what the provider took lately that may be this item. Raises TransientError."""
        raise NotImplementedError

    def taken(self, identifier: str) -> Outcome:
        """The outcome of an item that the provider took under that identifier."""
        return Outcome(values={"provider_id": identifier})

    def find(self, item: P) -> Outcome | None:
        """See `Carrier.find`: the first listed that is not another's, nor an earlier attempt."""
        listed = self.listed(item) if item.to else []  # erased since
        others: QuerySet[P] = self.rows.exclude(pk=item.pk).filter(provider_id__in=listed)
        known = {*others.values_list("provider_id", flat=True), item.provider_id}
        identifier = next((each for each in listed if each not in known), "")
        return self.taken(identifier) if identifier else None


def check_words(words: str, most: int) -> None:
    """Raises Invalid (words) when there are none, or more than `most` characters."""
    if not words.strip():
        raise Invalid.in_field("words", _("Write the message."))
    if len(words) > most:
        raise Invalid.in_field("words", _("Keep it under %(n)d characters.") % {"n": most})


def accepting(medium: Medium, items: Sequence[Addressed]) -> Iterator[Addressed]:
    """Those of these items whose numbers do not refuse them; one query for each CHUNK of them."""
    for start in range(0, len(items), CHUNK):
        chunk = items[start : start + CHUNK]
        refused = refusing(medium, [item.to for item in chunk])
        yield from (item for item in chunk if item.to not in refused)


def refuse(medium: Medium, number: str) -> None:
    """Records that a number asked for no more texts, or for no more calls."""
    row = {"medium": medium, "at": now()}
    NumberRefusal.objects.get_or_create(digest=digest(medium, number), defaults=row)


def accept(medium: Medium, number: str) -> None:
    """Forgets it: its owner asks for them again."""
    NumberRefusal.objects.filter(digest=digest(medium, number)).delete()
