"""Jobs of the answer engine."""

from parvis.apps.matching.services import vectors


def keep_vectors() -> None:
    """Store the vectors that the web processes computed on their own. Idempotent."""
    vectors.keep_vectors()
