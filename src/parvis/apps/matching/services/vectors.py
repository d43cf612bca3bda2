"""Saving what the engine computed, so that the next start is quicker."""

from parvis.apps.matching.queries import vectors
from parvis.apps.matching.queries.matcher import matchers, meaning_now


def keep_vectors() -> int:
    """Write the vectors of the ways of asking that are not kept yet, and say how many: the next start is quicker.

    Not in a transaction: encoding thousands of texts takes seconds. May be run again at any moment.
    """
    meaning = meaning_now()
    if meaning is None:
        return 0
    index = matchers.current().index
    rows = index.vectors()
    return vectors.keep(meaning.version(), index.encoded_texts(), rows) if rows is not None else 0
