"""Storing, erasing and cleaning up uploaded photos."""

import hashlib
import io
import logging
import math
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import unused
from parvis.apps.files.rules.decoder import Clean, TooLarge
from parvis.apps.files.rules.file_signatures import Kind, disguise, looks_like_photo
from parvis.apps.files.services.decoding import Interrupted
from parvis.apps.files.services.photos import Busy, NotAPhoto, TooSlow, clean_photo
from parvis.apps.files.services.pictures import share_of, store_picture
from parvis.apps.files.services.scanning import SCAN, record
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue, job
from parvis.lib.words import one_line

Position = tuple[float, float]

MAX_BYTES = 12_000_000
MAX_FILE_BYTES = 25_000_000
MAX_PHOTOS = 10
TOGETHER_SECONDS = 10.0  # for all photos of one upload, since other users wait behind them
UNUSED_FOR = timedelta(days=1)
FOLDER = "photos"
FILES_FOLDER = "files"
PROGRAMS = re.compile(r"\.(?:exe|com|scr|bat|cmd|ps1|vbs?|jse?|wsf|msi|jar|hta|lnk|pif|cpl|apk)$", re.IGNORECASE)
REMOVE_BYTES = job("parvis.apps.files.tasks.remove_bytes")
READ_PHOTO = job("parvis.apps.files.tasks.read_photo")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """A refused file: its name, and why, for the user; `busy` when the same file may be accepted later."""

    name: str
    why: str
    busy: bool = False


@dataclass(frozen=True)
class Kept:
    """The result of an upload, in upload order.

    `positions` says where each photo was taken (latitude and longitude, WGS 84), None when it did not tell: offer it to
    the person, never store it unasked.
    """

    photos: list[Attachment] = field(default_factory=list)
    positions: list[Position | None] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class _Busy(Invalid):
    """The same photo may be accepted later."""


def keep_photos(
    uploads: "Iterable[File[bytes]]", *, by: Actor, client: str = "", seconds: float = TOGETHER_SECONDS
) -> Kept:
    """Stores up to ten photos with `keep_photo` and returns the refusals; never raises for a bad file.

    `client`: the citizen who sends them (`limits.client_address`), who has a share of the processor; staff and programs
    have a share each without it.

    Files for which no time is left of `seconds` are refused as busy, as are all that follow a busy one. A photo that no
    entry uses within a day is deleted.
    """
    kept, until = Kept(), time.monotonic() + seconds
    for upload in uploads:
        try:
            if len(kept.photos) == MAX_PHOTOS:
                raise _refused(_("Ten photos at most: this one is left out."))
            photo, position = _keep(upload, by, client, until - time.monotonic())
            kept.photos.append(photo)
            kept.positions.append(position)
        except Invalid as error:
            busy = isinstance(error, _Busy)
            until = 0 if busy else until
            kept.refused.append(Refusal(_shown_name(upload.name or ""), str(error), busy))
    return kept


def keep_photo(upload: "File[bytes]", *, by: Actor, seconds: float = math.inf) -> Attachment:
    """Stores a photo of at most 12 MB (JPEG, PNG, WebP or HEIC), sanitised by `files.services.photos`.

    Raises Invalid (photo) for anything else, when not done within `seconds`, or when the storage fails. Decoding takes
    up to a second: call it before the transaction that uses it. The bytes are stored before the row, which therefore
    always has its bytes. A photo whose decoding was interrupted is kept as it came, and served once a job has done it.
    """
    return _keep(upload, by, "", seconds)[0]


def _keep(upload: "File[bytes]", by: Actor, client: str, seconds: float) -> tuple[Attachment, Position | None]:
    """`keep_photo`, and where the photo was taken."""
    try:
        photo = _clean(upload, client or share_of(by), seconds)
    except Interrupted:
        logger.warning("a photo was not decoded: a job tries again")
        return _waiting(upload, by), None
    try:
        attachment = store_picture(photo, folder=FOLDER, name=photo_name(upload.name or ""), by=by)
    except Exception as error:  # any storage error: the text submitted with the photo must not be lost
        logger.exception("a photo could not be stored")
        raise _refused(_("This photo could not be kept just now. Send it again a little later.")) from error
    return record(attachment), photo.position


