"""A Facebook page, by the Graph API."""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from urllib3.fields import RequestField

from parvis.apps.social.channels.base import Health, Published
from parvis.apps.social.channels.facebook.errors import failure
from parvis.apps.social.channels.failures import Forbidden, TokenDead
from parvis.apps.social.channels.http import Answer, ask, picture
from parvis.apps.social.models import Account, Message, Post
from parvis.apps.social.queries.conversations import window_of
from parvis.apps.social.rules.window import OPEN
from parvis.lib.clock import now
from parvis.lib.transport import DeliveryUncertain

SKEW = timedelta(minutes=2)  # between our clock and theirs
LISTED = "100"
NEEDED = (
    "pages_manage_posts",
    "pages_read_engagement",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "pages_show_list",
    "pages_messaging",
)


class Facebook:
    """See `channels.Network`."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.page = account.page_id

    def publish(self, post: Post) -> Published:
        """See `Network.publish`."""
        if post.answers:
            return self._answer(post, post.answers)
        if post.image:
            form = {"caption": _with_link(post), "alt_text_custom": post.image_text, "published": "true"}
            made = self._do("POST", f"{self.page}/photos", form, upload=picture(post.image, "source"))
        else:
            form = {"message": post.text} | ({"link": post.link} if post.link else {})
            made = self._do("POST", f"{self.page}/feed", form)
        return _published(made, "post_id", "id")

    def _answer(self, post: Post, message: Message) -> Published:
        if message.is_public:
            return _published(self._do("POST", f"{message.external_id}/comments", {"message": post.text}), "id")
        current = window_of(message)
        if current is not None and not current.lets(by_person=post.by_person):
            raise Forbidden("outside of the allowed window", "window")
        form = {
            "recipient": json.dumps({"id": message.thread}),
            "message": json.dumps({"text": post.text}),
            "messaging_type": "RESPONSE",
        }
        if current is not None and current.state != OPEN:
            form |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return _published(self._do("POST", f"{self.page}/messages", form), "message_id")

    def find(self, post: Post, *, since: datetime) -> Sequence[Published]:
        """See `Network.find`."""
        query = {"limit": LISTED}
        if post.answers and post.answers.is_public:
            path, query["fields"] = f"{post.answers.external_id}/comments", "id,message,created_time,from"
            rows = self._read(path, query).get("data")
        elif post.answers:
            query["fields"] = "messages.limit(50){id,message,created_time,from}"
            query["user_id"] = post.answers.thread
            found = self._read(f"{self.page}/conversations", query).get("data")
            rows = [row for one in _rows(found) for row in _rows(one.get("messages", {}).get("data"))]
        else:
            query |= {"fields": "id,message,created_time,permalink_url"}
            query["since"] = str(int((since - SKEW).timestamp()))
            rows = self._read(f"{self.page}/posts", query).get("data")
        words = post.posted_text if post.answers or not post.image else _with_link(post, post.posted_text)
        return [
            _published(row, "id")
            for row in _rows(rows)
            if str(row.get("message", "")).strip() == words.strip()
            and _moment(row.get("created_time")) >= since - SKEW
            and row.get("from", {}).get("id", self.page) == self.page
        ]

    def edit(self, post: Post) -> None:
        """See `Network.edit`."""
        words = _with_link(post) if post.image else post.text
        self._do("POST", post.external_id, {"message": words})

    def delete(self, post: Post) -> None:
        """See `Network.delete`."""
        self._do("DELETE", post.external_id, {})

    def hide(self, message: Message, *, hidden: bool) -> None:
        """See `Network.hide`."""
        self._do("POST", message.external_id, {"is_hidden": "true" if hidden else "false"})

    def name_of(self, author_id: str) -> str:
        """See `Network.name_of`."""
        return str(self._read(author_id, {"fields": "name"}).get("name") or "")

    def check(self) -> Health:
        """See `Network.check`."""
        facebook = settings.PARVIS_FACEBOOK
        by_app = f"{facebook['app_id']}|{facebook['secret']}" if facebook["secret"] else self.account.token
        answer = self._ask("GET", "debug_token", token=by_app, query={"input_token": self.account.token})
        data = answer.values.get("data")
        data = data if isinstance(data, Mapping) else {}
        if not data.get("is_valid"):
            error = data.get("error", {})
            subcode = error.get("subcode")
            raise TokenDead(str(error.get("message", "the token is not valid")), f"190/{subcode}" if subcode else "190")
        served = answer.headers.get("facebook-api-version", "")
        ends = data.get("expires_at")
        health = Health(
            expires_at=datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) and ends else None,
            served_version=served if served != settings.PARVIS_GRAPH_VERSION else "",
        )
        if data.get("profile_id", self.page) != self.page or data.get("type", "PAGE") != "PAGE":
            return replace(health, error="(#200) this is not the token of the page", code="200")
        if lacking := sorted(set(NEEDED) - set(data.get("scopes") or NEEDED)):
            return replace(health, error=", ".join(lacking), code="10")
        return replace(health, error=served, code="version") if health.served_version else health

    def _do(
        self, method: str, path: str, form: dict[str, str], upload: RequestField | None = None
    ) -> Mapping[str, Any]:
        return self._ask(method, path, token=self.account.token, form=form, upload=upload).values

    def _read(self, path: str, query: dict[str, str]) -> Mapping[str, Any]:
        return self._ask("GET", path, token=self.account.token, query=query).values

    def _ask(self, method: str, path: str, *, token: str, **parts: Any) -> Answer:
        facebook = settings.PARVIS_FACEBOOK
        url = f"{facebook['base']}/{settings.PARVIS_GRAPH_VERSION}/{path}"
        if facebook["secret"] and token == self.account.token:
            proof = hmac.digest(facebook["secret"].encode(), token.encode(), "sha256").hex()
            name = "query" if method == "GET" else "form"
            parts[name] = {**(parts.get(name) or {}), "appsecret_proof": proof}
        answer = ask(method, url, token=token, **parts)
        if not answer.ok or "error" in answer.values:
            raise failure(answer, reading=method == "GET")
        return answer


def _with_link(post: Post, text: str | None = None) -> str:
    """The words of a photo, which has no link of its own."""
    words = post.text if text is None else text
    return f"{words}\n\n{post.link}".strip() if post.link and post.link not in words else words


def _published(row: Mapping[str, Any], *names: str) -> Published:
    identifier = next((str(row[name]) for name in names if row.get(name)), "")
    if not identifier:
        raise DeliveryUncertain("the answer holds no identifier", "doubt")
    url = str(row.get("permalink_url") or "")
    numbered = all(part.isdigit() for part in identifier.split("_"))
    return Published(identifier, url or (f"https://www.facebook.com/{identifier}" if numbered else ""))


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _moment(value: Any) -> datetime:
    """A moment such as 2026-11-29T07:00:00+0000; now for one that cannot be read, so that nothing is sent twice."""
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return now()
