"""The invented requests of a new demonstration: made by the services, so that nothing tells them from lived ones."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client, override_settings
from django_q.models import OrmQ
from pytest_django.plugin import DjangoDbBlocker

from parvis.apps.cases.models import Case, Entry, EntryFile, Incident, Opinion, PaperLetter, Report, State
from parvis.apps.cases.services import journal_checkpoints
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.services import staff
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Callback, Contact, Given, Matter, Visit
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.matching.queries import suggesting
from parvis.cli.main import main
from parvis.lib import ttl_cache
from parvis.lib.ids import parse_reference
from parvis.operations.demo import play
from parvis.operations.demo.services import ExampleCounts, seed_once
from parvis.operations.town.load import load
from tests import pasts

ROOT = Path(__file__).parents[2]
TOWNS = {"carignan": ROOT / "towns/carignan", "val-des-aulnes": ROOT / "tests/towns/val-des-aulnes"}
MOMENT = "2026-11-24T14:12:00-05:00"  # a Tuesday, in working hours
MANY = 80

pytestmark = pytest.mark.django_db


class Refusals(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Adds a line."""
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module", params=["carignan", pytest.param("val-des-aulnes", marks=pytest.mark.soak("towns"))])
def made(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[ExampleCounts, list[str]]]:
    """Each town with its first requests, made once for the module, and the stories that were refused."""
    refusals, moment = Refusals(), {"PARVIS_NOW": MOMENT, "PARVIS_MAILBOX": False}
    play.logger.addHandler(refusals)
    ttl_cache.forget_all()  # what is cached of the town before, whose rows are gone
    staff.forget()
    suggesting.forget()
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**moment):
        load(TOWNS[request.param], demo=True)
        OrmQ.objects.all().delete()
        result = seed_once(cases=MANY)
        assert result is not None
        yield result, refusals.lines
        transaction.set_rollback(True)
    play.logger.removeHandler(refusals)


@pytest.fixture
def demonstration(made: tuple[ExampleCounts, list[str]], settings: Any, tmp_path: Path) -> ExampleCounts:
    """A town with its first requests; the checkpoints that a test signs are its own."""
    settings.PARVIS_DATA = tmp_path
    return made[0]


def test_as_many_requests_are_opened_as_wanted_and_no_step_is_refused(made: tuple[ExampleCounts, list[str]]) -> None:
    assert made[1] == []
    assert Case.objects.count() == made[0].cases == MANY


