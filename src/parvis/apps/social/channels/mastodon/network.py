"""An account of a Mastodon server, by its REST API."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from parvis.apps.social.channels.base import Health, Published
from parvis.apps.social.channels.failures import Forbidden, Gone, TokenDead, Wait
from parvis.apps.social.channels.http import Answer, ask, picture
from parvis.apps.social.models import Account, Message, Post
from parvis.lib.clock import now
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError
from parvis.lib.words import one_line

SKEW = timedelta(minutes=2)
WAIT = timedelta(minutes=5)


class Mastodon:
    """See `channels.Network`."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def publish(self, post: Post) -> Published:
        """See `Network.publish`. The server keeps an Idempotency-Key for an hour: the same one publishes once."""
        form = {"status": _status(post, post.text)}
        if post.answers:
            form |= {"in_reply_to_id": post.answers.external_id}
            form |= {} if post.answers.is_public else {"visibility": "direct"}
        if post.image:
            upload = picture(post.image, "file")
            made = self._ask("POST", "v2/media", form={"description": post.image_text}, upload=upload, sure=True)
            form["media_ids[]"] = str(made.values.get("id", ""))
        answer = self._ask("POST", "v1/statuses", form=form, headers={"Idempotency-Key": post.key})
        if not answer.values.get("id"):
            raise DeliveryUncertain("the answer holds no identifier", "doubt")
        return _published(answer.values)

    def find(self, post: Post, *, since: datetime) -> Sequence[Published]:
        """See `Network.find`."""
        path = f"v1/accounts/{self.account.page_id}/statuses"
        rows = self._ask("GET", path, query={"limit": "40", "exclude_reblogs": "true"}).rows
        words = _plain(html.escape(_status(post, post.posted_text)))
        return [
            _published(row)
            for row in rows
            if isinstance(row, dict)
            and _plain(str(row.get("content", ""))) == words
            and _moment(row.get("created_at")) >= since - SKEW
        ]

    def edit(self, post: Post) -> None:
        """See `Network.edit`. The pictures are named again: the server removes those that are not."""
        kept = self._ask("GET", f"v1/statuses/{post.external_id}").values.get("media_attachments")
        form = {"status": _status(post, post.text)}
        if isinstance(kept, list) and kept:
            form["media_ids[]"] = str(kept[0].get("id", ""))
        self._ask("PUT", f"v1/statuses/{post.external_id}", form=form)

    def delete(self, post: Post) -> None:
        """See `Network.delete`."""
        self._ask("DELETE", f"v1/statuses/{post.external_id}", form={})

    def hide(self, message: Message, *, hidden: bool) -> None:
        """See `Network.hide`. Nobody but its author hides a post of Mastodon."""
        raise Forbidden("Mastodon lets nobody hide the post of someone else", "403")

    def name_of(self, author_id: str) -> str:
        """See `Network.name_of`. A message of Mastodon comes with its name."""
        return ""

    def check(self) -> Health:
        """See `Network.check`."""
        answer = self._ask("GET", "v1/accounts/verify_credentials")
        if str(answer.values.get("id", "")) != self.account.page_id:
            return Health(error="this is the token of another account", code="200")
        return Health()

    def _ask(self, method: str, path: str, *, sure: bool = False, **parts: Any) -> Answer:
        """The answer of the server. `sure`: what is asked shows nothing, so that it may be asked again."""
        try:
            answer = ask(method, f"{self.account.server}/api/{path}", token=self.account.token, **parts)
        except DeliveryUncertain as doubt:
            if sure:
                raise TransientError(str(doubt), "silent") from doubt
            raise
        if not answer.ok:
            raise _failure(answer, reading=sure or method == "GET")
        return answer


def _failure(answer: Answer, *, reading: bool) -> TransportError:
    status, code = answer.status, str(answer.status)
    words = one_line(str(answer.values.get("error") or f"HTTP {status}"))[:300]
    if status == HTTPStatus.UNAUTHORIZED:
        return TokenDead(words, "190")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Wait(words, "wait", _wait(answer.headers.get("x-ratelimit-reset", "")))
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Gone(words, code)
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(words, "10")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        return TransientError(words, "silent") if reading else DeliveryUncertain(words, "doubt")
    return PermanentError(words, code)


def _status(post: Post, text: str) -> str:
    return f"{text}\n{post.link}" if post.link and post.link not in text else text


def _published(row: Mapping[str, Any]) -> Published:
    return Published(str(row.get("id", "")), str(row.get("url") or row.get("uri") or ""))


def _plain(content: str) -> str:
    """The letters of a status, without its HTML and its spaces: how a server breaks lines changes nothing."""
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", content)).split())


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return now()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _wait(reset: str) -> timedelta:
    """How long until a moment in ISO 8601, within reason."""
    try:
        left = datetime.fromisoformat(reset) - now()
    except (ValueError, TypeError):
        return WAIT
    return min(max(left, timedelta(seconds=30)), timedelta(hours=1))
