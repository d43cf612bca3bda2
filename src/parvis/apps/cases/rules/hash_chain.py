"""The journal's hash chain. Pure: plain values in, hashes and problems out.

Each entry's hash covers its metadata, the previous entry's hash, and a salted hash of its words. Words and salt can
therefore be erased by law while the chain stays valid.
"""

import hashlib
import json
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ASKING = ("opened", "thanked", "corrected")  # kinds of entry whose words say what was asked; they are erased together
ERASED = "erased"


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
    links: Iterable[Link],
    *,
    seq: int,
    head: str,
    projection: dict[str, Any],
    particulars: list[Any],
    erased_copies: Set[int] = frozenset(),
) -> list[str]:
    """The problems found in one case's journal, in words; empty when it is valid.

    `seq`, `head`, `projection` and `particulars` come from the case row: its last number, its last hash, the values
    that the entries' `data["set"]` must add up to, and what was asked, which the first entry covers, then each
    correction, until erased. `erased_copies` are the numbers of the entries copied from another case where the
    original was erased.
    """
    problems: list[str] = []
    previous, number, values = "", 0, dict[str, Any]()
    covering: Link | None = None  # the last entry that covers what was asked
    chain = list(links)
    erased = erased_copies | erased_by_entry(chain)
    for link in chain:
        number += 1
        if link.seq != number:
            problems.append(f"entry {number} is missing: the next one is {link.seq}")
            number = link.seq
        found = [] if link.previous == previous else [f"entry {link.seq} does not follow the entry before it"]
        found += _problems(link, erased=link.seq in erased)
        problems += [f"{problem} ({link.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)" for problem in found]
        if link.seq == 1 or "particulars" in link.data:
            covering = link
        previous = link.hash
        values |= link.data.get("set", {})
    if covering and covering.salt and hash_particulars(covering.salt, particulars) != covering.data.get("particulars"):
        problems.append("what was asked was altered")
    if covering and not covering.salt and any(particulars):
        problems.append("what was asked was put back after being erased")
    if number != seq or previous != head:
        problems.append(f"the case says {seq} entries, the journal holds {number}")
    problems += [
        f"{name} is {value!r}, the journal says {values.get(name)!r}"
        for name, value in projection.items()
        if values.get(name) != value
    ]
    return problems


def erased_by_entry(chain: Iterable[Link]) -> Set[int]:
    """The numbers of the entries whose words an erasure recorded in the same journal removed."""
    erased: set[int] = set()
    earlier: dict[int, str] = {}
    for link in chain:
        if link.kind == ERASED and (target := link.data.get("entry")) in earlier:
            asks = earlier[target] in ASKING
            erased |= {seq for seq, kind in earlier.items() if seq == target or (asks and kind in ASKING)}
        earlier[link.seq] = link.kind
    return erased


def _problems(link: Link, *, erased: bool) -> list[str]:
    """The problems of one entry by itself; `erased`: its words were erased by law."""
    problems = []
    if hash_link(link) != link.hash:
        problems.append(f"entry {link.seq} was altered")
    if link.salt and hash_body(link.salt, link.body, link.proof) != link.body_hash:
        problems.append(f"the words of entry {link.seq} were altered")
    if not link.salt and not erased:
        problems.append(f"the words of entry {link.seq} were removed, and no entry says that they were erased")
    if not link.salt and (link.body or link.proof):
        problems.append(f"the words of entry {link.seq} were put back after being erased")
    if link.photos != tuple(link.data.get("photos", ())):
        problems.append(f"the photos of entry {link.seq} were altered")
    return problems
