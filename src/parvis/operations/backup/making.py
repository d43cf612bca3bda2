"""`parvis backup`: backs up the whole installation to one file, while it runs."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.utils import timezone

from parvis.apps.cases.services.journal_checkpoints import folder as heads_folder
from parvis.config.environment import Environment
from parvis.lib.errors import Invalid, Refused
from parvis.operations.backup import databases
from parvis.operations.backup.archive import Writer, writing

PREFIX, SUFFIX = "parvis-", ".tar.gz"


@dataclass(frozen=True)
class BackupResult:
    """A backup: its file, its manifest without the members, and the older backups that were deleted."""

    path: Path
    size: int
    files: int
    manifest: dict[str, Any]
    removed: list[Path]
    notes: list[str]


def back_up(*, target: Path, keep: int | None = None, with_secrets: bool = False) -> BackupResult:
    """Writes a backup to a file, or to a folder under a timestamped name.

    Received files are copied after the database, since a file is stored before the row that refers to it. Signed heads
    are included up to the last one in the copied database. With `keep`, only the latest `keep` timestamped backups of
    the folder remain, the new one included. Refused, with nothing changed, when anything fails.
    """
    try:
        return _back_up(target, timezone.now(), keep, with_secrets)
    except OSError as error:
        raise Refused(f"The backup could not be made: {error}.") from error


def _back_up(target: Path, moment: datetime, keep: int | None, with_secrets: bool) -> BackupResult:
    path = _path(target, moment)
    storage = storages["received"]
    received = Path(storage.location) if isinstance(storage, FileSystemStorage) else None
    with TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder, databases.snapshot(Path(folder)) as copy:
        manifest = _manifest(copy, moment, "local" if received else "s3", with_secrets)
        with writing(path, manifest, int(moment.timestamp())) as archive:
            archive.add(copy.file.name, copy.file)
            files = _add_files(archive, copy, received)
            if with_secrets:
                archive.add_bytes("settings.env", _environment().encode(), int(moment.timestamp()))
    removed = _rotate(path.parent, keep) if keep else []
    notes = _notes(received is not None, with_secrets)
    return BackupResult(path, path.stat().st_size, files, manifest, removed, notes)


def key_print(secret: str) -> str:
    """A fingerprint of a secret key."""
    return sha256(f"parvis backup\n{secret}".encode()).hexdigest()[:16]


def head_name(moment: datetime) -> str:
    """The file name of a signed head, as in `cases.services.journal_checkpoints`."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc:%Y%m%dT%H%M%S%f}.json"


def _path(target: Path, moment: datetime) -> Path:
    if target.is_dir() or not target.suffix:
        target.mkdir(parents=True, exist_ok=True)
        return target.resolve() / f"{PREFIX}{moment.astimezone(UTC):%Y%m%d-%H%M%S}{SUFFIX}"
    if not target.parent.is_dir():
        raise Invalid(f"There is no folder {target.parent}.")
    return target.resolve()


def _manifest(copy: databases.Snapshot, moment: datetime, storage: str, with_secrets: bool) -> dict[str, Any]:
    return {
        "product": "parvis",
        "version": version("parvis"),
        "made_at": moment.astimezone(UTC).isoformat(timespec="seconds"),
        "town": copy.town,
        "database": copy.file.name,
        "migrations": copy.migrations,
        "cases": copy.cases,
        "entries": copy.entries,
        "files": storage,
        "secrets": with_secrets,
        "key": key_print(settings.SECRET_KEY),
    }


def _add_files(archive: Writer, copy: databases.Snapshot, received: Path | None) -> int:
    count = archive.add_folder("received", received) if received else 0
    count += archive.add_folder("media", Path(settings.MEDIA_ROOT))
    last = head_name(copy.last_head) if copy.last_head else ""
    for head in sorted(heads_folder().glob("*.json")):
        if head.name <= last:
            archive.add(f"heads/{head.name}", head)
            count += 1
    return count


def _environment() -> str:
    """The settings of this installation, as an environment file."""
    return "".join(f'{name}="{os.environ[name]}"\n' for name in Environment.model_fields if os.environ.get(name))


def _rotate(folder: Path, keep: int) -> list[Path]:
    timestamp = "[0-9]" * 8 + "-" + "[0-9]" * 6
    old = sorted(folder.glob(f"{PREFIX}{timestamp}{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old


def _notes(local: bool, with_secrets: bool) -> list[str]:
    notes = []
    if not local:
        notes.append("The files received are in a bucket: they are NOT in this backup. Back the bucket up too.")
    if with_secrets:
        notes.append("This backup holds the settings with their secrets: keep it as you keep a password.")
    elif not settings.PARVIS_DEMO:
        notes.append("PARVIS_SECRET_KEY is not in it: keep that key elsewhere, the signed heads are checked with it.")
    return notes
