"""The leisure of a new demonstration: families who register, wait, pay and leave, all by the services."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.db.models import Sum
from django.test import Client, override_settings
from django_q.models import OrmQ
from pytest_django.plugin import DjangoDbBlocker

from parvis.apps.billing.models import Leg, Payment, Refund
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import people_who_may
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services import staff
from parvis.apps.households.models import (
    HealthForm,
    Household,
    Individual,
    PickUpRestriction,
    ResidenceProof,
)
from parvis.apps.households.queries import residences_of
from parvis.apps.leisure.models import FinancialAid, Group, Registration, Season
from parvis.apps.leisure.queries.catalogue import published_seasons, views_of
from parvis.apps.leisure.queries.halls import trouble_of
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import AccountEmail, Person
from parvis.lib import ttl_cache
from parvis.lib.clock import now, today
from parvis.operations.demo import play
from parvis.operations.demo.households import seed_households_once
from parvis.operations.demo.seasons import LeisureCounts, seed_leisure_once
from parvis.operations.town.load import load

ROOT = Path(__file__).parents[2]
CARIGNAN = ROOT / "towns/carignan"
BEFORE, AFTER = (
    "2026-12-02T14:12:00-05:00",
    "2026-12-16T14:12:00-05:00",
)  # the opening of the winter, by the sample town
State = Registration.State

pytestmark = pytest.mark.django_db


class Refusals(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Adds a line."""
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module", params=[BEFORE, pytest.param(AFTER, marks=pytest.mark.soak("towns"))])
def made(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[LeisureCounts, list[str], str]]:
    """The sample town with its leisure, made once for the module at each moment, and the stories that were refused."""
    refusals, moment = Refusals(), {"PARVIS_NOW": request.param, "PARVIS_MAILBOX": False, "PARVIS_DEMO": True}
    play.logger.addHandler(refusals)
    ttl_cache.forget_all()
    staff.forget()
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**moment):
        load(CARIGNAN, demo=True)
        seed_households_once()
        OrmQ.objects.all().delete()
        result = seed_leisure_once(cases=150)
        assert result is not None
        yield result, refusals.lines, request.param
        transaction.set_rollback(True)
    play.logger.removeHandler(refusals)


@pytest.fixture
def demonstration(made: tuple[LeisureCounts, list[str], str], settings: Any) -> LeisureCounts:
    settings.PARVIS_NOW, settings.PARVIS_DEMO = made[2], True
    return made[0]


def test_no_step_is_refused_and_nobody_registers_twice_over(made: tuple[LeisureCounts, list[str], str]) -> None:
    assert made[1] == []
    assert made[0].households >= 30 and made[0].registrations > 90 and made[0].payments > 20
    assert made[0].line().startswith(f"Examples of leisure: {made[0].households} households, ")


def test_the_seasons_have_what_their_screens_show(demonstration: LeisureCounts) -> None:
    views = views_of(Group.objects.all())
    assert sum(view.taken for view in views) > 50
    assert any(view.is_full and view.waiting for view in views), "a full group where people wait"
    assert any(view.taken > view.capacity for view in views), "a group over its capacity, for someone to decide"
    assert any(0.7 <= view.taken / view.capacity < 1 for view in views), "groups nearly full"
    assert any(view.group.non_resident_quota is not None for view in views)
    states = set(Registration.objects.values_list("state", flat=True))
    assert {State.CONFIRMED, State.WAITING, State.OFFERED, State.AWAITING_PAYMENT, State.CANCELLED} <= states
    winter = Season.objects.get(slug="hiver-2027")
    assert sum(view.taken for view in views_of(Group.objects.filter(season=winter))) > 20
    assert trouble_of(winter).clashes, "a hall booked twice, confirmed by who manages leisure"


