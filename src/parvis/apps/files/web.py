"""Serving stored files safely to browsers."""

from django.core.files.storage import storages
from django.http import FileResponse
from django.utils.translation import gettext as _

from parvis.apps.files.models import Attachment
from parvis.lib.errors import Conflict, NotFound


def respond(attachment: Attachment, *, thumbnail: bool = False, download: bool = False) -> FileResponse:
    """Serves a file with its stored type, no sniffing, no scripts and no shared caching.

    `thumbnail` selects the reduced image if there is one. Raises NotFound when the bytes were erased by law or lost,
    or when a virus was found in them; Conflict while the antivirus has not answered, or a photo is not decoded.
    """
    if attachment.scan == Attachment.Scan.PENDING:
        raise Conflict(_("This file is being checked for viruses. Try again in a few minutes."))
    if attachment.reading == Attachment.Reading.WAITING:
        raise Conflict(_("This photo is being prepared. Try again in a few minutes."))
    if attachment.scan == Attachment.Scan.INFECTED:
        raise NotFound(_("A virus was found in this file (%(virus)s): it was removed.") % {"virus": attachment.virus})
    path = (thumbnail and attachment.thumbnail) or attachment.served
    try:
        if attachment.erased_at:
            raise FileNotFoundError
        stream = storages["received"].open(path)
    except FileNotFoundError as error:
        raise NotFound(_("This file does not exist.")) from error
    response = FileResponse(
        stream, as_attachment=download, filename=attachment.name, content_type=attachment.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response
