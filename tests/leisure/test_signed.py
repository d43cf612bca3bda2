"""`parvis verify-journal` tells what was changed of opinions, money, registrations and decisions of courts."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from parvis.apps.billing.models import Payment
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.cases.models import Checkpoint, Opinion
from parvis.apps.cases.services import handling, journal_checkpoints
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal_checkpoints import signature
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.households.models import PickUpRestriction
from parvis.apps.households.services.custody import ask_to_end_restriction, decide_ending, restrict_pick_up
from parvis.apps.leisure.models import Registration, RegistrationEvent
from parvis.apps.leisure.services.signed_steps import RULE, destroy_registrations
from parvis.apps.retention.services import log
from parvis.cli.main import main
from parvis.lib import clock
from tests.billing.conftest import make_household as make_payers
from tests.billing.conftest import sell_to
from tests.factories import SmallTown, make_person, unique
from tests.leisure.making import children_of, hold, make_activity, make_group, make_household, make_season

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MORNING = datetime(2026, 12, 16, 14, tzinfo=UTC)
DAY = timedelta(days=1)
Verify = Callable[[], tuple[int, str]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """verify(): the exit code of the command, and its faults in words."""

    def run() -> tuple[int, str]:
        capsys.readouterr()
        code = main(["verify-journal", "--json"])
        return code, json.dumps(json.loads(capsys.readouterr().out)["faults"])

    return run


def sql(statement: str, *values: Any) -> None:
    """Someone with every access to the database."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def lived(town: SmallTown, settings: Settings, tmp_path: Path) -> None:
    """Two days, each signed: an opinion, a sale paid at the counter, places held, a decision of a court."""
    settings.PARVIS_DATA = tmp_path
    with clock.at(MORNING):
        new = NewCase(
            key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Éteint.",
            person=make_person(email="rose@exemple.ca"),
        )  # fmt: skip
        case = open_case(new, by=Actor.citizen()).case
        handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.technician)
        give_opinion(case_id=case.pk, closing=2, solved=True, mark=4, words="Merci bien.")
        take_at_counter(key="f", invoice=sell_to(make_payers(), 9_200), method=Payment.Method.CASH, by=town.agent)
        home = make_household("Léa", "Tom")
        hold(home, make_group(make_season(), make_activity()))
        lea = children_of(home)[0]
        day = date(2026, 6, 2)
        restrict_pick_up(
            child=lea, adult=None, name="Martin Roy", document="judgment", document_on=day, by=town.leisure_manager
        )
    for number in (1, 2):
        with clock.at(MORNING + number * DAY):
            journal_checkpoints.sign()


def test_what_was_lived_through_the_services_holds(lived: None, verify: Verify) -> None:
    assert verify() == (0, "{}")
    logs = Checkpoint.objects.latest("until").logs
    assert all(logs[name]["total"] for name in ("opinions", "ledger", "payments", "restrictions", "steps"))


