"""The picture of a post, as it is sent."""

from django.core.files.storage import storages

from parvis.apps.files.models import Attachment
from parvis.apps.social.channels.failures import Rejected
from parvis.apps.social.channels.http import Upload


def picture(image: Attachment, field: str) -> Upload:
    """The bytes of a stored picture, for a field of a form. Raises Rejected when it is no picture, or was erased."""
    if not image.is_served or not image.is_picture:
        raise Rejected("the picture cannot be sent", "picture")
    with storages["received"].open(image.served) as stream:
        data = stream.read()
    extension = image.content_type.rpartition("/")[2][:8]
    return Upload(field, f"image.{extension}", image.content_type, data)
