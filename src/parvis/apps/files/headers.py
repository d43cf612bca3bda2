"""What a picture says of itself, read from its bytes without decoding anything. Pure.

Sources: ITU-T T.81 (JPEG), the PNG specification, RFC 9649 (WebP).
"""

import re
from dataclasses import dataclass

JPEG, PNG, WEBP = "JPEG", "PNG", "WEBP"
_MARKER = re.compile(rb"\xff([^\x00\xff])")  # never more than two bytes: a run of FF is read once
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers that no length follows
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _SCAN = 0xD9, 0xDA
MOST_MARKERS = 4_000  # a photo has some ten, and some two hundred when it carries a second picture


@dataclass(frozen=True)
class Header:
    """The form of a picture, its pixels, and how many times a decoder goes over them (`scans`, 1 save for a JPEG)."""

    form: str
    pixels: int
    scans: int = 1


def read_header(raw: bytes) -> Header | None:
    """What a JPEG, a PNG or a WebP says of itself; None for anything else, and for one that makes no sense."""
    if raw.startswith(b"\xff\xd8"):
        return _jpeg(raw)
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return Header(PNG, _number(raw[16:20]) * _number(raw[20:24]))
    return _webp(raw) if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" else None


def _jpeg(raw: bytes) -> Header | None:
    """Goes from marker to marker as a decoder does: over the thumbnail in a segment, and no farther than the end.

    One of more than MOST_MARKERS is given as many scans: no decoder should be asked to read it.
    """
    at, pixels, scans = 2, 0, 0
    for _ in range(MOST_MARKERS):
        match = _MARKER.search(raw, at)
        if match is None:
            break
        marker, at = match[1][0], match.end()
        if marker == _END:
            break
        if marker in _ALONE:
            continue
        if marker in _FRAMES:
            pixels = pixels or _number(raw[at + 3 : at + 5]) * _number(raw[at + 5 : at + 7])
        at += max(2, _number(raw[at : at + 2]))
        if marker == _SCAN:
            scans += 1
            over = _END_OF_SCAN.search(raw, at)
            at = over.start() if over else len(raw)
    else:
        return Header(JPEG, max(pixels, 1), MOST_MARKERS)
    return Header(JPEG, pixels, scans) if pixels else None


def _webp(raw: bytes) -> Header | None:
    kind = raw[12:16]
    if kind == b"VP8X":
        return Header(WEBP, (1 + _little(raw[24:27])) * (1 + _little(raw[27:30])))
    if kind == b"VP8 ":
        return Header(WEBP, (_little(raw[26:28]) & 0x3FFF) * (_little(raw[28:30]) & 0x3FFF))
    if kind == b"VP8L":
        packed = _little(raw[21:25])
        return Header(WEBP, (1 + (packed & 0x3FFF)) * (1 + (packed >> 14 & 0x3FFF)))
    return None


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
