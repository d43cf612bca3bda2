"""`python -m bench.seeding`: an invented past that nothing tells from a lived one, but for its marks."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils.translation import override
from django_q.models import OrmQ

from bench.seeding import services as seeding
from bench.seeding.__main__ import main as seed_command
from parvis.apps.cases import queries
from parvis.apps.cases import services as cases
from parvis.apps.cases.models import Case, Entry, EntryFile, Opinion, PaperLetter, State
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.queries.lists import case_search
from parvis.apps.cases.rules.states import MOVES, Move, allows
from parvis.apps.cases.services import NewCase, journal_checkpoints
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import AccessLogEntry, Actor, Department, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Callback, Contact, Given, Matter, Visit
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents import queries as people
from parvis.apps.residents.models import Person, PhoneNumber
from parvis.cli.main import main
from parvis.lib.clock import now
from parvis.lib.ids import parse_reference
from parvis.lib.jobs import resolve
from parvis.operations.demo.services import ExampleCounts
from parvis.operations.town import load
from tests.factories import SmallTown

ROOT = Path(__file__).parents[2]
TOWNS = {"carignan": ROOT / "towns/carignan", "val-des-aulnes": ROOT / "tests/towns/val-des-aulnes"}
MOMENT = "2026-11-24T14:12:00-05:00"  # a Tuesday, in working hours
MANY = 160

# The move that each kind of entry is, and whether it is the citizen's own.
MOVE_OF = {
    "taken": Move.TAKE,
    "assigned": Move.ASSIGN,
    "asked": Move.ASK,
    "replied": Move.REPLY,
    "answered": Move.ANSWER,
    "noted": Move.NOTE,
    "passed": Move.PASS_ON,
    "waiting": Move.WAIT,
    "resumed": Move.RESUME,
    "promised": Move.NEW_DATE,
    "closed": Move.CLOSE,
    "reopened": Move.NOT_FIXED,
    "handed": Move.HAND_OVER,
    "called": Move.CALLED,
}


@pytest.fixture(autouse=True)
def _own_heads(settings: Any, tmp_path: Path) -> None:
    """The heads that a test signs are its own."""
    settings.PARVIS_DATA = tmp_path


@pytest.fixture(params=TOWNS)
def seeded(request: pytest.FixtureRequest, db: None, settings: Any) -> ExampleCounts:
    """Each town with a few months behind it."""
    settings.PARVIS_NOW = MOMENT
    load(TOWNS[request.param], demo=True)
    return seeding.seed(cases=MANY, seed=7, months=4)


@pytest.fixture
def small(town: SmallTown, settings: Any) -> SmallTown:
    settings.PARVIS_NOW = MOMENT
    return town


def test_journals_hold_and_so_do_the_heads_signed_after(
    seeded: ExampleCounts, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    assert Case.objects.count() == seeded.cases == MANY
    settings.PARVIS_NOW = "2026-11-24T15:12:00-05:00"
    assert journal_checkpoints.sign().entries == seeded.entries
    assert main(["verify-journal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"cases": MANY, "holds": True, "faults": {}}


def test_examples_may_come_after_a_head_was_signed(small: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    journal_checkpoints.sign()
    seeding.seed(cases=20, seed=1, months=2)
    assert main(["verify-journal"]) == 0
    assert not Entry.objects.filter(recorded_at=None).exists()


def test_every_history_is_one_that_the_product_allows(seeded: ExampleCounts) -> None:
    users, before = {user.pk: user for user in User.objects.all()}, dict[int, dict[str, Any]]()
    for entry in Entry.objects.select_related("case").order_by("case_id", "seq"):
        was = before.get(entry.case_id)
        if was is None:
            before[entry.case_id] = {**entry.data["set"], "at": entry.at}
            continue
        move = MOVE_OF[entry.kind]
        if entry.kind == "closed" and entry.data["reason"] == "withdrawn":
            move = Move.WITHDRAW
        comment = was["nature"] == "comment"
        assert allows(move, was["state"], comment=comment), (entry.case.reference, entry.seq, move, was["state"])
        assert entry.at >= was["at"], (entry.case.reference, entry.seq)
        case = Case(department_id=was["department_id"], owner_id=was["owner_id"], nature=was["nature"])
        actor = entry.actor_id
        assert may(users[actor], move, case) if actor else entry.by_citizen, (entry.case.reference, entry.seq)
        before[entry.case_id] = {**was, **entry.data["set"], "at": entry.at}
        assert before[entry.case_id]["state"] in (MOVES[move][1], was["state"], "working")


def test_nothing_leaves_and_nothing_is_queued(seeded: ExampleCounts) -> None:
    assert not OrmQ.objects.exists()
    assert set(Outgoing.objects.values_list("state", flat=True)) == {Outgoing.State.SENT}
    owed = Callback.objects.count()
    sweep_calls()
    assert Callback.objects.count() == owed, "every call that an entry owes is there already"
    assert Callback.objects.filter(done_at=None).exists()
    assert not Contact.objects.exclude(state=Contact.State.DONE).exists()


def test_every_example_bears_its_mark(seeded: ExampleCounts) -> None:
    assert not Case.objects.exclude(key__startswith="seed:7:").exists()
    assert not Contact.objects.exclude(key__startswith="seed:7:").exists()
    assert not Person.objects.exclude(note__contains="fictive").exists()
    assert not Person.objects.exclude(email="").exclude(email__endswith="@courriel.example").exists()
    assert not PhoneNumber.objects.exclude(number__regex=r"^\+1\d{3}555\d{4}$").exists()


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


def test_every_queue_has_something_to_do_today(
    seeded: ExampleCounts, signed_in: Callable[[User], Client], settings: Any
) -> None:
    manager = next(user for user in User.objects.all() if Role.MANAGER in user.roles)
    inside = Department.objects.exclude(kind=Department.Kind.EXTERNAL)
    counts = [queries.counts(department.pk, manager) for department in inside]
    for view in ("late", "today", "to_take", "paused", "reopened", "comments"):
        assert any(each[view] for each in counts), (view, counts)
    busiest = Counter(Case.objects.exclude(state=State.CLOSED).values_list("department", flat=True)).most_common(1)
    page = signed_in(manager).get(f"/desk/queue/{Department.objects.get(pk=busiest[0][0]).slug}/")
    assert page.status_code == 200
    reference = Case.objects.exclude(state=State.CLOSED).latest("opened_at").reference
    assert signed_in(manager).get(f"/desk/cases/{reference}/").status_code == 200
    agents = [user for user in User.objects.all() if Role.AGENT in user.roles]
    assert all(user.contacts.filter(state=Contact.State.DONE).count() >= 10 for user in agents)


@pytest.mark.parametrize(
    "moment", ["2026-11-22T03:00:00-05:00", "2026-11-24T00:01:00-05:00", "2026-12-25T22:30:00-05:00"]
)
def test_any_hour_will_do(small: SmallTown, settings: Any, moment: str) -> None:
    settings.PARVIS_NOW = moment
    made = seeding.seed(cases=60, seed=1, months=2)
    assert made.cases == 60
    assert not Entry.objects.filter(at__gt=moment).exists()
    assert main(["verify-journal"]) == 0
    running = Case.objects.filter(state__in=("new", "working")).exclude(nature="comment")
    assert running.exists() and Case.objects.filter(state__in=("asked", "waiting")).exists()


def test_people_and_cases_are_found(seeded: ExampleCounts) -> None:
    case = Case.objects.exclude(person=None).exclude(words="").latest("pk")
    assert case.person is not None
    manager = next(user for user in User.objects.all() if Role.MANAGER in user.roles)
    words = f"{case.person.name} {case.reference[3:7]}"
    assert case in case_search.search_cases(words, case_search.SearchFilter(), user=manager).cases
    assert case.person in people.find(case.person.name)
    phone = PhoneNumber.objects.latest("pk")
    assert phone.person in people.find(phone.number.removeprefix("+1"))


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
    opened = cases.open_case(asked, by=Actor.citizen()).case
    parsed = parse_reference(opened.reference)
    assert parsed is not None and (parsed.year, parsed.number) == (2026, highest + 1)
    assert years[2026] == MANY and opened.pk == MANY + Case.objects.order_by("pk").values_list("pk", flat=True)[0]
    person = Person.objects.create(name="Quelqu’un de vrai", created_at=opened.opened_at)
    assert person.pk > Person.objects.filter(note__contains="fictive").latest("pk").pk


def story() -> list[Any]:
    """Everything that a seeding wrote, but for what a sequence of PostgreSQL numbers."""
    return [
        list(Case.objects.order_by("pk").values_list("key", "secret", "code", "words", "state", "opened_at", "due_at")),
        list(Entry.objects.order_by("pk").values_list("case__key", "seq", "kind", "at", "actor", "body", "salt")),
        list(Person.objects.order_by("pk").values_list("name", "email", "address", "created_at")),
        list(Contact.objects.order_by("pk").values_list("key", "agent", "channel", "started_at", "seconds")),
        list(Callback.objects.order_by("pk").values_list("phone", "due_at", "done_at", "note")),
        list(Opinion.objects.order_by("pk").values_list("mark", "words", "given_at")),
    ]


def test_the_same_numbers_give_the_same_past(small: SmallTown) -> None:
    told = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            seeding.seed(cases=80, seed=seed, months=6)
            told.append(story())
            transaction.set_rollback(True)
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_a_town_may_be_far_behind_on_its_work(small: SmallTown) -> None:
    seeding.seed(cases=300, seed=3, months=12, left=0.5)
    old = Case.objects.filter(opened_at__lt=now() - timedelta(days=60)).exclude(nature="comment")
    still_open = old.exclude(state="closed").count()
    assert old.count() * 0.35 < still_open < old.count() * 0.65
    assert main(["verify-journal"]) == 0


def test_true_cases_are_never_joined_by_accident(
    small: SmallTown, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_command(["--cases", "30", "--months", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 30
    assert seed_command(["--cases", "30"]) == 1
    assert "already holds cases" in capsys.readouterr().err
    assert seed_command(["--cases", "30", "--months", "2", "--add"]) == 0
    assert Case.objects.count() == 60 and main(["verify-journal"]) == 0
    settings.PARVIS_DEMO = False
    assert seed_command(["--cases", "30", "--add"]) == 1
    assert "no demonstration" in capsys.readouterr().err
    assert seed_command(["--cases", "5", "--months", "2", "--add", "--yes-these-are-examples"]) == 0
    assert Case.objects.count() == 65


@pytest.mark.parametrize(
    "wrong",
    [
        ["--cases", "0"],
        ["--cases", "9", "--months", "0"],
        ["--cases", "9", "--asked", "-1"],
        ["--cases", "9", "--left", "2"],
    ],
)
def test_numbers_out_of_bounds_are_refused(
    small: SmallTown, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_command(wrong) == 1
    assert "Choose from 1" in capsys.readouterr().err
    assert not Case.objects.exists()


def test_a_town_where_nobody_answers_is_refused_whole(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    load(TOWNS["val-des-aulnes"], demo=False)
    assert seed_command(["--cases", "9"]) == 1
    assert "Examples need" in capsys.readouterr().err
    assert not Person.objects.exists()


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
