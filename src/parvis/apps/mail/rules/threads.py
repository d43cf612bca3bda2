"""Addresses and identifiers that carry a thread, signed so that nobody can write into another one's; and the mark that
stands for the address of an erased letter.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence

_FORWARD = re.compile(r"^\s*(?:fwd?|tr|wg|i|rv)\s*:", re.IGNORECASE)
_BOUNCE = re.compile(r"b(\d{1,15})")
_TOKEN = re.compile(r"\+([0-9a-z-]{1,40})\.([a-z2-7]{16})@")


ERASED_HOST = "erased.invalid"
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"]+@[^\s<>()\[\]:;,\"]+")


def erased_address(address: str, secret: str) -> str:
    """What an erased letter keeps of its address: a mark that nobody reads back, the same for the same address."""
    digest = hmac.new(secret.encode(), f"erased address {address.strip().lower()}".encode(), hashlib.sha256)
    return f"{digest.hexdigest()[:40]}@{ERASED_HOST}"


def without_addresses(words: str) -> str:
    """The words of a mail server, without the addresses that they name."""
    return _ADDRESS.sub("…", words)


def signature(thread: str, secret: str) -> str:
    """The sixteen letters (80 bits) that sign a thread."""
    digest = hmac.new(secret.encode(), f"mail thread {thread.lower()}".encode(), hashlib.sha256).digest()
    return b32encode(digest[:10]).decode().lower()


def reply_address(address: str, thread: str, secret: str) -> str:
    """The address where answers to a thread come (RFC 5233): info@ville.ca is info+<thread>.<signature>@ville.ca."""
    local, _at, domain = address.rpartition("@")
    return f"{local}+{thread.lower()}.{signature(thread, secret)}@{domain}"


def bounce_address(address: str, outgoing_id: int, secret: str) -> str:
    """The address where reports about a letter come: info@ville.ca is info+b<id>.<signature>@ville.ca."""
    local, _at, domain = address.rpartition("@")
    return f"{local}+b{outgoing_id}.{signature(_letter(outgoing_id), secret)}@{domain}"


def bounced_letter(addresses: Iterable[str], secret: str) -> int | None:
    """The id of the letter whose address for reports is one of these, its signature verified; None without one."""
    for address in addresses:
        match = _TOKEN.search(address.lower())
        if match and (named := _BOUNCE.fullmatch(match[1])):
            outgoing_id = int(named[1])
            if hmac.compare_digest(match[2], signature(_letter(outgoing_id), secret)):
                return outgoing_id
    return None


def _letter(outgoing_id: int) -> str:
    """What is signed for a letter; no thread has a slash."""
    return f"bounce/{outgoing_id}"


def chain(message_ids: Sequence[str], most: int) -> list[str]:
    """The identifiers of a conversation, oldest first, at most `most`: the first and the last (RFC 5322, 3.6.4)."""
    ids = list(dict.fromkeys(message_ids))
    return ids if len(ids) <= most else [ids[0], *ids[1 - most :]]


def thread_of(addresses: Iterable[str], secret: str) -> str:
    """The thread, in lower case, of the first of these addresses whose signature holds; "" without one."""
    for address in addresses:
        match = _TOKEN.search(address.lower())
        if match and hmac.compare_digest(match[2], signature(match[1], secret)):
            return match[1]
    return ""


def without_detail(address: str) -> str:
    """The address without its detail (RFC 5233), in lower case: info+abc@ville.ca is info@ville.ca."""
    local, _at, domain = address.lower().strip().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_forward(subject: str) -> bool:
    """Whether the subject says that the message is forwarded (Fwd, TR, WG, I, RV)."""
    return bool(_FORWARD.match(subject))