def _waiting(upload: "File[bytes]", by: Actor) -> Attachment:
    """Keeps a photo as it came, for a job to decode."""
    upload.seek(0)
    attachment = _as_it_came(uuid.uuid4(), upload.name or "", upload.read(), clock.now())
    attachment.added_by, attachment.reading = by.user, Attachment.Reading.WAITING
    with transaction.atomic():
        record_raw([attachment])
    return attachment


def keep_file(*, name: str, data: bytes, seconds: float) -> Attachment:
    """Stores a file that came with a message: a photo sanitised like any other, anything else as it is.

    A photo that is not decoded within `seconds` is served once a job has done it. What is not a photo keeps a type that
    no browser opens: it is only ever downloaded. Raises Invalid when it is empty, larger than MAX_FILE_BYTES, a
    program, or when the storage fails.
    """
    photo = _may_be_photo(name, data) and looks_like_photo(data)
    upload = File(io.BytesIO(data), name=name or "photo.jpg")
    if photo:
        try:
            return keep_photo(upload, by=Actor.citizen(), seconds=seconds)
        except _Busy:
            return _waiting(upload, Actor.citizen())
        except Invalid:
            pass
    attachment = _as_it_came(uuid.uuid4(), name, data, clock.now())
    attachment.reading = Attachment.Reading.FAILED if photo else Attachment.Reading.DONE
    return record(attachment)


def keep_raw(*, key: uuid.UUID, name: str, data: bytes, at: datetime) -> Attachment:
    """Stores the bytes of a file that came with a message at that moment, and returns its row, for `record_raw`.

    As `keep_file`, but nothing is decoded: a photo is served once a job has done it. `key` and `at` name the bytes, so
    that the same ones are stored once, whatever the number of calls. Raises as `keep_file`.
    """
    photo = _may_be_photo(name, data) and looks_like_photo(data)
    attachment = _as_it_came(key, name, data, at)
    attachment.reading = Attachment.Reading.WAITING if photo else Attachment.Reading.DONE
    return attachment


def record_raw(attachments: Sequence[Attachment]) -> None:
    """Inserts the rows of `keep_raw`, and queues what the antivirus and the decoder do, in the caller's transaction."""
    asked = bool(settings.PARVIS_CLAMAV)
    for attachment in attachments:
        attachment.pk = None  # of a transaction that failed
        attachment.scan = Attachment.Scan.PENDING if asked else Attachment.Scan.NONE
    for attachment in Attachment.objects.bulk_create(attachments):
        if asked:
            enqueue(SCAN, attachment.pk)
        if attachment.reading:
            enqueue(READ_PHOTO, attachment.pk)


def _may_be_photo(name: str, data: bytes) -> bool:
    """Whether a file may be a photo. Raises Invalid when it is not to be kept at all."""
    if not data:
        raise _refused(_("This file is empty."))
    if len(data) > MAX_FILE_BYTES:
        raise _refused(_("This file is too heavy: 25 MB at most."))
    kind = disguise(data)
    if kind == Kind.PROGRAM or PROGRAMS.search(name):
        raise _refused(_("This file is a program: it was not kept."))
    return kind is None and len(data) <= MAX_BYTES


def _as_it_came(key: uuid.UUID, name: str, data: bytes, at: datetime) -> Attachment:
    """Stores the bytes of a file under its key, once; returns its row, to be saved."""
    storage, path = storages["received"], f"{FILES_FOLDER}/{at:%Y/%m}/{key}"
    try:
        there = storage.exists(path)
        if there and storage.size(path) != len(data):  # a process was killed while it wrote
            storage.delete(path)
            there = False
        path = path if there else storage.save(path, ContentFile(data))
    except Exception as error:  # any storage error: the message itself must not be lost
        logger.exception("a file could not be stored")
        raise _refused(_("This file could not be kept just now.")) from error
    return Attachment(
        key=key,
        name=_shown_name(name) or "file",
        content_type="application/pdf" if data.startswith(b"%PDF-") else "application/octet-stream",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        stored=path,
        added_at=at,
    )


