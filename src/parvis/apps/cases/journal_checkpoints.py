"""The signed heads of all chains: who rewrites a journal, hashes included, contradicts what was signed before."""

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

SETTLED = timedelta(minutes=10)  # longer than any transaction: what is older is in the database, or never will be


def folder() -> Path:
    """Where the heads are kept outside the database: PARVIS_DATA/heads, one file each."""
    return Path(settings.PARVIS_DATA) / "heads"


def sign() -> Checkpoint:
    """Signs everything written until ten minutes ago, in the database and in a file outside it."""
    until = now() - SETTLED
    before = Checkpoint.objects.order_by("-until").first()
    if before and before.until >= until:
        return before
    entries, digest = _digest(before.digest if before else "", before.until if before else None, until)
    said = {"until": until.isoformat(), "entries": entries, "digest": digest}
    signature = _signature(said)
    head = Checkpoint.objects.create(until=until, entries=entries, digest=digest, signature=signature)
    folder().mkdir(parents=True, exist_ok=True)
    name = until.strftime("%Y%m%dT%H%M%S%f")
    (folder() / f"{name}.json").write_text(json.dumps({**said, "signature": signature}, indent=1) + "\n")
    return head


def check_checkpoints() -> Iterator[tuple[str, str]]:
    """Reads every head kept outside the database and yields (file name, what is wrong), "" when it holds."""
    digest, since = "", None
    for file in sorted(folder().glob("*.json")):
        kept: dict[str, Any] = json.loads(file.read_text())
        signature = kept.pop("signature", "")
        until = datetime.fromisoformat(kept["until"])
        entries, digest = _digest(digest, since, until)
        if signature != _signature(kept):
            yield file.name, "its signature is not ours"
        elif (entries, digest) != (kept["entries"], kept["digest"]):
            yield file.name, f"the journals no longer say what was signed then ({kept['entries']} entries)"
            digest = kept["digest"]
        else:
            yield file.name, ""
        since = until


def _digest(before: str, since: datetime | None, until: datetime) -> tuple[int, str]:
    """What was written between the two moments: the past that an import brings counts when it was brought."""
    rows = Entry.objects.annotate(written=Coalesce("recorded_at", "at")).filter(written__lte=until)
    if since:
        rows = rows.filter(written__gt=since)
    digest, count = hashlib.sha256(before.encode()), 0
    for reference, seq, hashed in (
        rows.order_by("written", "pk").values_list("case__reference", "seq", "hash").iterator(5000)
    ):
        digest.update(f"{reference} {seq} {hashed}\n".encode())
        count += 1
    return count, digest.hexdigest()


def _signature(said: dict[str, Any]) -> str:
    return Signer(salt="parvis.heads").signature(json.dumps(said, sort_keys=True))
