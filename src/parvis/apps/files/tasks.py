"""What the worker does with files."""

import logging
from collections.abc import Sequence

from django.core.files.storage import storages

from parvis.apps.files.services import sweep_unused

logger = logging.getLogger(__name__)


def remove_bytes(paths: Sequence[str]) -> None:
    """Remove these files from the storage; one that is not there any more is no fault."""
    for path in paths:
        storages["received"].delete(path)


def sweep() -> None:
    """Scheduled: `services.sweep_unused`."""
    if swept := sweep_unused():
        logger.info("%s files that nothing used were swept away", swept)
