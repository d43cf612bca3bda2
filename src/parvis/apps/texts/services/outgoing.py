"""The texts that leave: queueing, attempts, states, holding, cancelling, erasing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.texts.models import OutgoingText
from parvis.apps.texts.queries import (
    CALLED_OFF,
    NOT_SERVED,
    PERHAPS_LEFT,
    STOPPED,
    TOO_LATE,
    mode,
    refusing,
    room_of,
    why_held,
)
from parvis.apps.texts.rules.parts import count
from parvis.apps.texts.rules.sending import AT_ONCE, CAPPED, is_paused
from parvis.apps.texts.rules.states import moves_on
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import enqueue, job
from parvis.lib.phone_numbers import is_callable
from parvis.lib.words import one_line

DELIVER = job("parvis.apps.texts.tasks.deliver", urgent=True)
SEND_DUE = job("parvis.apps.texts.tasks.send_waiting", urgent=True)
MOST_AT_ONCE = 500  # jobs asked for in one transaction
CHUNK = 1_000
LONGEST = 480  # characters: three segments, or seven with letters outside the basic alphabet
LOOK_AFTER = timedelta(minutes=1)  # for the provider to list a text that it may have taken
LEFT_BEHIND_AFTER = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=4)  # a text that comes later surprises more than it helps
State, Kind = OutgoingText.State, OutgoingText.Kind


class Addressed(NamedTuple):
    """A text of many: its idempotency key, the number in E.164, the words."""

    key: str
    to: str
    body: str


@transaction.atomic
def queue_each(*, texts: Sequence[Addressed], kind: OutgoingText.Kind, expires_at: datetime | None = None) -> int:
    """Queues many texts, once per key; returns how many are new. Numbers that refuse texts get none, and those that
    the town does not write to have failed at once.

    None leaves from `expires_at` on. Raises Invalid (words) when one has no words, or more than LONGEST.
    """
    bodies = {text.body for text in texts}
    for body in bodies:
        _check_words(body)
    parts = {body: count(body).parts for body in bodies}
    moment, rows = now(), list[OutgoingText]()
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        refused = refusing([text.to for text in chunk])
        rows += [
            OutgoingText(
                key=text.key,
                kind=kind,
                to=text.to,
                body=text.body,
                parts=parts[text.body],
                queued_at=moment,
                expires_at=expires_at,
                **({"not_before": moment} if is_callable(text.to) else {"state": State.FAILED, "error": NOT_SERVED}),
            )
            for text in chunk
            if text.to not in refused
        ]
    known = OutgoingText.objects.count()
    OutgoingText.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    if rows:
        enqueue(SEND_DUE)
    return OutgoingText.objects.count() - known


def _check_words(body: str) -> None:
    if not body.strip():
        raise Invalid(_("Write the message."), {"words": _("Write the message.")})
    if len(body) > LONGEST:
        message = _("Keep it under %(n)d characters.") % {"n": LONGEST}
        raise Invalid(message, {"words": message})


def queue(
    *,
    key: str,
    to: str,
    body: str,
    kind: OutgoingText.Kind = Kind.CODE,
    thread: str = "",
    on_sent: str = "",
    wait: timedelta | None = None,
) -> OutgoingText:
    """Queues a text, once per key, in the caller's transaction; the worker sends it after the commit, and `wait`.

    `to` is in E.164. `kind`: the default is for what a stranger causes, refused rather than held beyond its cap, as a
    code that comes the next day serves nobody. `thread` is what a text from that number answers. `on_sent` is a
    declared job, asked for with the id of the text in the transaction that records that it left. Raises Invalid (phone)
    when the number refuses texts, is none that the town writes to, or nothing of its kind leaves now (AT_ONCE); Invalid
    (words) when there are none or more than LONGEST.
    """
    if why := _why_refused(to, kind):
        raise Invalid(why, {"phone": why})
    _check_words(body)
    text = OutgoingText(
        key=key,
        kind=kind,
        to=to,
        body=body,
        parts=count(body).parts,
        thread=thread,
        on_sent=on_sent,
        queued_at=now(),
        not_before=now() + wait if wait else None,
    )
    if not insert(text, unless="key"):
        return OutgoingText.objects.get(key=key)
    if not wait:
        enqueue(DELIVER, text.pk)
    return text


def _why_refused(to: str, kind: str) -> str:
    """Why no text of that kind is queued for a number, in the user's language; "" when one may be."""
    if not is_callable(to):
        return _("We send texts only to ordinary numbers of Canada and the United States.")
    if refusing([to]):
        return _("This number asked for no more texts (STOP).")
    if kind not in AT_ONCE or not (held := why_held(kind)):
        return ""
    phone = quebec.phone(town().phone, clean(get_language()))
    if held == CAPPED:
        return _("Our texts of today are used up. Use e-mail, or call us at %(phone)s.") % {"phone": phone}
    return _("We send no texts for now. Use e-mail, or call us at %(phone)s.") % {"phone": phone}


