"""Backup archives: a gzipped tar whose last member, the manifest, holds the SHA-256 of every other member."""

import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, ClassVar

from parvis.lib.disk import is_full
from parvis.lib.errors import Refused

FORMAT = 1
MANIFEST = "manifest.json"
LEVEL = 3  # photos do not compress, and a database compresses nearly as well as at 9
FOLDERS = ("received", "media", "heads")
FILES = ("database.sqlite3", "database.dump", "settings.env")
PIECE = 1 << 20


class Damaged(Refused):
    """The file is not a backup archive, is truncated, or was altered."""

    code: ClassVar[str] = "damaged"


class _Hashing:
    """A file wrapper that hashes bytes as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


class Writer:
    """Adds members to an archive, and records their sizes and hashes."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """Adds a file under that name; skips a file that no longer exists."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            status = os.fstat(file.fileno())
            self._put(name, status.st_size, int(status.st_mtime), file)

    def add_bytes(self, name: str, content: bytes, mtime: int) -> None:
        """Adds these bytes under that name."""
        self._put(name, len(content), mtime, BytesIO(content))

    def add_folder(self, name: str, folder: Path) -> int:
        """Adds the regular files of a folder, recursively; returns their number."""
        count = 0
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                self.add(f"{name}/{path.relative_to(folder).as_posix()}", path)
                count += 1
        return count

    def _put(self, name: str, size: int, mtime: int, file: BinaryIO) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, mtime, 0o600
        hashing = _Hashing(file)
        self._tar.addfile(info, hashing)
        self.members[name] = {"size": size, "sha256": hashing.digest.hexdigest()}


@contextmanager
def writing(target: Path, manifest: dict[str, Any], mtime: int) -> Iterator[Writer]:
    """Writes an archive readable only by its owner: to a temporary file, synced, then renamed to `target`.

    `manifest` may be modified until the end of the block. On failure nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=LEVEL, format=tarfile.PAX_FORMAT) as tar:
                writer = Writer(tar)
                yield writer
                content = {"format": FORMAT, **manifest, "members": dict(writer.members)}
                writer.add_bytes(MANIFEST, json.dumps(content, ensure_ascii=False, indent=1).encode(), mtime)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Syncs a folder, so that renames in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unpack(path: Path, into: Path) -> dict[str, Any]:
    """Unpacks an archive into an empty folder, verifies every byte, and returns its manifest.

    Damaged when it is incomplete or altered; Refused when the disk is full.
    """
    members: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() else None
                if file is None or manifest is not None or not _allowed(member.name):
                    raise Damaged(f"{path.name}: {member.name!r} should not be in it.")
                if member.name == MANIFEST:
                    manifest = json.loads(file.read())
                else:
                    members[member.name] = _extract(file, into / member.name)
            while packed.read(PIECE):  # to the end, where gzip verifies its checksum
                pass
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        if is_full(error):
            raise Refused(f"There is no room to unpack {path.name}: {error}. Nothing was changed.") from error
        raise Damaged(f"{path.name} is no archive of Parvis, or is damaged: {error}") from error
    if manifest is None or manifest.get("format") != FORMAT:
        raise Damaged(f"{path.name} is not whole, or is of a format that this version does not know.")
    expected = manifest.get("members") or {}
    if members != expected:
        differing = sorted(name for name in {*members, *expected} if members.get(name) != expected.get(name))
        raise Damaged(f"{path.name} is damaged: {', '.join(differing[:5])}.")
    if manifest.get("database") not in members:
        raise Damaged(f"{path.name} holds no database.")
    return manifest


def _allowed(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if name in (*FILES, MANIFEST):
        return True
    return len(parts) > 1 and parts[0] in FOLDERS and ".." not in parts and not name.startswith("/")


def _extract(file: Any, to: Path) -> dict[str, Any]:
    to.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return {"size": size, "sha256": digest.hexdigest()}
