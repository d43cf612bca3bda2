"""The background worker: urgent jobs, other jobs and their schedules, and what follows an opening (ADR 0060)."""

import logging
import multiprocessing
import os
import signal
from datetime import datetime, time, timedelta
from multiprocessing.context import ForkProcess
from time import monotonic, sleep
from typing import Any

from django.db import connections, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.cluster import Cluster
from django_q.models import Schedule
from django_q.scheduler import scheduler
from django_q.signals import pre_execute

from parvis.apps.files.services import decoding
from parvis.lib.jobs import SCHEDULES, URGENT
from parvis.lib.logs import request_id
from parvis.runtime import followups, parent

POLL_SECONDS = 0.2  # between two checks of whether to stop
RESTART_SECONDS = 1.0  # before what follows openings is replaced when it died
SCHEDULE_SECONDS = 15.0  # between two looks at the schedules
URGENT_NICENESS = 5  # a third of the scheduling weight of a web process: what warns the public
NICENESS = 13  # a twentieth of it: screens come first

logger = logging.getLogger(__name__)


@transaction.atomic
def ensure_schedules() -> None:
    """Makes the schedules in the database match `SCHEDULES`; an unchanged one keeps its next run."""
    Schedule.objects.exclude(name__in=SCHEDULES).delete()
    for name, each in SCHEDULES.items():
        at, minutes = (each, None) if isinstance(each, time) else (None, each)
        values = {"schedule_type": Schedule.DAILY if at else Schedule.MINUTES, "minutes": minutes}
        row, created = Schedule.objects.get_or_create(name=name, defaults={"func": name, **values})
        if created:
            row.next_run = first_run(at)
        elif row.minutes != minutes:
            row.schedule_type, row.minutes = values["schedule_type"], minutes
        row.save()


def first_run(at: time | None) -> datetime:
    """The next occurrence of that time of day in the town's zone; without a time, in a minute."""
    now = timezone.localtime()
    if at is None:
        return now + timedelta(minutes=1)
    today = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def _name_the_job(task: dict[str, Any], **_: Any) -> None:
    request_id.set(f"job-{task['id']}"[:40])


def run() -> int:
    """Runs jobs and what follows openings until SIGTERM or SIGINT, or until the supervisor is gone, then finishes what
    is in hand.

    Each kind has processes of its own: two clusters of django-q2, which replace those that die, and `followups`, which
    is replaced. Returns 1 when a cluster dies by itself.
    """
    ensure_schedules()
    pre_execute.connect(_name_the_job)
    decoding.start()  # before the processes part, which share it
    urgent, ordinary = Cluster(get_broker(URGENT)), Cluster()
    stop_signals = list[int]()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _frame: stop_signals.append(signum))
    connections.close_all()
    os.nice(URGENT_NICENESS)
    urgent.start()
    os.nice(NICENESS - URGENT_NICENESS)
    ordinary.start()
    following = _follow()
    scheduled = 0.0
    # Stopping a cluster in the handler itself could happen inside a lock that the cluster needs.
    while not (stop_signals or parent.is_gone()):
        if not (urgent.sentinel.is_alive() and ordinary.sentinel.is_alive()):
            break
        if not following.is_alive():
            logger.error(
                "what follows openings ended by itself (exit code %s): it is started again", following.exitcode
            )
            sleep(RESTART_SECONDS)
            following = _follow()
        if monotonic() > scheduled + SCHEDULE_SECONDS:
            scheduler()
            connections.close_all()
            scheduled = monotonic()
        following.join(POLL_SECONDS)
    following.terminate()
    urgent.stop()
    ordinary.stop()
    while following.is_alive():  # told again: the first signal may have come before it listened
        following.terminate()
        following.join(POLL_SECONDS)
    return 0 if stop_signals or parent.is_gone() else 1


def _follow() -> ForkProcess:
    process = multiprocessing.get_context("fork").Process(target=followups.run, name="parvis-followups", daemon=True)
    process.start()
    return process
