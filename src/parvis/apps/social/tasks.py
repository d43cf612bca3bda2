"""Background work: what leaves, account by account; webhooks read; comments hidden; tokens checked."""

import logging
from datetime import timedelta

from parvis.apps.social import services
from parvis.apps.social.channels import Network, Published
from parvis.apps.social.channels.facebook.reading import read
from parvis.apps.social.channels.failures import (
    Failure,
    Forbidden,
    Gone,
    NotTaken,
    PerhapsTaken,
    Rejected,
    TokenDead,
    Wait,
)
from parvis.apps.social.channels.networks import network_of
from parvis.apps.social.models import Account, Message, Notice, Post
from parvis.apps.social.services import LOOK_AFTER, Result
from parvis.apps.social.services.outgoing import due, fail_dead
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

logger = logging.getLogger(__name__)
State, Kind = Post.State, Post.ErrorKind
BATCH = 20  # posts of one job
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LEFT_BEHIND_AFTER = timedelta(minutes=2)


def carry(account_id: int) -> None:
    """Does what is due on one account, oldest first; stops at what concerns the whole account.

    A post is published at most once, as far as the network lets us know: the attempt is recorded first, and one whose
    result is not clear is looked for, LOOK_AFTER later, before it is sent again.
    """
    account = Account.objects.filter(pk=account_id, disconnected_at=None).first()
    if account is None:
        return
    if account.dead_at:
        fail_dead(now())
        return
    rows = Post.objects.filter(due(now()), account=account).select_related("account", "answers__account", "image")
    posts = list(rows.order_by("queued_at", "pk")[:BATCH])
    carrier = network_of(account)
    for post in posts:
        if not _carry(carrier, post):
            return
    if len(posts) == BATCH:
        enqueue(services.CARRY, account_id)


def _carry(carrier: Network, post: Post) -> bool:
    """Does what is due for a post; False when nothing more may be asked of its account for now."""
    doubt = bool(post.posted_at and not post.external_id)
    try:
        if doubt and _looked_for(carrier, post):
            return True
        doubt = False
        if not services.start_attempt(post):
            return True
        result = _attempt(carrier, post)
    except TokenDead as failure:
        services.record_result(post_id=post.pk, result=_failed(failure, Kind.TOKEN, doubt=doubt))
        services.record_dead(account_id=post.account_id, error=str(failure), code=failure.code)
        fail_dead(now())
        logger.error("account %s: its token is refused (%s)", post.account_id, failure.code)
        return False
    except Wait as failure:
        services.record_result(post_id=post.pk, result=_waiting(post, failure, failure.wait))
        services.record_wait(account_id=post.account_id, error=str(failure), code=failure.code, wait=failure.wait)
        return False
    except NotTaken as failure:
        pause = min(FIRST_WAIT * 4 ** min(post.attempts, 6), LONGEST_WAIT)
        services.record_result(post_id=post.pk, result=_waiting(post, failure, pause))
        return False
    except PerhapsTaken as failure:
        services.record_result(post_id=post.pk, result=_doubtful(post, failure))
        logger.warning("post %s: it is not known whether it was taken (%s)", post.pk, failure)
        return False
    except (Rejected, Gone) as failure:
        services.record_result(post_id=post.pk, result=_failed(failure, Kind.BODY, doubt=doubt))
        return True
    except Forbidden as failure:
        services.record_result(post_id=post.pk, result=_failed(failure, Kind.REFUSED, doubt=doubt))
        return True
    services.record_result(post_id=post.pk, result=result)
    if post.account.error_code:
        services.record_answer(account_id=post.account_id)
    return True


def _attempt(carrier: Network, post: Post) -> Result:
    if post.removal_asked_at:
        try:
            carrier.delete(post)
        except Gone:
            logger.info("post %s was no longer there", post.pk)
        return Result(State.WITHDRAWN)
    if post.external_id:
        carrier.edit(post)
        return Result(State.SENT, post.revision)
    return _sent(carrier.publish(post), post.revision)


def _looked_for(carrier: Network, post: Post) -> bool:
    """Looks for a post that may have been taken; False when it is not there, and may be sent.

    One whose removal was asked meanwhile is not sent.
    """
    assert post.posted_at is not None  # noqa: S101
    listed = carrier.find(post, since=post.posted_at)
    known = Post.objects.filter(account=post.account_id, external_id__in=[one.external_id for one in listed])
    taken = set(known.values_list("external_id", flat=True))
    found = next((one for one in listed if one.external_id not in taken), None)
    if found is not None:
        services.record_result(post_id=post.pk, result=_sent(found, post.posted_revision))
    elif post.tried_at and post.tried_at > now() - LOOK_AFTER:
        doubt = Result(State.UNKNOWN, error=post.error, error_kind=Kind.RETRY, error_code="doubt", again=LOOK_AFTER)
        services.record_result(post_id=post.pk, result=doubt)
    elif post.removal_asked_at:
        services.record_result(post_id=post.pk, result=Result(State.WITHDRAWN))
    else:
        return False
    return True


