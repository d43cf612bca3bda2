"""What leaves: queueing, corrections, removals, answers, trying again, erasing."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import DUE, PENDING, UNSENT, State
from parvis.apps.social.models import Account, Message, Post
from parvis.apps.social.rules.limits import count, most
from parvis.apps.social.services.accounts import fail_dead
from parvis.apps.social.services.sending import DELIVER, POSTS
from parvis.lib.clock import now
from parvis.lib.database.rows import insert, locked_row
from parvis.lib.errors import Conflict, Invalid, NotFound, or_not_found
from parvis.lib.jobs import enqueue
from parvis.lib.words import one_line

GIVE_UP_AFTER = timedelta(hours=4)  # what comes later surprises more than it helps
LONGEST_KEY = 120


@transaction.atomic
def queue_post(
    *,
    key: str,
    account_id: int,
    text: str,
    link: str = "",
    image_id: int | None = None,
    image_text: str = "",
    not_before: datetime | None = None,
) -> Post:
    """Queues a post on an account, once per key; the worker publishes it after the commit, or at `not_before`.

    A key already known corrects what it published (`queue_edit`). `image_id` is a stored picture, `image_text` what it
    shows. Raises NotFound for an unknown account, Conflict for a disconnected one, Invalid (text) when there is
    nothing to publish or more than the network takes.
    """
    if Post.objects.filter(key=key).exists():
        return queue_edit(key=key, text=text)
    account = _usable(account_id)
    _refuse_text(account, text, "post", link, nothing=not (link or image_id))
    post = Post(
        key=key,
        account=account,
        text=text.strip(),
        link=link,
        image_id=image_id,
        image_text=one_line(image_text)[:1500],
        by_person=True,
        not_before=not_before,
        queued_at=max(now(), not_before or now()),
    )
    return _queued(post)


@transaction.atomic
def queue_answer(*, key: str, message_id: int, text: str, by_person: bool, not_before: datetime | None = None) -> Post:
    """Queues the town's answer to a message or a comment, once per key. Raises NotFound, Conflict, Invalid (words)."""
    if earlier := Post.objects.filter(key=key).first():
        return earlier
    message = Message.objects.select_related("account").filter(pk=message_id).first()
    if message is None:
        raise NotFound(_("This message does not exist."))
    account = _usable(message.account_id)
    try:
        _refuse_text(account, text, message.kind)
    except Invalid as refusal:
        raise Invalid.in_field("words", refusal.message) from refusal
    post = Post(
        key=key,
        account=account,
        answers=message,
        text=text.strip(),
        by_person=by_person,
        not_before=not_before,
        queued_at=now(),
    )
    return _queued(post)


def _usable(account_id: int) -> Account:
    account = or_not_found(Account.objects.filter(pk=account_id).first(), _("This account does not exist."))
    if account.disconnected_at:
        raise Conflict(_("This account was disconnected."))
    return account


def _refuse_text(account: Account, text: str, kind: str, link: str = "", *, nothing: bool = True) -> None:
    limit = most(account.network, kind)
    message = ""
    if not text.strip() and nothing:
        message = _("Write the message.")
    elif "\0" in text or count(account.network, text.strip(), link) > limit:
        message = _("Keep it under %(n)d characters.") % {"n": limit}
    if message:
        raise Invalid.in_field("text", message)


def _queued(post: Post) -> Post:
    if len(post.key) > LONGEST_KEY or not insert(post, unless="key"):
        return Post.objects.get(key=post.key)
    _ask(post)
    return post


@transaction.atomic
def queue_edit(*, key: str, text: str) -> Post:
    """Corrects what a key published, or will publish: the last words win. The same words change nothing.

    Raises NotFound, Conflict once it was withdrawn, Invalid (text).
    """
    post = _of_key(key)
    if post.removal_asked_at or post.is_withdrawn:
        raise Conflict(_("This post was withdrawn."))
    _refuse_text(post.account, text, "post", post.link, nothing=not (post.link or post.image_id))
    if text.strip() == post.text:
        return post
    post.text, post.revision = text.strip(), post.revision + 1
    if not (post.in_doubt or post.is_uncertain):
        _wait_again(post)
    post.save()
    _ask(post)
    return post