@transaction.atomic
def send_due() -> int:
    """Asks for the sending of what waits; returns how many. Runs every minute.

    These are the texts that may no longer be cancelled, those that the provider may have taken (after LOOK_AFTER),
    those that no job tries any more (after LEFT_BEHIND_AFTER), and those that were held and may leave now. After
    GIVE_UP_AFTER a text has failed, unless it is held; past its end it does not leave. At most MOST_AT_ONCE.
    """
    _let_go()
    moment, queued = now(), OutgoingText.objects.filter(state=State.QUEUED)
    lapsed = queued.filter(expires_at__lte=moment, posted_at=None)
    lapsed.update(state=State.REFUSED, error=TOO_LATE, not_before=None, held_for="", changed_at=moment)
    queued = queued.filter(held_for="")
    late = queued.filter(queued_at__lt=moment - GIVE_UP_AFTER)
    late.filter(posted_at=None).update(state=State.FAILED, changed_at=moment)
    late.update(state=State.FAILED, error=PERHAPS_LEFT, changed_at=moment)
    fresh = Q(not_before__lte=moment)
    doubtful = Q(posted_at__isnull=False, last__lte=moment - LOOK_AFTER)
    forgotten = Q(posted_at=None, not_before=None, last__lte=moment - LEFT_BEHIND_AFTER)
    waiting = queued.annotate(last=Coalesce("tried_at", "queued_at")).filter(fresh | doubtful | forgotten)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    OutgoingText.objects.filter(pk__in=ids).update(not_before=None, tried_at=moment)
    for text_id in ids:
        enqueue(DELIVER, text_id)
    return len(ids)


def _let_go() -> None:
    """Lets go the texts that were held, as many of each kind as may leave now, in the order in which they came."""
    held, moment, decided = OutgoingText.objects.filter(state=State.QUEUED).exclude(held_for=""), now(), mode()
    for kind in held.order_by().values_list("kind", flat=True).distinct():
        room = 0 if is_paused(kind, decided) else room_of(kind)
        if room > 0:
            ids = list(held.filter(kind=kind).order_by("pk").values_list("pk", flat=True)[: min(room, MOST_AT_ONCE)])
            rows = OutgoingText.objects.filter(pk__in=ids)
            rows.update(held_for="", queued_at=moment, not_before=moment)


@transaction.atomic
def start_attempt(text: OutgoingText) -> bool:
    """Records that the text is about to be handed over; False when it left the queue, its end has passed, another
    attempt is under way, or none of its kind leaves now: it is held then, or refused when it would come too late.

    From then on it cannot be cancelled, and a process that dies leaves it in doubt rather than to be sent again.
    """
    moment = now()
    rows = OutgoingText.objects.filter(pk=text.pk, state=State.QUEUED, posted_at=text.posted_at, held_for="")
    if text.kind in AT_ONCE:  # counted, and refused beyond its cap, when it was queued
        if is_paused(text.kind, mode()):
            rows.update(state=State.REFUSED, error=STOPPED, posted_at=None, not_before=None, changed_at=moment)
            return False
    elif held := why_held(text.kind):
        rows.update(held_for=held, posted_at=None, not_before=None)
        return False
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=moment))
    started = rows.update(posted_at=moment, tried_at=moment, attempts=text.attempts + 1)
    text.posted_at = moment
    return bool(started)


