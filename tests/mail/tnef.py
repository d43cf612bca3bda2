"""Writes the `winmail.dat` files of the tests, as Outlook does (TNEF)."""

import struct

BODY, ATTACH_DATA, ATTACH_TITLE, ATTACH_BEGINS, VERSION, CODEPAGE = 0x800C, 0x800F, 0x8010, 0x9002, 0x9006, 0x9007
MESSAGE, ATTACHMENT = 1, 2


def winmail(text: str = "", files: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """A winmail.dat with a body and files."""
    blocks = [
        _block(MESSAGE, VERSION, struct.pack("<L", 0x10000)),
        _block(MESSAGE, CODEPAGE, struct.pack("<LL", 1252, 0)),
    ]
    if text:
        blocks.append(_block(MESSAGE, BODY, text.encode("cp1252") + b"\0"))
    for name, content in files:
        blocks.append(_block(ATTACHMENT, ATTACH_BEGINS, bytes(14)))
        blocks.append(_block(ATTACHMENT, ATTACH_TITLE, name.encode("ascii") + b"\0"))
        blocks.append(_block(ATTACHMENT, ATTACH_DATA, content))
    return struct.pack("<LH", 0x223E9F78, 1) + b"".join(blocks)


def _block(level: int, name: int, content: bytes) -> bytes:
    checksum = sum(content) & 0xFFFF
    return struct.pack("<BHHL", level, name, 0x0006, len(content)) + content + struct.pack("<H", checksum)
