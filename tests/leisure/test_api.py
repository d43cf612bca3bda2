"""The contracts of the API: groups, households, registrations."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.leisure.models import Activity, Group, Season
from tests.api.calls import Program, new_key
from tests.factories import SmallTown, unique
from tests.leisure.making import RESIDENTS, make_group

LEA, TOM = {"name": "Léa Gagné", "born": "2018-05-02"}, {"name": "Tom Gagné", "born": "2020-01-09"}


@pytest.fixture
def program(town: SmallTown, settings: Settings) -> Program:
    settings.PARVIS_DEMO = True
    return Program(new_key(town.key_maker, Scope.REGISTRATIONS_WRITE)[0])


@pytest.fixture
def group(season: Season, swimming: Activity) -> Group:
    return make_group(season, swimming, slug="natation-3-mardi")


def household(program: Program, *people: dict[str, str], resident: bool = True) -> dict[str, Any]:
    answer = program.post("/households", {"people": list(people or [LEA]), "resident": resident})
    assert answer.status == 201, answer.value
    return dict(answer.value)


def register(program: Program, people: list[str], *, key: str = "", **values: object) -> Any:
    body = {"group": "natation-3-mardi", "participants": people, "together": False, "wait": False} | values
    return program.post("/registrations", body, Idempotency_Key=key or unique())


def test_anyone_reads_the_groups(group: Group, client: Client) -> None:
    response = client.get("/api/v1/leisure/groups")
    told = response.json()
    assert set(told) == {"at", "results"} and "max-age" in response["Cache-Control"]
    assert told["results"] == [
        {
            "slug": "natation-3-mardi",
            "name": "Natation 3",
            "capacity": 2,
            "left": 2,
            "opens": {"resident": "2026-12-08T13:00:00Z", "everyone": "2026-12-15T13:00:00Z"},
            "price_cents": 12000,
            "ages": {"min": None, "max": None},
            "waiting": 0,
        }
    ]


def test_a_household_registers_reads_and_gives_back(group: Group, program: Program, client: Client) -> None:
    """Points 10 and 14."""
    made = household(program, LEA, TOM)
    assert set(made) == {"id", "people"} and len(made["people"]) == 2
    first = register(program, made["people"][:1], key="once")
    assert first.status == 201 and set(first.value) == {"id", "state", "expires_at", "rank"}
    assert (first.value["state"], first.value["rank"]) == ("held", None)
    assert register(program, made["people"][:1], key="once").value == first.value
    assert client.get("/api/v1/leisure/groups").json()["results"][0]["left"] == 1
    whole = program.get(f"/registrations/{first.value['id']}").value
    (step,) = whole.pop("events")
    assert whole == first.value
    assert (step["what"], step["channel"], step["participant"]) == ("held", "program", made["people"][0])
    for _twice in range(2):
        assert program.send("delete", f"/registrations/{first.value['id']}").status == 204
    assert program.get(f"/registrations/{first.value['id']}").value["state"] == "cancelled"
    assert client.get("/api/v1/leisure/groups").json()["results"][0]["left"] == 2


def test_before_its_hour_it_says_when(group: Group, program: Program, settings: Settings) -> None:
    """Points 5 and 6."""
    settings.PARVIS_NOW = (RESIDENTS - timedelta(seconds=1)).isoformat()
    refused = register(program, household(program, LEA)["people"])
    assert (refused.status, refused.code) == (403, "not-open")
    assert refused.value["opens_at"] == "2026-12-08T13:00:00+00:00"
    settings.PARVIS_NOW = RESIDENTS.isoformat()
    elsewhere = register(program, household(program, LEA, resident=False)["people"])
    assert (elsewhere.status, elsewhere.code) == (403, "not-open")
    assert elsewhere.value["opens_at"] == "2026-12-15T13:00:00+00:00"


def test_full_says_full_and_offers_the_list(group: Group, program: Program) -> None:
    """Point 11."""
    made = household(program, LEA, TOM, {"name": "Zoé", "born": "2019-01-01"})["people"]
    assert register(program, made, together=True).code == "full"
    both = register(program, made[:2], together=True)
    refused = register(program, made[2:])
    assert both.status == 201 and (refused.status, refused.code) == (409, "full")
    waits = register(program, made[2:], wait=True)
    assert (waits.status, waits.value["state"], waits.value["rank"]) == (201, "waiting", 1)
    assert waits.value["expires_at"] is None
    assert program.send("delete", f"/registrations/{both.value['id']}").status == 204
    events = program.get(f"/registrations/{both.value['id']}").value["events"]
    assert [event["what"] for event in events] == ["held", "held", "released", "released"]


def test_each_reason_is_by_participant(group: Group, swimming: Activity, program: Program) -> None:
    Activity.objects.update(min_age=8)
    made = household(program, LEA, TOM)["people"]
    refused = register(program, made)
    assert (refused.status, refused.code) == (422, "invalid")
    assert [error["field"] for error in refused.value["errors"]] == [made[1]]
    assert register(program, ["inconnu"]).status == 422


def test_a_key_reaches_only_what_it_made(group: Group, program: Program, town: SmallTown) -> None:
    made = household(program, LEA)
    ours = register(program, made["people"]).value["id"]
    other = Program(new_key(town.key_maker, Scope.REGISTRATIONS_WRITE)[0])
    assert register(other, made["people"]).status == 422
    assert other.get(f"/registrations/{ours}").status == 404
    assert other.send("delete", f"/registrations/{ours}").status == 404
    assert Program(new_key(town.key_maker, Scope.CASES_READ)[0]).get(f"/registrations/{ours}").status == 403