@transaction.atomic
def queue_delete(*, key: str) -> Post:
    """Withdraws what a key published: removed from the network, or never sent. Idempotent. Raises NotFound."""
    post = _of_key(key)
    if post.is_withdrawn or post.removal_asked_at:
        return post
    post.removal_asked_at = now()
    if not (post.in_doubt or post.external_id):
        outbox.move(POSTS, post, State.CANCELLED)
    elif not (post.in_doubt or post.is_uncertain):
        _wait_again(post)
    post.save()
    _ask(post)
    return post


@transaction.atomic
def retry_post(*, key: str) -> Post:
    """Tries again now what failed or waits; one that may have been published is looked for first.

    Raises NotFound; Conflict when there is nothing to try again, or while the account is dead.
    """
    post = _of_key(key)
    if not post.account.alive:
        raise Conflict(_("Connect this account again first: the network refuses its token."))
    if post.state not in (State.FAILED, *PENDING):
        raise Conflict(_("There is nothing to try again."))
    if not (post.in_doubt or post.is_uncertain):
        _wait_again(post)
    elif post.state != State.SENDING:
        outbox.move(POSTS, post, State.UNCERTAIN)
        post.not_before = (post.attempted_at or now()) + POSTS.look_after
    post.save()
    Account.objects.filter(pk=post.account_id).update(waits_until=None)
    enqueue(DELIVER, post.account_id)
    return post


def cancel_post(*, key: str) -> bool:
    """Takes back what was never handed over, in the caller's transaction; returns whether it did."""
    return bool(outbox.cancel(Post.objects.filter(key=key, state__in=UNSENT, attempts=0, external_id="")))


@transaction.atomic
def doubt_unsent() -> int:
    """Has the posts that should have left looked for on their network before they are sent (`outbox.doubt`)."""
    posts = Post.objects.filter(state=State.QUEUED, external_id="", answers=None)
    posts = posts.exclude(attempts=0, not_before__gt=now())  # their hour has not come
    posts.update(posted_text=F("text"), posted_revision=F("revision"))
    return outbox.doubt(posts)


def _wait_again(post: Post) -> None:
    if post.attempts:  # it no longer waits for its hour
        post.not_before = None
    outbox.move(POSTS, post, State.QUEUED)
    post.queued_at, post.attempts = max(now(), post.not_before or now()), 0
    post.error = post.error_kind = post.error_code = ""


def _ask(post: Post) -> None:
    if post.state in DUE and (post.not_before is None or post.not_before <= now()):
        enqueue(DELIVER, post.account_id)


def _of_key(key: str) -> Post:
    return locked_row(Post.objects.select_related("account").filter(key=key), _("This post does not exist."))


@transaction.atomic
def send_due() -> int:
    """Asks, account by account, for what is due; returns how many accounts. Runs every minute.

    After GIVE_UP_AFTER, what still waits has failed; at once, what is due on a dead account.
    """
    outbox.sweep(POSTS)
    fail_dead()
    outbox.give_up(Post.objects.filter(state=State.QUEUED, queued_at__lt=now() - GIVE_UP_AFTER))
    ids = list(due().order_by().values_list("account", flat=True).distinct())
    for account_id in ids:
        enqueue(DELIVER, account_id)
    return len(ids)


def due() -> QuerySet[Post]:
    """The posts with something to do now, on accounts that need not wait, in order."""
    unhurried = Q(account__waits_until=None) | Q(account__waits_until__lte=now())
    rows = Post.objects.filter(unhurried, account__dead_at=None, account__disconnected_at=None)
    return outbox.due(rows).order_by("queued_at", "pk")


def erase_posts(posts: QuerySet[Post]) -> None:
    """Erases by law the words of answers, in the caller's transaction; one that waits never leaves."""
    outbox.erase(posts, text="", posted_text="", posted_revision=0, image_text="", link="", url="")
