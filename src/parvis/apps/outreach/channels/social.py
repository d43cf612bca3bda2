"""Posts on the social networks of the town, one delivery an account."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.outreach.channels.base import EXERCISE, Failure, Outcome, Preview, State, Target, hour_of
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.rules.limits import Count, shortened
from parvis.apps.social.models import Post
from parvis.apps.social.queries import accounts, words
from parvis.apps.social.queries import posts as post_queries
from parvis.apps.social.rules.limits import count, most
from parvis.apps.social.services.outgoing import queue_delete, queue_post, retry_post
from parvis.lib.errors import Conflict, NotFound


class Social:
    """The accounts of one network. The network is asked before anything unknown is sent again (`apps.social`)."""

    icon = "message-circle"
    each_once = False

    def __init__(self, network: str, label: Any) -> None:
        self.slug, self.label = network, label

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target(str(row.pk), row.name) for row in accounts.accounts() if row.network == self.slug]

    def preview(self, content: Content) -> Preview:
        text = self._text(content)
        used = Count(count(self.slug, text, self._link(content)), most(self.slug))
        names = ", ".join(target.label for target in self.targets(content))
        return Preview(
            content.title(self.slug, "fr"),
            text,
            count=used,
            reach=names or _("No account yet."),
            proposal=shortened(text, used.most - 30) if used.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        if content.drill:
            return Outcome(State.SENT, str(EXERCISE))
        queue_post(
            key=delivery.key,
            account_id=int(delivery.recipient),
            text=self._text(content),
            link=self._link(content),
            image_id=content.image_id,
            image_text=content.image_fr,
        )
        return Outcome(State.QUEUED)

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        try:
            post = queue_delete(key=delivery.key)
        except NotFound:
            return Outcome(State.WITHDRAWN)
        return Outcome(State.WITHDRAWN if post.is_withdrawn else State.QUEUED)

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        posts = post_queries.posts([delivery.key for delivery in deliveries])
        return {
            delivery.pk: self._outcome(delivery, posts[delivery.key])
            for delivery in deliveries
            if delivery.key in posts
        }

    def retry(self, delivery: Delivery, by: User) -> bool:
        try:
            retry_post(key=delivery.key)
        except NotFound:
            return False
        except Conflict:  # a dead account says so; what succeeded meanwhile has nothing left to try
            if _state(post_queries.posts([delivery.key])[delivery.key]) not in (State.SENT, State.WITHDRAWN):
                raise
        return True

    def _outcome(self, delivery: Delivery, post: Post) -> Outcome:
        state = _state(post)
        if delivery.task == Delivery.Task.WITHDRAW and state in (State.SENT, State.UNKNOWN):
            state = State.QUEUED
        if state == State.FAILED:
            why = words.explain(post.error_code) or post.error or str(_("The network refused it."))
            return Outcome(state, why, failures=(Failure(post.account.name, why),))
        if state == State.UNKNOWN:
            return Outcome(state, _("The network did not answer: it is looked for before anything is sent again."))
        if state == State.SENT and post.sent_at:
            return Outcome(state, _("Published at %(hour)s.") % {"hour": hour_of(post.sent_at)}, url=post.url)
        return Outcome(state)

    def _text(self, content: Content) -> str:
        own = content.versions.get((self.slug, "fr"))
        if own and own.text:
            return own.text
        text = f"{content.title(self.slug, 'fr')}\n\n{content.text(self.slug, 'fr')}"
        if self.slug == "mastodon" and len(text) > most(self.slug) - 40:
            text = content.short(self.slug, "fr")
        if content.has("en"):
            both = f"{text}\n\n{content.title(self.slug, 'en')}\n\n{content.text(self.slug, 'en')}"
            text = both if count(self.slug, both, self._link(content)) <= most(self.slug) else text
        return text

    def _link(self, content: Content) -> str:
        return f"{settings.PARVIS_URL}{content.url}" if content.url else ""


def _state(post: Post) -> State:
    if post.is_withdrawn:
        return State.WITHDRAWN
    if post.is_pending:
        return State.UNKNOWN if post.in_doubt and post.is_uncertain else State.QUEUED
    return State.FAILED if post.state == Post.State.FAILED else State.SENT