TAMPERING: dict[str, tuple[str, str]] = {
    "an opinion is another mark": ("UPDATE cases_opinion SET mark = 5", "opinion on"),
    "its words are another's": ("UPDATE cases_opinion SET words = 'Parfait.'", "opinion on"),
    "its words and its seal are blanked": ("UPDATE cases_opinion SET words = '', seal = ''", "opinion on"),
    "an opinion is removed": ("DELETE FROM cases_opinion", "what was signed of the opinions of citizens"),
    "a leg of the ledger": ("UPDATE billing_leg SET cents = cents + 100", "what was signed of the ledger"),
    "two legs that still balance": ("UPDATE billing_leg SET cents = cents * 2", "what was signed of the ledger"),
    "a leg goes to another account": (
        "UPDATE billing_leg SET account = 'bank' WHERE account = 'drawer'",
        "what was signed of the ledger",
    ),
    "a leg is removed": ("DELETE FROM billing_leg WHERE account = 'drawer'", "what was signed of the ledger"),
    "the amount of a payment": ("UPDATE billing_payment SET cents = 100", "what was signed of the payments"),
    "what a payment took": ("UPDATE billing_payment SET tendered_cents = 100", "what was signed of the payments"),
    "who took it": ("UPDATE billing_payment SET received_by_id = NULL", "what was signed of the payments"),
    "a payment is removed": ("DELETE FROM billing_payment", "what was signed of the payments"),
    "a step is another": (
        "UPDATE leisure_registrationevent SET what = 'confirmed'",
        "what was signed of the steps of registrations",
    ),
    "a step is removed": (
        "DELETE FROM leisure_registrationevent WHERE id = (SELECT min(id) FROM leisure_registrationevent)",
        "what was signed of the steps of registrations",
    ),
    "a step is detached as by a destruction": (
        "UPDATE leisure_registrationevent SET registration_id = NULL, destroyed = 1, line_hash = 'x'",
        "it was removed, and no destruction says so",
    ),
    "a decision of a court names another": (
        "UPDATE households_pickuprestriction SET name = 'Luc Roy'",
        "decision of a court number",
    ),
    "it is ended by hand": (
        "UPDATE households_pickuprestriction SET ended_at = made_at, ended_by_id = made_by_id, ended_why = 'non'",
        "decision of a court number",
    ),
    "it is removed": ("DELETE FROM households_pickuprestriction", "what was signed of the decisions of courts"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_told(lived: None, verify: Verify, name: str) -> None:
    statement, told = TAMPERING[name]
    sql(statement)
    code, faults = verify()
    assert code == 1 and told in faults, faults


def test_what_changes_and_is_erased_by_law_raises_no_alarm(lived: None, verify: Verify, town: SmallTown) -> None:
    opinion = Opinion.objects.get()
    with clock.at(MORNING + 3 * DAY):
        give_opinion(case_id=opinion.case_id, closing=2, solved=True, mark=5, words="Encore merci.")
        assert verify() == (0, "{}")
        said = {"document": "judgment", "document_on": clock.today(), "why": "Jugement du 2 mars"}
        asked = ask_to_end_restriction(restriction=PickUpRestriction.objects.get(), **said, by=town.leisure_manager)  # type: ignore[arg-type]
        decide_ending(ending=asked, approved=True, by=town.clerk)
        erase_words(case_id=opinion.case_id, seq=2, ground="Loi", by=town.privacy_officer)
        opinion.refresh_from_db()
        assert opinion.words == "" and verify() == (0, "{}")
    with clock.at(MORNING + 4 * DAY):
        journal_checkpoints.sign()
        assert verify() == (0, "{}")


def test_registrations_destroyed_by_the_calendar_raise_no_alarm(lived: None, verify: Verify) -> None:
    ids = list(Registration.objects.values_list("pk", flat=True))
    destroy_registrations(registration_ids=ids)
    assert "no destruction says so" in verify()[1], "until the log of destructions tells it"
    log.append("destroyed", rule=RULE, ids=ids)
    assert verify() == (0, "{}")
    assert not Registration.objects.exists() and not RegistrationEvent.objects.exclude(words="", by=None).exists()
    with clock.at(MORNING + 5 * DAY):
        journal_checkpoints.sign()
    assert verify() == (0, "{}")


def test_the_heads_of_before_hold_and_the_first_new_one_covers_what_there_is(
    lived: None, verify: Verify, town: SmallTown
) -> None:
    for path in journal_checkpoints.folder().glob("*.json"):
        path.unlink()
    first_logs = ("entries", "readings", "letters")
    for row in Checkpoint.objects.order_by("number"):  # as a former version signed them
        row.logs = {name: row.logs[name] for name in first_logs}
        payload = journal_checkpoints.head(row)
        payload.pop("signature")
        row.signature = signature(payload)
        row.save()
        path = journal_checkpoints.folder() / journal_checkpoints.file_name(row.until)
        path.write_text(json.dumps(journal_checkpoints.head(row)))
    assert verify() == (0, "{}")
    with clock.at(MORNING + 5 * DAY):
        journal_checkpoints.sign()
    assert verify() == (0, "{}")
    assert Checkpoint.objects.latest("until").logs["ledger"]["total"] > 0
    sql("UPDATE billing_leg SET cents = cents * 2")
    assert "what was signed of the ledger" in verify()[1]
