"""What the provider tells of a call, and the recall of a missed one."""

from datetime import timedelta

from django.db import transaction

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import State
from parvis.apps.telephony.models import NUMBER_REFUSES, Medium, OutgoingCall
from parvis.apps.telephony.queries.calls import policy
from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules.speech import seconds
from parvis.apps.telephony.services.calls import speaking
from parvis.apps.telephony.services.calls.outgoing import CALL_DUE
from parvis.apps.telephony.services.calls.placing import CALLS, next_allowed
from parvis.apps.telephony.services.carriers import refuse
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue
from parvis.lib.words import one_line


@transaction.atomic
def record_news(
    *, call_id: int, attempt: int, provider_id: str, news: str, error: str = "", lasted: int = 0
) -> OutgoingCall | None:
    """Records what the provider tells of an attempt of a call (`rules.states`); None when it is none of ours.

    A missed call waits to be placed again, as the policy says. Who hung up was reached when the call `lasted`, in
    seconds, as long as the message without the keys. News that would go back, or come twice, change nothing.
    """
    call = OutgoingCall.objects.select_for_update().filter(pk=call_id).first()
    if call is None or attempt < 1:
        return None
    if news == states.HUNG_UP and lasted >= seconds(speaking.message_of(call.words, call.language)):
        news = states.HEARD
    same, waits = attempt == call.attempts, call.state == State.QUEUED
    if same and provider_id and not waits:
        call.provider_id = provider_id
    known = call.result or call.standing if waits else call.standing
    if news and states.moves_on(known, news, same_attempt=same):
        call.error = one_line(error)[:300]
        _move(call, news)
    call.save()
    return call


def _move(call: OutgoingCall, news: str) -> None:
    moment = now()
    if call.is_uncertain:
        call.sent_at = moment
    call.result = "" if news == states.PLACED else news
    minutes = states.recall_minutes(news, call.attempts, policy(), call.recalls)
    when = moment + timedelta(minutes=minutes) if minutes is not None else None
    if when and not call.any_hour:
        when = next_allowed(when)
    recalled = when is not None and (call.expires_at is None or when < call.expires_at)
    call.not_before = when if recalled else None
    outbox.move(CALLS, call, State.QUEUED if recalled else State.SENT)
    if news == states.REFUSED:
        call.error = NUMBER_REFUSES
        if call.to:
            refuse(Medium.CALL, call.to)
        if call.on_refused:
            enqueue(call.on_refused, call.pk)
    elif news == states.CONFIRMED and call.on_confirmed:
        enqueue(call.on_confirmed, call.pk)
    if news != states.PLACED and outbox.due(CALLS.rows.filter(state=State.QUEUED)).exists():
        enqueue(CALL_DUE)
