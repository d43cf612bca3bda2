"""`parvis restore`: restores an installation from a backup, with checks before and after."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.apps.cases.services import journal, journal_verification
from parvis.apps.cases.services.journal_checkpoints import folder as heads_folder
from parvis.apps.mail.services.holding import hold_unsent as hold_letters
from parvis.apps.newsletter.services.sending import hold_unsent as hold_issues
from parvis.apps.open311.models import Forwarding
from parvis.apps.outbox.services import doubt
from parvis.apps.outreach.services.scheduled import hold_unsent as hold_messages
from parvis.apps.push.services.outgoing import expire_unsent as expire_notices
from parvis.apps.retention.services import log as destruction_log
from parvis.apps.retention.services.again import Again, apply_again
from parvis.apps.social.services.outgoing import doubt_unsent as doubt_posts
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.services.calls.outgoing import doubt_unsent as doubt_calls
from parvis.lib import instance_lock
from parvis.lib.errors import Conflict, NotFound
from parvis.operations import preparation
from parvis.operations.backup import databases
from parvis.operations.backup.archive import sync_folder, unpack
from parvis.operations.backup.making import key_print


@dataclass
class Restored:
    """The result of a restore: the manifest, the folder of the replaced data, and the journal checks.

    `faults` is by case reference, signed head or rule of retention; empty when every check passes. `again`: what was
    destroyed again.
    """

    manifest: dict[str, Any]
    aside: Path | None
    migrations: list[str]
    again: Again
    cases: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def restore(*, path: Path, replace: bool = False, destructions: Path | None = None) -> Restored:
    """Restores a backup, applies the missing migrations, pauses what was being sent, destroys again what was destroyed
    since the backup, then checks every journal.

    `destructions`: the log of destructions of another machine, added to that of this one.

    Refused, with nothing changed, when the archive is damaged, comes from a newer version or another kind of database,
    when this installation is running, or when it is not empty, unless `replace`: existing data is then moved to a
    folder of PARVIS_DATA, never deleted.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    if destructions and not destructions.is_file():
        raise NotFound(f"There is no file {destructions}.")
    stamp = f"{timezone.now().astimezone(UTC):%Y%m%d-%H%M%S}"
    staging = settings.PARVIS_DATA / f".restoring-{stamp}"
    with instance_lock.exclusive():
        databases.refuse_other_connections()
        staging.mkdir(parents=True)
        try:
            manifest = unpack(path, staging)
            _check_compatible(manifest)
            aside = _aside(stamp, replace)
            databases.put(staging / manifest["database"], aside)  # first, as it is the step that may be refused
            _put_folders(staging, aside, with_received=manifest["files"] == "local")
            sync_folder(settings.PARVIS_DATA)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        migrations = list(preparation.migrate())
        held = hold_or_doubt()
        if destructions:
            destruction_log.adopt(destructions)
        again = apply_again(since=datetime.fromisoformat(manifest["made_at"]))
    notes = [*_notes(manifest, held), *_destruction_notes(again)]
    restored = Restored(manifest, aside, migrations, again, notes=notes)
    _check_journals(restored)
    return restored


def hold_or_doubt() -> int:
    """Keeps what waited when the backup was made from leaving twice; returns how many letters are held.

    What may have left since is looked for at its carrier first, expires when its carrier cannot be asked, or is held
    until a person decides.
    """
    held = hold_letters()
    hold_issues()
    hold_messages()
    doubt_posts()
    doubt_calls()
    expire_notices()
    doubt(OutgoingText.objects.all())
    doubt(PaymentAttempt.objects.all())
    doubt(Refund.objects.all())
    doubt(Forwarding.objects.all())
    return held


def _check_compatible(manifest: dict[str, Any]) -> None:
    known = MigrationLoader(None).disk_migrations
    newer = [f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known]
    if newer:
        raise Conflict(
            f"This backup was made by a newer version, {manifest['version']}, or by one before the first release: "
            "install that one first. "
            f"Unknown here: {', '.join(newer[:5])}."
        )
    if manifest["database"] != databases.member():
        kinds = {databases.SQLITE: "SQLite", databases.POSTGRES: "PostgreSQL"}
        raise Conflict(
            f"This backup holds a {kinds[manifest['database']]} database, and DATABASE_URL names "
            f"{kinds[databases.member()]}."
        )


def _folders() -> dict[str, Path]:
    """The location of each folder of an archive, without received files when they are in a bucket."""
    received = storages["received"]
    folders = {"media": Path(settings.MEDIA_ROOT), "heads": heads_folder()}
    return folders | ({"received": Path(received.location)} if isinstance(received, FileSystemStorage) else {})


def _aside(stamp: str, replace: bool) -> Path | None:
    """Creates the folder for replaced data; None when there is none. Conflict without `replace`."""
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


def _check_journals(restored: Restored) -> None:
    """As `parvis verify-journal` does; the photos too, when they were in the backup."""
    for reference, wrong in journal.verify(photos=restored.manifest["files"] == "local"):
        restored.cases += 1
        if wrong:
            restored.faults[reference] = wrong
    heads = journal_verification.check_checkpoints()
    restored.faults |= {f"signed head {name}": [wrong] for name, wrong in heads if wrong}
    restored.faults |= {name: [wrong] for name, wrong in journal_verification.check_letters()}
    for rule, count in restored.again.left.items():
        restored.faults[rule] = [f"{count} rows that were destroyed since the backup are still there"]


def _notes(manifest: dict[str, Any], held: int) -> list[str]:
    notes = []
    if held:
        notes.append(
            f"{held} letters waited when this backup was made, and may have left since: they are held until someone "
            "decides, on the staff page Channels."
        )
    if manifest["key"] != key_print(settings.SECRET_KEY):
        notes.append(
            "PARVIS_SECRET_KEY is not the one with which this backup was made: everyone signs in again, the links of "
            "letters to choose a password are void, and the signatures of the heads cannot be checked."
        )
    if manifest["files"] != "local":
        notes.append("The files received were in a bucket: they are not in this backup.")
    return notes


def _destruction_notes(again: Again) -> list[str]:
    notes = []
    if again.destroyed:
        counts = ", ".join(f"{rule}: {count}" for rule, count in sorted(again.destroyed.items()))
        notes.append(f"{again.destroyed.total()} rows destroyed since this backup were destroyed again ({counts}).")
    if again.runs:
        notes.append("A destruction was approved when this backup was made: it must be approved again.")
    if again.unread:
        notes.append(f"{again.unread} lines of the log of destructions are unreadable, or of another town: left aside.")
    return notes
