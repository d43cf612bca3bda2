"""Detects files that are not photos by their first bytes, ignoring their name and declared type. Pure."""

from enum import StrEnum

HEAD = 1024  # bytes read


class Kind(StrEnum):
    """A kind of file that is not a photo."""

    PROGRAM = "program"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    PAGE = "page"
    DRAWING = "drawing"
    ANIMATION = "animation"
    FILM = "film"


SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x7fELF", Kind.PROGRAM),
    (b"MZ", Kind.PROGRAM),
    (b"#!", Kind.PROGRAM),
    (b"\xca\xfe\xba\xbe", Kind.PROGRAM),
    (b"\xfe\xed\xfa\xce", Kind.PROGRAM),
    (b"\xfe\xed\xfa\xcf", Kind.PROGRAM),
    (b"\xce\xfa\xed\xfe", Kind.PROGRAM),
    (b"\xcf\xfa\xed\xfe", Kind.PROGRAM),
    (b"\x00asm", Kind.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Kind.PROGRAM),
    (b"@echo", Kind.PROGRAM),
    (b"<?php", Kind.PROGRAM),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.DOCUMENT),
    (b"{\\rtf", Kind.DOCUMENT),
    (b"PK\x03\x04", Kind.ARCHIVE),
    (b"PK\x05\x06", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"GIF8", Kind.ANIMATION),
    (b"\x1a\x45\xdf\xa3", Kind.FILM),
)
OFFICE_PARTS = (b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd")
PHOTO_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")


def disguise(raw: bytes) -> Kind | None:
    """The kind of a recognised file that is not a photo; None for a photo or unrecognised bytes."""
    head = raw[:HEAD]
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            office = kind is Kind.ARCHIVE and any(part in head for part in OFFICE_PARTS)
            return Kind.DOCUMENT if office else kind
    if b"%PDF-" in head:
        return Kind.DOCUMENT
    if head[4:8] == b"ftyp" and head[8:12] not in PHOTO_BRANDS:
        return Kind.FILM
    return _markup(head)


def looks_like_photo(raw: bytes) -> bool:
    """Whether the first bytes are those of a JPEG, PNG, WebP or HEIC."""
    webp, heic = raw[:4] == b"RIFF" and raw[8:12] == b"WEBP", raw[4:8] == b"ftyp" and raw[8:12] in PHOTO_BRANDS
    return raw.startswith((b"\xff\xd8", b"\x89PNG\r\n\x1a\n")) or webp or heic


def _markup(head: bytes) -> Kind | None:
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n").lower()
    if not text.startswith(b"<"):
        return None
    if b"<svg" in text:
        return Kind.DRAWING
    return Kind.PAGE if any(mark in text for mark in (b"<!doctype html", b"<html", b"<script", b"<body")) else None
