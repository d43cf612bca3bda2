"""What ties to a letter of an issue that which comes back: its Message-ID, its return address, its leave address."""

import hmac
import re
from collections.abc import Iterable

from parvis.apps.mail.rules.threads import reply_address, signature, thread_of

_MESSAGE_ID = re.compile(r"<(issue-\d{1,15})\.([a-z2-7]{16})@")
_LETTER = re.compile(r"issue-(\d{1,15})")
_LEAVE = re.compile(r"leave-(\d{1,15})-([a-z]{1,10})")
_SUBJECT = re.compile(r"\b(leave-\d{1,15}-[a-z]{1,10})\.([a-z2-7]{16})\b")


def message_id(delivery_id: int, host: str, secret: str) -> str:
    """The constant Message-ID of a letter, which nobody else can make."""
    thread = f"issue-{delivery_id}"
    return f"<{thread}.{signature(thread, secret)}@{host}>"


def return_address(address: str, delivery_id: int, secret: str) -> str:
    """The envelope sender of a letter (VERP): where mail servers report that it was not delivered."""
    return reply_address(address, f"issue-{delivery_id}", secret)


def letter_named(addresses: Iterable[str], message_ids: Iterable[str], secret: str) -> int | None:
    """The id of the letter whose return address is one of these, or else whose Message-ID is; None without one."""
    if named := _LETTER.fullmatch(thread_of(addresses, secret)):
        return int(named[1])
    for text in message_ids:
        found = _MESSAGE_ID.match(text.lower())
        if found and hmac.compare_digest(found[2], signature(found[1], secret)):
            return int(found[1].removeprefix("issue-"))
    return None


def leave_address(address: str, point_id: int, kind: str, secret: str) -> str:
    """The address that leaves when it is written to."""
    return reply_address(address, f"leave-{point_id}-{kind}", secret)


def leave_subject(point_id: int, kind: str, secret: str) -> str:
    """The subject that leaves, where the mail server has no sub-addresses."""
    thread = f"leave-{point_id}-{kind}"
    return f"{thread}.{signature(thread, secret)}"


def leaving(addresses: Iterable[str], subject: str, secret: str) -> tuple[int, str] | None:
    """The contact point and the kind that a message asks to leave, its signature verified; None for another message."""
    named = _LEAVE.fullmatch(thread_of(addresses, secret))
    if named is None and (found := _SUBJECT.search(subject.lower())):
        named = _LEAVE.fullmatch(found[1]) if hmac.compare_digest(found[2], signature(found[1], secret)) else None
    return (int(named[1]), named[2]) if named else None
