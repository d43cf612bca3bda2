"""What took seconds to make, kept on disk so that the next process reads it: the model of an encoder, an index.

Files of the installation's own folder, as private as its database (they are pickles: nothing from elsewhere is ever
read here). Their names tell everything that they were made of; losing them costs those seconds, and nothing else.
"""

import logging
import mmap
import os
import pickle
import struct
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

MARK = b"parvis-2"
ALIGNED = 64  # bytes: what the processor reads at once
_HEAD = struct.Struct("<8sQQ")  # the mark, the length of the pickle, how many tables follow it

log = logging.getLogger(__name__)


def recalled(path: Path) -> Any:
    """What was kept there; None when there is nothing, or nothing that can be read.

    Its tables are not read but mapped: the processes of the machine share their pages, and what nobody asks for stays
    on disk.
    """
    try:
        with path.open("rb") as file:
            return _mapped(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)))
    except FileNotFoundError:
        return None
    except Exception:  # whatever is wrong with the file, making its content again mends it
        log.warning("%s cannot be read; it is made again.", path.name, exc_info=True)
        path.unlink(missing_ok=True)
        return None


def keep(path: Path, made: object, most: int) -> None:
    """Keep it there, whole or not at all; of the files that end like it, only the `most` latest stay."""
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                _write(made, file)
                file.flush()
            except OSError:  # a full disk would keep its half
                os.unlink(file.name)
                raise
        os.replace(file.name, path)
        kept = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in kept[most:]:
            with suppress(FileNotFoundError):
                old.unlink()
    except OSError:
        log.warning("%s could not be kept; the next start takes some seconds more.", path.name, exc_info=True)


def _write(made: object, file: IO[bytes]) -> None:
    """The head, the length of each table, the pickle without its tables, then the tables, each at a round place."""
    tables: list[pickle.PickleBuffer] = []
    body = pickle.dumps(made, protocol=5, buffer_callback=tables.append)
    raws = [table.raw() for table in tables]
    file.write(_HEAD.pack(MARK, len(body), len(raws)))
    file.write(struct.pack(f"<{len(raws)}Q", *(raw.nbytes for raw in raws)))
    file.write(body)
    for raw in raws:
        file.write(bytes(-file.tell() % ALIGNED))
        file.write(raw)


def _mapped(whole: memoryview) -> Any:
    mark, length, count = _HEAD.unpack_from(whole)
    if mark != MARK:
        raise ValueError("kept by another version")
    sizes = struct.unpack_from(f"<{count}Q", whole, _HEAD.size)
    begin = _HEAD.size + 8 * count
    place, tables = begin + length, list[memoryview]()
    for size in sizes:
        place += -place % ALIGNED
        tables.append(whole[place : place + size])
        place += size
    if place > len(whole):
        raise ValueError("cut short")
    return pickle.loads(whole[begin : begin + length], buffers=tables)
