"""Images that are small but very expensive to decode, and large ones as phones really take them."""

import os
import re
import subprocess
from functools import cache
from io import BytesIO

from PIL import Image

_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@cache
def progressive_jpeg(side: int = 7_744, scans: int = 700) -> bytes:
    """A grey progressive JPEG of some 180 KB, which repeats one 80-byte scan over every block."""
    out = BytesIO()
    Image.new("L", (side, side), 100).save(out, "JPEG", progressive=True, quality=50)
    raw = out.getvalue()
    tables = raw.index(b"\xff\xc4", raw.index(b"\xff\xda"))  # those of the second scan, then the scan
    data = raw.index(b"\xff\xda", tables) + 10
    end = _END_OF_SCAN.search(raw, data)
    assert end
    return raw[: end.start()] + raw[tables : end.start()] * (scans - raw.count(b"\xff\xda")) + raw[end.start() :]


@cache
def plain(form: str, size: tuple[int, int], **options: object) -> bytes:
    """An image of one colour."""
    out = BytesIO()
    Image.new("RGB", size, "seagreen").save(out, form, **options)
    return out.getvalue()


def phone_jpeg(size: tuple[int, int], weight: int) -> bytes:
    """A JPEG of that size, with enough detail to weigh about `weight` bytes."""
    out = BytesIO()
    detail = Image.effect_noise((1024, 1024), 40)
    whole = Image.new("L", size)
    for left in range(0, size[0], 1024):
        for top in range(0, size[1], 1024):
            whole.paste(detail, (left, top))
    for quality in (30, 40, 50, 60, 70, 80, 90):
        out = BytesIO()
        whole.convert("RGB").save(out, "JPEG", quality=quality)
        if out.tell() >= weight:
            break
    return out.getvalue()


def helpers() -> list[int]:
    """The processes that decode photos for this one."""
    return _below({os.getpid()})


def measurers() -> list[int]:
    """The processes that wait for those of `decoders`, one for each."""
    return _below({*helpers()})


def decoders() -> list[int]:
    """The processes of the photos that are decoded now for this one."""
    return _below({*measurers()})


def _below(parents: set[int]) -> list[int]:
    """Those of their children that run the decoder."""
    table = subprocess.run(["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in table.splitlines() if "decoder.py" in line]
    return [int(pid) for pid, parent, _args in rows if int(parent) in parents]
