"""The vectors of the texts that the engine learns from, kept in a table so that a start does not compute them again.

Reading gives every vector, computed when it is not kept; keeping them is for whoever may write (`services`).
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import islice

import numpy as np

from parvis.knowledge.encoder import Encoder, Vectors
from parvis.knowledge.models import Vector

BATCH = 500


def digest(text: str) -> str:
    """The name under which the vector of a text is kept."""
    return sha256(text.encode()).hexdigest()


def read(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """One row a text: those of the table in one query, the others computed in bulk."""
    rows = Vector.objects.filter(version=encoder.version())
    if len(set(texts)) <= BATCH:
        rows = rows.filter(digest__in={digest(text) for text in texts})
    kept = {name: np.frombuffer(data, "<f4") for name, data in rows.values_list("digest", "data").iterator()}
    names = [digest(text) for text in texts]
    missing = {name: text for name, text in zip(names, texts, strict=True) if name not in kept}
    kept.update(zip(missing, encoder.encode(list(missing.values())), strict=True))
    return np.stack([kept[name] for name in names]).astype(np.float32) if names else encoder.encode([])


def keep(version: str, texts: Sequence[str], rows: Vectors) -> int:
    """Write the vectors of these texts that are not kept yet, and say how many. Those that no text uses any more, and
    those of other versions, are let go of.
    """
    wanted = {digest(text): at for at, text in enumerate(texts)}
    kept = set(Vector.objects.filter(version=version).values_list("digest", flat=True))
    missing = sorted(set(wanted) - kept)
    new = (Vector(version=version, digest=name, data=rows[wanted[name]].astype("<f4").tobytes()) for name in missing)
    while batch := list(islice(new, BATCH)):
        Vector.objects.bulk_create(batch, ignore_conflicts=True)
    unused = sorted(kept - set(wanted))
    for start in range(0, len(unused), BATCH):
        Vector.objects.filter(version=version, digest__in=unused[start : start + BATCH]).delete()
    Vector.objects.exclude(version=version).delete()
    return len(missing)