def erase_files(attachments: Iterable[Attachment]) -> None:
    """Erases by law the bytes and names of files; rows and hashes stay, for the journals that cite them.

    Call it in the transaction that records the reason, in which it queues the job that deletes the bytes.
    """
    for attachment in attachments:
        if attachment.erased_at is None:
            attachment.name, attachment.erased_at = "", clock.now()
            attachment.save(update_fields=["name", "erased_at"])  # from then on, nothing that is decoded is recorded
            if attachment.reading == Attachment.Reading.WAITING:
                attachment.refresh_from_db(fields=["reading", "picture", "thumbnail"])  # decoded meanwhile
            enqueue(REMOVE_BYTES, attachment.paths)


def sweep_unused() -> int:
    """Deletes the files unused for a day, whose form was never submitted; returns how many."""
    swept = 0
    for attachment in unused(clock.now() - UNUSED_FOR).iterator(chunk_size=200):
        with suppress(ProtectedError), transaction.atomic():  # protected when used meanwhile
            enqueue(REMOVE_BYTES, attachment.paths)
            attachment.delete()
            swept += 1
    return swept


def _clean(upload: "File[bytes]", client: str, seconds: float) -> Clean:
    if not upload.size:
        raise _refused(_("This file is empty."))
    if upload.size > MAX_BYTES:
        raise _refused(_("This photo is too heavy: 12 MB at most."))
    upload.seek(0)
    raw = upload.read(MAX_BYTES + 1)
    if kind := disguise(raw):
        raise _refused(_disguise_words(kind))
    try:
        return clean_photo(raw, client=client, seconds=seconds)
    except TooLarge as error:
        text = _(
            "This photo is too large: 120 million pixels at most in JPEG, 50 million in HEIC, "
            "25 million in PNG or WebP."
        )
        raise _refused(text) from error
    except TooSlow as error:
        text = _(
            "This photo takes too much work to open. Save it again as an ordinary JPEG, or send a copy of the screen."
        )
        raise _refused(text) from error
    except Busy as error:
        text = _("Other photos are being received just now. Send this one again in a moment.")
        raise _Busy(text, {"photo": text}) from error
    except NotAPhoto as error:
        text = _("This file is not a photo that can be read. Choose a JPEG, PNG, WebP or HEIC image.")
        raise _refused(text) from error


def _disguise_words(kind: Kind) -> str:
    return {
        Kind.PROGRAM: _("This file is a program, not a photo."),
        Kind.ARCHIVE: _("This file is an archive, not a photo."),
        Kind.DOCUMENT: _("This file is a document, not a photo."),
        Kind.PAGE: _("This file is a web page, not a photo."),
        Kind.DRAWING: _("This file is an SVG drawing, not a photo. Choose a JPEG, PNG, WebP or HEIC image."),
        Kind.ANIMATION: _("This file is a GIF image, not a photo. Choose a JPEG, PNG, WebP or HEIC image."),
        Kind.FILM: _("This file is a video, not a photo."),
    }[kind]


def photo_name(filename: str) -> str:
    """The file name without folder or control characters, with extension .jpg."""
    stem = _shown_name(filename).rpartition(".")[0] or _shown_name(filename)
    return (stem.strip(" .")[:150] or "photo") + ".jpg"


def _shown_name(filename: str) -> str:
    """The file name on one line and without folder, safe to display."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    return one_line(name)[:150] or _("(no name)")


def _refused(message: str) -> Invalid:
    return Invalid.in_field("photo", message)
