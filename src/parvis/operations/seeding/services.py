"""Filling a town with an invented past: people, contacts, cases and all that became of them."""

import time
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from parvis.apps.cases.models import Case
from parvis.apps.intake.models import Contact
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.jobs import resolve
from parvis.operations.seeding import pictures
from parvis.operations.seeding.arrivals import Town
from parvis.operations.seeding.generator import Generator
from parvis.operations.seeding.hours import WorkTime
from parvis.operations.seeding.ledger import MARK, Ledger
from parvis.operations.seeding.people import familiarity, neighbours
from parvis.operations.seeding.present import ready
from parvis.operations.seeding.reading import read
from parvis.operations.seeding.tables import analyze, at_full_speed

MOST = 1_000_000
RECENT = 3  # months of the past with which a demonstration begins
LETTERS_IN_WORDS = 40  # the latest letters of the past, which the mailbox of the demonstration shows
AHEAD = timedelta(days=800)  # how far working time is known beyond the present: promises reach into it


@dataclass(frozen=True)
class Seeded:
    """What was written: rows by name, and the seconds that it took."""

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


def examples_left() -> bool:
    """Whether any invented case is in the database."""
    return Case.objects.filter(key__gte=MARK, key__lt=MARK[:-1] + ";").exists()


def seed_once(*, cases: int) -> Seeded | None:
    """Gives a demonstration that holds nothing yet the life of its last weeks; None when there is anything already."""
    if not settings.PARVIS_DEMO or Case.objects.exists() or Contact.objects.exists():
        return None
    return seed(cases=cases, seed=1, months=RECENT)


def seed(
    *,
    cases: int,
    seed: int,
    months: int = 36,
    asked: float = 1.0,
    left: float = 0.0,
    add: bool = False,
    examples_meant: bool = False,
) -> Seeded:
    """Writes that many invented cases over the months before now, and `asked` answered questions for each.

    `left` is the share of the cases that nobody ended: a town far behind on its work.

    The same numbers, on the same town at the same moment, give the same rows. Nothing is sent, no job is asked for:
    the letters of the past are kept as sent, without words. Everything happens or nothing does. Refusals: Invalid for
    numbers out of bounds; NotAllowed outside the demonstration unless `examples_meant`; Conflict when there are cases
    already, unless `add`.
    """
    if not (1 <= cases <= MOST and 1 <= months <= 120 and 0 <= asked <= 20 and 0 <= left <= 1):
        raise Invalid(
            "Choose from 1 to 1,000,000 cases, 1 to 120 months, at most 20 questions for each case, and a share left "
            "from 0 to 1."
        )
    if not (settings.PARVIS_DEMO or examples_meant):
        raise NotAllowed("This is no demonstration: invented people and cases would stand among the true ones.")
    if Case.objects.exists() and not add:
        raise Conflict("This database already holds cases. Use --add to put examples beside them.")
    before = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    started, moment = time.monotonic(), now().replace(microsecond=0)
    rng = Random(f"{seed}:{cases}:{months}:{before}")
    first = (moment - timedelta(days=round(months * 30.44))).date()
    with at_full_speed(), transaction.atomic():
        house, rows = read(first - timedelta(days=2), (moment + AHEAD).date())
        worktime = WorkTime(house.calendar, first - timedelta(days=2), (moment + AHEAD).date())
        people = neighbours(max(30, round(cases * 0.32)), house, rng)
        town = Town(house, worktime, people, familiarity(len(people)), rng, left)
        ledger = Ledger(str(seed), pictures.originals(min(60, 3 + cases // 8), rng), rng)
        until = moment.timestamp()
        teller = Generator(house, rows, worktime, town, ledger, until)
        teller.generate(first, cases, round(cases * asked), ready(teller, min(60, cases // 5)))
        write_letters(LETTERS_IN_WORDS)
    analyze()
    return Seeded(
        cases=ledger.cases.count,
        people=ledger.people.count,
        contacts=ledger.contacts.count,
        entries=ledger.entries.count,
        photos=ledger.attachments.count,
        callbacks=ledger.calls.count,
        opinions=ledger.opinions.count,
        seconds=time.monotonic() - started,
    )


def write_letters(count: int) -> None:
    """Writes the words of the latest letters, as the worker would have: those before keep a subject alone."""
    rows = list(Outgoing.objects.filter(state=Outgoing.State.SENT, text="").order_by("-pk")[:count])
    for row in rows:
        with override(row.language):
            letter = resolve(row.renderer)(*row.args)
        row.subject, row.text, row.html = letter.subject, letter.text, letter.html
    Outgoing.objects.bulk_update(rows, ["subject", "text", "html"])
