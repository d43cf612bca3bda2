"""Fills a town with an invented past: people, contacts, cases and all that became of them."""

import time
from datetime import timedelta
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from bench.seeding.arrivals import Town
from bench.seeding.generator import Generator
from bench.seeding.hours import WorkTime
from bench.seeding.ledger import Ledger
from bench.seeding.present import ready
from bench.seeding.reading import read
from bench.seeding.tables import analyze, at_full_speed
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.jobs import resolve
from parvis.operations.demo.people import familiarity, neighbours
from parvis.operations.demo.pictures import draw_photo
from parvis.operations.demo.services import ExampleCounts

MOST = 1_000_000
LETTERS_IN_WORDS = 40  # the latest letters of the past, which the mailbox of the demonstration shows
AHEAD = timedelta(days=800)  # how far working time is known beyond the present: promises reach into it


def seed(
    *,
    cases: int,
    seed: int,
    months: int = 36,
    asked: float = 1.0,
    left: float = 0.0,
    add: bool = False,
    examples_meant: bool = False,
) -> ExampleCounts:
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
        people = neighbours(max(30, round(cases * 0.32)), house.spots, rng, english=house.english != "off")
        town = Town(house, worktime, people, familiarity(len(people)), rng, left)
        ledger = Ledger(str(seed), originals(min(60, 3 + cases // 8), rng), rng)
        until = moment.timestamp()
        teller = Generator(house, rows, worktime, town, ledger, until)
        teller.generate(first, cases, round(cases * asked), ready(teller, min(60, cases // 5)))
        write_letters(LETTERS_IN_WORDS)
    analyze()
    return ExampleCounts(
        cases=ledger.cases.count,
        people=ledger.people.count,
        contacts=ledger.contacts.count,
        entries=ledger.entries.count,
        photos=ledger.attachments.count,
        callbacks=ledger.calls.count,
        opinions=ledger.opinions.count,
        seconds=time.monotonic() - started,
    )


def originals(count: int, rng: Random) -> list[Attachment]:
    """That many photos, kept as any other, without their rows: those that use them come later, and share the bytes."""
    kept = [keep_photo(draw_photo(f"photo-{n + 1}.jpg", rng), by=Actor.citizen()) for n in range(count)]
    Attachment.objects.filter(pk__in=[attachment.pk for attachment in kept]).delete()
    return kept


def write_letters(count: int) -> None:
    """Writes the words of the latest letters, as the worker would have: those before keep a subject alone."""
    rows = list(Outgoing.objects.filter(state=Outgoing.State.SENT, text="").order_by("-pk")[:count])
    for row in rows:
        with override(row.language):
            letter = resolve(row.renderer)(*row.args)
        row.subject, row.text, row.html = letter.subject, letter.text, letter.html
    Outgoing.objects.bulk_update(rows, ["subject", "text", "html"])
