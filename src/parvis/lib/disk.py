"""Full disks: whether an error says so, whether a folder still takes writes, what is left on its disk."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryFile

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# SQLite calls full a disk without room, and says that it cannot write for a quota.
_SQLITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
_POSTGRESQL = "53100"  # SQLSTATE disk_full
_PROBE = bytes(1 << 20)


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that the disk of the files or of the database is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if getattr(error, "sqlite_errorcode", 0) in _SQLITE or getattr(error, "sqlstate", "") == _POSTGRESQL:
            return True
        error = error.__cause__ or error.__context__
    return False


def write_trouble(folder: Path) -> str:
    """Why a megabyte cannot be written in a folder, in the system's words; "" when it can. Nothing is left there."""
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def free_megabytes(folder: Path) -> int:
    """The megabytes left to this service on the disk of a folder."""
    return shutil.disk_usage(folder).free // 1_000_000
