"""Whether mail of a domain is believed: its SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489) records."""

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LOOKUPS = 10
SHORT_KEY = 162  # bytes of a key of 1,024 bits, with its header


class Word(StrEnum):
    """What is wrong or right with a record."""

    GOOD = "good"
    MISSING = "missing"
    SEVERAL = "several"
    OPEN = "open"  # SPF lets anyone send
    SOFT = "soft"  # SPF does not say that others may not
    LOOKUPS = "lookups"
    REVOKED = "revoked"
    SHORT = "short"
    BROKEN = "broken"
    WATCHES = "watches"  # DMARC p=none: nothing is refused
    UNKNOWN = "unknown"  # no selector given


BAD = frozenset({Word.MISSING, Word.SEVERAL, Word.OPEN, Word.LOOKUPS, Word.REVOKED, Word.BROKEN})


@dataclass(frozen=True)
class Verdict:
    """What a record is worth, and the record."""

    word: Word
    record: str = ""

    @property
    def bad(self) -> bool:
        """Whether letters may be refused because of it."""
        return self.word in BAD


def spf(records: Sequence[str]) -> Verdict:
    """The SPF of the records of a domain."""
    found = [record for record in records if re.match(r"v=spf1(?:\s|$)", record, re.IGNORECASE)]
    if len(found) != 1:
        return Verdict(Word.SEVERAL if found else Word.MISSING, " | ".join(found))
    terms = found[0].lower().split()[1:]
    lookups = [term for term in terms if re.match(r"[-+~?]?(?:include:|a\b|mx\b|ptr\b|exists:)|redirect=", term)]
    if len(lookups) > MOST_LOOKUPS:
        return Verdict(Word.LOOKUPS, found[0])
    if {"+all", "all"} & set(terms):
        return Verdict(Word.OPEN, found[0])
    closed = {"-all", "~all"} & set(terms) or any(term.startswith("redirect=") for term in terms)
    return Verdict(Word.GOOD if closed else Word.SOFT, found[0])


def dkim(records: Sequence[str]) -> Verdict:
    """The DKIM key of the records of <selector>._domainkey.<domain>."""
    found = [record for record in records if "p=" in record.replace(" ", "")]
    if not found:
        return Verdict(Word.MISSING)
    tags = _tags(found[0])
    key = re.sub(r"\s", "", tags.get("p", ""))
    if tags.get("v", "DKIM1") != "DKIM1":
        return Verdict(Word.BROKEN, found[0])
    if not key:
        return Verdict(Word.REVOKED, found[0])
    try:
        size = len(b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return Verdict(Word.BROKEN, found[0])
    short = tags.get("k", "rsa") == "rsa" and size <= SHORT_KEY
    return Verdict(Word.SHORT if short else Word.GOOD, found[0])


def dmarc(records: Sequence[str]) -> Verdict:
    """The DMARC policy of the records of _dmarc.<domain>."""
    found = [record for record in records if re.match(r"v=DMARC1\s*(?:;|$)", record)]
    if len(found) != 1:
        return Verdict(Word.SEVERAL if found else Word.MISSING, " | ".join(found))
    policy = _tags(found[0]).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return Verdict(Word.BROKEN, found[0])
    return Verdict(Word.WATCHES if policy == "none" else Word.GOOD, found[0])


def aligned(sender: str, envelope: str, record: str) -> bool:
    """Whether the domain of an envelope sender is that of From, as the DMARC record asks (`aspf`)."""
    if sender == envelope:
        return True
    strict = _tags(record).get("aspf", "r").lower() == "s"
    return not strict and (envelope.endswith(f".{sender}") or sender.endswith(f".{envelope}"))


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
