"""The program that decodes one photo, run as a process of its own: Pillow alone, and nothing of this application.

Its standard input is the photo, its arguments the seconds of processor and the bytes of memory that it may take. It
writes a line of JSON, `[width, height, bytes of the picture]`, then the picture as JPEG, then the reduced one. Its exit
code is 0, NOT_A_PHOTO or TOO_LARGE; over its seconds, the system ends it.
"""

import json
import os
import resource
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import Image, ImageOps

MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 25_000_000, "HEIF": 50_000_000, "WEBP": 25_000_000}
MAX_SIDE = 2560
SMALL_SIDE = 480
QUALITY = 85
NOT_A_PHOTO, TOO_LARGE = 3, 4

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
pillow_heif.options.DECODE_THREADS = 1  # each thread takes address space, of which little is given


class TooLarge(ValueError):
    """The picture holds more pixels than MAX_PIXELS has for its form."""


@dataclass(frozen=True)
class Clean:
    """A picture as JPEG, its size in pixels, and the same at most SMALL_SIDE a side; `small` is empty when it is."""

    jpeg: bytes
    width: int
    height: int
    small: bytes


def opened(raw: bytes) -> Image.Image:
    """The picture, its header read, nothing decoded. Raises what Pillow raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(BytesIO(raw), formats=tuple(MAX_PIXELS))


def clean(raw: bytes) -> Clean:
    """The picture as a JPEG, upright, at most MAX_SIDE pixels a side, with no metadata; transparency becomes white.

    Of several pictures in one file, the first. TooLarge, MemoryError; what Pillow raises for bytes that are no photo.
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


def _limit(seconds: int, memory: int) -> None:
    for which, limit in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS takes no limit of memory: that of pixels holds there
            resource.setrlimit(which, (limit, limit))


def main() -> int:
    """Cleans the photo of the standard input; the exit code."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        made = clean(sys.stdin.buffer.read())
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception:  # a decoder given hostile bytes fails in many ways, and each means the same
        return NOT_A_PHOTO
    head = json.dumps([made.width, made.height, len(made.jpeg)]).encode()
    sys.stdout.buffer.write(b"".join([head, b"\n", made.jpeg, made.small]))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # nothing to tidy: the libraries' own ending takes longer than a small photo
