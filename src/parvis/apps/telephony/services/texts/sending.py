"""How a text leaves: by the provider, within what the number and the managers accept."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.apps.telephony.channels.texts.providers import provider
from parvis.apps.telephony.channels.texts.twilio import OptedOut
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.queries.texts import NOT_SERVED, NUMBER_REFUSES, STOPPED, mode, refusing, why_held
from parvis.apps.telephony.rules.keywords import STOP
from parvis.apps.telephony.rules.sending import AT_ONCE, is_paused
from parvis.apps.telephony.services.texts.incoming import record_opt_out
from parvis.lib.jobs import enqueue, job
from parvis.lib.phone_numbers import is_callable


class TextCarrier(Carrier[OutgoingText]):
    """Texts, by the provider of the settings. It has no idempotency key, and is asked about what it may have."""

    model = OutgoingText
    job = job("parvis.apps.telephony.tasks.send_text", urgent=True)
    give_up_after = timedelta(hours=4)  # a text that comes later surprises more than it helps

    def refusal(self, item: OutgoingText) -> Outcome | None:
        """See `Carrier.refusal`: the number is none that the town writes to, or refuses texts."""
        if not is_callable(item.to):
            return Outcome(State.FAILED, NOT_SERVED)
        return _refused(NUMBER_REFUSES) if refusing([item.to]) else None

    def admission(self, item: OutgoingText) -> Outcome | None:
        """See `Carrier.admission`: held when none of its kind leaves now, refused when it would come too late."""
        if item.kind in AT_ONCE:  # counted, and refused beyond its cap, when it was queued
            return _refused(STOPPED) if is_paused(item.kind, mode()) else None
        held = why_held(item.kind)
        return Outcome(State.HELD, values={"held_for": held}) if held else None

    def send(self, item: OutgoingText) -> Outcome:
        """See `Carrier.send`."""
        try:
            return _taken(provider().send(item.to, item.body, report=report_url(item.pk)))
        except OptedOut:
            record_opt_out(item.to, STOP)
            return _refused(NUMBER_REFUSES)

    def find(self, item: OutgoingText) -> Outcome | None:
        """See `Carrier.find`: among the latest texts to that number, with these words."""
        since = item.attempted_at or item.queued_at
        listed = provider().find(item.to, item.body, since=since) if item.to else []  # erased since
        known = set(OutgoingText.objects.filter(provider_id__in=listed).values_list("provider_id", flat=True))
        identifier = next((each for each in listed if each not in known), "")
        return _taken(identifier) if identifier else None

    def sent(self, item: OutgoingText) -> None:
        """See `Carrier.sent`."""
        if item.on_sent:
            enqueue(item.on_sent, item.pk)


TEXTS = TextCarrier()


def report_url(text_id: int) -> str:
    """The URL where the provider tells the states of a text. It is signed with what it tells."""
    return f"{settings.PARVIS_URL}/hooks/texts/status?text={text_id}"


def _taken(identifier: str) -> Outcome:
    return Outcome(values={"provider_id": identifier})


def _refused(error: str) -> Outcome:
    values: dict[str, Any] = {"result": OutgoingText.Result.REFUSED}
    return Outcome(State.FAILED, error, values)
