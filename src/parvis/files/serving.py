"""Handing a kept file to a browser, so that it can do nothing but be looked at."""

from django.core.files.storage import storages
from django.http import FileResponse
from django.utils.translation import gettext as _

from parvis.files.models import Attachment
from parvis.lib.errors import NotFound


def respond(attachment: Attachment, *, download: bool = False) -> FileResponse:
    """The file under its stored type, never guessed again, without script, kept by no shared cache.

    NotFound when its bytes are no longer in the storage.
    """
    try:
        stream = storages["received"].open(attachment.stored)
    except FileNotFoundError as error:
        raise NotFound(_("This file does not exist.")) from error
    response = FileResponse(
        stream, as_attachment=download, filename=attachment.name, content_type=attachment.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response
