"""The worker runs what the apps scheduled, and nothing that they no longer do."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from django_q.models import Schedule

from parvis.lib.jobs import SCHEDULES, resolve
from parvis.runtime.worker import ensure_schedules

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
DAILY = "parvis.apps.files.tasks.sweep"
MINUTELY = "parvis.apps.mail.tasks.watch_mailboxes"


def kept() -> dict[str, int | time]:
    """What the database holds, as `SCHEDULES` says it: minutes, or the time of day of the next run."""
    rows = {row.name: row for row in Schedule.objects.all()}
    assert all(row.func == name and row.next_run for name, row in rows.items())
    return {name: row.minutes or timezone.localtime(row.next_run).time() for name, row in rows.items()}


def next_run(name: str) -> datetime:
    moment: datetime = Schedule.objects.get(name=name).next_run
    return moment


def test_the_database_holds_each_schedule_of_the_apps_and_each_leads_to_a_job() -> None:
    Schedule.objects.create(name="parvis.apps.mail.tasks.no_longer", func="parvis.apps.mail.tasks.no_longer")
    ensure_schedules()
    assert kept() == SCHEDULES
    assert all(callable(resolve(name)) for name in SCHEDULES)


def test_a_start_of_the_worker_moves_no_schedule() -> None:
    ensure_schedules()
    soon = timezone.now() + timedelta(seconds=20)
    Schedule.objects.update(next_run=soon)
    ensure_schedules()
    assert next_run(DAILY) == next_run(MINUTELY) == soon


def test_a_schedule_that_changed_is_corrected() -> None:
    ensure_schedules()
    Schedule.objects.filter(name=MINUTELY).update(schedule_type=Schedule.DAILY, minutes=None)
    ensure_schedules()
    row = Schedule.objects.get(name=MINUTELY)
    assert (row.schedule_type, row.minutes) == (Schedule.MINUTES, SCHEDULES[MINUTELY])
