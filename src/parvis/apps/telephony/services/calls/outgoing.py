"""The calls that wait: queued once, called off, doubted, erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import CALLED_OFF, State
from parvis.apps.telephony.models import RINGING, Medium, OutgoingCall
from parvis.apps.telephony.queries.calls import refusing
from parvis.apps.telephony.services.carriers import Addressed, accepting, check_words
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue, job
from parvis.lib.phone_numbers import is_callable

CALL_DUE = job("parvis.apps.telephony.tasks.place_waiting_calls", urgent=True)
LONGEST = 1_500  # characters: what a provider takes in one request, with the keys


@transaction.atomic
def queue_calls(
    *, calls: Sequence[Addressed], any_hour: bool = False, expires_at: datetime | None = None, on_refused: str = ""
) -> int:
    """Queues many calls, once per key; returns how many are new. Numbers that refuse calls get none.

    Those of `any_hour` (an emergency) ring at night too. None is placed from `expires_at` on. `on_refused`: see
    OutgoingCall. Raises Invalid (words) when one has no words, or more than LONGEST.
    """
    for words in {call.words for call in calls}:
        check_words(words, LONGEST)
    rows = [
        _waiting(call, any_hour=any_hour, expires_at=expires_at, on_refused=on_refused)
        for call in accepting(Medium.CALL, calls)
    ]
    count = outbox.insert_new(rows)
    if count:
        enqueue(CALL_DUE)
    return count


def queue_call(
    *,
    call: Addressed,
    any_hour: bool = False,
    expires_at: datetime | None = None,
    recalls: int | None = None,
    on_confirmed: str = "",
    on_refused: str = "",
) -> OutgoingCall:
    """Queues one call, once per key, in the caller's transaction.

    `recalls`, `on_confirmed` and `on_refused`: see OutgoingCall; the jobs are declared. Raises Invalid (phone) when the
    number refuses calls or is none that the town calls, Invalid (words) when there are none or more than LONGEST.
    """
    if not is_callable(call.to):
        raise Invalid.in_field("phone", _("We call only ordinary numbers of Canada and the United States."))
    if refusing([call.to]):
        raise Invalid.in_field("phone", _("This number asked for no more calls."))
    check_words(call.words, LONGEST)
    row = _waiting(
        call,
        any_hour=any_hour,
        recalls=recalls,
        on_confirmed=on_confirmed,
        on_refused=on_refused,
        expires_at=expires_at,
    )
    if not insert(row, unless="key"):
        return OutgoingCall.objects.get(key=call.key)
    enqueue(CALL_DUE)
    return row


def _waiting(call: Addressed, **values: Any) -> OutgoingCall:
    """A call that may be placed at once, not stored yet."""
    moment = now()
    return OutgoingCall(
        key=call.key,
        to=call.to,
        language=call.language,
        words=call.words,
        queued_at=moment,
        not_before=moment,
        **values,
    )


def call_off_calls(*, prefix: str) -> int:
    """Calls off the calls whose keys begin so and that do not ring, in the caller's transaction; returns how many never
    rang.

    One that was missed is not placed again, and stays missed. One that rings, or that the provider may have, is not
    placed again either.
    """
    return _call_off(OutgoingCall.objects.filter(key__startswith=prefix))


def call_off_calls_to(number: str) -> int:
    """Calls off every call to a number (E.164), as `call_off`: its owner leaves."""
    return _call_off(OutgoingCall.objects.filter(to=number)) if number else 0


def _call_off(rows: QuerySet[OutgoingCall]) -> int:
    rows.filter(RINGING).update(expires_at=now())
    stay_missed(rows, CALLED_OFF)
    return outbox.cancel(rows)


def stay_missed(rows: QuerySet[OutgoingCall], error: str) -> None:
    """Ends, as missed, those of these calls that were and wait to be placed again."""
    missed = rows.filter(state=State.QUEUED).exclude(result="")
    missed.update(state=State.SENT, error=error, not_before=None, claimed_until=None, changed_at=now())


@transaction.atomic
def doubt_unsent() -> int:
    """Has the calls that wait looked for at the provider before they are placed (`outbox.doubt`).

    What was ringing when the backup was made may have been placed again since: it is not placed again by itself.
    """
    rows = OutgoingCall.objects.all()
    rows.filter(RINGING).update(recalls=0)
    rows.filter(state=State.QUEUED).update(attempts=F("attempts") + 1)
    return outbox.doubt(rows)


def move_end_of_calls(*, prefix: str, until: datetime) -> None:
    """Gives another end to the calls whose keys begin so and that wait, or ring and may be placed again, in the
    caller's transaction.
    """
    rows = OutgoingCall.objects.filter(key__startswith=prefix)
    outbox.move_end(rows, until)
    rows.filter(RINGING, expires_at__gt=now()).update(expires_at=until)


def erase_calls(calls: QuerySet[OutgoingCall]) -> None:
    """Erases by law the words and the numbers of calls, in the caller's transaction; what waits is never placed."""
    outbox.erase(calls, words="", to="")


def erase_calls_of(*, prefix: str) -> None:
    """Erases the calls whose keys begin so, as `erase`."""
    erase_calls(OutgoingCall.objects.filter(key__startswith=prefix))
