"""What leaves: queueing, corrections, removals, answers, attempts and their results."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.social.models import Account, Message, Post
from parvis.apps.social.rules.limits import count, most
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.jobs import enqueue, job
from parvis.lib.words import one_line

CARRY = job("parvis.apps.social.tasks.carry", urgent=True)
LOOK_AFTER = timedelta(minutes=1)  # for the network to list a post that it may have taken
GIVE_UP_AFTER = timedelta(hours=4)  # what comes later surprises more than it helps
CALLED_OFF = "called off"
LONGEST_KEY = 120
State, Kind = Post.State, Post.ErrorKind


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
        not_before=not_before,
        by_person=True,
        queued_at=now(),
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
        raise Invalid(refusal.message, {"words": refusal.message}) from refusal
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
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound(_("This account does not exist."))
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
        raise Invalid(message, {"text": message})


def _queued(post: Post) -> Post:
    if len(post.key) > LONGEST_KEY or not insert(post, unless="key"):
        return Post.objects.get(key=post.key)
    if post.not_before is None or post.not_before <= now():
        enqueue(CARRY, post.account_id)
    return post


@transaction.atomic
def queue_edit(*, key: str, text: str) -> Post:
    """Corrects what a key published, or will publish: the last words win. The same words change nothing.

    Raises NotFound, Conflict once it was withdrawn, Invalid (text).
    """
    post = _of_key(key)
    if post.removal_asked_at or post.state == State.WITHDRAWN:
        raise Conflict(_("This post was withdrawn."))
    _refuse_text(post.account, text, "post", post.link, nothing=not (post.link or post.image_id))
    if text.strip() == post.text:
        return post
    post.text, post.revision = text.strip(), post.revision + 1
    if post.external_id or post.posted_at is None:
        _wait_again(post)
    post.save()
    _ask(post)
    return post


@transaction.atomic
def queue_delete(*, key: str) -> Post:
    """Withdraws what a key published: removed from the network, or never sent. Idempotent. Raises NotFound."""
    post = _of_key(key)
    if post.state == State.WITHDRAWN or post.removal_asked_at:
        return post
    post.removal_asked_at = now()
    if not post.external_id and post.posted_at is None:
        post.state, post.changed_at = State.WITHDRAWN, now()
    elif post.external_id:
        _wait_again(post)
    post.save()
    _ask(post)
    return post


@transaction.atomic
def retry(*, key: str) -> Post:
    """Tries again now what failed or waits; one that may have been published is looked for first.

    Raises NotFound; Conflict when there is nothing to try again, or while the account is dead.
    """
    post = _of_key(key)
    if not post.account.alive:
        raise Conflict(_("Connect this account again first: the network refuses its token."))
    if post.state not in (State.FAILED, State.QUEUED, State.UNKNOWN):
        raise Conflict(_("There is nothing to try again."))
    if post.posted_at is None or post.external_id:
        _wait_again(post)
    else:
        post.state, post.again_at = State.UNKNOWN, None
    post.save()
    Account.objects.filter(pk=post.account_id).update(waits_until=None)
    enqueue(CARRY, post.account_id)
    return post


def cancel(*, key: str) -> bool:
    """Takes back what was never handed over, in the caller's transaction; returns whether it did."""
    waiting = Post.objects.filter(key=key, state=State.QUEUED, posted_at=None, external_id="", attempts=0)
    return bool(waiting.update(state=State.WITHDRAWN, error=CALLED_OFF, changed_at=now()))


