"""The journal's hash chain. Pure: plain values in, hashes and problems out.

Each entry's hash covers its metadata, the previous entry's hash, and a salted hash of its words. Words and salt can
therefore be erased by law while the chain stays valid.
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
    """Hex SHA-256 of an entry, with the hash of its words instead of the words themselves."""
    covered = [
        *(link.reference, link.seq, link.kind, link.at.astimezone(UTC).isoformat(timespec="microseconds")),
        *(link.actor, link.by_citizen, link.notified_via, link.data, link.body_hash, link.previous),
    ]
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check(
    links: Iterable[Link], *, seq: int, head: str, projection: dict[str, Any], particulars: list[Any]
) -> list[str]:
    """The problems found in one case's journal, in words; empty when it is valid.

    `seq`, `head`, `projection` and `particulars` come from the case row: its last number, its last hash, the values
    that the entries' `data["set"]` must add up to, and what was asked, which the first entry covers, then each
    correction, until erased.
    """
    problems: list[str] = []
    previous, number, values = "", 0, dict[str, Any]()
    covering: Link | None = None  # the last entry that covers what was asked
    for link in links:
        number += 1
        if link.seq != number:
            problems.append(f"entry {number} is missing: the next one is {link.seq}")
            number = link.seq
        if link.previous != previous:
            problems.append(f"entry {link.seq} does not follow the entry before it")
        if hash_link(link) != link.hash:
            problems.append(f"entry {link.seq} was altered")
        if link.salt and hash_body(link.salt, link.body, link.proof) != link.body_hash:
            problems.append(f"the words of entry {link.seq} were altered")
        if not link.salt and (link.body or link.proof):
            problems.append(f"the words of entry {link.seq} were put back after being erased")
        if link.photos != tuple(link.data.get("photos", ())):
            problems.append(f"the photos of entry {link.seq} were altered")
        if link.seq == 1 or "particulars" in link.data:
            covering = link
        previous = link.hash
        values |= link.data.get("set", {})
    covered = hash_particulars(covering.salt, particulars) if covering and covering.salt else None
    if covering and covered and covered != covering.data.get("particulars"):
        problems.append("what was asked was altered")
    if number != seq or previous != head:
        problems.append(f"the case says {seq} entries, the journal holds {number}")
    problems += [
        f"{name} is {value!r}, the journal says {values.get(name)!r}"
        for name, value in projection.items()
        if values.get(name) != value
    ]
    return problems
