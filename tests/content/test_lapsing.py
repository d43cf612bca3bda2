"""The owner of a fact is notified before it expires and once it has: once per stage."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from parvis.apps.content.services.fact_expiry import stage
from parvis.apps.content.tasks import tell_owners
from parvis.apps.mail.models import Outgoing
from parvis.lib import clock
from tests.content.makers import make_fact
from tests.factories import SmallTown


def letters() -> list[Outgoing]:
    return list(Outgoing.objects.order_by("pk"))


@pytest.fixture
def headed(town: SmallTown) -> SmallTown:
    town.manager.email = "marc@ville.example"
    town.manager.save()
    town.works.refresh_from_db()
    return town


@pytest.mark.parametrize(
    ("days", "due"), [(61, None), (60, 60), (15, 60), (14, 14), (0, 14), (-1, 0), (-400, 0)], ids=str
)
def test_which_letter_is_due(days: int, due: int | None) -> None:
    today = date(2026, 11, 24)
    assert stage(today + timedelta(days=days), today) == due


def test_the_head_of_the_department_is_told_once_with_what_lapses_and_when(
    headed: SmallTown, run_jobs: Callable[[], int]
) -> None:
    make_fact("tarif", headed.works, valid_to=clock.today() + timedelta(days=30), label_fr="Tarif du cabanon")
    make_fact("loin", headed.works, valid_to=clock.today() + timedelta(days=90))
    make_fact("toujours", headed.works)
    make_fact("exemple", headed.works, example=True, valid_to=clock.today())
    tell_owners()
    tell_owners()
    run_jobs()
    [letter] = letters()
    assert letter.to == "marc@ville.example"
    assert "Tarif du cabanon" in letter.subject
    for words in ("42,50\u00a0$", "Règlement sur les tarifs", "/edition/facts/edit/"):
        assert words in letter.text


def test_each_stage_is_told_and_a_new_value_silences_them(headed: SmallTown) -> None:
    fact = make_fact("tarif", headed.works, valid_to=clock.today() + timedelta(days=30))
    tell_owners()
    for days in (10, -1):
        fact.valid_to = clock.today() + timedelta(days=days)
        fact.save()
        tell_owners()
        tell_owners()
    assert [letter.key for letter in letters()] == [f"fact-{fact.pk}-{due}" for due in (60, 14, 0)]
    fact.replaced_at = clock.now()
    fact.save()
    make_fact("tarif", headed.works, valid_to=clock.today() + timedelta(days=300))
    tell_owners()
    assert len(letters()) == 3


def test_without_a_head_the_department_is_told_and_without_an_address_nobody(headed: SmallTown) -> None:
    headed.planning.email = "batiment@ville.example"
    headed.planning.save()
    make_fact("a", headed.planning, valid_to=clock.today())
    headed.desk.email, headed.desk.head = "", None
    headed.desk.save()
    make_fact("b", headed.desk, valid_to=clock.today())
    tell_owners()
    assert [letter.to for letter in letters()] == ["batiment@ville.example"]
