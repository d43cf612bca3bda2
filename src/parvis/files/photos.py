"""A photo made harmless: decoded, turned upright, reduced, encoded again without what it carried."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps

MAX_PIXELS = 60_000_000
MAX_SIDE = 2560
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 85


class NotAPhoto(ValueError):
    """These bytes are no JPEG, PNG or WebP image that can be read whole."""


class TooLarge(ValueError):
    """The image holds more than MAX_PIXELS."""


def clean_photo(raw: bytes) -> bytes:
    """The picture as a JPEG, upright, at most MAX_SIDE pixels a side, with no metadata; transparency becomes white.

    NotAPhoto or TooLarge otherwise. The size is read before anything is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(raw), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise TooLarge
                return _encoded(image)
    except Image.DecompressionBombError as error:
        raise TooLarge from error
    except TooLarge:
        raise
    except Exception as error:  # a decoder given hostile bytes fails in many ways, and each means the same
        raise NotAPhoto from error


def _encoded(image: Image.Image) -> bytes:
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        plain = Image.new("RGB", layer.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain = upright.convert("RGB")
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    out = BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
