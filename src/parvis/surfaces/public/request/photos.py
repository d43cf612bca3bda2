"""Photos of a request being written: stored on upload, so that an error elsewhere in the form does not lose them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import MAX_PHOTOS, TOGETHER_SECONDS, keep_photos
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.rules.shapes import Point

SALT = "parvis.request.photo"
TOKEN_SECONDS = 86_400


@dataclass(frozen=True)
class Shown:
    """A stored photo of a form; `token` proves that the form uploaded it."""

    photo: Attachment
    token: str


@dataclass
class Photos:
    """The photos of a form, the reasons why others were refused, and the location read from one of them; `outside`, one
    that was taken out of the town.
    """

    shown: list[Shown] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    place: Point | None = None
    outside: Point | None = None

    @property
    def attachments(self) -> list[Attachment]:
        return [shown.photo for shown in self.shown]

    @property
    def room(self) -> int:
        """How many more may be added."""
        return MAX_PHOTOS - len(self.shown)


def gather(key: str, tokens: Sequence[str], uploads: Sequence[UploadedFile[bytes]] = (), *, client: str = "") -> Photos:
    """The photos already stored for the form, in order, then the new uploads; ten at most.

    `client` is the address that sends them. A refused file does not count among the ten; files that could not be
    processed in time are refused too.
    """
    photos, until = Photos(shown=_stored(key, tokens)), time.monotonic() + TOGETHER_SECONDS
    for upload in uploads:
        if not photos.room:
            photos.refused.append(_("%(name)s: ten photos at most.") % {"name": (upload.name or "?")[:80]})
            continue
        stored = keep_photos([upload], by=Actor.citizen(), client=client, seconds=until - time.monotonic())
        until = 0 if any(refusal.busy for refusal in stored.refused) else until
        photos.shown += [Shown(photo, signing.dumps([key, photo.pk], salt=SALT)) for photo in stored.photos]
        photos.refused += [
            _("%(name)s: %(why)s") % {"name": refusal.name, "why": refusal.why} for refusal in stored.refused
        ]
        point = next(iter(stored.positions), None)
        if point and plan().holds(point):
            photos.place = photos.place or point
        else:
            photos.outside = photos.outside or point
    return photos


def photo_of(token: str) -> Attachment | None:
    """The photo of a token; None when it is forged or older than a day."""
    _form, photo_id = _read_token(token)
    return Attachment.objects.filter(pk=photo_id).first() if photo_id else None


def _stored(key: str, tokens: Sequence[str]) -> list[Shown]:
    token_of: dict[int, str] = {}
    for token in tokens[:MAX_PHOTOS]:
        form, photo_id = _read_token(token)
        if photo_id and form == key:
            token_of[photo_id] = token
    photos = Attachment.objects.in_bulk(list(token_of)) if token_of else {}
    return [Shown(photos[photo_id], token) for photo_id, token in token_of.items() if photo_id in photos]


def _read_token(token: str) -> tuple[str, int]:
    """The form's key and the photo's id in a token; ("", 0) when it is forged or expired."""
    try:
        form, photo_id = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
    except (signing.BadSignature, ValueError):
        return "", 0
    return form, int(photo_id)
