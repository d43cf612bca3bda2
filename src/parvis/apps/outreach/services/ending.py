"""The end of a message: moved, lifted, withdrawn."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.content.services.notices import stop_saying
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.channels.base import Outcome, Reason
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.incident_updates import tell_ended
from parvis.apps.outreach.services.journal import What, locked, require
from parvis.apps.outreach.services.publishing import DELIVER, correct
from parvis.apps.outreach.services.results import settle
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.jobs import enqueue

State = Message.State
_ENDS = {
    Reason.EXPIRED: (State.ENDED, What.EXPIRED),
    Reason.LIFTED: (State.ENDED, What.LIFTED),
    Reason.WITHDRAWN: (State.WITHDRAWN, What.WITHDRAWN),
}


@transaction.atomic
def extend(*, message_id: int, until: datetime, by: User) -> Message:
    """Moves the end of a live message, everywhere. Raises NotAllowed, NotFound, Conflict, Invalid (expires)."""
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    _require_out(message)
    if until <= now():
        raise Invalid(_("Something is to be mended."), {"expires": _("Choose a moment to come.")})
    release = message.releases.order_by("-pk").first()
    if release is not None and release.revision != message.revision:
        raise Conflict(_("A correction is being written: publish it, or discard it, first."))
    message.expires_at, message.revision = until, message.revision + 1
    message.changed_by, message.changed_at = by, now()
    message.save()
    message.note(What.EXTENDED, by=by, data={"until": until.isoformat()})
    return correct(message_id=message.pk, revision=message.revision, by=by)


@transaction.atomic
def lift(*, message_id: int, by: User) -> Message:
    """Ends a message that is over, live or held after a part of it left: removed everywhere, and said so to those who
    were told. Raises NotAllowed, NotFound, Conflict.
    """
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    _require_begun(message)
    end(message, Reason.LIFTED, by)
    return message


@transaction.atomic
def withdraw(*, message_id: int, words: str, by: User) -> Message:
    """Takes back a message published by error: its page is gone, posts are deleted, those who were told hear of it.

    Raises NotAllowed, NotFound, Conflict, Invalid (words) without the reason.
    """
    require(by, Action.APPROVE_MESSAGE)
    message = locked(message_id, by, Action.APPROVE_MESSAGE)
    _require_begun(message)
    if not words.strip():
        raise Invalid(_("Something is to be mended."), {"words": _("Say why, for the journal.")})
    end(message, Reason.WITHDRAWN, by, words=words)
    return message


def end(message: Message, reason: Reason, by: User | None, *, words: str = "") -> None:
    """Ends a message whose row is locked, in the caller's transaction: each channel removes it in a job of its own.

    What never left is not sent any more.
    """
    moment = now()
    message.state, what = _ENDS[reason]
    message.ended_at, message.held_reason = moment, ""
    message.save(update_fields=["state", "ended_at", "held_reason"])
    message.note(what, by=by, words=words)
    if message.notice_id:
        stop_saying(notice_id=message.notice_id)
    tell_ended(message, reason, by)
    for row in message.deliveries.filter(state=Delivery.State.QUEUED, attempted_at=None).order_by("pk"):
        settle(row, Outcome(Delivery.State.WITHDRAWN, _("Never left.")))
    for row in message.deliveries.exclude(state=Delivery.State.WITHDRAWN).order_by("pk"):
        row.task, row.reason, row.state = Delivery.Task.WITHDRAW, reason, Delivery.State.QUEUED
        row.queued_at, row.done_at = moment, None
        row.save()
        enqueue(DELIVER, row.pk)


def _require_begun(message: Message) -> None:
    if not message.may_end:
        raise Conflict(_("This message is not live."))


def _require_out(message: Message) -> None:
    if not message.is_out:
        raise Conflict(_("This message is not live."))
