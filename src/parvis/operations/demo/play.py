"""Plays stories in the order of time: the clock held at each step, the worker's jobs done at once, nothing sent."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush

from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import override

from parvis.apps.cases.models import Case, Checkpoint, State
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.cases.services.staff_notifications import WARNING
from parvis.apps.directory.models import AccessLogEntry
from parvis.apps.mail.models import Outgoing
from parvis.lib import clock
from parvis.lib.database.rows import Compiled
from parvis.lib.errors import Refused
from parvis.lib.jobs import Job, collected, resolve
from parvis.lib.words import one_line

logger = logging.getLogger(__name__)

_reminder_due = Compiled(
    lambda until: (
        Case.objects.exclude(state=State.CLOSED)
        .filter(next_reminder_at__lte=until)
        .order_by("next_reminder_at")
        .values_list("next_reminder_at")
    )
)

Story = Iterator[datetime]
"""A story acts each time it is resumed, then yields the moment when it goes on."""


def play(
    stories: Iterable[tuple[datetime, Story]], until: datetime, refused: Callable[[], None] = lambda: None
) -> None:
    """Plays stories, each from its first moment, as far as `until`: what would come later does not happen.

    A story whose step is refused ends there, and the step leaves nothing behind; `refused` is called then.
    """
    coming = [(start, rank, story) for rank, (start, story) in enumerate(stories)]
    heapify(coming)
    with collected() as jobs:
        while coming and coming[0][0] <= until:
            moment, rank, story = heappop(coming)
            _keep_promises(moment, jobs)
            with clock.at(moment):
                following = _next_moment(story, jobs, refused)
            if following is not None:
                heappush(coming, (following, rank, story))
        _keep_promises(until, jobs)
    while index_new_cases():
        pass


def last_told() -> dict[type[Model], int]:
    """The last letter, and the last reading of a file, before stories are played: for `tell_at`."""
    return {rows: rows.objects.aggregate(last=Max("pk"))["last"] or 0 for rows in (Outgoing, AccessLogEntry)}


def tell_at(until: datetime, told: Mapping[type[Model], int]) -> None:
    """Dates the letters and the readings of the stories at the present, once a checkpoint was signed: what it covers
    stays as it was.
    """
    if Checkpoint.objects.exists():
        Outgoing.objects.filter(pk__gt=told[Outgoing]).exclude(sent_at=None).update(sent_at=until)
        AccessLogEntry.objects.filter(pk__gt=told[AccessLogEntry]).update(at=until)


def _next_moment(story: Story, jobs: list[Job], refused: Callable[[], None]) -> datetime | None:
    try:
        with transaction.atomic():
            following = next(story, None)
            _do(jobs)
    except Refused as refusal:
        logger.warning("a story of the demonstration ended early: %s %s", refusal, dict(refusal.fields))
        jobs.clear()
        refused()
        return None
    return following


def _keep_promises(until: datetime, jobs: list[Job]) -> None:
    """What the worker does as time passes: warnings and new dates, each at its moment, as far as `until`."""
    last = None
    while (row := _reminder_due.first(until)) and (moment := row[0]) and moment != last:
        last = moment
        with clock.at(moment):
            process_due_reminders()
            _do(jobs)


def _do(jobs: list[Job]) -> None:
    """What the worker does at once: the jobs asked for, those that they ask for, and the letters."""
    while jobs:
        name, args = jobs.pop(0)
        resolve(name)(*args)
    for letter in Outgoing.objects.filter(state=Outgoing.State.QUEUED):
        _write_letter(letter)


def _write_letter(letter: Outgoing) -> None:
    """Writes a letter as the worker does and keeps it as sent: no server hears of it. Warnings to staff are dropped."""
    if letter.renderer == WARNING:
        letter.delete()
        return
    with override(letter.language):
        written = resolve(letter.renderer)(*letter.args)
    letter.write(subject=one_line(written.subject), text=written.text, html=written.html)
    letter.state, letter.attempts = Outgoing.State.SENT, 1
    letter.attempted_at = letter.sent_at = clock.now()
    letter.save()
