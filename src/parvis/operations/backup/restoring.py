"""`parvis restore`: an installation made again from a backup, checked before anything is touched and after."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from parvis.apps.cases import journal
from parvis.apps.cases.journal_checkpoints import check_checkpoints
from parvis.apps.cases.journal_checkpoints import folder as heads_folder
from parvis.lib import instance_lock
from parvis.lib.errors import Conflict, NotFound
from parvis.operations import preparation
from parvis.operations.backup import databases
from parvis.operations.backup.archive import sync_folder, unpack
from parvis.operations.backup.making import key_print


@dataclass
class Restored:
    """What was put back: its manifest, where what it replaced was kept, and what the journals say of it.

    `faults` is by case reference, or by signed head; empty when all holds.
    """

    manifest: dict[str, Any]
    aside: Path | None
    migrations: list[str]
    cases: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def restore(*, path: Path, replace: bool = False) -> Restored:
    """Puts back what a backup holds, applies the migrations that it lacks, then checks every journal.

    Refused, and nothing changed, when the archive is damaged or made by a newer version, when it holds the other kind
    of database, when this installation is running, or when it is not empty, unless `replace`: what it held is then
    moved to a folder of PARVIS_DATA, never removed.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    stamp = f"{timezone.now().astimezone(UTC):%Y%m%d-%H%M%S}"
    staging = settings.PARVIS_DATA / f".restoring-{stamp}"
    with instance_lock.stopped():
        databases.refuse_others()
        staging.mkdir(parents=True)
        try:
            manifest = unpack(path, staging)
            _refuse_unfit(manifest)
            aside = _aside(stamp, replace)
            databases.put(staging / manifest["database"], aside)  # first: it is what may be refused
            _put_folders(staging, aside, with_received=manifest["files"] == "local")
            sync_folder(settings.PARVIS_DATA)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        migrations = list(preparation.migrate())
    restored = Restored(manifest, aside, migrations, notes=_notes(manifest))
    _check(restored)
    return restored


def _refuse_unfit(manifest: dict[str, Any]) -> None:
    known = MigrationLoader(None).disk_migrations
    newer = [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]
    if newer:
        raise Conflict(
            f"This backup was made by a newer version, {manifest['version']}: install that one first. "
            f"Unknown here: {', '.join(newer[:5])}."
        )
    if manifest["database"] != databases.member():
        kinds = {databases.SQLITE: "SQLite", databases.POSTGRES: "PostgreSQL"}
        raise Conflict(
            f"This backup holds a {kinds[manifest['database']]} database, and DATABASE_URL names "
            f"{kinds[databases.member()]}."
        )


def _folders() -> dict[str, Path]:
    """Where each folder of an archive lives here; without the files received when they are in a bucket."""
    received = storages["received"]
    result = {"media": Path(settings.MEDIA_ROOT), "heads": heads_folder()}
    return result | ({"received": Path(received.location)} if isinstance(received, FileSystemStorage) else {})


def _aside(stamp: str, replace: bool) -> Path | None:
    """The folder for what is replaced; None when there is nothing to replace. Conflict when it may not be."""
    full = [name for name, folder in _folders().items() if folder.is_dir() and any(folder.iterdir())]
    if not databases.is_empty():
        full.insert(0, "database")
    if not full:
        return None
    if not replace:
        raise Conflict(
            f"This installation is not empty ({', '.join(full)}). With --replace, what it holds is moved aside first."
        )
    aside: Path = settings.PARVIS_DATA / f"replaced-{stamp}"
    aside.mkdir(mode=0o700)
    return aside


def _put_folders(staging: Path, aside: Path | None, *, with_received: bool) -> None:
    for name, folder in _folders().items():
        if name == "received" and not with_received:
            continue
        if folder.is_dir():
            if aside:
                shutil.move(folder, aside / name)
            else:
                folder.rmdir()
        if (staging / name).is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(staging / name, folder)


def _check(restored: Restored) -> None:
    for reference, wrong in journal.verify():
        restored.cases += 1
        if wrong:
            restored.faults[reference] = wrong
    restored.faults |= {f"signed head {name}": [wrong] for name, wrong in check_checkpoints() if wrong}


def _notes(manifest: dict[str, Any]) -> list[str]:
    notes = []
    if manifest["key"] != key_print(settings.SECRET_KEY):
        notes.append(
            "PARVIS_SECRET_KEY is not the one with which this backup was made: everyone signs in again, the links of "
            "letters to choose a password are void, and the signatures of the heads cannot be checked."
        )
    if manifest["files"] != "local":
        notes.append("The files received were in a bucket: they are not in this backup.")
    return notes
