"""A seeded town is one that nothing tells from a lived one, but for its marks."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils.translation import override
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker

from bench.seeding import services as seeding
from parvis.apps.cases.models import Case, Entry, EntryFile, Opinion, PaperLetter
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.rules.states import TRANSITIONS, Transition, allows
from parvis.apps.cases.services import journal_checkpoints
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import AccessLogEntry, Actor, User
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Callback, Contact, Given, Matter, Visit
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.cli.main import main
from parvis.lib.ids import parse_reference
from parvis.lib.jobs import resolve
from parvis.operations.demo.services import ExampleCounts
from parvis.operations.town.load import load
from tests import pasts

ROOT = Path(__file__).parents[2]
TOWNS = {"carignan": ROOT / "towns/carignan", "val-des-aulnes": ROOT / "tests/towns/val-des-aulnes"}
MOMENT = "2026-11-24T14:12:00-05:00"  # a Tuesday, in working hours
MANY = 160

pytestmark = [pytest.mark.django_db, pytest.mark.soak("seeding")]

# The move that each kind of entry is, and whether it is the citizen's own.
MOVE_OF = {
    "taken": Transition.TAKE,
    "assigned": Transition.ASSIGN,
    "asked": Transition.ASK,
    "replied": Transition.REPLY,
    "answered": Transition.ANSWER,
    "noted": Transition.NOTE,
    "passed": Transition.PASS_ON,
    "waiting": Transition.WAIT,
    "resumed": Transition.RESUME,
    "promised": Transition.NEW_DATE,
    "closed": Transition.CLOSE,
    "reopened": Transition.NOT_FIXED,
    "handed": Transition.HAND_OVER,
    "called": Transition.CALLED,
}


@pytest.fixture(autouse=True)
def _then(settings: Any, tmp_path: Path) -> None:
    """The heads that a test signs are its own."""
    settings.PARVIS_NOW, settings.PARVIS_DATA = MOMENT, tmp_path


@pytest.fixture(scope="module", params=TOWNS)
def seeded(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ExampleCounts]:
    """Each town with a few months behind it, made once for the module."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(PARVIS_NOW=MOMENT):
        load(TOWNS[request.param], demo=True)
        yield seeding.seed(cases=MANY, seed=7, months=4)
        transaction.set_rollback(True)


