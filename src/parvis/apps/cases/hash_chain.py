"""The arithmetic of the journal's chain. Pure: plain values in, hashes and findings out.

Each entry's hash covers its metadata, the hash of the entry before it, and a salted hash of its words. Words and salt
can therefore be erased by law while the chain still holds.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Link:
    """The parts of an entry that its hash covers, and the hash itself."""

    reference: str
    seq: int
    kind: str
    at: datetime
    actor: int | None
    by_citizen: bool
    notified_via: str
    data: dict[str, Any]
    body_hash: str
    previous: str
    hash: str = ""
    body: str = ""
    proof: str = ""
    salt: str = ""
    photos: tuple[str, ...] = ()


def hash_body(salt: str, body: str, proof: str = "") -> str:
    """Hex SHA-256 of the words, salted so that short words cannot be guessed from their hash."""
    return hashlib.sha256("\n".join([salt, body, *([proof] if proof else [])]).encode()).hexdigest()


def hash_particulars(salt: str, particulars: list[Any]) -> str:
    """Hex SHA-256 of what was asked (title, words, place, answers to the questions), salted like the words."""
    text = json.dumps(particulars, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def hash_link(link: Link) -> str:
    """Hex SHA-256 of everything an entry says, but for its words, of which it covers the hash."""
    covered = [
        *(link.reference, link.seq, link.kind, link.at.astimezone(UTC).isoformat(timespec="microseconds")),
        *(link.actor, link.by_citizen, link.notified_via, link.data, link.body_hash, link.previous),
    ]
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check(
    links: Iterable[Link], *, seq: int, head: str, projection: dict[str, Any], particulars: list[Any]
) -> list[str]:
    """What is wrong with one case's journal, in words; empty when all holds.

    `seq`, `head`, `projection` and `particulars` are what the case row says: its last number, its last hash, the values
    that the entries' `data["set"]` must add up to, and what was asked, which the first entry covers until its words are
    erased.
    """
    result: list[str] = []
    previous, number, folded = "", 0, dict[str, Any]()
    for link in links:
        number += 1
        if link.seq != number:
            result.append(f"entry {number} is missing: the next one is {link.seq}")
            number = link.seq
        if link.previous != previous:
            result.append(f"entry {link.seq} does not follow the entry before it")
        if hash_link(link) != link.hash:
            result.append(f"entry {link.seq} was altered")
        if link.salt and hash_body(link.salt, link.body, link.proof) != link.body_hash:
            result.append(f"the words of entry {link.seq} were altered")
        if not link.salt and (link.body or link.proof):
            result.append(f"the words of entry {link.seq} were put back after being erased")
        if link.photos != tuple(link.data.get("photos", ())):
            result.append(f"the photos of entry {link.seq} were altered")
        if link.seq == 1 and link.salt and hash_particulars(link.salt, particulars) != link.data.get("particulars"):
            result.append("what was asked was altered")
        previous = link.hash
        folded |= link.data.get("set", {})
    if number != seq or previous != head:
        result.append(f"the case says {seq} entries, the journal holds {number}")
    result += [
        f"{name} is {value!r}, the journal says {folded.get(name)!r}"
        for name, value in projection.items()
        if folded.get(name) != value
    ]
    return result
