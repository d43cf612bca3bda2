"""How a call leaves: by the provider, once a line is free for it, at the hours when calls are allowed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from parvis.apps.outbox.channels import Outcome
from parvis.apps.outbox.models import PERHAPS_LEFT, State
from parvis.apps.telephony.channels.base import CallbackUrls, Script
from parvis.apps.telephony.channels.providers import call_provider
from parvis.apps.telephony.models import Medium, OutgoingCall
from parvis.apps.telephony.rules import hours
from parvis.apps.telephony.rules.call_states import PLACED
from parvis.apps.telephony.rules.speech import paragraphs
from parvis.apps.telephony.services.carriers import PhoneCarrier
from parvis.lib.clock import now
from parvis.lib.jobs import job
from parvis.lib.transport import PermanentError, TransientError

AGAIN_AFTER = timedelta(minutes=1)  # when the provider takes nothing for now


class CallCarrier(PhoneCarrier[OutgoingCall]):
    """Calls, by the provider of the settings.

    An attempt that was surely not taken does not count, since each is told of by its number.
    """

    model, medium = OutgoingCall, Medium.CALL
    job = job("parvis.apps.telephony.tasks.place_call", urgent=True)
    left_behind_after = timedelta(minutes=2)  # for a job to place the call whose line was taken

    def refusal(self, item: OutgoingCall) -> Outcome | None:
        """See `Carrier.refusal`: the number; the hour; no line was taken for it, as when a doubt was cleared."""
        if refused := super().refusal(item):
            return refused
        moment = now()
        opens = moment if item.any_hour else next_allowed(moment)
        if opens > moment or item.claimed_until is None:
            return Outcome(State.QUEUED, item.error, wait=opens - moment)
        return None

    def send(self, item: OutgoingCall) -> Outcome:
        """See `Carrier.send`."""
        script = Script(item.language, paragraphs(item.words))
        try:
            seen = call_provider().place(item.to, script, report=report_of(item.pk, item.attempts))
        except TransientError as failure:
            return _not_taken(item, str(failure), AGAIN_AFTER)
        except PermanentError as refusal:
            return Outcome(State.FAILED, str(refusal), {"result": ""})
        return self.taken(seen.identifier, "" if seen.state == PLACED else seen.state)

    def listed(self, item: OutgoingCall) -> Sequence[str]:
        """See `PhoneCarrier.listed`: the latest calls to that number."""
        return call_provider().calls_to(item.to, since=item.attempted_at or item.queued_at)

    def taken(self, identifier: str, result: str = "") -> Outcome:
        """See `PhoneCarrier.taken`: it rings, or what is known of it at once."""
        return Outcome(values={"provider_id": identifier, "result": result, "sent_at": now()})

    def find(self, item: OutgoingCall) -> Outcome | None:
        """See `Carrier.find`. Past its end, one that is not there failed."""
        if found := super().find(item):
            return found
        if item.expires_at and item.expires_at <= now():
            return Outcome(State.FAILED, PERHAPS_LEFT, {"result": ""})
        return _not_taken(item, item.error, timedelta(0))


CALLS = CallCarrier()


def _not_taken(item: OutgoingCall, error: str, wait: timedelta) -> Outcome:
    return Outcome(State.QUEUED, error, {"attempts": max(0, item.attempts - 1)}, wait)


def report_of(call_id: int, attempt: int) -> CallbackUrls:
    """The URLs where the provider tells of an attempt. They are signed with what it tells."""
    query = urlencode({"call": call_id, "attempt": attempt})
    return CallbackUrls(*(f"{settings.PARVIS_URL}/hooks/voice/{name}?{query}" for name in ("status", "keys")))


def next_allowed(moment: datetime) -> datetime:
    """The moment, or the next one at which calls are allowed."""
    return hours.next_allowed(timezone.localtime(moment), settings.PARVIS_VOICE_HOURS)


def may_call_now() -> bool:
    """Whether calls that are no emergency are allowed at this hour."""
    moment = now()
    return next_allowed(moment) <= moment
