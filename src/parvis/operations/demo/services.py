"""Gives a new demonstration the requests of its last weeks."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils.translation import override

from parvis.apps.cases.models import Case, Checkpoint, Entry, Opinion
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.catalogue.rules.promises import parse_duration
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Callback, Contact
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.operations.demo.desk import calls_back, incident, letters_posted, question
from parvis.operations.demo.marks import MARK
from parvis.operations.demo.panels import example_screens
from parvis.operations.demo.people import CHANNELS
from parvis.operations.demo.play import Story, last_told, play, tell_at
from parvis.operations.demo.requests import COURSES, dated_request, merged_requests, request
from parvis.operations.demo.texts import drawn
from parvis.operations.demo.town import Town

WEEKS = 13
COMMENTS = 0.05
MOST_CASES = 2000
MOST_OF_THE_PRESENT = 60
MERGES = 3
# What the queues show now: the steps made within so many hours of work, how many working days ago it was opened, for
# whom. Beside these, dates given for today, and for days that are past.
PRESENT: tuple[tuple[tuple[str, ...], float, tuple[int, int], dict[str, Any]], ...] = (
    ((), 0, (0, 1), {}),
    (("take", "ask"), 4, (2, 8), {"reach": "email"}),
    (("take", "wait"), 4, (2, 8), {}),
    ((), 0, (0, 1), {"comment": True}),
    (("take", "close"), 1.5, (0, 0), {"reach": "phone"}),
    ((), 0, (0, 0), {"reach": "paper"}),
    (("take", "close", "bad_opinion"), 10, (9, 14), {"reach": "email"}),
)


@dataclass(frozen=True)
class ExampleCounts:
    """How many rows were made, by name, and in how many seconds."""

    cases: int
    people: int
    contacts: int
    entries: int
    photos: int
    callbacks: int
    opinions: int
    seconds: float

    def line(self) -> str:
        """One line to print."""
        parts = ("cases", "people", "contacts", "entries", "photos", "callbacks", "opinions")
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in parts)
        return f"Examples: {counts}, in {self.seconds:.1f} s."


def seed_once(*, cases: int, seed: int = 1) -> ExampleCounts | None:
    """Makes so many invented requests of the last weeks in an empty demonstration; None when it is not one.

    All of it or nothing, with as many questions answered on the spot. The same `seed`, on the same town at the same
    moment, tells the same stories; links and codes are drawn anew. No letter leaves, no job is left. Raises NotAllowed
    when nobody answers or works in the town, Invalid when `cases` is not from 1 to MOST_CASES.
    """
    if not 1 <= cases <= MOST_CASES:
        raise Invalid(f"Choose from 1 to {MOST_CASES} requests.")
    if not settings.PARVIS_DEMO or Case.objects.exists() or Contact.objects.exists():
        return None
    started, until = time.monotonic(), now().replace(microsecond=0)
    with transaction.atomic(), override("fr"):
        told = last_told()
        town = Town(max(30, round(cases * 0.32)), Random(f"{seed}:{cases}"))
        play(_stories(town, cases, until), until, town.forget_rolled_back)
        example_screens(town)
        Contact.objects.exclude(key__startswith=MARK).update(key=Concat(Value(MARK), F("key")))  # named by the counter
        if Checkpoint.objects.exists():  # what was signed before stays as it was
            Entry.objects.update(recorded_at=until)
        tell_at(until, told)
    return ExampleCounts(
        cases=Case.objects.count(),
        people=Person.objects.count(),
        contacts=Contact.objects.count(),
        entries=Entry.objects.count(),
        photos=Attachment.objects.count(),
        callbacks=Callback.objects.count(),
        opinions=Opinion.objects.count(),
        seconds=time.monotonic() - started,
    )


def _stories(town: Town, cases: int, until: datetime) -> Iterator[tuple[datetime, Story]]:
    """Every story with its first moment: so many requests in all, and as many questions."""
    present = min(MOST_OF_THE_PRESENT, cases // 5)
    merges = min(MERGES, cases // 40)
    begun = _days(town, until)[0]
    for n in range(present):
        yield _present(town, n, until)
    for _ in range(merges):
        start = _office_hour(town, until - timedelta(days=21))
        yield start, merged_requests(town, _placed_subject(town))
    for _ in range(cases - present - 2 * merges):
        start, channel = _arrival(town, until)
        subject = town.subject(start.date(), routable=True)
        comment = town.rng.random() < COMMENTS
        steps = ("pass_comment",) if comment else drawn(COURSES, town.rng)
        yield start, request(town, subject, channel, steps, comment=comment)
    for _ in range(cases):
        start = _office_hour(town, until)
        channel = Channel.COUNTER if town.rng.random() < 0.17 else Channel.PHONE
        yield start, question(town, town.subject(start.date(), routable=False), channel)
    opening = town.calendar.start_of_day(begun).astimezone(UTC)
    yield opening, calls_back(town, until)
    yield opening, letters_posted(town)
    water = [row for row in town.subjects if row.department in town.departments and town.theme(row).name == "water"]
    if water and town.addresses:
        street = town.rng.choice(list(town.addresses.values())).street
        yield _office_hour(town, until - timedelta(days=14)), incident(town, water[0], street)


def _present(town: Town, n: int, until: datetime) -> tuple[datetime, Story]:
    """The n-th of the requests that show in a queue now."""
    rank = n % (len(PRESENT) + 3)
    if rank >= len(PRESENT):
        return _dated(town, until, days_late=town.rng.randint(1, 3) if rank == len(PRESENT) else 0)
    steps, hours, (least, most), options = PRESENT[rank]
    start = town.office_hour(_working_day(town, until, town.rng.randint(least, most)), until)
    channel = Channel.WEB if options.get("reach") in ("email", "paper") else drawn(CHANNELS, town.rng)
    subject = town.subject(start.date(), routable=True)
    return start, request(town, subject, channel, steps, hours=hours, **options)


def _dated(town: Town, until: datetime, *, days_late: int) -> tuple[datetime, Story]:
    """A request to which a date was given two working days before: today's, or one that is past."""
    calendar = town.calendar
    due = calendar.add_working_days(_working_day(town, until, 0), -days_late)
    short = [row for row in town.subjects if row.routable and parse_duration(row.target).unit in ("h", "H", "d")]
    subject = town.rng.choice([row for row in short if parse_duration(row.target).amount <= 10] or town.subjects)
    target = parse_duration(subject.target)
    opened = calendar.add_working_days(due, -5 - (target.amount if target.unit == "d" else 1))
    given = town.office_hour(calendar.add_working_days(due, -2), until)
    return town.office_hour(opened, until), dated_request(town, subject, Channel.PHONE, given=given, due=due)


