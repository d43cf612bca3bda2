"""A program that decodes one photo in its own process, with Pillow alone and none of this application.

Reads the photo from standard input; its arguments are its limits in CPU seconds and bytes of memory. Writes a line of
JSON, `[width, height, bytes of the image, position]`, then the image as JPEG, then the thumbnail. Exits with 0,
NOT_A_PHOTO or TOO_LARGE; beyond its CPU limit, the system kills it.
"""

import json
import math
import os
import resource
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image, ImageOps

MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 25_000_000, "HEIF": 50_000_000, "WEBP": 25_000_000}
MAX_SIDE = 2560
SMALL_SIDE = 480
QUALITY = 85
NOT_A_PHOTO, TOO_LARGE = 3, 4
GPS = 0x8825
LATITUDE, LONGITUDE = (1, 2), (3, 4)  # tags of the hemisphere, and of the degrees, minutes and seconds

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
pillow_heif.options.DECODE_THREADS = 1  # each thread takes address space, which is limited


class TooLarge(ValueError):
    """The image has more pixels than MAX_PIXELS allows for its format."""


@dataclass(frozen=True)
class Clean:
    """An image as JPEG, its size in pixels, and a thumbnail of at most SMALL_SIDE; b"" when the image fits itself.

    `position`: where it was taken (latitude and longitude, WGS 84), as its metadata said; None when they did not.
    """

    jpeg: bytes
    width: int
    height: int
    small: bytes
    position: tuple[float, float] | None = None


def opened(raw: bytes) -> Image.Image:
    """Opens an image, reading its header only. Raises what Pillow raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(BytesIO(raw), formats=tuple(MAX_PIXELS))


def clean(raw: bytes) -> Clean:
    """Re-encodes a photo as JPEG: upright, at most MAX_SIDE pixels a side, without metadata or transparency.

    Takes the first image of a file. Raises TooLarge, MemoryError, and what Pillow raises for an invalid image.
    """
    try:
        image = opened(raw)
    except Image.DecompressionBombError as error:
        raise TooLarge from error
    with image:
        if image.width * image.height > MAX_PIXELS["JPEG" if image.format == "MPO" else str(image.format)]:
            raise TooLarge
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        image.load()
        position = position_of(image)
        upright: Image.Image = image
        with suppress(Exception):  # an unreadable orientation is ignored
            upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        plain = _plain_rgb(upright)
    small = plain.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    thumbnail = _jpeg(small) if small.size != plain.size else b""
    return Clean(_jpeg(plain), plain.width, plain.height, thumbnail, position)


def position_of(image: Image.Image) -> tuple[float, float] | None:
    """The latitude and longitude (WGS 84) in the EXIF data; None when missing or invalid."""
    try:
        gps = image.getexif().get_ifd(GPS)
        latitude, longitude = _degrees(gps, LATITUDE, "S"), _degrees(gps, LONGITUDE, "W")
    except Exception:  # hostile bytes fail in many ways
        return None
    valid = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if valid else None


def _degrees(gps: dict[int, Any], tags: tuple[int, int], negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in gps[tags[1]])
    decimal = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(decimal):
        raise ValueError("no position")
    return round(-decimal if str(gps.get(tags[0], "")).strip("\0 ").upper() == negative else decimal, 6)


def _plain_rgb(image: Image.Image) -> Image.Image:
    """The pixels alone, as 8-bit RGB."""
    if image.mode.startswith("I"):  # 16-bit grey, which would otherwise be clipped, not scaled
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        rgb = Image.new("RGB", layer.size, "white")
        rgb.paste(layer, mask=layer.getchannel("A"))
    else:
        rgb = image.convert("RGB")
    plain = Image.new("RGB", rgb.size)
    plain.paste(rgb)
    return plain


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _limit(seconds: int, memory: int) -> None:
    for kind, limit in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS has no memory limit; the pixel limit still applies
            resource.setrlimit(kind, (limit, limit))


def main() -> int:
    """Cleans the photo on standard input; returns the exit code."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        photo = clean(sys.stdin.buffer.read())
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception:  # decoders fail in many ways on hostile bytes
        return NOT_A_PHOTO
    head = json.dumps([photo.width, photo.height, len(photo.jpeg), photo.position]).encode()
    sys.stdout.buffer.write(b"".join([head, b"\n", photo.jpeg, photo.small]))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # skips the libraries' shutdown, which takes longer than a small photo
