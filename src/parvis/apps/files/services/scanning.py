"""Asks ClamAV whether received files are infected, over its socket (command INSTREAM of clamd)."""

import logging
import time
from datetime import timedelta

import clamd
from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import storages
from django.db import transaction

from parvis.apps.files.models import Attachment
from parvis.lib import clock
from parvis.lib.database.rows import update
from parvis.lib.jobs import enqueue, job
from parvis.lib.time_limit import time_limit
from parvis.lib.words import one_line

SCAN = job("parvis.apps.files.tasks.scan")
REMOVE_BYTES = job("parvis.apps.files.tasks.remove_bytes")
SECONDS = 20.0  # for one file; a job must end well before it is given again
SILENCE = 60  # seconds during which a ClamAV that did not answer is not asked again by jobs
RETRIED_AFTER = timedelta(minutes=1)
MOST_AT_ONCE = 200
_SILENT = "clamav-silent"
_WAITING = {"scan": Attachment.Scan.PENDING}

logger = logging.getLogger(__name__)


class Silent(Exception):
    """ClamAV does not answer, or not about this file."""


def record(attachment: Attachment) -> Attachment:
    """Inserts the row of a stored file; with an antivirus, the file waits for its answer, asked for in a job."""
    asked = bool(settings.PARVIS_CLAMAV)
    attachment.scan = Attachment.Scan.PENDING if asked else Attachment.Scan.NONE
    with transaction.atomic():
        attachment.save(force_insert=True)
        if asked:
            enqueue(SCAN, attachment.pk)
    return attachment


def scan(attachment_id: int) -> None:
    """Records what ClamAV says of a file; without an answer the file keeps waiting. Idempotent."""
    attachment = Attachment.objects.filter(pk=attachment_id, **_WAITING).first()
    if attachment and not caches["local"].get(_SILENT):
        _scan(attachment)


def scan_waiting() -> int:
    """Asks again about files without an answer, for SECONDS; returns how many got one. Runs every two minutes.

    In any order, so that one file about which ClamAV says nothing does not hold the others. Without an antivirus in the
    settings any more, files no longer wait.
    """
    rows = Attachment.objects.filter(**_WAITING)
    if not settings.PARVIS_CLAMAV:
        return rows.update(scan=Attachment.Scan.NONE)
    answered, until = 0, time.monotonic() + SECONDS
    for attachment in rows.filter(added_at__lt=clock.now() - RETRIED_AFTER).order_by("?")[:MOST_AT_ONCE]:
        if time.monotonic() > until:
            break
        answered += _scan(attachment)
    return answered


def _scan(attachment: Attachment) -> bool:
    try:
        virus = _ask(attachment.stored)
    except FileNotFoundError:
        attachment.scan = Attachment.Scan.NONE  # erased meanwhile: nothing is left to serve
        update(attachment, "scan", where=_WAITING)
        return True
    except Silent as silence:
        logger.warning("the antivirus did not answer about file %s: %s", attachment.pk, silence)
        caches["local"].set(_SILENT, True, SILENCE)
        return False
    attachment.scan = Attachment.Scan.INFECTED if virus else Attachment.Scan.CLEAN
    attachment.virus = one_line(virus)[:120]
    with transaction.atomic():
        if update(attachment, "scan", "virus", where=_WAITING) and virus:
            logger.warning("file %s is infected: %s", attachment.pk, attachment.virus)
            attachment.refresh_from_db(fields=["picture", "thumbnail"])  # decoded meanwhile
            enqueue(REMOVE_BYTES, attachment.paths)
    return True


def _ask(path: str) -> str:
    """The name of the virus in a stored file, "" when it is clean. Raises Silent, FileNotFoundError."""
    with storages["received"].open(path) as stream:
        try:
            with time_limit(SECONDS):
                answer = _client().instream(stream)
        except (clamd.ClamdError, OSError) as error:
            raise Silent(str(error) or type(error).__name__) from error
    verdict, virus = (answer or {}).get("stream", ("", ""))
    if verdict not in ("OK", "FOUND"):
        raise Silent(f"it says {answer}")
    return (virus or "?") if verdict == "FOUND" else ""


def _client() -> clamd.ClamdNetworkSocket:
    address: str = settings.PARVIS_CLAMAV
    if address.startswith("unix:"):
        return clamd.ClamdUnixSocket(address.removeprefix("unix:"), timeout=SECONDS)
    host, _colon, port = address.rpartition(":")
    return clamd.ClamdNetworkSocket(host, int(port), timeout=SECONDS)
