"""Decodes the photos that were kept as they came: with a message, or when their decoding was interrupted."""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.storage import storages
from django.db.models import Q

from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import TooLarge
from parvis.apps.files.services.attachments import FOLDER, photo_name
from parvis.apps.files.services.photos import Busy, NotAPhoto, TooSlow, clean_photo
from parvis.apps.files.services.pictures import store_bytes
from parvis.lib import clock
from parvis.lib.jobs import enqueue, job

REMOVE_BYTES = job("parvis.apps.files.tasks.remove_bytes")
CLIENT = "kept"  # whose share of the processor they take, together
MOST_READINGS = 5
RETRIED_AFTER = timedelta(minutes=1)  # since it came, and each time after three times as long: a full disk is emptied
SECONDS = 10.0  # after which a job begins no other, so that it ends before it is given again
MOST_AT_ONCE = 200
_WAITING: dict[str, Any] = {"reading": Attachment.Reading.WAITING, "erased_at": None}

logger = logging.getLogger(__name__)


def read_photo(attachment_id: int) -> bool:
    """Decodes a photo kept as it came; False when its turn did not come, so that it waits. Idempotent.

    What was received stays, since the hashes of journals cover it; only what was decoded is served. What is no photo,
    or was tried MOST_READINGS times, is only ever downloaded.
    """
    attachment = Attachment.objects.filter(pk=attachment_id, **_WAITING).first()
    if attachment is None:
        return True
    try:
        with storages["received"].open(attachment.stored) as stream:
            photo = clean_photo(stream.read(), client=CLIENT)
        picture, thumbnail = store_bytes(photo, f"{FOLDER}/{attachment.added_at:%Y/%m}/{uuid4()}")
    except Busy:
        return False
    except (NotAPhoto, TooLarge, TooSlow, FileNotFoundError):
        _end(attachment, reading=Attachment.Reading.FAILED)
    except Exception as error:  # any storage error, or Interrupted: not the photo's fault
        logger.warning("photo %s could not be decoded: %s", attachment.pk, error)
        tried = attachment.readings + 1
        last = tried >= MOST_READINGS
        _end(attachment, reading=Attachment.Reading.FAILED if last else Attachment.Reading.WAITING, readings=tried)
    else:
        decoded = {"picture": picture, "thumbnail": thumbnail, "width": photo.width, "height": photo.height}
        told = {"name": photo_name(attachment.name), "content_type": "image/jpeg"}
        if not _end(attachment, reading=Attachment.Reading.DONE, **decoded, **told):
            enqueue(REMOVE_BYTES, [path for path in (picture, thumbnail) if path])
    return True


def read_waiting() -> int:
    """Decodes the photos that still wait, oldest first, for SECONDS; returns how many were tried. Runs every minute."""
    tried, until, now = 0, time.monotonic() + SECONDS, clock.now()
    due = Q(pk__in=[])
    for readings in range(MOST_READINGS):
        due |= Q(readings=readings, added_at__lt=now - RETRIED_AFTER * 3**readings)
    rows = Attachment.objects.filter(due, **_WAITING).exclude(scan=Attachment.Scan.INFECTED)
    for attachment_id in list(rows.order_by("readings", "added_at").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        if time.monotonic() > until or not read_photo(attachment_id):
            break
        tried += 1
    return tried


def _end(attachment: Attachment, **values: object) -> bool:
    """Records what became of it; False when it was erased, found infected or decoded meanwhile."""
    rows = Attachment.objects.filter(pk=attachment.pk, **_WAITING).exclude(scan=Attachment.Scan.INFECTED)
    return bool(rows.update(**values))
