"""Finding a file kept."""

import uuid

from django.utils.translation import gettext as _

from parvis.files.models import Attachment
from parvis.lib.errors import NotFound


def open_file(key: uuid.UUID | str) -> Attachment:
    """The attachment of that key, to be handed to `files.serving.respond`. NotFound when there is none.

    Whether the person asking may see it is for the surface to decide.
    """
    try:
        found = Attachment.objects.filter(key=uuid.UUID(str(key))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(_("This file does not exist."))
    return found
