"""Saving what the engine computed, so that the next start is quicker."""

from collections.abc import Sequence
from itertools import islice

from parvis.apps.matching.models import Vector
from parvis.apps.matching.queries.matcher import matchers, meaning_now
from parvis.apps.matching.queries.vectors import BATCH, digest
from parvis.apps.matching.rules.encoder import Vectors


def keep_vectors() -> int:
    """Write the vectors of the ways of asking that are not kept yet, and say how many: the next start is quicker.

    Not in a transaction: encoding thousands of texts takes seconds. May be run again at any moment.
    """
    meaning = meaning_now()
    if meaning is None:
        return 0
    index = matchers.current().index
    rows = index.vectors()
    return _keep(meaning.version(), index.encoded_texts(), rows) if rows is not None else 0


def _keep(version: str, texts: Sequence[str], rows: Vectors) -> int:
    """Writes the vectors of these texts that are not kept yet, and says how many. Those that no text uses any more, and
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
