"""The vectors of the texts that the engine learns from, kept in a table so that a start does not compute them again.

What is not kept is computed by whoever needs it; keeping it is for whoever may write (`services`).
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np

from parvis.apps.matching.models import Vector
from parvis.apps.matching.rules.encoder import Encoder, Vectors

BATCH = 500


def digest(text: str) -> str:
    """The name under which the vector of a text is kept."""
    return sha256(text.encode()).hexdigest()


def kept(encoder: Encoder, texts: Sequence[str]) -> dict[str, Vectors]:
    """The vectors of the table for these texts, by digest; one query."""
    names = {digest(text) for text in texts}
    rows = Vector.objects.filter(version=encoder.version())
    if len(names) <= BATCH:
        rows = rows.filter(digest__in=names)
    iterator = rows.values_list("digest", "data").iterator()
    return {name: np.frombuffer(data, "<f4") for name, data in iterator if name in names}


def completed(encoder: Encoder, known: Mapping[str, Vectors], texts: Sequence[str]) -> Vectors:
    """One row a text: those that are known, the others computed in bulk; no query."""
    names = [digest(text) for text in texts]
    missing = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
    made = encoder.encode(list(missing.values()))
    new = dict(zip(missing, made, strict=True))
    return np.stack([known[name] if name in known else new[name] for name in names]) if names else made
