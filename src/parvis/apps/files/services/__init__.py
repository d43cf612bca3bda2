"""Use cases: each changes something, in one transaction."""

from parvis.apps.files.services.attachments import (
    FOLDER,
    MAX_BYTES,
    MAX_PHOTOS,
    REMOVE_BYTES,
    TOGETHER_SECONDS,
    UNUSED_FOR,
    Kept,
    Refusal,
    erase_files,
    keep_photo,
    keep_photos,
    logger,
    sweep_unused,
)
