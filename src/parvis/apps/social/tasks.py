"""Background work: what leaves, account by account; webhooks read; comments hidden; tokens checked."""

import logging
from datetime import timedelta

from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.models import PENDING
from parvis.apps.social.channels.facebook.reading import read
from parvis.apps.social.channels.failures import TokenDead
from parvis.apps.social.channels.networks import network_of
from parvis.apps.social.models import Account, Message, WebhookEvent
from parvis.apps.social.services import accounts, incoming, outgoing, sending
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue
from parvis.lib.transport import TransportError

logger = logging.getLogger(__name__)
BATCH = 20  # posts of one job
LEFT_BEHIND_AFTER = timedelta(minutes=2)


def deliver(account_id: int) -> None:
    """Does what is due on one account, oldest first, until one post has to wait, or the whole account."""
    accounts.fail_dead()
    for _number in range(BATCH):
        post = outgoing.due().filter(account=account_id).first()
        if post is None or outbox.deliver(sending.POSTS, post.pk) in PENDING:
            return
    enqueue(sending.DELIVER, account_id)


def send_waiting() -> None:
    """Runs `services.send_due`; scheduled."""
    outgoing.send_due()


# --- What comes in --------------------------------------------------------------------------------------------------


def read_event(event_id: int) -> None:
    """Reads a webhook that was stored, once."""
    event = WebhookEvent.objects.filter(pk=event_id, read_at=None).first()
    if event is None:
        return
    try:
        events = read(bytes(event.body))
    except (ValueError, RecursionError, OverflowError) as error:
        incoming.settle_event(event_id=event_id, error=type(error).__name__)
        logger.warning("webhook %s cannot be read: %s", event_id, type(error).__name__)
        return
    incoming.record_said(network=Account.Network.FACEBOOK, events=events)
    incoming.settle_event(event_id=event_id)


def sweep_events() -> None:
    """Reads the webhooks that no job read; scheduled."""
    left = WebhookEvent.objects.filter(read_at=None, received_at__lt=now() - LEFT_BEHIND_AFTER)
    for event_id in left.order_by("pk").values_list("pk", flat=True)[:200]:
        read_event(event_id)


def name_author(message_id: int) -> None:
    """Asks the network who wrote a message in private. Without an answer, the name stays unknown."""
    message = Message.objects.filter(pk=message_id, author_name="", erased_at=None).select_related("account").first()
    if message is None or not message.account.alive:
        return
    earlier = Message.objects.filter(account=message.account_id, author_id=message.author_id).exclude(author_name="")
    name = earlier.values_list("author_name", flat=True).first() or ""
    try:
        name = name or network_of(message.account).name_of(message.author_id)
    except TransportError as failure:
        logger.info("message %s: the network does not say who wrote it (%s)", message_id, failure.code)
    incoming.record_author(message_id=message_id, name=name)


def hide(message_id: int) -> None:
    """Hides a comment from the public, or shows it again, as it was last asked."""
    message = Message.objects.filter(pk=message_id).select_related("account").first()
    if message is None or message.hide_asked == bool(message.hidden_at) or not message.account.alive:
        return
    try:
        network_of(message.account).hide(message, hidden=message.hide_asked)
    except TokenDead as failure:
        incoming.record_hidden(message_id=message_id, hidden=None, error=str(failure))
        accounts.record_dead(account_id=message.account_id, error=str(failure), code=failure.code)
    except TransportError as failure:
        incoming.record_hidden(message_id=message_id, hidden=None, error=str(failure))
    else:
        incoming.record_hidden(message_id=message_id, hidden=message.hide_asked)


# --- Accounts -------------------------------------------------------------------------------------------------------


def check_account(account_id: int) -> None:
    """Asks the network whether it accepts the token of an account. One that does not answer says nothing of it."""
    account = Account.objects.filter(pk=account_id, disconnected_at=None).first()
    if account is None:
        return
    try:
        health = network_of(account).check()
    except TokenDead as failure:
        accounts.record_dead(account_id=account_id, error=str(failure), code=failure.code)
    except TransportError as failure:
        accounts.record_wait(account_id=account_id, error=str(failure), code=failure.code, wait=timedelta(0))
    else:
        accounts.record_check(
            account_id=account_id,
            error=health.error,
            code=health.code,
            expires_at=health.expires_at,
            served_version=health.served_version,
        )


def check_silent() -> None:
    """Asks again for the check of the accounts whose network did not answer; scheduled, every five minutes."""
    silent = Account.objects.filter(disconnected_at=None, dead_at=None, error_code="silent")
    for account_id in silent.values_list("pk", flat=True):
        enqueue(accounts.CHECK, account_id)


def check_accounts() -> None:
    """Asks for the check of every account; scheduled, every day."""
    for account_id in Account.objects.filter(disconnected_at=None).values_list("pk", flat=True):
        enqueue(accounts.CHECK, account_id)