@transaction.atomic
def record_attempt(
    text_id: int, *, state: str = "", provider_id: str = "", error: str = "", doubtful: bool = False
) -> None:
    """Records the result of an attempt: a new state, or why it failed. `doubtful`: the provider may have the text."""
    text = OutgoingText.objects.select_for_update().get(pk=text_id)
    text.error, text.provider_id = one_line(error)[:300], text.provider_id or provider_id
    if not doubtful:
        text.posted_at = None
    _move(text, state)


@transaction.atomic
def record_status(*, provider_id: str, text_id: int | None, state: str, error: str = "") -> bool:
    """Records what the provider says of a text; False when it is none of ours.

    The text is that of the provider's identifier, else `text_id`, whose identifier was not known yet. A state that
    would go back changes nothing.
    """
    rows = OutgoingText.objects.select_for_update()
    text = rows.filter(provider_id=provider_id).first() or rows.filter(pk=text_id or 0, provider_id="").first()
    if text is None:
        return False
    text.provider_id, text.posted_at = provider_id, None
    if state and moves_on(text.state, state):
        text.error = one_line(error)[:300]
    _move(text, state)
    return True


def _move(text: OutgoingText, state: str) -> None:
    """Saves the text with its new state, if it moves on; the first time that it left, asks for its `on_sent`."""
    if state and moves_on(text.state, state):
        text.state, text.changed_at = state, now()
        if state in (State.SENT, State.DELIVERED) and text.sent_at is None:
            text.sent_at = text.changed_at
            if text.on_sent:
                enqueue(text.on_sent, text.pk)
    text.save()


def doubt_unsent() -> int:
    """The texts that wait are looked for at the provider before they are handed over; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    waiting = OutgoingText.objects.filter(state=State.QUEUED, posted_at=None)
    return waiting.update(posted_at=F("queued_at"), tried_at=F("queued_at"), not_before=None)


def cancel(*, key: str) -> bool:
    """Cancels a text that was never handed over, in the caller's transaction; returns whether it did."""
    queued = OutgoingText.objects.filter(key=key, state=State.QUEUED, posted_at=None, attempts=0)
    return bool(queued.update(state=State.REFUSED, error=CALLED_OFF, not_before=None, held_for="", changed_at=now()))


def call_off(*, prefix: str) -> int:
    """Cancels the texts whose keys begin so and that have not left, in the caller's transaction; returns how many.

    One that is being handed over is not tried again.
    """
    moment, waiting = now(), OutgoingText.objects.filter(key__startswith=prefix, state=State.QUEUED)
    waiting.exclude(posted_at=None).update(expires_at=moment)
    idle = waiting.filter(posted_at=None)
    return idle.update(state=State.REFUSED, error=CALLED_OFF, not_before=None, held_for="", changed_at=moment)


def move_end(*, prefix: str, until: datetime) -> int:
    """Gives the texts whose keys begin so and that have not left another end; returns how many. One that is over, or
    being handed over for the last time, stays so.
    """
    waiting = OutgoingText.objects.filter(key__startswith=prefix, state=State.QUEUED, expires_at__gt=now())
    return waiting.update(expires_at=until)


def erase(texts: QuerySet[OutgoingText]) -> None:
    """Erases by law the words and the numbers of texts, in the caller's transaction; one not sent yet never will be."""
    ids = list(texts.values_list("pk", flat=True))
    rows = OutgoingText.objects.filter(pk__in=ids)
    rows.filter(state=State.QUEUED).update(state=State.REFUSED, held_for="", changed_at=now())
    rows.update(body="", to="", error="", thread="")


def erase_by_key(*, key: str) -> None:
    """Erases the words and the number of one text, as `erase`."""
    erase(OutgoingText.objects.filter(key=key))
