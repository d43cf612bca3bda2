"""A trial records weekly figures from its first day, and frozen weeks do not change."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.directory.models import Actor
from parvis.apps.insight.models import Week
from parvis.apps.insight.services.trials import keep_baseline, start_trial, stop_trial
from parvis.apps.intake.models import Contact, Matter
from parvis.cli.main import main
from parvis.lib.clock import now, today
from parvis.lib.ttl_cache import forget_all
from tests.confirming import confirm
from tests.counting import statements
from tests.factories import SmallTown, unique


@pytest.fixture
def at(settings: Any) -> Callable[[str], None]:
    """at("2026-02-02T09:00"): sets the current time, in Eastern standard time."""

    def set_time(moment: str) -> None:
        settings.PARVIS_NOW = f"{moment}:00-05:00"
        forget_all()

    return set_time


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """out(): the JSON output of the command."""
    return lambda: dict(json.loads(capsys.readouterr().out))


def a_week_of_work(town: SmallTown, at: Callable[[str], None]) -> None:
    """Three questions, one answered at once; two requests, one of them passed on and reopened."""
    at("2026-02-02T10:00")
    for channel, outcome in ((Channel.PHONE, "answered"), (Channel.COUNTER, "case"), (Channel.PHONE, "case")):
        contact = Contact.objects.create(key=unique(), channel=channel, state="done", started_at=now())
        Matter.objects.create(contact=contact, key=unique(), outcome=outcome, at=now(), by=town.agent)
    opened = [
        open_case(
            NewCase(unique(), town.streetlight, Nature.REQUEST, Channel.PHONE, words="Éteint."),
            by=Actor.staff(town.agent),
        ).case
        for _ in range(2)
    ]
    at("2026-02-02T14:00")
    handling.answer(case_id=opened[0].pk, words="Demain.", by=town.technician)
    at("2026-02-04T10:00")
    handling.close(case_id=opened[0].pk, reason="done", words="Réparé.", by=town.technician)
    handling.pass_on(case_id=opened[1].pk, department=town.planning, words="À vous.", by=town.technician)
    at("2026-02-05T10:00")
    handling.close(case_id=opened[1].pk, reason="answered", words="Vu.", by=town.planner)
    not_fixed(case_id=opened[1].pk, words="Non.", by=Actor.citizen())


def test_the_figures_of_a_week_are_counted_in_the_week_when_things_happened(
    town: SmallTown, at: Callable[[str], None], out: Callable[[], dict[str, Any]]
) -> None:
    at("2026-02-02T09:00")
    assert main(["trial", "start", "--until", "2026-03-31", "--json"]) == 0
    assert out()["trial"] == {"since": "2026-02-02", "until": "2026-03-31"}
    a_week_of_work(town, at)
    at("2026-02-10T04:00")
    assert main(["trial", "report", "--json"]) == 0
    week, current = out()["weeks"]
    assert (week["first_day"], week["last_day"], week["frozen"]) == ("2026-02-02", "2026-02-08", True)
    assert week["contacts"] == {"phone": 2, "counter": 1}
    assert (week["questions"], week["answered"], week["share_answered"]) == (3, 1, 33)
    assert (week["opened"], week["closed"], week["closing_half"]) == (2, 2, 2.0)
    assert (week["first_answers"], week["first_half"], week["first_nine_in_ten"]) == (2, 4.0, 72.0)
    assert (week["reopened"], week["handed_on"]) == (1, 1)
    assert current["first_day"] == "2026-02-09" and current["frozen"] is False
    assert (current["due"], current["kept"], current["share_kept"]) == (1, 1, 100), "the one promised for the 9th"


def test_a_promise_that_is_past_and_not_closed_is_not_kept(town: SmallTown, at: Callable[[str], None]) -> None:
    at("2026-02-02T09:00")
    start_trial(until=today().replace(month=3))
    open_case(NewCase(unique(), town.streetlight, Nature.REQUEST, Channel.WEB, words="Éteint."), by=Actor.citizen())
    at("2026-02-20T09:00")
    keep_baseline()
    week = Week.objects.get(monday="2026-02-09")
    assert (week.figures["due"], week.figures["kept"]) == (1, 0)


def test_what_is_frozen_does_not_change_with_the_records(town: SmallTown, at: Callable[[str], None]) -> None:
    at("2026-02-02T09:00")
    start_trial(until=today().replace(month=3))
    a_week_of_work(town, at)
    at("2026-02-09T12:00")
    keep_baseline()
    assert Week.objects.get(monday="2026-02-02").frozen_at is None, "what was noted on paper may still be entered"
    at("2026-02-10T12:00")
    keep_baseline()
    frozen = Week.objects.get(monday="2026-02-02")
    assert frozen.frozen_at
    Matter.objects.all().delete()
    Contact.objects.all().delete()
    keep_baseline()
    week = Week.objects.get(monday="2026-02-02")
    assert (week.figures, week.frozen_at) == (frozen.figures, frozen.frozen_at)


def test_a_trial_begins_and_ends_in_the_middle_of_a_week(
    town: SmallTown, at: Callable[[str], None], out: Callable[[], dict[str, Any]]
) -> None:
    at("2026-02-04T09:00")
    assert main(["trial", "stop", "--json"]) == 1
    assert out()["error"] == "conflict"
    assert main(["trial", "start", "--until", "2026-02-03", "--json"]) == 1
    assert out()["error"] == "invalid"
    assert main(["trial", "start", "--json"]) == 1
    assert out()["error"] == "invalid"
    assert main(["trial", "start", "--until", "2026-06-30", "--json"]) == 0
    at("2026-02-17T09:00")
    assert main(["trial", "stop"]) == 0
    at("2026-03-17T09:00")
    keep_baseline()
    days = [(str(week.first_day), str(week.last_day), bool(week.frozen_at)) for week in Week.objects.all()]
    assert days == [
        ("2026-02-04", "2026-02-08", True),
        ("2026-02-09", "2026-02-15", True),
        ("2026-02-16", "2026-02-17", True),
    ]


def test_a_trial_begun_anew_in_the_same_week_takes_no_day_away(town: SmallTown, at: Callable[[str], None]) -> None:
    at("2026-02-02T09:00")
    start_trial(until=today().replace(month=3))
    a_week_of_work(town, at)
    keep_baseline()
    stop_trial()
    at("2026-02-06T09:00")
    start_trial(until=today().replace(month=3))
    keep_baseline()
    week = Week.objects.get()
    assert (str(week.first_day), str(week.last_day)) == ("2026-02-02", "2026-02-06")
    assert (week.figures["questions"], week.figures["opened"]) == (3, 2)


def test_the_staff_see_that_it_is_a_trial_and_the_manager_its_figures(
    town: SmallTown, at: Callable[[str], None], signed_in: Callable[[Any], Client]
) -> None:
    at("2026-02-02T09:00")
    manager, agent = signed_in(town.manager), signed_in(town.agent)
    assert "parvis trial start" in manager.get("/desk/baseline/").content.decode()
    assert "Essai" not in agent.get("/desk/").content.decode()
    start_trial(until=today().replace(month=3))
    a_week_of_work(town, at)
    keep_baseline()
    forget_all()
    assert "Essai" in agent.get("/desk/").content.decode()
    page = manager.get("/desk/baseline/").content.decode()
    assert "33\u00a0%" in page or "33&nbsp;%" in page
    assert agent.get("/desk/baseline/").status_code == 403
    exported = confirm(manager).get("/desk/baseline/baseline.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(exported)))
    assert rows[0]["contacts_phone"] == "2" and rows[0]["share_answered"] == "33"
    assert manager.get("/desk/baseline/baseline.json").json()["weeks"][0]["opened"] == 2
    at("2026-05-02T09:00")
    assert "Essai" not in agent.get("/desk/").content.decode()


def test_the_page_of_a_long_trial_costs_what_that_of_a_short_one_does(
    town: SmallTown, at: Callable[[str], None], signed_in: Callable[[Any], Client]
) -> None:
    at("2026-02-02T09:00")
    client, counts = signed_in(town.manager), []
    start_trial(until=today().replace(year=2027))
    for moment in ("2026-02-02T10:00", "2026-12-02T10:00"):
        at(moment)
        keep_baseline()
        client.get("/desk/baseline/")
        with statements() as queries:
            client.get("/desk/baseline/")
        counts.append(len(queries))
    assert Week.objects.count() > 40 and counts[0] == counts[1] <= 12
