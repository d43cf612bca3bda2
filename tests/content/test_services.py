"""The versions of facts, and the content version that every process watches."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections

from parvis.apps.content.models import Fact
from parvis.apps.content.queries import answers
from parvis.apps.content.rules.access import PUBLISHERS, WRITERS, groups_for
from parvis.apps.content.services.content import bump_edition, set_fact
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Role
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown


@pytest.fixture
def fee(town: SmallTown) -> dict[str, Any]:
    return {
        "key": "tarif",
        "kind": "money",
        "value": 4250,
        "label_fr": "Tarif",
        "label_en": "Fee",
        "owner": town.planning,
        "source_title": "Règlement",
        "verified_on": date(2026, 1, 12),
        "by": Actor.staff(town.manager),
    }


def told(on: date) -> str:
    return answers.show_facts(["tarif"], "fr", today=on)["tarif"].shown


def test_a_new_value_takes_the_place_of_the_old_one_which_is_kept(fee: dict[str, Any]) -> None:
    old = set_fact(**fee)
    new = set_fact(**fee | {"value": 5000})
    assert told(clock.today()) == "50\u00a0$"
    versions = list(Fact.objects.filter(key="tarif").order_by("pk"))
    assert [(row.pk, row.value) for row in versions] == [(old.pk, 4250), (new.pk, 5000)]
    assert versions[0].replaced_at is not None
    assert versions[1].replaced_at is None


def test_a_value_that_begins_later_waits_for_its_day(fee: dict[str, Any]) -> None:
    today = clock.today()
    set_fact(**fee)
    set_fact(**fee | {"value": 5000, "valid_from": today + timedelta(days=30)})
    assert told(today) == "42,50\u00a0$"
    assert told(today + timedelta(days=29)) == "42,50\u00a0$"
    assert told(today + timedelta(days=30)) == "50\u00a0$"
    set_fact(**fee | {"value": 4400})
    assert told(today) == "44\u00a0$"


def test_the_same_values_again_change_nothing(fee: dict[str, Any]) -> None:
    first = set_fact(**fee)
    edition = answers.edition()
    assert set_fact(**fee).pk == first.pk
    assert Fact.objects.count() == 1
    assert answers.edition() == edition


def test_a_new_value_is_a_new_edition(fee: dict[str, Any]) -> None:
    before = answers.edition()
    set_fact(**fee)
    bump_edition()
    assert answers.edition() == before + 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "gratuit"},
        {"value": None},
        {"kind": "date", "value": "2026-02-30"},
        {"valid_from": date(2026, 5, 1), "valid_to": date(2026, 4, 30)},
    ],
)
def test_a_value_that_could_not_be_shown_is_refused(fee: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        set_fact(**fee | wrong)
    assert set(refused.value.fields) <= {"value", "valid_to"}
    assert not Fact.objects.exists()


def test_those_who_do_not_edit_do_not_change_facts(town: SmallTown, fee: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        set_fact(**fee | {"by": Actor.staff(town.agent)})
    assert set_fact(**fee | {"by": Actor.staff(town.manager)}).pk


def test_facts_to_mend_are_those_that_lapse_and_those_not_to_be_told(fee: dict[str, Any]) -> None:
    today = clock.today()
    versions: dict[str, dict[str, Any]] = {
        "a.sure": {},
        "b.far": {"valid_to": today + timedelta(days=61)},
        "c.soon": {"valid_to": today + timedelta(days=60)},
        "d.lapsed": {"valid_to": today - timedelta(days=1)},
        "e.example": {"example": True},
        "f.unverified": {"verified_on": None},
    }
    for key, values in versions.items():
        set_fact(**fee | {"key": key} | values)
    keys = [fact.key for fact in answers.facts_to_mend(today)]
    assert sorted(keys) == ["c.soon", "d.lapsed", "e.example", "f.unverified"]
    assert [key for key in keys if key in ("c.soon", "d.lapsed")] == ["d.lapsed", "c.soon"]


@pytest.mark.parametrize(
    ("roles", "groups"),
    [
        ((), []),
        ((Role.AGENT, Role.TECHNICIAN, Role.PRIVACY_OFFICER), []),
        ((Role.EDITOR,), [WRITERS]),
        ((Role.MANAGER,), [WRITERS, PUBLISHERS]),
        ((Role.AGENT, Role.MANAGER), [WRITERS, PUBLISHERS]),
    ],
)
def test_the_role_table_gives_the_groups(roles: tuple[Role, ...], groups: list[str]) -> None:
    assert groups_for(roles) == groups


@pytest.mark.django_db(transaction=True)
def test_two_people_changing_a_fact_at_once_leave_one_current_version(fee: dict[str, Any]) -> None:
    set_fact(**fee)
    refused: list[Exception] = []

    def change(cents: int) -> None:
        try:
            set_fact(**fee | {"value": cents})
        except Conflict as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(cents,)) for cents in (5000, 6000, 7000, 8000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Fact.objects.filter(key="tarif", replaced_at__isnull=True).count() == 1
    assert Fact.objects.filter(key="tarif").count() == 5 - len(refused)
