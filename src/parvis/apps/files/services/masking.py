"""Makes the public copy of a photo, with rectangles burnt in."""

from collections.abc import Sequence

from django.core.files.storage import storages
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import Rectangle
from parvis.apps.files.rules.masking import MOST, checked
from parvis.apps.files.services.decoding import Interrupted
from parvis.apps.files.services.photos import Busy, clean_photo
from parvis.apps.files.services.pictures import share_of, store_picture
from parvis.lib.errors import Invalid

FOLDER = "public"


def rectangles_or_refuse(values: Sequence[Sequence[int]]) -> list[Rectangle]:
    """`masking.checked`, with its refusal in words. Raises Invalid, field `rectangles`."""
    try:
        return checked(values)
    except (ValueError, TypeError) as error:
        text = _("A rectangle is four whole numbers, and a photo has %(most)d of them at most.") % {"most": MOST}
        raise Invalid(text, {"rectangles": text}) from error


def mask_photo(original: Attachment, rectangles: Sequence[Rectangle], *, name: str, by: Actor) -> Attachment:
    """Stores a new picture in which the rectangles replaced the pixels; the original is left as it is.

    `name` is what the public downloads: that of the original may name someone. Takes about half a second: call it
    before the transaction that uses it. Raises Invalid (rectangles) when the original is no picture or is gone, or when
    it is not opened now.
    """
    if not (original.is_picture and original.is_served):
        raise _unreadable()
    try:
        with storages["received"].open(original.served) as stream:
            photo = clean_photo(stream.read(), client=share_of(by), rectangles=rectangles)
    except (OSError, ValueError) as error:
        raise _unreadable() from error
    except (Busy, Interrupted) as error:
        text = _("Other photos are being opened just now. Send this again in a moment.")
        raise Invalid(text, {"rectangles": text}) from error
    copy = store_picture(photo, folder=FOLDER, name=name, by=by)
    copy.scan = original.scan
    copy.save(force_insert=True)
    return copy


def _unreadable() -> Invalid:
    return Invalid.in_field("rectangles", _("This picture can no longer be opened: it cannot be shown to the public."))
