"""Background jobs for files."""

import logging
from collections.abc import Sequence

from django.core.files.storage import storages

from parvis.apps.files.services import attachments, reading, scanning

logger = logging.getLogger(__name__)


def remove_bytes(paths: Sequence[str]) -> None:
    """Deletes files from the storage, ignoring missing ones."""
    for path in paths:
        storages["received"].delete(path)


def sweep() -> None:
    """Runs `services.sweep_unused`; scheduled."""
    if swept := attachments.sweep_unused():
        logger.info("%s files that nothing used were swept away", swept)


def scan(attachment_id: int) -> None:
    """Asks the antivirus about a file."""
    scanning.scan(attachment_id)


def scan_waiting() -> None:
    """Runs `services.scan_waiting`; scheduled."""
    scanning.scan_waiting()


def read_photo(attachment_id: int) -> None:
    """Decodes a photo that was kept as it came."""
    reading.read_photo(attachment_id)


def read_waiting() -> None:
    """Runs `services.read_waiting`; scheduled."""
    reading.read_waiting()
