"""Reads image headers without decoding the image. Pure.

Sources: ITU-T T.81 (JPEG), the PNG specification, RFC 9649 (WebP).
"""

import re
from dataclasses import dataclass

JPEG, PNG, WEBP = "JPEG", "PNG", "WEBP"
_MARKER = re.compile(rb"\xff([^\x00\xff])")  # two bytes at most, so that a run of FF is scanned once
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _SCAN = 0xD9, 0xDA
MOST_STRAY = 65_536  # bytes between segments, in which a decoder looks for the next one, byte by byte
MOST_MARKERS = 4_000  # a photo has about ten, about two hundred when it contains a second image


@dataclass(frozen=True)
class Header:
    """The format of an image, its number of pixels, and its number of scans (1 except for JPEG)."""

    form: str
    pixels: int
    scans: int = 1


def read_header(raw: bytes) -> Header | None:
    """The header of a JPEG, PNG or WebP; None for anything else, or a malformed one."""
    if raw.startswith(b"\xff\xd8"):
        return _jpeg(raw)
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return Header(PNG, _number(raw[16:20]) * _number(raw[20:24]))
    return _webp(raw) if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" else None


def _jpeg(raw: bytes) -> Header | None:
    """Goes from marker to marker as a decoder does, skipping thumbnails in segments, until the end marker.

    A file with more than MOST_MARKERS, or MOST_STRAY bytes of filling, is reported with as many scans, so that it is
    never decoded.
    """
    position, pixels, scans, stray = 2, 0, 0, 0
    for _ in range(MOST_MARKERS):
        match = _MARKER.search(raw, position)
        stray += (match.start() if match else len(raw)) - position
        if stray > MOST_STRAY:
            return Header(JPEG, max(pixels, 1), MOST_MARKERS)
        if match is None:
            break
        marker, position = match[1][0], match.end()
        if marker == _END:
            break
        if marker in _ALONE:
            continue
        if marker in _FRAMES:
            pixels = pixels or _number(raw[position + 3 : position + 5]) * _number(raw[position + 5 : position + 7])
        position += max(2, _number(raw[position : position + 2]))
        if marker == _SCAN:
            scans += 1
            end = _END_OF_SCAN.search(raw, position)
            position = end.start() if end else len(raw)
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
