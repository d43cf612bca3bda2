"""Storing, scanning and erasing photos and files."""

from parvis.apps.files.services.attachments import (
    FOLDER,
    MAX_BYTES,
    MAX_FILE_BYTES,
    MAX_PHOTOS,
    READ_PHOTO,
    REMOVE_BYTES,
    TOGETHER_SECONDS,
    UNUSED_FOR,
    Kept,
    Refusal,
    erase_files,
    keep_file,
    keep_photo,
    keep_photos,
    keep_raw,
    logger,
    record_raw,
    sweep_unused,
)
from parvis.apps.files.services.reading import read_photo, read_waiting
from parvis.apps.files.services.scanning import SCAN, scan, scan_waiting
