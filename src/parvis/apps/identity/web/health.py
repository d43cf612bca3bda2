"""Liveness and readiness probes."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ

from parvis.apps.billing.queries.events import warnings as payment_warnings
from parvis.apps.directory.queries import calendar_warnings, open_samples
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import mailbox_health, untaken_seconds
from parvis.apps.outbox.queries import Standing, standings
from parvis.apps.privacy.queries import warnings as privacy_warnings
from parvis.apps.telephony.queries import calls
from parvis.lib import clock, disk
from parvis.lib.database import probe
from parvis.lib.ttl_cache import TtlCache

QUEUE_LATE = timedelta(minutes=5)
MAIL_LATE = timedelta(minutes=15)
PROBE_SECONDS = 10  # between two writes that show that the disks are not full
LITTLE_ROOM = 500  # megabytes

_migrated = False


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Liveness: 200 as long as the process answers, without using the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Readiness: 200 when the service can work and write, 503 otherwise, with JSON.

    `{"ready": true, "database": "ok", "migrations": "ok", "queue_seconds": 0, "mail_seconds": 0, "mailboxes": {},
    "reasons": [], "warnings": []}`; warnings need attention but do not affect readiness. `mailboxes` are the seconds
    since each mailbox on a server was read to its end, -1 for never.
    """
    parts: dict[str, Any] = {}
    warnings: list[str] = []
    reasons = list(_full_disks())
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        parts["database"] = "ok"
        parts["migrations"] = "ok" if migrated() else "missing"
        if parts["migrations"] != "ok":
            reasons.append("migrations are not applied: run `parvis setup`")
        else:
            letters = standings()[Outgoing]
            parts |= {"queue_seconds": _queue_age(), "mail_seconds": _seconds(letters.oldest_at, clock.now())}
            reasons += _lateness(int(parts["queue_seconds"]), int(parts["mail_seconds"]))
            if samples := open_samples():
                reasons.append(f"{samples} sample accounts are open outside a demonstration: run `parvis setup`")
            parts["mailboxes"], silent = _mailboxes()
            warnings = [*calendar_warnings(), *silent, *_late_calls(), *_held(letters), *_little_room()]
            warnings += [*privacy_warnings(), *payment_warnings()]
            if trouble := _refused_write():
                parts["database"] = "refuses writes"
                reasons.append(f"the database takes no writes: {trouble}")
    except DatabaseError as error:
        parts["database"] = "unreachable"
        reasons.append(f"the database does not answer: {type(error).__name__}")
    body = {"ready": not reasons, **parts, "reasons": reasons, "warnings": warnings}
    return JsonResponse(body, status=503 if reasons else 200)


def _mailboxes() -> tuple[dict[str, int], list[str]]:
    """The seconds since each mailbox was read, and a warning for each that is silent."""
    health = [one for one in mailbox_health() if one.mailbox.server]
    ages = {one.mailbox.slug: _seconds(one.mailbox.succeeded_at, clock.now(), never=-1) for one in health}
    warnings = [f"mailbox {one.mailbox.slug} is silent: {one.mailbox.trouble}" for one in health if one.silent]
    if (waited := untaken_seconds()) > MAIL_LATE.total_seconds():
        warnings.append(f"a message received has waited {waited} s: is the worker running?")
    return ages, warnings


def _late_calls() -> list[str]:
    late = calls.late()
    words = f"{late} phone calls wait past their moment: does the provider answer, are there enough lines?"
    return [words] if late else []


def _held(letters: Standing) -> list[str]:
    words = f"{letters.held} letters are held since a backup was restored: see the page Channels"
    return [words] if letters.held else []


def _folders() -> set[Path]:
    """The folders in which this installation writes."""
    received, folders = storages["received"], {Path(settings.PARVIS_DATA)}
    if isinstance(received, FileSystemStorage) and Path(received.location).is_dir():
        folders.add(Path(received.location))
    if connection.vendor == "sqlite" and Path(connection.settings_dict["NAME"]).is_file():
        folders.add(Path(connection.settings_dict["NAME"]).parent)
    return folders


def _read_full_disks() -> list[str]:
    troubles = {folder: disk.write_trouble(folder) for folder in sorted(_folders())}
    return [f"nothing can be written in {folder}: {trouble}" for folder, trouble in troubles.items() if trouble]


def _little_room() -> list[str]:
    room = {folder: disk.free_megabytes(folder) for folder in sorted(_folders())}
    return [f"{left} MB are left on the disk of {folder}" for folder, left in room.items() if left < LITTLE_ROOM]


_full_disks = TtlCache(_read_full_disks, PROBE_SECONDS)
_refused_write = TtlCache(probe.write_trouble, PROBE_SECONDS)


def migrated() -> bool:
    """Whether every migration is applied; a positive answer is cached."""
    global _migrated  # noqa: PLW0603
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _lateness(queue: int, mail: int) -> list[str]:
    reasons = []
    if queue > QUEUE_LATE.total_seconds():
        reasons.append(f"a job has waited {queue} s: is the worker running?")
    if mail > MAIL_LATE.total_seconds():
        reasons.append(f"a letter has waited {mail} s: does the mail server answer?")
    return reasons


def _queue_age() -> int:
    """The seconds that the oldest due job has waited, by the real clock, which tests do not freeze."""
    oldest = OrmQ.objects.aggregate(oldest=Min("lock"))["oldest"]
    return _seconds(oldest, timezone.now())


def _seconds(since: datetime | None, now: datetime, *, never: int = 0) -> int:
    return max(0, int((now - since).total_seconds())) if since else never
