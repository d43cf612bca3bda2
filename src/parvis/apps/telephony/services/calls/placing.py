"""How a call leaves: by the provider, once a line is free for it, at the hours when calls are allowed."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import PERHAPS_LEFT, State
from parvis.apps.telephony.channels.calls.providers import provider
from parvis.apps.telephony.channels.calls.script import Report, Script
from parvis.apps.telephony.models import OutgoingCall
from parvis.apps.telephony.queries.calls import refusing
from parvis.apps.telephony.rules import hours
from parvis.apps.telephony.rules.call_states import NOT_SERVED, NUMBER_REFUSES, PLACED
from parvis.apps.telephony.rules.speech import paragraphs
from parvis.lib.clock import now
from parvis.lib.jobs import job
from parvis.lib.phone_numbers import is_callable
from parvis.lib.transport import PermanentError, TransientError

AGAIN_AFTER = timedelta(minutes=1)  # when the provider takes nothing for now
Result = OutgoingCall.Result


class CallCarrier(Carrier[OutgoingCall]):
    """Calls, by the provider of the settings. It has no idempotency key, and is asked about what it may have.

    An attempt that was surely not taken does not count, since each is told of by its number.
    """

    model = OutgoingCall
    job = job("parvis.apps.telephony.tasks.place_call", urgent=True)
    left_behind_after = timedelta(minutes=2)  # for a job to place the call whose line was taken

    def refusal(self, item: OutgoingCall) -> Outcome | None:
        """See `Carrier.refusal`: the number; the hour; no line was taken for it, as when a doubt was cleared."""
        if not is_callable(item.to):
            return Outcome(State.FAILED, NOT_SERVED)
        if refusing([item.to]):
            return Outcome(State.FAILED, NUMBER_REFUSES, {"result": Result.REFUSED})
        moment = now()
        opens = moment if item.any_hour else next_allowed(moment)
        if opens > moment or item.claimed_until is None:
            return Outcome(State.QUEUED, item.error, wait=opens - moment)
        return None

    def send(self, item: OutgoingCall) -> Outcome:
        """See `Carrier.send`."""
        script = Script(item.language, paragraphs(item.words))
        try:
            seen = provider().place(item.to, script, report=report_of(item.pk, item.attempts))
        except TransientError as failure:
            return _not_taken(item, str(failure), AGAIN_AFTER)
        except PermanentError as refusal:
            return Outcome(State.FAILED, str(refusal), {"result": ""})
        return _taken(seen.identifier, "" if seen.state == PLACED else seen.state)

    def find(self, item: OutgoingCall) -> Outcome | None:
        """See `Carrier.find`: among the latest calls to that number. Past its end, one that is not there failed."""
        listed = provider().find(item.to, since=item.attempted_at or item.queued_at) if item.to else []
        others = OutgoingCall.objects.exclude(pk=item.pk).filter(provider_id__in=listed)
        known = {*others.values_list("provider_id", flat=True), item.provider_id}
        if identifier := next((each for each in listed if each not in known), ""):
            return _taken(identifier)
        if item.expires_at and item.expires_at <= now():
            return Outcome(State.FAILED, PERHAPS_LEFT, {"result": ""})
        return _not_taken(item, item.error, timedelta(0))


CALLS = CallCarrier()


def _taken(identifier: str, result: str = "") -> Outcome:
    return Outcome(values={"provider_id": identifier, "result": result, "sent_at": now()})


def _not_taken(item: OutgoingCall, error: str, wait: timedelta) -> Outcome:
    return Outcome(State.QUEUED, error, {"attempts": max(0, item.attempts - 1)}, wait)


def report_of(call_id: int, attempt: int) -> Report:
    """The URLs where the provider tells of an attempt. They are signed with what it tells."""
    query = urlencode({"call": call_id, "attempt": attempt})
    return Report(*(f"{settings.PARVIS_URL}/hooks/voice/{name}?{query}" for name in ("status", "keys")))


def next_allowed(moment: datetime) -> datetime:
    """The moment, or the next one at which calls are allowed."""
    return hours.next_allowed(timezone.localtime(moment), settings.PARVIS_VOICE_HOURS)


def may_call_now() -> bool:
    """Whether calls that are no emergency are allowed at this hour."""
    moment = now()
    return next_allowed(moment) <= moment
