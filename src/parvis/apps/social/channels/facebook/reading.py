"""Reads the webhooks of a page: the feed's changes and the messages."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from parvis.apps.social.channels.base import Said
from parvis.apps.social.models import Message
from parvis.lib.json_text import read_json

MILLISECONDS = 100_000_000_000  # a greater number of seconds would be in the year 5138
# Meta says "edit" in some fields and "edited" in others.
VERBS = {"add": "add", "edit": "edit", "edited": "edit", "remove": "remove", "hide": "hide", "unhide": "show"}
WRITTEN_BY_VISITORS = ("post", "status")


def read(body: bytes) -> list[Said]:
    """The events of a webhook, in its order; those that are of no use to the town are left out.

    Raises ValueError for what is not a webhook of a page.
    """
    value = read_json(body, tidied=True)
    if not isinstance(value, Mapping) or value.get("object") != "page" or not isinstance(value.get("entry"), list):
        raise ValueError("this is not a webhook of a page")
    return [event for entry in value["entry"] if isinstance(entry, Mapping) for event in _of_entry(entry)]


def _of_entry(entry: Mapping[str, Any]) -> Iterator[Said]:
    page = _text(entry.get("id"))
    for change in _list(entry.get("changes")):
        if change.get("field") == "feed" and isinstance(change.get("value"), Mapping):
            yield from _of_feed(page, change["value"], _moment(entry.get("time")))
    for messaging in _list(entry.get("messaging")):
        yield from _of_messaging(page, messaging, _moment(entry.get("time")))


def _of_feed(page: str, value: Mapping[str, Any], told_at: datetime) -> Iterator[Said]:
    """A comment under a post, or a post that a visitor wrote on the page."""
    verb, item = VERBS.get(_text(value.get("verb")), ""), value.get("item")
    author = _mapping(value.get("from"))
    ours = _text(author.get("id")) == page
    post = _text(value.get("post_id"))
    if not verb or item not in ("comment", *WRITTEN_BY_VISITORS) or (item in WRITTEN_BY_VISITORS and ours):
        return
    identifier = _text(value.get("comment_id")) if item == "comment" else post
    if not identifier:
        return
    parent = _text(value.get("parent_id"))
    yield Said(
        page_id=page,
        kind=Message.Kind.COMMENT,
        external_id=identifier,
        at=_moment(value.get("created_time"), told_at) if verb == "add" else told_at,
        verb=verb,
        thread=post,
        parent=parent if parent not in (post, identifier) else "",
        author_id=_text(author.get("id")),
        author_name=_text(author.get("name")),
        text=_text(value.get("message")),
        files=1 if value.get("photo") or value.get("video") else 0,
        url=_text(_mapping(value.get("post")).get("permalink_url")),
        ours=ours,
    )


def _of_messaging(page: str, messaging: Mapping[str, Any], told_at: datetime) -> Iterator[Said]:
    """A private message, its edition or its removal; receipts of delivery and of reading are left out."""
    sender = _text(_mapping(messaging.get("sender")).get("id"))
    recipient = _text(_mapping(messaging.get("recipient")).get("id"))
    at = _moment(messaging.get("timestamp"), told_at)
    edition = _mapping(messaging.get("message_edit"))
    message = _mapping(messaging.get("message")) or edition
    if not (identifier := _text(message.get("mid"))):
        return
    ours = bool(message.get("is_echo")) or sender == page
    verb = "edit" if edition else "remove" if message.get("is_deleted") else "add"
    yield Said(
        page_id=page,
        kind=Message.Kind.MESSAGE,
        external_id=identifier,
        at=at,
        verb=verb,
        thread=recipient if ours else sender,
        author_id="" if ours else sender,
        author_name=_text(_mapping(messaging.get("sender")).get("name")),
        text=_text(message.get("text")),
        files=len(_list(message.get("attachments"))),
        ours=ours,
    )


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _moment(value: Any, otherwise: datetime | None = None) -> datetime:
    """A moment in seconds or milliseconds since 1970; `otherwise`, or 1970, for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return otherwise or datetime.fromtimestamp(0, UTC)
    return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)
