"""How a post leaves: by the network of its account."""

import logging
from datetime import timedelta
from typing import Any

from django.db.models import F

from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.apps.outbox.rules import growing
from parvis.apps.social.channels.base import Network, Published
from parvis.apps.social.channels.failures import Forbidden, Gone, TokenDead, Wait
from parvis.apps.social.channels.networks import network_of
from parvis.apps.social.models import Post
from parvis.apps.social.services.accounts import fail_dead, record_answer, record_dead, record_wait
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue, job
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError

logger = logging.getLogger(__name__)
DELIVER = job("parvis.apps.social.tasks.deliver", urgent=True)
Kind = Post.ErrorKind


class PostCarrier(Carrier[Post]):
    """Posts and answers. The network is asked about a first publication that it may have; a correction or a removal is
    simply repeated.
    """

    model = Post
    backoff = growing(timedelta(minutes=2), 4, timedelta(hours=1))
    begun = {"posted_text": F("text"), "posted_revision": F("revision")}

    def send(self, item: Post) -> Outcome:
        """See `Carrier.send`: publishes, corrects or removes, as was last asked."""
        try:
            outcome = _attempt(network_of(item.account), item)
        except TransportError as failure:
            doubt = isinstance(failure, DeliveryUncertain) and not item.external_id
            return _failed(item, failure, doubt=doubt)
        if item.account.error_code:
            record_answer(account_id=item.account_id)
        return outcome

    def find(self, item: Post) -> Outcome | None:
        """See `Carrier.find`: by the words last handed over."""
        if not item.in_doubt:
            return None
        try:
            listed = network_of(item.account).find(item, since=item.attempted_at or item.queued_at)
        except TransportError as failure:
            return _failed(item, failure, doubt=True)
        known = Post.objects.filter(account=item.account_id, external_id__in=[one.external_id for one in listed])
        taken = set(known.values_list("external_id", flat=True))
        found = next((one for one in listed if one.external_id not in taken), None)
        return _published(found, item.posted_revision) if found else None

    def settled(self, item: Post, state: State) -> State:
        """See `Carrier.settled`: a correction or a removal may have been asked meanwhile."""
        if state == State.SENT and not item.result and (item.removal_asked_at or item.sent_revision < item.revision):
            enqueue(DELIVER, item.account_id)
            return State.QUEUED
        if state == State.QUEUED:
            item.posted_revision = 0
        never = state in (State.QUEUED, State.FAILED) and not (item.external_id or item.in_doubt)
        return State.CANCELLED if never and item.removal_asked_at else state


POSTS = PostCarrier()


def _attempt(network: Network, post: Post) -> Outcome:
    if post.removal_asked_at:
        try:
            network.delete(post)
        except Gone:
            logger.info("post %s was no longer there", post.pk)
        return _done(result=Post.Result.WITHDRAWN)
    if post.external_id:
        network.edit(post)
        return _done(sent_revision=post.revision)
    return _published(network.publish(post), post.revision)


def _published(there: Published, revision: int) -> Outcome:
    return _done(
        external_id=there.external_id[:120],
        url=there.url[:500],
        sent_revision=revision,
        posted_revision=0,
        sent_at=now(),
    )


def _done(**values: Any) -> Outcome:
    return Outcome(values={"error_kind": Kind.NONE, "error_code": "", **values})


def _failed(post: Post, failure: TransportError, *, doubt: bool) -> Outcome:
    """What a failure makes of a post, and of its account. `doubt`: the network may have published it."""
    words, code = str(failure), failure.code[:20]
    logger.warning("post %s: %s: %s", post.pk, type(failure).__name__, words)
    if isinstance(failure, TokenDead):
        logger.error("account %s: its token is refused (%s)", post.account_id, code)
        record_dead(account_id=post.account_id, error=words, code=code)
        fail_dead()
    elif isinstance(failure, Wait) and failure.wait:
        record_wait(account_id=post.account_id, error=words, code=code, wait=failure.wait)
    values = {"error_kind": _kind(failure), "error_code": code}
    if isinstance(failure, PermanentError):
        return Outcome(State.FAILED, words, values if doubt else values | {"posted_revision": 0})
    wait = failure.wait if isinstance(failure, TransientError) else POSTS.look_after
    return Outcome(State.UNCERTAIN if doubt else State.QUEUED, words, values, wait)


def _kind(failure: TransportError) -> Post.ErrorKind:
    match failure:
        case TokenDead():
            return Kind.TOKEN
        case Forbidden():
            return Kind.REFUSED
        case PermanentError():
            return Kind.BODY
    return Kind.RETRY
