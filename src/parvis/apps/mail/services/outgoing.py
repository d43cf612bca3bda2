"""The outgoing mail queue: queueing, retrying, cancelling and erasing letters."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from parvis.apps.files.models import Attachment
from parvis.apps.mail.models import Outgoing, OutgoingFile
from parvis.apps.mail.rules.threads import ERASED_HOST, chain, erased_address, without_addresses
from parvis.lib import clock
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import enqueue, job

DELIVER = job("parvis.apps.mail.tasks.deliver")
WAKE_AFTER = timedelta(hours=1)
LEAVING = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=5)
MOST_ANSWERED = 20  # message identifiers in a References header


@dataclass(frozen=True)
class Sending:
    """How a letter leaves: where answers to it go, what it answers, how long it may be cancelled.

    `thread` is carried, signed, by the address for replies. `personal`: someone wrote it for this person, so that it
    does not say that a machine did (RFC 3834). `shown_to` and `shown_cc` are the addresses that the headers show, when
    several people receive the same words.
    """

    thread: str = ""
    answers: Sequence[str] = ()
    personal: bool = False
    wait: timedelta | None = None
    files: Sequence[Attachment] = ()
    shown_to: Sequence[str] = ()
    shown_cc: Sequence[str] = ()


def queue(
    *,
    key: str,
    to: str,
    language: str,
    renderer: str,
    args: Sequence[object] = (),
    sending: Sending = Sending(),  # noqa: B008
) -> Outgoing:
    """Queues a letter, once per key, in the caller's transaction; the worker renders and sends it after the commit.

    `renderer` is the dotted name of a function that makes a `Letter` from `args` (plain values), in the letter's
    language. Raises Invalid (email) when `to` is not an e-mail address.
    """
    try:
        validate_email(to)
    except ValidationError as error:
        message = _("“%(address)s” is not an e-mail address.") % {"address": to}
        raise Invalid(message, {"email": message}) from error
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
        queued_at=clock.now(),
        not_before=clock.now() + sending.wait if sending.wait else None,
    )
    if not insert(outgoing, unless="key"):
        return Outgoing.objects.get(key=key)
    OutgoingFile.objects.bulk_create([OutgoingFile(outgoing=outgoing, attachment=file) for file in sending.files])
    if not sending.wait:
        enqueue(DELIVER, outgoing.pk)
    return outgoing


@transaction.atomic
def send_due() -> int:
    """Enqueues the letters whose time to be cancelled is over; returns how many. Runs every minute."""
    due = Outgoing.objects.filter(state=Outgoing.State.QUEUED, tried_at=None, not_before__lte=clock.now())
    due = due.select_for_update(skip_locked=True)  # agents' pages ask for it too
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:1000])
    Outgoing.objects.filter(pk__in=ids).update(not_before=None)
    for outgoing_id in ids:
        enqueue(DELIVER, outgoing_id)
    return len(ids)


@transaction.atomic
def requeue_stale() -> int:
    """Requeues letters that no job is trying to send any more; returns how many. Runs every 15 minutes.

    A job ends after some twenty attempts, while a server may be down for longer. A letter without an attempt for
    WAKE_AFTER gets a new job; after GIVE_UP_AFTER it is refused, with the last error (RFC 5321, 4.5.4.1, gives up
    after four or five days).
    """
    now = clock.now()
    queued = Outgoing.objects.filter(state=Outgoing.State.QUEUED)
    queued.filter(queued_at__lt=now - GIVE_UP_AFTER).update(state=Outgoing.State.REFUSED)
    stale = queued.annotate(last=Coalesce("tried_at", "queued_at")).filter(last__lt=now - WAKE_AFTER)
    ids = list(stale.order_by("pk").values_list("pk", flat=True)[:1000])
    Outgoing.objects.filter(pk__in=ids).update(tried_at=now)
    for outgoing_id in ids:
        enqueue(DELIVER, outgoing_id)
    return len(ids)


def message_id(key: str) -> str:
    """The constant Message-ID of a letter, which nobody else can make: "<signature of the key@host of PARVIS_URL>"."""
    host = urlsplit(settings.PARVIS_URL).hostname or "localhost"
    return f"<{hmac.digest(settings.SECRET_KEY.encode(), key.encode(), 'sha256').hex()[:40]}@{host}>"


def erase(*, key: str, args: bool = False) -> None:
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
    unsent = Outgoing.objects.filter(key=key, state__in=(Outgoing.State.QUEUED, Outgoing.State.HELD))
    unsent.update(state=Outgoing.State.REFUSED, error=Outgoing.ERASED)


def erase_all(*, prefix: str) -> None:
    """Erases the text and the address of the letters whose keys begin so."""
    for key in Outgoing.objects.filter(key__startswith=prefix).values_list("key", flat=True):
        erase(key=key)


def cancel(*, key: str) -> bool:
    """Cancels a letter not sent yet, in the caller's transaction; returns whether it did.

    A letter attempted within LEAVING may be on its way and is not cancelled.
    """
    idle = Q(tried_at=None) | Q(tried_at__lt=clock.now() - LEAVING)
    waiting = Q(state=Outgoing.State.QUEUED) & idle | Q(state=Outgoing.State.HELD)
    queued = Outgoing.objects.filter(waiting, key=key)
    return bool(queued.update(state=Outgoing.State.REFUSED, error=Outgoing.CALLED_OFF))
