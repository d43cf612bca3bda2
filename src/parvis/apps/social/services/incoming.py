"""What people write: webhooks stored, messages and comments kept with their history, hidden, erased."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.social.channels.base import Said
from parvis.apps.social.models import Account, Message, Post, WebhookEvent
from parvis.lib.clock import now
from parvis.lib.database.rows import insert, locked_row
from parvis.lib.errors import Conflict
from parvis.lib.jobs import announce, enqueue, event, job
from parvis.lib.words import one_line

READ = job("parvis.apps.social.tasks.read_event")
NAME = job("parvis.apps.social.tasks.name_author")
HIDE = job("parvis.apps.social.tasks.hide")
RECEIVED = event("social.message_received")
LARGEST = 2_000_000  # bytes of a webhook
LONGEST = 20_000


@transaction.atomic
def store(*, body: bytes) -> bool:
    """Stores the bytes of a webhook and asks for their reading; False when the same were stored before."""
    received = WebhookEvent(digest=hashlib.sha256(body).hexdigest(), body=body, received_at=now())
    if not insert(received, unless="digest"):
        return False
    enqueue(READ, received.pk)
    return True


def settle_event(*, event_id: int, error: str = "") -> None:
    """Records that a webhook was read, or why it cannot be, and forgets its bytes."""
    WebhookEvent.objects.filter(pk=event_id).update(body=b"", read_at=now(), error=one_line(error)[:300])


@transaction.atomic
def record_said(*, network: str, events: Sequence[Said]) -> int:
    """Records events in whatever order they came, each once, and announces the messages that they bring.

    An edition or a removal told before what it is about waits for it. What the town wrote there by Parvis is known
    already; what it wrote by another tool is kept as `ours`. Returns how many events changed something; those of an
    account that is not connected change nothing.
    """
    accounts = {row.page_id: row for row in Account.objects.filter(network=network, disconnected_at=None)}
    return sum(_record(accounts[event.page_id], event) for event in events if event.page_id in accounts)


def _record(account: Account, event: Said) -> bool:
    identifier = event.external_id[:200]
    if event.ours and Post.objects.filter(account=account, external_id=identifier).exists():
        return False
    rows = Message.objects.select_for_update().filter(account=account, external_id=identifier)
    message = rows.first()
    if message is None:
        message = Message(account=account, kind=event.kind, external_id=identifier, received_at=now())
        message.sent_at = event.at
    if message.erased_at:
        return False
    changed = _VERBS[event.verb](message, event)
    if changed:
        message.save()
        if message.arrived and not message.ours:
            announce(RECEIVED, message.pk)
            if not message.author_name and message.author_id:
                enqueue(NAME, message.pk)
    return changed


def _add(message: Message, event: Said) -> bool:
    if message.arrived:
        return False
    message.arrived, message.ours = True, event.ours
    _identify(message, event)
    message.sent_at, message.files = event.at, event.files
    text = _text(event)
    if message.edited_at and message.text != text:  # its edition came first
        message.history = [{"at": event.at.isoformat(), "text": text}, *message.history]
    elif not message.edited_at:
        message.text = text
    return True


def _edit(message: Message, event: Said) -> bool:
    text = _text(event)
    if text == message.text or (message.edited_at and event.at < message.edited_at):
        return False
    if message.arrived or message.edited_at:
        message.history = [*message.history, {"at": event.at.isoformat(), "text": message.text}]
    message.text, message.edited_at = text, event.at
    message.ours |= event.ours
    _identify(message, event)
    return True


def _remove(message: Message, event: Said) -> bool:
    if message.removed_at:
        return False
    message.removed_at = event.at
    message.ours |= event.ours
    _identify(message, event)
    return True


def _hide(message: Message, event: Said) -> bool:
    """Someone hid it, or showed it again, on the network itself."""
    hidden_at = event.at if event.verb == "hide" else None
    if message.pk is None or bool(message.hidden_at) == bool(hidden_at):
        return False
    message.hidden_at, message.hide_asked = hidden_at, bool(hidden_at)
    return True


_VERBS = {"add": _add, "edit": _edit, "remove": _remove, "hide": _hide, "show": _hide}


def _identify(message: Message, event: Said) -> None:
    message.thread = message.thread or event.thread[:200]
    message.parent = message.parent or event.parent[:200]
    message.author_id = message.author_id or event.author_id[:64]
    message.author_name = message.author_name or one_line(event.author_name)[:160]
    message.url = message.url or event.url[:500]


def _text(event: Said) -> str:
    return event.text.replace("\0", "").strip()[:LONGEST]


def record_author(*, message_id: int, name: str) -> None:
    """Records the name of who wrote, in all that this person wrote by this account and that has none."""
    message = Message.objects.get(pk=message_id)
    if message.author_id and name:
        rows = Message.objects.filter(account=message.account_id, author_id=message.author_id, author_name="")
        rows.update(author_name=one_line(name)[:160])


def mark_taken_in(*, message_id: int) -> None:
    """Records that a message became a contact, or joined one."""
    Message.objects.filter(pk=message_id, taken_in_at=None).update(taken_in_at=now())


@transaction.atomic
def ask_to_hide(*, message_id: int, hidden: bool) -> Message:
    """Hides a comment from the public, or shows it again; done by the worker. Raises NotFound, Conflict."""
    message = locked_row(Message.objects.filter(pk=message_id), _("This message does not exist."))
    if not message.is_public or message.removed_at:
        raise Conflict(_("Only a comment that is still there may be hidden."))
    message.hide_asked, message.hide_error = hidden, ""
    message.save(update_fields=["hide_asked", "hide_error"])
    enqueue(HIDE, message.pk)
    return message


def record_hidden(*, message_id: int, hidden: bool | None, error: str = "") -> None:
    """Records that a comment is hidden or shown on the network; with None, why it could not be."""
    rows = Message.objects.filter(pk=message_id)
    if hidden is None:
        rows.update(hide_error=one_line(error)[:300])
    else:
        rows.update(hidden_at=now() if hidden else None, hide_error="")


def erase_messages(messages: QuerySet[Message]) -> None:
    """Erases by law the words, the history and the authors of messages, and the answers to them."""
    ids = list(messages.values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids).update(
        text="", history=[], author_id="", author_name="", url="", thread="", erased_at=now()
    )
