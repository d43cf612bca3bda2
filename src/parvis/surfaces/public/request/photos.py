"""Photos of a request being written: kept at once, so that no mistake elsewhere in the form loses them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from parvis.apps.directory.actors import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.photos import position_of
from parvis.apps.files.services import MAX_BYTES, MAX_PHOTOS, TOGETHER_SECONDS, keep_photos
from parvis.apps.places.plan import plan
from parvis.apps.places.shapes import Point

SALT = "parvis.request.photo"
KEPT_SECONDS = 86_400


@dataclass(frozen=True)
class Shown:
    """A photo kept for the form of that key: `token` proves that this form sent it."""

    photo: Attachment
    token: str


@dataclass
class Photos:
    """The photos of a form, those refused with the reason, and the place found in one of them."""

    shown: list[Shown] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    place: Point | None = None

    @property
    def attachments(self) -> list[Attachment]:
        return [each.photo for each in self.shown]

    @property
    def room(self) -> int:
        """How many more may be added."""
        return MAX_PHOTOS - len(self.shown)


def gather(key: str, tokens: Sequence[str], uploads: Sequence[UploadedFile[bytes]]) -> Photos:
    """The photos that the form kept and still wants, in order, then those that it brings; ten in all.

    A file that is refused takes nobody's place; those for which there is no time now are named too.
    """
    photos, until = Photos(shown=_kept_before(key, tokens)), time.monotonic() + TOGETHER_SECONDS
    for upload in uploads:
        if not photos.room:
            photos.refused.append(_("%(name)s: ten photos at most.") % {"name": (upload.name or "?")[:80]})
            continue
        kept = keep_photos([upload], by=Actor.citizen(), seconds=until - time.monotonic())
        until = 0 if any(refusal.busy for refusal in kept.refused) else until
        photos.shown += [Shown(photo, _sign(key, photo)) for photo in kept.photos]
        photos.refused += [
            _("%(name)s: %(why)s") % {"name": refusal.name, "why": refusal.why} for refusal in kept.refused
        ]
        photos.place = photos.place or (_place_in(upload) if kept.photos else None)
    return photos


def photo_of(token: str) -> Attachment | None:
    """The photo of a token, for a day."""
    _form, number = _signed(token)
    return Attachment.objects.filter(pk=number).first() if number else None


def _kept_before(key: str, tokens: Sequence[str]) -> list[Shown]:
    numbers: dict[int, str] = {}
    for token in tokens[:MAX_PHOTOS]:
        form, number = _signed(token)
        if number and form == key:
            numbers[number] = token
    result = Attachment.objects.in_bulk(list(numbers)) if numbers else {}
    return [Shown(result[number], token) for number, token in numbers.items() if number in result]


def _signed(token: str) -> tuple[str, int]:
    """The key of the form and the number of the photo that a token holds; ("", 0) for one forged or too old."""
    try:
        form, number = signing.loads(token, salt=SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError):
        return "", 0
    return form, int(number)


def _sign(key: str, photo: Attachment) -> str:
    return signing.dumps([key, photo.pk], salt=SALT)


def _place_in(upload: UploadedFile[bytes]) -> Point | None:
    """Where the photo says it was taken, when that is in the town; the file is left as it was.

    One that is too heavy to be kept is not read.
    """
    if (upload.size or 0) > MAX_BYTES:
        return None
    upload.seek(0)
    place = position_of(upload.read())
    upload.seek(0)
    return (round(place[0], 6), round(place[1], 6)) if place and plan().holds(place) else None
