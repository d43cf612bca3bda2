"""Signed checkpoints of all journals: rewriting a journal, hashes included, contradicts what was signed before."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Checkpoint, Entry
from parvis.lib.clock import now

SETTLED = timedelta(minutes=10)  # longer than any transaction: older entries are committed, or never will be


def folder() -> Path:
    """The folder of checkpoints outside the database: PARVIS_DATA/heads, one file each."""
    return Path(settings.PARVIS_DATA) / "heads"


def sign() -> Checkpoint:
    """Signs everything written up to ten minutes ago, in the database and in a file outside it."""
    until = now() - SETTLED
    latest = Checkpoint.objects.order_by("-until").first()
    if latest and latest.until >= until:
        return latest
    entries, digest = _digest(latest.digest if latest else "", latest.until if latest else None, until)
    payload = {"until": until.isoformat(), "entries": entries, "digest": digest}
    signature = _signature(payload)
    checkpoint = Checkpoint.objects.create(until=until, entries=entries, digest=digest, signature=signature)
    folder().mkdir(parents=True, exist_ok=True)
    name = until.strftime("%Y%m%dT%H%M%S%f")
    (folder() / f"{name}.json").write_text(json.dumps({**payload, "signature": signature}, indent=1) + "\n")
    return checkpoint


def check_checkpoints() -> Iterator[tuple[str, str]]:
    """Checks every checkpoint stored outside the database: yields (file name, problem), "" when it is valid."""
    digest, since = "", None
    for file in sorted(folder().glob("*.json")):
        payload: dict[str, Any] = json.loads(file.read_text())
        signature = payload.pop("signature", "")
        until = datetime.fromisoformat(payload["until"])
        entries, digest = _digest(digest, since, until)
        if signature != _signature(payload):
            yield file.name, "its signature is not ours"
        elif (entries, digest) != (payload["entries"], payload["digest"]):
            yield file.name, f"the journals no longer say what was signed then ({payload['entries']} entries)"
            digest = payload["digest"]
        else:
            yield file.name, ""
        since = until


def _digest(before: str, since: datetime | None, until: datetime) -> tuple[int, str]:
    """The count and digest of the entries written between the two moments; imported ones count when imported."""
    rows = Entry.objects.annotate(written=Coalesce("recorded_at", "at")).filter(written__lte=until)
    if since:
        rows = rows.filter(written__gt=since)
    digest, count = hashlib.sha256(before.encode()), 0
    rows_in_order = rows.order_by("written", "pk").values_list("case__reference", "seq", "hash")
    for reference, seq, entry_hash in rows_in_order.iterator(5000):
        digest.update(f"{reference} {seq} {entry_hash}\n".encode())
        count += 1
    return count, digest.hexdigest()


def _signature(payload: dict[str, Any]) -> str:
    return Signer(salt="parvis.heads").signature(json.dumps(payload, sort_keys=True))
