"""Stores the bytes of a picture that was encoded anew."""

import hashlib
import uuid
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import Clean
from parvis.lib import clock


def share_of(by: Actor) -> str:
    """Whose share of the processor takes a photo that comes from no address."""
    return f"staff {by.user.pk}" if by.user else f"{by.kind} {by.name}"


def store_picture(picture: Clean, *, folder: str, name: str, by: Actor) -> Attachment:
    """Stores a picture and its thumbnail; returns its row, to be saved. What the storage raises leaves no bytes."""
    key, now = uuid.uuid4(), clock.now()
    stored, small = store_bytes(picture, f"{folder}/{now:%Y/%m}/{key}")
    return Attachment(
        key=key,
        name=name,
        content_type="image/jpeg",
        size=len(picture.jpeg),
        sha256=hashlib.sha256(picture.jpeg).hexdigest(),
        stored=stored,
        thumbnail=small,
        width=picture.width,
        height=picture.height,
        added_by=by.user,
        added_at=now,
    )


def store_bytes(picture: Clean, path: str) -> tuple[str, str]:
    """Stores a picture and its thumbnail at a path without extension; their paths, "" for a thumbnail that it has not.

    What the storage raises leaves no bytes.
    """
    storage = storages["received"]
    try:
        stored = storage.save(f"{path}.jpg", ContentFile(picture.jpeg))
        small = storage.save(f"{path}.small.jpg", ContentFile(picture.small)) if picture.small else ""
    except Exception:
        with suppress(Exception):
            storage.delete(f"{path}.jpg")
        raise
    return stored, small
