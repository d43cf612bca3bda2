"""The background deletion of counts that are over."""

from parvis.apps.throttling import services


def purge() -> None:
    """Deletes the counts of which no attempt counts any more."""
    services.purge()
