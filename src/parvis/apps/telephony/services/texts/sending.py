"""How a text leaves: by the provider, within what the number and the managers accept."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings

from parvis.apps.outbox.channels import Outcome
from parvis.apps.outbox.models import State
from parvis.apps.telephony.channels.base import OptedOut
from parvis.apps.telephony.channels.providers import text_provider
from parvis.apps.telephony.models import NUMBER_REFUSES, Medium, OutgoingText
from parvis.apps.telephony.queries.texts import STOPPED, mode, why_held
from parvis.apps.telephony.rules.sending import AT_ONCE, is_paused
from parvis.apps.telephony.services.carriers import PhoneCarrier, refuse
from parvis.lib.jobs import enqueue, job


class TextCarrier(PhoneCarrier[OutgoingText]):
    """Texts, by the provider of the settings."""

    model, medium = OutgoingText, Medium.TEXT
    job = job("parvis.apps.telephony.tasks.send_text", urgent=True)
    give_up_after = timedelta(hours=4)  # a text that comes later surprises more than it helps

    def admission(self, item: OutgoingText) -> Outcome | None:
        """See `Carrier.admission`: held when none of its kind leaves now, refused when it would come too late."""
        if item.kind in AT_ONCE:  # counted, and refused beyond its cap, when it was queued
            return self.refused(STOPPED) if is_paused(item.kind, mode()) else None
        held = why_held(item.kind)
        return Outcome(State.HELD, values={"held_for": held}) if held else None

    def send(self, item: OutgoingText) -> Outcome:
        """See `Carrier.send`."""
        try:
            return self.taken(text_provider().send(item.to, item.body, report=report_url(item.pk)))
        except OptedOut:
            refuse(Medium.TEXT, item.to)
            return self.refused(NUMBER_REFUSES)

    def listed(self, item: OutgoingText) -> Sequence[str]:
        """See `PhoneCarrier.listed`: the latest texts to that number, with these words."""
        return text_provider().texts_to(item.to, item.body, since=item.attempted_at or item.queued_at)

    def sent(self, item: OutgoingText) -> None:
        """See `Carrier.sent`."""
        if item.on_sent:
            enqueue(item.on_sent, item.pk)


TEXTS = TextCarrier()


def report_url(text_id: int) -> str:
    """The URL where the provider tells the states of a text. It is signed with what it tells."""
    return f"{settings.PARVIS_URL}/hooks/texts/status?text={text_id}"
