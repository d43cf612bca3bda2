"""A program that decodes photos, with Pillow alone and none of this application: each in a process forked from it.

Its standard input is a socket. Each byte that it receives comes with another socket, that of one photo, on which a line
of JSON (`Request`) and the photo are sent, and then nothing more. The answer is a line of JSON (`Answer`), then what
the photo became: a line of JSON, `[width, height, bytes of the image, position]`, the image as JPEG, its thumbnail. The
program ends when nobody holds the other end of its standard input.

The process of a photo is limited in CPU and memory by the system, and killed at the end of its time by the one that
forked it and measures it, which therefore never touches the bytes of a photo.
"""

import gc
import json
import math
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from math import ceil, floor
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw, ImageOps

MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 25_000_000, "HEIF": 50_000_000, "WEBP": 25_000_000}
MAX_SIDE = 2560
SMALL_SIDE = 480
QUALITY = 85
COLOUR = (24, 30, 33)  # of what is hidden
THOUSAND = 1000
NOT_A_PHOTO, TOO_LARGE = 3, 4
MOST_BYTES = 30_000_000  # of an image and its thumbnail
CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE)
CRASHED = 1
GPS = 0x8825
LATITUDE, LONGITUDE = (1, 2), (3, 4)  # tags of the hemisphere, and of the degrees, minutes and seconds

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
pillow_heif.options.DECODE_THREADS = 1  # each thread takes address space, which is limited


Rectangle = tuple[int, int, int, int]  # x, y, width, height, in thousandths of the picture


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


@dataclass(frozen=True)
class Request:
    """What is asked of the program about a photo: its limits, and what to hide.

    `processor`: CPU seconds; `memory`: bytes of address space; `clock`: seconds of wall time; `niceness` is that of who
    asks. With `rectangles`, the photo is one of ours, and what is under them is painted over.
    """

    processor: int
    memory: int
    clock: float
    niceness: int = 0
    rectangles: Sequence[Rectangle] | None = None


@dataclass(frozen=True)
class Answer:
    """How the process of a photo ended: its exit code (0, NOT_A_PHOTO, TOO_LARGE, or minus the signal that ended it),
    its CPU seconds, whether it was killed because its time was over, and the length in bytes of what it wrote.
    """

    code: int
    processor: float
    out_of_time: bool
    size: int


def masked(picture: bytes, rectangles: Sequence[Rectangle]) -> Clean:
    """The picture encoded again, without metadata, each rectangle painted over, and its thumbnail made from that.

    A rectangle covers every pixel that it touches. The picture is one of ours, already cleaned.
    """
    with Image.open(BytesIO(picture), formats=["JPEG"]) as image:
        painted = image.convert("RGB")
    draw = ImageDraw.Draw(painted)
    for x, y, width, height in rectangles:
        left, top = floor(x * painted.width / THOUSAND), floor(y * painted.height / THOUSAND)
        right = ceil((x + width) * painted.width / THOUSAND) - 1
        bottom = ceil((y + height) * painted.height / THOUSAND) - 1
        draw.rectangle((left, top, max(left, right), max(top, bottom)), fill=COLOUR)
    out = BytesIO()
    painted.save(out, "JPEG", quality=95)
    return clean(out.getvalue())


def photo_of(output: bytes) -> Clean:
    """What the process of a photo wrote when it ended with 0."""
    head, _, images = output.partition(b"\n")
    width, height, size, position = json.loads(head)
    return Clean(images[:size], width, height, images[size:], tuple(position) if position else None)


def main() -> None:
    """Serves until nobody holds the other end of the socket.

    Begins anew after a photo that made its process crash: forked processes have the same layout in memory, which nobody
    must learn from one photo to the next.
    """
    _warm_up()
    with socket.socket(fileno=0) as service:
        while True:
            message, sockets, _flags, _address = socket.recv_fds(service, 1, 1)
            if not message:
                return
            for descriptor in sockets:
                with suppress(OSError), socket.socket(fileno=descriptor) as client:  # none is forked when memory lacks
                    if os.fork() == 0:
                        service.close()
                        _alone(client)
            if _crashed():
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _warm_up() -> None:
    """Loads beforehand what decoding loads, for the forked processes to share."""
    Image.init()
    out = BytesIO()
    Image.new("RGB", (2, 2)).save(out, "JPEG")
    masked(out.getvalue(), [(0, 0, 1, 1)])
    gc.freeze()


def _crashed() -> bool:
    """Forgets the processes that ended; whether the photo of one of them made it crash."""
    crashed = False
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            crashed = crashed or os.waitstatus_to_exitcode(ended[1]) == CRASHED
    return crashed


def _alone(client: socket.socket) -> None:
    """Has the photo decoded that this socket sends, answers, and ends this process."""
    code = CRASHED
    try:
        with client.makefile("rb") as stream:
            request, raw = Request(**json.loads(stream.readline())), stream.read()
        answer, output = _measured(request, raw, client)
        client.sendall(b"".join([json.dumps(asdict(answer)).encode(), b"\n", output]))
        code = CRASHED if -answer.code in CRASHES else 0
    except (OSError, ValueError):  # who asked is gone
        code = 0
    finally:
        os._exit(code)


def _measured(request: Request, raw: bytes, client: socket.socket) -> tuple[Answer, bytes]:
    """Forks the process of a photo; how it ended, and what it wrote."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        client.close()
        os._exit(_decode(request, raw, writing))
    os.close(writing)
    out_of_time = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal out_of_time
        out_of_time = True
        os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, request.clock)
    with os.fdopen(reading, "rb") as pipe:
        output = pipe.read(MOST_BYTES)
    _, status, usage = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    processor = usage.ru_utime + usage.ru_stime
    return Answer(os.waitstatus_to_exitcode(status), processor, out_of_time, len(output)), output


def _decode(request: Request, raw: bytes, writing: int) -> int:
    """Decodes a photo within its limits and writes it; the exit code of the process."""
    _limit(request)
    try:
        photo = clean(raw) if request.rectangles is None else masked(raw, request.rectangles)
        head = json.dumps([photo.width, photo.height, len(photo.jpeg), photo.position]).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"".join([head, b"\n", photo.jpeg, photo.small]))
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception:  # decoders fail in many ways on hostile bytes
        return NOT_A_PHOTO
    return 0


def _limit(request: Request) -> None:
    os.nice(max(0, request.niceness - os.nice(0)))
    seconds = request.processor
    limits = (
        (resource.RLIMIT_CPU, seconds, seconds + 1),  # SIGXCPU, which says why; SIGKILL for who ignores it
        (resource.RLIMIT_AS, request.memory, request.memory),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for kind, soft, hard in limits:
        with suppress(ValueError, OSError):  # macOS has no memory limit; the pixel limit still applies
            resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    main()
