"""Photos that a program sends before what they go with."""

from collections.abc import Sequence

from django.core.files.base import File
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, ApiKey
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.lib.errors import Invalid

SALT = "parvis.integrations.uploads"


def keep_upload(*, api_key: ApiKey, upload: "File[bytes]") -> tuple[str, Attachment]:
    """Keeps a photo for a day, until something uses it; returns the token that names it. Raises Invalid (photo)."""
    photo = keep_photo(upload, by=Actor.program(api_key.name))
    return Signer(salt=SALT).sign(f"{api_key.pk}:{photo.key}"), photo


def uploads_of(api_key: ApiKey, tokens: Sequence[str]) -> list[Attachment]:
    """The photos of these tokens, in order. Raises Invalid (photos) for one of another key, or gone."""
    text = _("One of these photos was not sent with this key, or was kept for its day: send it again.")
    keys: list[str] = []
    for token in dict.fromkeys(tokens):
        try:
            owner, _colon, key = Signer(salt=SALT).unsign(token).partition(":")
        except BadSignature:
            owner, key = "", ""
        if owner != str(api_key.pk):
            raise Invalid.in_field("photos", text)
        keys.append(key)
    found = {str(row.key): row for row in Attachment.objects.filter(key__in=keys, erased_at=None)}
    if set(keys) - set(found):
        raise Invalid.in_field("photos", text)
    return [found[key] for key in keys]
