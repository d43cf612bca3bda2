"""Jobs of the answer engine."""

from parvis.apps.matching import services


def keep_vectors() -> None:
    """Store the vectors that the web processes computed on their own. Idempotent."""
    services.keep_vectors()
