"""Background work on cases."""

import hashlib
import json

from django.conf import settings
from django.core.signing import Signer

from parvis.cases.models import Case, Entry, Head
from parvis.lib.clock import today


def sign_heads() -> None:
    """Writes the day's signed head of all chains, in the database and in a file outside it (PARVIS_DATA/heads).

    Whoever rewrites a journal, hashes included, contradicts the head signed the days before.
    """
    digest = hashlib.sha256()
    count = 0
    for reference, head in Case.objects.order_by("pk").values_list("reference", "head").iterator(chunk_size=5000):
        digest.update(f"{reference} {head}\n".encode())
        count += 1
    day = today()
    signature = Signer(salt="parvis.heads").signature(f"{day.isoformat()} {count} {digest.hexdigest()}")
    values = {
        "cases": count,
        "entries": Entry.objects.count(),
        "digest": digest.hexdigest(),
        "signature": signature,
    }
    Head.objects.update_or_create(day=day, defaults=values)
    folder = settings.PARVIS_DATA / "heads"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{day.isoformat()}.json").write_text(json.dumps({"day": day.isoformat(), **values}, indent=1) + "\n")
