"""What took seconds to make, kept on disk so that the next process reads it: the model of an encoder, an index.

Files of the installation's own folder, as private as its database (they are pickles: nothing from elsewhere is ever
read here). Their names tell everything that they were made of; losing them costs those seconds, and nothing else.
"""

import logging
import os
import pickle
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from parvis.lib.collector import put_off

log = logging.getLogger(__name__)


def recalled(path: Path) -> Any:
    """What was kept there; None when there is nothing, or nothing that can be read."""
    try:
        with path.open("rb") as file, put_off():
            return pickle.load(file)
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
            pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
        os.replace(file.name, path)
        kept = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in kept[most:]:
            with suppress(FileNotFoundError):
                old.unlink()
    except OSError:
        log.warning("%s could not be kept; the next start takes some seconds more.", path.name, exc_info=True)