def _sent(published: Published, revision: int) -> Result:
    return Result(State.SENT, revision, published.external_id, published.url)


def _failed(failure: Failure, kind: str, *, doubt: bool) -> Result:
    """`doubt`: it was being looked for, and may have been published; the next attempt looks for it again."""
    return Result(State.FAILED, error=str(failure), error_kind=kind, error_code=failure.code, doubt=doubt)


def _waiting(post: Post, failure: Failure, pause: timedelta) -> Result:
    """Nothing was done: it waits, or stays in doubt when it was only looked for."""
    doubtful = post.state == State.UNKNOWN and isinstance(failure, NotTaken | Wait) and post.posted_at is not None
    state = State.UNKNOWN if doubtful and not post.external_id else State.QUEUED
    return Result(state, error=str(failure), error_kind=Kind.RETRY, error_code=failure.code, again=pause)


def _doubtful(post: Post, doubt: Failure) -> Result:
    """A publication must be looked for; a correction or a removal may simply be asked again."""
    state = State.QUEUED if post.external_id else State.UNKNOWN
    return Result(state, error=str(doubt), error_kind=Kind.RETRY, error_code=doubt.code, again=LOOK_AFTER)


def send_waiting() -> None:
    """Runs `services.send_due`; scheduled."""
    services.send_due()


# --- What comes in --------------------------------------------------------------------------------------------------


def read_notice(notice_id: int) -> None:
    """Reads a webhook that was stored, once."""
    notice = Notice.objects.filter(pk=notice_id, read_at=None).first()
    if notice is None:
        return
    try:
        events = read(bytes(notice.body))
    except (ValueError, RecursionError, OverflowError) as error:
        services.settle_notice(notice_id=notice_id, error=type(error).__name__)
        logger.warning("webhook %s cannot be read: %s", notice_id, type(error).__name__)
        return
    services.record_said(network=Account.Network.FACEBOOK, events=events)
    services.settle_notice(notice_id=notice_id)


def sweep_notices() -> None:
    """Reads the webhooks that no job read; scheduled."""
    left = Notice.objects.filter(read_at=None, received_at__lt=now() - LEFT_BEHIND_AFTER)
    for notice_id in left.order_by("pk").values_list("pk", flat=True)[:200]:
        read_notice(notice_id)


def name_author(message_id: int) -> None:
    """Asks the network who wrote a message in private. Without an answer, the name stays unknown."""
    message = Message.objects.filter(pk=message_id, author_name="", erased_at=None).select_related("account").first()
    if message is None or not message.account.alive:
        return
    earlier = Message.objects.filter(account=message.account_id, author_id=message.author_id).exclude(author_name="")
    name = earlier.values_list("author_name", flat=True).first() or ""
    try:
        name = name or network_of(message.account).name_of(message.author_id)
    except Failure as failure:
        logger.info("message %s: the network does not say who wrote it (%s)", message_id, failure.code)
    services.record_author(message_id=message_id, name=name)


def hide(message_id: int) -> None:
    """Hides a comment from the public, or shows it again, as it was last asked."""
    message = Message.objects.filter(pk=message_id).select_related("account").first()
    if message is None or message.hide_asked == bool(message.hidden_at) or not message.account.alive:
        return
    try:
        network_of(message.account).hide(message, hidden=message.hide_asked)
    except TokenDead as failure:
        services.record_hidden(message_id=message_id, hidden=None, error=str(failure))
        services.record_dead(account_id=message.account_id, error=str(failure), code=failure.code)
    except Failure as failure:
        services.record_hidden(message_id=message_id, hidden=None, error=str(failure))
    else:
        services.record_hidden(message_id=message_id, hidden=message.hide_asked)


# --- Accounts -------------------------------------------------------------------------------------------------------


def check_account(account_id: int) -> None:
    """Asks the network whether it accepts the token of an account. One that does not answer says nothing of it."""
    account = Account.objects.filter(pk=account_id, disconnected_at=None).first()
    if account is None:
        return
    try:
        health = network_of(account).check()
    except TokenDead as failure:
        services.record_dead(account_id=account_id, error=str(failure), code=failure.code)
    except Failure as failure:
        services.record_wait(account_id=account_id, error=str(failure), code=failure.code, wait=timedelta(0))
    else:
        services.record_check(
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
        enqueue(services.accounts.CHECK, account_id)


def check_accounts() -> None:
    """Asks for the check of every account; scheduled, every day."""
    for account_id in Account.objects.filter(disconnected_at=None).values_list("pk", flat=True):
        enqueue(services.accounts.CHECK, account_id)