def test_journals_hold_and_so_do_the_checkpoints_signed_after(
    demonstration: ExampleCounts, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.PARVIS_NOW = "2026-11-24T15:12:00-05:00"
    assert journal_checkpoints.sign().entries == demonstration.entries
    assert main(["verify-journal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cases": MANY, "holds": True, "faults": {}}


def test_what_happened_is_in_the_order_of_time_and_past(demonstration: ExampleCounts) -> None:
    last = dict[int, datetime]()
    for case, at in Entry.objects.order_by("case_id", "seq").values_list("case_id", "at"):
        assert last.get(case, at) <= at
        last[case] = at
    assert not Entry.objects.filter(at__gt=MOMENT).exists()
    opened = list(Case.objects.order_by("pk").values_list("opened_at", flat=True))
    assert opened == sorted(opened)


def test_promises_follow_from_the_calendar_and_no_reminder_is_left_behind(demonstration: ExampleCounts) -> None:
    moved = Entry.objects.filter(kind__in=("promised", "resumed", "replied", "answered", "reopened", "gathered"))
    straight = Case.objects.exclude(nature="comment").exclude(pk__in=moved.values("case")).filter(pauses=[])
    assert straight.count() > MANY / 3
    for case in straight:
        assert case.due_at == promise(case.opened_at, case.promise, working_calendar()).due_at
    assert Entry.objects.filter(kind="promised", actor=None).exists(), "the clock itself gave new dates"
    assert process_due_reminders() == 0


def test_nothing_leaves_and_nothing_is_queued(demonstration: ExampleCounts) -> None:
    assert not OrmQ.objects.exists() and not mail.outbox
    assert set(Outgoing.objects.values_list("state", flat=True)) == {Outgoing.State.SENT}
    owed = Callback.objects.count()
    sweep_calls()
    assert Callback.objects.count() == owed, "every call that an entry owes is there already"
    assert Callback.objects.filter(done_at=None).exists()
    assert not Contact.objects.exclude(state=Contact.State.DONE).exists()


def test_every_example_bears_its_mark(demonstration: ExampleCounts) -> None:
    pasts.every_example_bears_its_mark("seed:")


def test_the_town_has_the_variety_of_a_lived_one(demonstration: ExampleCounts) -> None:
    assert len(set(Case.objects.values_list("channel", flat=True))) == 4
    assert len(set(Case.objects.exclude(closing_reason="").values_list("closing_reason", flat=True))) >= 4
    assert set(Case.objects.values_list("state", flat=True)) == set(State.values)
    kinds = {"asked", "replied", "waiting", "reopened", "promised", "noted", "called", "passed", "merged", "thanked"}
    assert kinds <= set(Entry.objects.values_list("kind", flat=True))
    languages = Counter(Case.objects.values_list("language", flat=True))
    assert languages["fr"] > 2 * languages["en"]
    assert Case.objects.filter(person=None).exists() and EntryFile.objects.exists() and AccessLogEntry.objects.exists()
    assert Counter(Case.objects.exclude(person=None).values_list("person", flat=True)).most_common(1)[0][1] > 2
    assert Given.objects.exists() and Visit.objects.exists()
    assert {"answered", "case", "callback", "none"} <= set(Matter.objects.values_list("outcome", flat=True))
    marks = Opinion.objects.values_list("solved", "mark", "reopening")
    assert marks and all((solved and mark > 2) == (reopening is None) for solved, mark, reopening in marks)
    assert not Incident.objects.filter(ended_at=None).exists(), "no notice stands on the public pages"
    assert all(report.incident.ended_at for report in Report.objects.select_related("incident"))


def test_every_queue_has_something_to_do_today(
    demonstration: ExampleCounts, signed_in: Callable[[User], Client]
) -> None:
    pasts.every_queue_has_something_to_do_today(signed_in)


def test_people_and_cases_are_found(demonstration: ExampleCounts) -> None:
    pasts.people_and_cases_are_found()


def test_who_wants_paper_is_told_on_paper_and_some_letters_wait(demonstration: ExampleCounts) -> None:
    told = Entry.objects.filter(notified_via=Entry.NotifiedVia.POST)
    assert set(told.values_list("pk", flat=True)) == set(PaperLetter.objects.values_list("entry_id", flat=True))
    waiting, posted = PaperLetter.objects.filter(posted_at=None), PaperLetter.objects.exclude(posted_at=None)
    assert waiting.exists() and posted.exists()
    assert all(letter.address and letter.posted_by and letter.posted_at > letter.asked_at for letter in posted)  # type: ignore[operator]


def test_photos_open_and_letters_can_be_read(demonstration: ExampleCounts) -> None:
    link = EntryFile.objects.select_related("attachment").latest("pk")
    assert b"".join(respond(link.attachment)).startswith(b"\xff\xd8")
    assert Outgoing.objects.count() > 40
    assert all(letter.text and letter.html and letter.subject for letter in Outgoing.objects.all())
    assert all(letter.sent_at == letter.queued_at for letter in Outgoing.objects.all())


def test_the_next_request_follows(demonstration: ExampleCounts) -> None:
    parsed = [parse_reference(reference) for reference in Case.objects.values_list("reference", flat=True)]
    numbers = [reference.number for reference in parsed if reference]
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + MANY))
    subject = Subject.objects.filter(routable=True, place="none", questions=None).first()
    assert subject is not None
    asked = NewCase(key="real-1", subject=subject, nature="request", channel="web", words="Une vraie demande.")
    opened = parse_reference(open_case(asked, by=Actor.citizen()).case.reference)
    assert opened and (opened.year, opened.number) == (2026, max(numbers) + 1)
