"""The outgoing mail queue: queueing, claiming, retrying, cancelling and erasing letters."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.files.models import Attachment
from parvis.apps.mail.models import Outgoing, OutgoingFile
from parvis.apps.mail.rules.threads import ERASED_HOST, chain, erased_address, without_addresses
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import ERASED, State
from parvis.apps.outbox.rules import growing
from parvis.lib import clock
from parvis.lib.database.rows import Plain, insert, update
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.words import one_line

BATCH = 20  # letters claimed at once: the most that a sender that is killed may send twice
LEASE = timedelta(seconds=settings.PARVIS_JOB_RETRY)  # then who claimed a letter is taken for dead
WAITS = growing(LEASE, 2, timedelta(hours=1))
LEAVING = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=5)
MOST_ANSWERED = 20  # message identifiers in a References header
WAITING = (State.QUEUED, State.SENDING)  # a letter whose sender died is sent again, under the same Message-ID
RECORDED = ("state", "error", "attempts", "attempted_at", "claimed_until", "sent_at", "changed_at", "not_before")


@dataclass(frozen=True)
class Sending:
    """How a letter leaves: where answers to it go, what it answers, how long it may be cancelled.

    `thread` is carried, signed, by the address for replies. `personal`: someone wrote it for this person, so that it
    does not say that a machine did (RFC 3834). `shown_to` and `shown_cc` are the addresses that the headers show, when
    several people receive the same words. `urgent`: someone waits for it (a danger, a code), and it leaves first.
    """

    thread: str = ""
    answers: Sequence[str] = ()
    personal: bool = False
    urgent: bool = False
    wait: timedelta | None = None
    files: Sequence[Attachment] = ()
    shown_to: Sequence[str] = ()
    shown_cc: Sequence[str] = ()


def queue_letter(
    *,
    key: str,
    to: str,
    language: str,
    renderer: str,
    args: Sequence[object] = (),
    sending: Sending = Sending(),  # noqa: B008
) -> Outgoing:
    """Queues a letter, once per key, in the caller's transaction; the worker renders and sends it after the commit.

    The row is all that the worker needs: it claims what waits, many at once (`claim_due`).

    `renderer` is the dotted name of a function that makes a `Letter` from `args` (plain values), in the letter's
    language. Raises Invalid (email) when `to` is not an e-mail address.
    """
    try:
        validate_email(to)
    except ValidationError as error:
        raise Invalid.in_field("email", _("“%(address)s” is not an e-mail address.") % {"address": to}) from error
    outgoing = Outgoing(
        key=key,
        message_id=message_id(key),
        to=to,
        language=clean(language),
        renderer=renderer,
        args=list(args),
        shown_to=list(sending.shown_to),
        shown_cc=list(sending.shown_cc),
        thread=sending.thread.lower(),
        answers=chain(sending.answers, MOST_ANSWERED),
        personal=sending.personal,
        urgent=sending.urgent,
        queued_at=clock.now(),
        not_before=clock.now() + sending.wait if sending.wait else None,
    )
    if not insert(outgoing, unless="key"):
        return Outgoing.objects.get(key=key)
    if sending.files:
        OutgoingFile.objects.bulk_create([OutgoingFile(outgoing=outgoing, attachment=file) for file in sending.files])
    return outgoing


class LetterOutcome(NamedTuple):
    """What became of a letter: its new state, QUEUED to try again later, and why. Not `tried`: it was not its turn."""

    letter: Outgoing
    state: State
    error: str = ""
    tried: bool = True


def claim_due(*, limit: int = BATCH) -> list[Outgoing]:
    """Takes the letters that may leave now, urgent ones first, then the oldest, for LEASE; those too of a sender that
    died.

    Another sender takes others. They may still be cancelled, until `begin`.
    """
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    due = Outgoing.objects.filter(free, Q(not_before=None) | Q(not_before__lte=now), state__in=WAITING)
    if not due.exists():  # asked several times a second: no lock for nothing
        return []
    with transaction.atomic():
        letters = list(due.select_for_update(skip_locked=True).order_by("-urgent", "queued_at", "pk")[:limit])
        for letter in letters:
            letter.claimed_until = now + LEASE
        Outgoing.objects.filter(pk__in=[letter.pk for letter in letters]).update(claimed_until=now + LEASE)
    return letters


@transaction.atomic
def begin_letters(*, written: Mapping[Outgoing, Sequence[str]]) -> list[Outgoing]:
    """Stores the words of claimed letters (the names of the fields set) and that they are leaving, unless they were
    cancelled, erased or taken by another sender meanwhile; returns those that leave. `cancel` leaves them alone now.
    """
    moment, leaving = clock.now(), []
    for letter, names in written.items():
        mine: dict[str, Plain] = {"state": letter.state, "claimed_until": letter.claimed_until or moment}
        letter.state, letter.attempted_at = State.SENDING, moment
        if update(letter, *names, "state", "attempted_at", where=mine):
            leaving.append(letter)
    return leaving


@transaction.atomic
def record_letters(*, outcomes: Iterable[LetterOutcome]) -> None:
    """Records what became of letters, unless they left the queue meanwhile. One that failed waits longer each time."""
    moment = clock.now()
    for letter, state, error, tried in outcomes:
        mine = {"state": letter.state}
        letter.state, letter.claimed_until, letter.not_before = state, None, None
        if tried:
            letter.attempts += 1
            letter.error, letter.attempted_at, letter.changed_at = one_line(error)[:300], moment, moment
            letter.sent_at = moment if state == State.SENT else None
            wait = WAITS.after(letter.attempts)
            letter.not_before = moment + wait if wait and state == State.QUEUED else None
        update(letter, *RECORDED, where=mine)


def give_up() -> int:
    """Ends as failed the letters queued GIVE_UP_AFTER ago, with their last error (RFC 5321, 4.5.4.1); returns how
    many.
    """
    late = Outgoing.objects.filter(state__in=WAITING, queued_at__lt=clock.now() - GIVE_UP_AFTER)
    return late.update(state=State.FAILED, claimed_until=None, changed_at=clock.now())


def message_id(key: str) -> str:
    """The constant Message-ID of a letter, which nobody else can make: "<signature of the key@host of PARVIS_URL>"."""
    host = urlsplit(settings.PARVIS_URL).hostname or "localhost"
    return f"<{hmac.digest(settings.SECRET_KEY.encode(), key.encode(), 'sha256').hex()[:40]}@{host}>"


def erase_letter(*, key: str, args: bool = False) -> None:
    """Erases the text and the address of a letter, in the caller's transaction; if not sent yet, it never will be.

    `args`: what it was rendered from too, when that tells something.
    The hash of its words stays. A mark stands for the address, so that a report that it could not be delivered still
    says which address fails.
    """
    for letter in Outgoing.objects.filter(key=key).only("to", "error"):
        if not letter.to.endswith(f"@{ERASED_HOST}"):
            letter.to = erased_address(letter.to, settings.SECRET_KEY)
        kept: dict[str, Any] = {"to": letter.to, "error": without_addresses(letter.error)}
        kept |= {"args": []} if args else {}
        Outgoing.objects.filter(pk=letter.pk).update(
            text="", html="", subject="", salt="", shown_to=[], shown_cc=[], delay="", **kept
        )
    OutgoingFile.objects.filter(outgoing__key=key).delete()
    unsent = Outgoing.objects.filter(key=key, state__in=(*WAITING, State.HELD))
    unsent.update(state=State.CANCELLED, error=ERASED, claimed_until=None, changed_at=clock.now())


def erase_letters(*, prefix: str) -> None:
    """Erases the text and the address of the letters whose keys begin so."""
    for key in Outgoing.objects.filter(key__startswith=prefix).values_list("key", flat=True):
        erase_letter(key=key)


def cancel_letter(*, key: str) -> bool:
    """Cancels a letter not sent yet, in the caller's transaction; returns whether it did.

    A letter attempted within LEAVING may be on its way and is not cancelled.
    """
    idle = Q(attempted_at=None) | Q(attempted_at__lt=clock.now() - LEAVING)
    return bool(outbox.cancel(Outgoing.objects.filter(Q(state=State.QUEUED) & idle | Q(state=State.HELD), key=key)))
