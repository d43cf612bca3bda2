"""When two submissions are one: the same Idempotency-Key, or the same content within a few minutes. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

WINDOW = timedelta(minutes=10)
IGNORED = frozenset({"api_key", "locale"})


def fingerprint(fields: Mapping[str, Sequence[str]], files: Iterable[bytes]) -> str:
    """The SHA-256 of a form, whatever the order of its fields: their values and those of its files."""
    values = sorted((name, list(texts)) for name, texts in fields.items() if name not in IGNORED)
    digests = [sha256(data).hexdigest() for data in files]
    return sha256(json.dumps([values, digests], ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def case_keys(program: str, chosen: str, content: str, moment: datetime) -> list[str]:
    """The keys under which a submission may already be known; a new one takes the first.

    `program` is the prefix of its API key. With an Idempotency-Key (`chosen`), there is one for ever. Without, the
    same `content` (its fingerprint) is one submission within WINDOW: its key is of this window, or of the one before.
    """
    if chosen:
        return [_key(program, "chosen", chosen)]
    window = int(moment.timestamp() // WINDOW.total_seconds())
    return [_key(program, str(number), content) for number in (window, window - 1)]


def _key(*parts: str) -> str:
    return "o311-" + sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:56]
