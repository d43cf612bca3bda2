"""What was said in a conversation, on both sides."""

from dataclasses import dataclass
from datetime import datetime

from parvis.apps.social.models import Message, Post
from parvis.apps.social.rules.window import Window, window
from parvis.lib.clock import now


@dataclass(frozen=True)
class ConversationItem:
    """A message of someone (`message`) or an answer of the town (`answer`)."""

    at: datetime
    message: Message | None = None
    answer: Post | None = None


def conversation(message: Message, limit: int = 40) -> list[ConversationItem]:
    """What was said around a message, oldest first: its private conversation, or the comments of its own thread.

    Two queries.
    """
    rows = Message.objects.filter(account=message.account_id, kind=message.kind, arrived=True)
    if message.is_public:
        root = message.parent or message.external_id
        family = rows.filter(parent=root) | rows.filter(external_id=root)
    else:
        family = rows.filter(thread=message.thread) if message.thread else rows.filter(pk=message.pk)
    said = list(family.order_by("-sent_at", "-pk")[:limit])
    answers = Post.objects.filter(answers__in=[row.pk for row in said]).order_by("-queued_at")[:limit]
    lines = [ConversationItem(row.sent_at, message=row) for row in said]
    lines += [ConversationItem(row.sent_at or row.queued_at, answer=row) for row in answers]
    return sorted(lines, key=lambda line: line.at)


def last_from(message: Message) -> Message:
    """The last message of the person who wrote this one, in the same private conversation."""
    rows = Message.objects.filter(
        account=message.account_id, kind=Message.Kind.MESSAGE, thread=message.thread, ours=False, arrived=True
    )
    last = rows.order_by("-sent_at", "-pk").first() if message.thread else None
    return last or message


def latest_of(author: Message, limit: int = 20) -> list[int]:
    """The ids of the other messages of the same person on the same account, latest first."""
    if not author.author_id:
        return []
    rows = Message.objects.filter(account=author.account_id, author_id=author.author_id).exclude(pk=author.pk)
    return list(rows.order_by("-sent_at").values_list("pk", flat=True)[:limit])


def window_of(message: Message) -> Window | None:
    """Until when a message may be answered; None when its network sets no limit: a comment, or Mastodon."""
    if message.is_public or message.account.network != message.account.Network.FACEBOOK:
        return None
    return window(last_from(message).sent_at, now())
