"""A photo made harmless: decoded, turned upright, reduced, encoded again without what it carried."""

import math
import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

import pillow_heif
from PIL import Image, ImageOps

MAX_PIXELS = 60_000_000
MAX_SIDE = 2560
SMALL_SIDE = 480
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
QUALITY = 85
GPS = 0x8825
LATITUDE, LONGITUDE = (1, 2), (3, 4)  # the tags of the hemisphere and of the degrees, minutes, seconds

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
_one_at_a_time = Lock()


class NotAPhoto(ValueError):
    """These bytes are no JPEG, PNG, WebP or HEIC image that can be read whole."""


class TooLarge(ValueError):
    """The image holds more than MAX_PIXELS."""


@dataclass(frozen=True)
class Clean:
    """A picture as JPEG, its size in pixels, and the same at most SMALL_SIDE a side; `small` is empty when it is."""

    jpeg: bytes
    width: int
    height: int
    small: bytes


def clean_photo(raw: bytes) -> Clean:
    """The picture as a JPEG, upright, at most MAX_SIDE pixels a side, with no metadata; transparency becomes white.

    Of several pictures in one file, the first. NotAPhoto or TooLarge otherwise: the size is read before anything is
    decoded, and one picture at a time is decoded in a process, so that memory stays bounded.
    """
    try:
        with _opened(raw) as image, _one_at_a_time:
            if image.width * image.height > MAX_PIXELS:
                raise TooLarge
            return _clean(image)
    except Image.DecompressionBombError as error:
        raise TooLarge from error
    except TooLarge:
        raise
    except Exception as error:  # a decoder given hostile bytes fails in many ways, and each means the same
        raise NotAPhoto from error


def position_of(raw: bytes) -> tuple[float, float] | None:
    """Latitude and longitude (WGS 84) that the camera wrote in the file; None when it wrote none that makes sense.

    Nothing is decoded, however large the picture says it is.
    """
    try:
        with _opened(raw) as image:
            # That of a PNG decodes the whole picture, to look for what may stand behind it.
            written = Image.Image.getexif(image).get_ifd(GPS)
            latitude, longitude = _degrees(written, LATITUDE, "S"), _degrees(written, LONGITUDE, "W")
    except Exception:  # as above: whatever fails, there is no position
        return None
    sensible = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if sensible else None


def _opened(raw: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(BytesIO(raw), formats=FORMATS)


def _degrees(written: dict[int, Any], tags: tuple[int, int], negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in written[tags[1]])
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found):
        raise ValueError("no position")
    return round(-found if str(written.get(tags[0], "")).strip("\0 ").upper() == negative else found, 6)


def _clean(image: Image.Image) -> Clean:
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    image.load()
    upright: Image.Image = image
    with suppress(Exception):  # an orientation that cannot be read turns nothing
        upright = ImageOps.exif_transpose(image)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    bare = _bare(upright)
    small = bare.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Clean(_jpeg(bare), bare.width, bare.height, _jpeg(small) if small.size != bare.size else b"")


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone, in eight bits of red, green and blue."""
    if image.mode.startswith("I"):  # sixteen bits of grey, which would otherwise be cut, not reduced
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        plain = Image.new("RGB", layer.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain = image.convert("RGB")
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    return bare


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