def _placed_subject(town: Town) -> Subject:
    """A subject that is about a place, so that two people may tell of the same thing."""
    placed = [row for row in town.subjects if row.routable and row.nature == Nature.REQUEST and row.place != "none"]
    return town.rng.choice(placed or town.subjects)


def _days(town: Town, until: datetime) -> list[date]:
    """The days of the past, the present one included when its offices have been open for half an hour."""
    today = town.calendar.local(until).date()
    opened = town.calendar.working_minutes_between(town.calendar.start_of_day(today), until) >= 30
    return [today - timedelta(days=n) for n in range(7 * WEEKS, -opened, -1)]


def _working_day(town: Town, until: datetime, ago: int) -> date:
    """The latest working day that has begun, or the one so many working days before it."""
    latest = next(day for day in reversed(_days(town, until)) if town.calendar.is_working_day(day))
    return town.calendar.add_working_days(latest, -ago) if ago else latest


def _office_hour(town: Town, until: datetime) -> datetime:
    """A moment of the past when the offices were open."""
    days = [day for day in _days(town, until) if town.calendar.is_working_day(day)]
    return town.office_hour(town.rng.choice(days), until)


def _arrival(town: Town, until: datetime) -> tuple[datetime, str]:
    """When someone comes, and how: on the site at any hour, otherwise when the offices are open."""
    channel = drawn(CHANNELS, town.rng)
    if channel != Channel.WEB:
        return _office_hour(town, until), channel
    return min(town.any_hour(town.rng.choice(_days(town, until))), until - timedelta(minutes=5)), channel
