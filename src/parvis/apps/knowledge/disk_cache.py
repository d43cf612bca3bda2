"""What took seconds to make, kept on disk so that the next process reads it: the model of an encoder, an index.

Files of the installation's own folder, as private as its database (they hold pickles: nothing from elsewhere is ever
read here). Their names tell everything that they were made of; losing them costs those seconds, and nothing else.
"""

import logging
import os
import pickle
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

ALIGNED = 64  # bytes: what the processor reads at once

log = logging.getLogger(__name__)


def recalled(path: Path) -> Any:
    """What was kept there; None when there is nothing, or nothing that can be read.

    Its tables are mapped, and cannot be written to: the processes of the machine share their pages.
    """
    try:
        with path.open("rb") as file:
            tables = np.load(path, mmap_mode="r")
            file.seek(tables.offset + tables.nbytes)
            places, body = pickle.load(file)
        return pickle.loads(body, buffers=[tables[start:end] for start, end in places])
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
        kept = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda item: item.stat().st_mtime, reverse=True)
        for old in kept[most:]:
            with suppress(FileNotFoundError):
                old.unlink()
    except OSError:
        log.warning("%s could not be kept; the next start takes some seconds more.", path.name, exc_info=True)


def _write(made: object, file: Any) -> None:
    """One array of bytes that holds every table, then where each of them is, and the pickle without them."""
    result: list[pickle.PickleBuffer] = []
    body = pickle.dumps(made, protocol=5, buffer_callback=result.append)
    raws = [table.raw() for table in result]
    starts = np.cumsum([0, *(raw.nbytes + -raw.nbytes % ALIGNED for raw in raws)]).tolist()
    tables = np.zeros(max(starts[-1], ALIGNED), np.uint8)  # an empty array cannot be mapped
    places = [(start, start + raw.nbytes) for start, raw in zip(starts, raws, strict=False)]
    for (start, end), raw in zip(places, raws, strict=True):
        tables[start:end] = raw
    np.save(file, tables)
    pickle.dump((places, body), file)
