"""Keeping what people hand over."""

import hashlib
import re
import uuid
from pathlib import PurePosixPath

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from parvis.directory.models import User
from parvis.files.models import Attachment
from parvis.files.photos import NotAPhoto, TooLarge, clean_photo
from parvis.lib import clock
from parvis.lib.errors import Invalid

MAX_BYTES = 12_000_000


def keep_photo(upload: File[bytes], *, by: User | None) -> Attachment:
    """Keep a photo of at most 12 MB (JPEG, PNG or WebP), made harmless by `files.photos`; `by` is None for a citizen.

    Invalid, with the field `photo`, when it is anything else. Decoding takes a second or so: call it before the
    transaction that uses it. Bytes come first and the row after, so that a row always has its bytes.
    """
    if not upload.size or upload.size > MAX_BYTES:
        raise _refused(_("This photo is too heavy: 12 MB at most.") if upload.size else _("This file is empty."))
    upload.seek(0)
    try:
        jpeg = clean_photo(upload.read(MAX_BYTES + 1))
    except TooLarge as error:
        raise _refused(_("This photo is too large: 60 million pixels at most.")) from error
    except NotAPhoto as error:
        raise _refused(_("This file is not a photo that can be read. Choose a JPEG, PNG or WebP image.")) from error
    key, now = uuid.uuid4(), clock.now()
    stored = storages["received"].save(f"{now:%Y/%m}/{key}.jpg", ContentFile(jpeg))
    return Attachment.objects.create(
        key=key,
        name=_photo_name(upload.name or ""),
        content_type="image/jpeg",
        size=len(jpeg),
        sha256=hashlib.sha256(jpeg).hexdigest(),
        stored=stored,
        added_by=by,
        added_at=now,
    )


def _photo_name(given: str) -> str:
    """The name it came under, without folder, control characters or its former extension."""
    stem = PurePosixPath(given.replace("\\", "/")).stem
    printable = "".join(char if char.isprintable() else " " for char in stem)
    return (re.sub(r"\s+", " ", printable).strip(" .")[:150] or "photo") + ".jpg"


def _refused(message: str) -> Invalid:
    return Invalid(message, {"photo": message})
