"""The picture of a post, as it is sent."""

from django.core.files.storage import storages
from urllib3.fields import RequestField

from parvis.apps.files.models import Attachment
from parvis.lib.transport import PermanentError


def picture(image: Attachment, field: str) -> RequestField:
    """A field of a form that holds a stored picture. Raises PermanentError when it is no picture, or was erased."""
    if not image.is_served or not image.is_picture:
        raise PermanentError("the picture cannot be sent", "picture")
    with storages["received"].open(image.served) as stream:
        data = stream.read()
    extension = image.content_type.rpartition("/")[2][:8]
    return RequestField.from_tuples(field, (f"image.{extension}", data, image.content_type))