def test_a_place_is_offered_and_payments_are_awaited_now(demonstration: LeisureCounts) -> None:
    offered = Registration.objects.filter(state=State.OFFERED, until__gt=now())
    assert offered.exists() and Registration.objects.filter(state=State.AWAITING_PAYMENT, until__gt=now()).exists()
    assert not Registration.objects.filter(state=State.AWAITING_PAYMENT, until__lt=now()).exists()
    assert not Registration.objects.filter(made_at__gt=now()).exists()


def test_families_have_aid_health_forms_a_decision_of_a_court_and_proofs(demonstration: LeisureCounts) -> None:
    assert FinancialAid.objects.exists() and PickUpRestriction.objects.count() == 1
    asked = Registration.objects.filter(group__activity__health_form=True, state=State.CONFIRMED)
    signed = set(HealthForm.objects.values_list("individual", flat=True))
    people = set(asked.values_list("individual", flat=True))
    assert people & signed and people - signed, "most forms are signed, and some are missing"
    households = list(Household.objects.all())
    where = residences_of(households, today())
    assert Counter(one.resident for one in where.values())[False] >= 2, "some live elsewhere"
    assert ResidenceProof.objects.exists() and Individual.objects.filter(links__role="child").count() > 20


def test_money_came_by_each_means_of_the_counter_and_went_back(demonstration: LeisureCounts) -> None:
    assert {Payment.Method.CASH, Payment.Method.CHEQUE} <= set(Payment.objects.values_list("method", flat=True))
    assert not Payment.objects.exclude(key__contains="seed:").exists()
    assert Refund.objects.exclude(done_at=None).exists(), "one that the treasurer gave back"
    assert Refund.objects.filter(done_at=None).exists(), "one that waits"
    assert Leg.objects.aggregate(sum=Sum("cents"))["sum"] == 0
    assert Registration.objects.filter(state=State.CONFIRMED, invoice_line=None).count() == 0


def test_nothing_leaves_and_everybody_is_said_to_be_invented(demonstration: LeisureCounts) -> None:
    assert not OrmQ.objects.exists() and not mail.outbox
    assert set(Outgoing.objects.values_list("state", flat=True)) == {Outgoing.State.SENT}
    known = Person.objects.exclude(individual=None)
    invented = known.exclude(individual__name__in=("Louise Gagné", "Martin Roy"))
    assert not invented.exclude(note__contains="fictive").exists()
    addresses = {*Person.objects.exclude(email="").values_list("email", flat=True)}
    addresses |= {*AccountEmail.objects.values_list("email", flat=True)}
    assert all(one.endswith(("@exemple.ca", "@example.org")) for one in addresses)


def test_the_screens_of_leisure_and_of_the_treasury_open(
    demonstration: LeisureCounts, signed_in: Callable[[User], Client]
) -> None:
    manager, cashier = people_who_may(Action.MANAGE_LEISURE)[0], people_who_may(Action.READ_LEDGER)[0]
    full = next(view.group for view in views_of(Group.objects.all()) if view.waiting)
    household = Household.objects.filter(registrations__group=full).first()
    assert household is not None
    pages = ["/desk/loisirs/", "/desk/loisirs/saison/automne-2026/", "/desk/loisirs/saison/hiver-2027/"]
    pages += [f"/desk/loisirs/groupe/{full.slug}/", f"/desk/loisirs/menage/{household.public_id}/"]
    client = signed_in(manager)
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert signed_in(cashier).get("/desk/tresorerie/").status_code == 200
    instructor = Group.objects.exclude(instructor=None).select_related("instructor").earliest("pk").instructor
    assert instructor and signed_in(instructor).get("/desk/loisirs/listes/").status_code == 200


def test_a_second_start_makes_nothing_more(demonstration: LeisureCounts) -> None:
    before = Registration.objects.count()
    assert seed_leisure_once(cases=150) is None and Registration.objects.count() == before


def test_a_season_that_one_still_registers_for_comes_before_one_under_way(demonstration: LeisureCounts) -> None:
    assert published_seasons()[0].slug == "hiver-2027"
