"""A disk cache for objects that take seconds to build (an encoder's model, an index), read by the next process.

The files are in the installation's own folder, as private as its database (they are pickles: never read one from
elsewhere). Their names identify everything they were built from; losing them only costs the rebuild.
"""

import logging
import os
import pickle
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

ALIGNED = 64  # bytes: a cache line

log = logging.getLogger(__name__)


def load(path: Path) -> Any:
    """The cached object; None when there is none, or none that can be read.

    Its arrays are memory-mapped and read-only: the processes of the machine share their pages.
    """
    try:
        with path.open("rb") as file:
            tables = np.load(path, mmap_mode="r")
            file.seek(tables.offset + tables.nbytes)
            offsets, body = pickle.load(file)
        return pickle.loads(body, buffers=[tables[start:end] for start, end in offsets])
    except FileNotFoundError:
        return None
    except Exception:  # whatever is wrong with the file, a rebuild replaces it
        log.warning("%s cannot be read; it is made again.", path.name, exc_info=True)
        path.unlink(missing_ok=True)
        return None


def store(path: Path, value: object, most: int) -> None:
    """Write the object atomically; of the files with the same suffix, only the `most` latest are kept."""
    if path.exists():
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                _write(value, file)
                file.flush()
            except OSError:  # on a full disk, leave no partial file
                os.unlink(file.name)
                raise
        os.replace(file.name, path)
        newest = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for old in newest[most:]:
            with suppress(FileNotFoundError):
                old.unlink()
    except OSError:
        log.warning("%s could not be kept; the next start takes some seconds more.", path.name, exc_info=True)


def _write(value: object, file: Any) -> None:
    """One byte array with all tables, then the offsets of each, and the pickle without them."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    views = [table.raw() for table in buffers]
    starts = np.cumsum([0, *(view.nbytes + -view.nbytes % ALIGNED for view in views)]).tolist()
    tables = np.zeros(max(starts[-1], ALIGNED), np.uint8)  # an empty array cannot be mapped
    offsets = [(start, start + view.nbytes) for start, view in zip(starts, views, strict=False)]
    for (start, end), view in zip(offsets, views, strict=True):
        tables[start:end] = view
    np.save(file, tables)
    pickle.dump((offsets, body), file)