def doubt_unsent() -> int:
    """The posts that wait are looked for on their network before they are sent; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    waiting = Post.objects.filter(state=State.QUEUED, external_id="", posted_at=None, answers=None)
    return waiting.update(
        state=State.UNKNOWN,
        posted_at=F("queued_at"),
        tried_at=F("queued_at"),
        posted_text=F("text"),
        posted_revision=F("revision"),
    )


def _wait_again(post: Post) -> None:
    post.state, post.queued_at, post.changed_at = State.QUEUED, now(), now()
    post.error = post.error_kind = post.error_code = ""
    post.attempts, post.again_at = 0, None


def _ask(post: Post) -> None:
    if post.state in (State.QUEUED, State.UNKNOWN) and (post.not_before is None or post.not_before <= now()):
        enqueue(CARRY, post.account_id)


def _of_key(key: str) -> Post:
    post = Post.objects.select_for_update(of=("self",)).select_related("account").filter(key=key).first()
    if post is None:
        raise NotFound(_("This post does not exist."))
    return post


# --- What the worker records ----------------------------------------------------------------------------------------


@transaction.atomic
def send_due() -> int:
    """Asks, account by account, for what is due; returns how many accounts. Runs every minute.

    After GIVE_UP_AFTER, what still waits has failed; at once, what is due on a dead account.
    """
    moment = now()
    fail_dead(moment)
    late = Post.objects.filter(Post.pending(), state=State.QUEUED, queued_at__lt=moment - GIVE_UP_AFTER)
    late.filter(Q(not_before=None) | Q(not_before__lt=moment - GIVE_UP_AFTER)).update(
        state=State.FAILED, changed_at=moment
    )
    ids = list(Post.objects.filter(due(moment)).order_by().values_list("account", flat=True).distinct())
    for account_id in ids:
        enqueue(CARRY, account_id)
    return len(ids)


def fail_dead(moment: datetime) -> None:
    """What is due on a dead account has failed: nothing leaves by it, and nobody must believe that it will."""
    waiting = Post.objects.filter(Post.pending(), _ripe(moment), state=State.QUEUED, account__dead_at__isnull=False)
    for post in waiting.select_related("account"):
        Post.objects.filter(pk=post.pk, state=State.QUEUED).update(
            state=State.FAILED,
            error=post.account.error,
            error_code=post.account.error_code,
            error_kind=Kind.TOKEN,
            changed_at=moment,
        )


def _ripe(moment: datetime) -> Q:
    return Q(not_before=None) | Q(not_before__lte=moment)


def due(moment: datetime) -> Q:
    """The posts with something to do at a moment."""
    rested = Q(again_at=None) | Q(again_at__lte=moment)
    can_leave = Q(account__dead_at=None, account__disconnected_at=None)
    unhurried = Q(account__waits_until=None) | Q(account__waits_until__lte=moment)
    return Post.pending() & _ripe(moment) & rested & can_leave & unhurried


def start_attempt(post: Post) -> bool:
    """Records that the post is about to be handed over; False when it was taken back, or another attempt is under way.

    From then on a process that dies leaves a first publication in doubt, to be looked for, never simply sent again.
    """
    moment = now()
    rows = Post.objects.filter(pk=post.pk, state=post.state, posted_at=post.posted_at, tried_at=post.tried_at)
    values: dict[str, object] = {"tried_at": moment, "attempts": post.attempts + 1}
    if not post.external_id:
        values |= {
            "posted_at": post.posted_at or moment,
            "posted_text": post.text,
            "posted_revision": post.revision,
            "state": State.UNKNOWN,
            "again_at": moment + LOOK_AFTER,
        }
    started = rows.update(**values)
    post.tried_at, post.attempts = moment, post.attempts + 1
    return bool(started)


@dataclass(frozen=True)
class Result:
    """What came of an attempt. `revision` is what was published; `state` is "" when nothing is settled; `doubt`: the
    post may have been published before, and could not be looked for.
    """

    state: str
    revision: int = 0
    external_id: str = ""
    url: str = ""
    error: str = ""
    error_kind: str = ""
    error_code: str = ""
    again: timedelta | None = None
    doubt: bool = False


@transaction.atomic
def record_result(*, post_id: int, result: Result) -> Post:
    """Records the result of an attempt. What was asked meanwhile (a correction, a removal) then waits to be done."""
    post = Post.objects.select_for_update().get(pk=post_id)
    post.error, post.error_kind = one_line(result.error)[:300], result.error_kind
    post.error_code = result.error_code[:20]
    post.again_at = now() + result.again if result.again is not None else None
    if result.external_id:
        post.external_id, post.url = result.external_id[:120], result.url[:500] or post.url
        post.sent_at = post.sent_at or now()
    if result.state != State.UNKNOWN and not result.doubt:
        post.posted_at = None
    state = result.state
    if state == State.SENT:
        post.sent_revision = max(post.sent_revision, result.revision)
        if post.removal_asked_at or post.sent_revision < post.revision:
            state = State.QUEUED
            enqueue(CARRY, post.account_id)
    elif state != State.UNKNOWN and post.removal_asked_at and not post.external_id and not result.doubt:
        state = State.WITHDRAWN
    if state != post.state:
        post.state, post.changed_at = state, now()
    post.save()
    return post


def erase_posts(posts: QuerySet[Post]) -> None:
    """Erases by law the words of answers, in the caller's transaction; one that waits never leaves."""
    ids = list(posts.values_list("pk", flat=True))
    rows = Post.objects.filter(pk__in=ids)
    rows.filter(state=State.QUEUED).update(state=State.WITHDRAWN, changed_at=now())
    rows.update(text="", posted_text="", error="", image_text="", link="", url="")
