"""The texts that leave: queueing, attempts, states, holding, cancelling, erasing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import UNSENT, State
from parvis.apps.outbox.services import MOST_ASKED
from parvis.apps.telephony.models import NOT_SERVED, Medium, OutgoingText
from parvis.apps.telephony.queries.texts import mode, refusing, room_of, why_held
from parvis.apps.telephony.rules.parts import count as parts_of
from parvis.apps.telephony.rules.sending import AT_ONCE, CAPPED, is_paused
from parvis.apps.telephony.rules.text_states import DELIVERED, FAILED, SENT, moves_on
from parvis.apps.telephony.services.carriers import Addressed, accepting, check_words
from parvis.apps.telephony.services.texts.sending import TEXTS
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import enqueue, job
from parvis.lib.phone_numbers import is_callable
from parvis.lib.words import one_line

SEND_DUE = job("parvis.apps.telephony.tasks.send_waiting_texts", urgent=True)
LONGEST = 480  # characters: three segments, or seven with letters outside the basic alphabet
Kind, Result = OutgoingText.Kind, OutgoingText.Result


@transaction.atomic
def queue_texts(*, texts: Sequence[Addressed], kind: OutgoingText.Kind, expires_at: datetime | None = None) -> int:
    """Queues many texts, once per key; returns how many are new. Numbers that refuse texts get none, and those that
    the town does not write to have failed at once.

    None leaves from `expires_at` on. Raises Invalid (words) when one has no words, or more than LONGEST.
    """
    parts = {words: parts_of(words).parts for words in {text.words for text in texts}}
    for words in parts:
        check_words(words, LONGEST)
    rows = [
        OutgoingText(
            key=text.key,
            kind=kind,
            to=text.to,
            body=text.words,
            parts=parts[text.words],
            queued_at=now(),
            expires_at=expires_at,
            **({} if is_callable(text.to) else {"state": State.FAILED, "error": NOT_SERVED}),
        )
        for text in accepting(Medium.TEXT, texts)
    ]
    count = outbox.insert_new(rows)
    if count:
        enqueue(SEND_DUE)
    return count


def queue_text(
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
        raise Invalid.in_field("phone", why)
    check_words(body, LONGEST)
    text = OutgoingText(
        key=key,
        kind=kind,
        to=to,
        body=body,
        parts=parts_of(body).parts,
        thread=thread,
        on_sent=on_sent,
        queued_at=now(),
        not_before=now() + wait if wait else None,
        claimed_until=None if wait else now() + TEXTS.left_behind_after,
    )
    if not insert(text, unless="key"):
        return OutgoingText.objects.get(key=key)
    if not wait:
        TEXTS.ask(text.pk)
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
    """Lets go the texts that were held and may leave now, and asks for the sending of what waits (`ask_for_due`);
    returns how many. Runs every minute.
    """
    _let_go()
    return outbox.ask_for_due(TEXTS)


def _let_go() -> None:
    """Lets go the texts that were held, as many of each kind as may leave now, in the order in which they came."""
    held, decided = OutgoingText.objects.filter(state=State.HELD), mode()
    for kind in held.order_by().values_list("kind", flat=True).distinct():
        room = 0 if is_paused(kind, decided) else room_of(kind)
        if room > 0:
            ids = list(held.filter(kind=kind).order_by("pk").values_list("pk", flat=True)[: min(room, MOST_ASKED)])
            OutgoingText.objects.filter(pk__in=ids).update(state=State.QUEUED, held_for="", queued_at=now())


@transaction.atomic
def record_status(*, provider_id: str, text_id: int | None, news: str, error: str = "") -> bool:
    """Records what the provider says of a text (`rules.states`, or "" when it has it, and says no more); False when it
    is none of ours.

    The text is that of the provider's identifier, else `text_id`, whose identifier was not known yet. News that would
    go back change nothing.
    """
    rows = OutgoingText.objects.select_for_update()
    text = rows.filter(provider_id=provider_id).first() or rows.filter(pk=text_id or 0, provider_id="").first()
    if text is None:
        return False
    text.provider_id = provider_id
    if moves_on(text.news, news or SENT):
        text.error = one_line(error)[:300]
        text.result = Result.DELIVERED if news == DELIVERED else ""
        outbox.move(TEXTS, text, State.FAILED if news == FAILED else State.SENT)
    text.save()
    return True


def cancel_text(*, key: str) -> bool:
    """Cancels a text that was never handed over, in the caller's transaction; returns whether it did."""
    return bool(outbox.cancel(OutgoingText.objects.filter(key=key, state__in=UNSENT, attempts=0)))


def call_off_texts(*, prefix: str) -> int:
    """Cancels the texts whose keys begin so and that have not left (`outbox.cancel`)."""
    return outbox.cancel(OutgoingText.objects.filter(key__startswith=prefix))


def move_end_of_texts(*, prefix: str, until: datetime) -> int:
    """Gives the texts whose keys begin so and that have not left another end; returns how many."""
    return outbox.move_end(OutgoingText.objects.filter(key__startswith=prefix), until)


def erase_texts(texts: QuerySet[OutgoingText]) -> None:
    """Erases by law the words and the numbers of texts, in the caller's transaction; one not sent yet never will be."""
    outbox.erase(texts, body="", to="", thread="")


def erase_text(*, key: str) -> None:
    """Erases the words and the number of one text, as `erase`."""
    erase_texts(OutgoingText.objects.filter(key=key))