def test_journals_hold_and_so_do_the_heads_signed_after(
    seeded: ExampleCounts, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    assert Case.objects.count() == seeded.cases == MANY
    settings.PARVIS_NOW = "2026-11-24T15:12:00-05:00"
    assert journal_checkpoints.sign().entries == seeded.entries
    assert main(["verify-journal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cases": MANY, "holds": True, "faults": {}}


def test_every_history_is_one_that_the_product_allows(seeded: ExampleCounts) -> None:
    users, before = {user.pk: user for user in User.objects.all()}, dict[int, dict[str, Any]]()
    for entry in Entry.objects.select_related("case").order_by("case_id", "seq"):
        was = before.get(entry.case_id)
        if was is None:
            before[entry.case_id] = {**entry.data["set"], "at": entry.at}
            continue
        move = MOVE_OF[entry.kind]
        if entry.kind == "closed" and entry.data["reason"] == "withdrawn":
            move = Transition.WITHDRAW
        comment = was["nature"] == "comment"
        assert allows(move, was["state"], comment=comment), (entry.case.reference, entry.seq, move, was["state"])
        assert entry.at >= was["at"], (entry.case.reference, entry.seq)
        case = Case(department_id=was["department_id"], owner_id=was["owner_id"], nature=was["nature"])
        actor = entry.actor_id
        assert may(users[actor], move, case) if actor else entry.by_citizen, (entry.case.reference, entry.seq)
        before[entry.case_id] = {**was, **entry.data["set"], "at": entry.at}
        assert before[entry.case_id]["state"] in (TRANSITIONS[move][1], was["state"], "working")


def test_nothing_leaves_and_nothing_is_queued(seeded: ExampleCounts) -> None:
    assert not OrmQ.objects.exists()
    assert set(Outgoing.objects.values_list("state", flat=True)) == {Outgoing.State.SENT}
    owed = Callback.objects.count()
    sweep_calls()
    assert Callback.objects.count() == owed, "every call that an entry owes is there already"
    assert Callback.objects.filter(done_at=None).exists()
    assert not Contact.objects.exclude(state=Contact.State.DONE).exists()


def test_every_example_bears_its_mark(seeded: ExampleCounts) -> None:
    pasts.every_example_bears_its_mark("seed:7:")


def test_the_town_has_the_variety_of_a_lived_one(seeded: ExampleCounts) -> None:
    assert len(set(Case.objects.values_list("channel", flat=True))) == 4
    assert len(set(Case.objects.exclude(closing_reason="").values_list("closing_reason", flat=True))) >= 4
    assert {"asked", "replied", "waiting", "reopened", "promised", "noted", "called"} <= set(
        Entry.objects.values_list("kind", flat=True)
    )
    languages = Counter(Case.objects.values_list("language", flat=True))
    assert languages["fr"] > 2 * languages["en"]
    assert Case.objects.filter(person=None).exists() and EntryFile.objects.exists() and AccessLogEntry.objects.exists()
    assert Counter(Case.objects.exclude(person=None).values_list("person", flat=True)).most_common(1)[0][1] > 2
    assert Given.objects.exists() and Visit.objects.exists()
    assert {"answered", "case", "callback", "none"} <= set(Matter.objects.values_list("outcome", flat=True))
    marks = Opinion.objects.values_list("solved", "mark", "reopening")
    assert marks and all((solved and mark > 2) == (reopening is None) for solved, mark, reopening in marks)


def test_every_queue_has_something_to_do_today(seeded: ExampleCounts, signed_in: Callable[[User], Client]) -> None:
    pasts.every_queue_has_something_to_do_today(signed_in)


def test_people_and_cases_are_found(seeded: ExampleCounts) -> None:
    pasts.people_and_cases_are_found()


def test_who_wants_paper_is_told_on_paper_and_some_letters_wait(seeded: ExampleCounts) -> None:
    told = Entry.objects.filter(notified_via=Entry.NotifiedVia.POST)
    assert set(told.values_list("pk", flat=True)) == set(PaperLetter.objects.values_list("entry_id", flat=True))
    assert set(told.values_list("case__person__reach", flat=True)) == {Person.Reach.PAPER}
    waiting, posted = PaperLetter.objects.filter(posted_at=None), PaperLetter.objects.exclude(posted_at=None)
    assert waiting.exists() and posted.exists()
    assert all(
        paper_letter.address
        and paper_letter.posted_by
        and paper_letter.posted_at
        and paper_letter.posted_at > paper_letter.asked_at
        for paper_letter in posted
    )


def test_photos_open_and_the_last_letters_can_be_read(seeded: ExampleCounts) -> None:
    link = EntryFile.objects.select_related("attachment").latest("pk")
    assert b"".join(respond(link.attachment)).startswith(b"\xff\xd8")
    letter = Outgoing.objects.latest("pk")
    assert letter.text and letter.html and letter.subject


def test_the_next_case_follows(seeded: ExampleCounts) -> None:
    years = Counter(
        parsed.year for ref in Case.objects.values_list("reference", flat=True) if (parsed := parse_reference(ref))
    )
    subject = Subject.objects.filter(routable=True, place="none", questions=None).first()
    assert subject is not None
    highest = max(
        parsed.number for ref in Case.objects.values_list("reference", flat=True) if (parsed := parse_reference(ref))
    )
    asked = NewCase(key="real-1", subject=subject, nature="request", channel="web", words="Une vraie demande.")
    opened = open_case(asked, by=Actor.citizen()).case
    parsed = parse_reference(opened.reference)
    assert parsed is not None and (parsed.year, parsed.number) == (2026, highest + 1)
    assert years[2026] == MANY and opened.pk == MANY + Case.objects.order_by("pk").values_list("pk", flat=True)[0]
    person = Person.objects.create(name="Quelqu’un de vrai", created_at=opened.opened_at)
    assert person.pk > Person.objects.filter(note__contains="fictive").latest("pk").pk


def test_what_is_written_is_counted_for_the_planner(seeded: ExampleCounts) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'cases_case'")
        else:
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'cases_case'")
        assert cursor.fetchone()[0] > 0


def test_readings_and_letters_speak_the_words_of_the_product(seeded: ExampleCounts) -> None:
    assert AccessLogEntry.objects.filter(reason__regex=r"^contact \d+, \w+").exists()
    subjects = list(Outgoing.objects.filter(language="fr", text="").values_list("renderer", "subject"))
    assert subjects and not any("request" in subject.lower() for _renderer, subject in subjects)
    renderer = "parvis.apps.cases.letters.cases.closed"
    closed = Outgoing.objects.filter(renderer=renderer, language="fr", text="").latest("pk")
    with override("fr"):
        assert closed.subject == resolve(closed.renderer)(*closed.args).subject
