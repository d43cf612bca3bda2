"""Every page opens in every state of the town: what a link leads to is never an error, and no name hides another."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django_q.models import OrmQ
from pytest_django.plugin import DjangoDbBlocker

from bench.seeding.services import seed
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services import staff
from parvis.apps.insight.services.trials import start_trial
from parvis.apps.intake.services.offboarding import cut_access
from parvis.apps.matching.queries import suggesting
from parvis.lib import clock, ttl_cache
from parvis.operations.demo.households import seed_households_once
from parvis.operations.demo.seasons import seed_leisure_once
from parvis.operations.demo.services import seed_once
from parvis.operations.town.load import load
from tests.pages.crawling import EVERYONE, RESIDENT, STAFF, all_well, crawl, holder_of_every_role
from tests.residents.test_accounts import enter

CARIGNAN = Path(__file__).parents[2] / "towns/carignan"
MOMENT = "2026-12-02T14:12:00-05:00"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lived_in(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The sample town with requests, families and their registrations."""
    ttl_cache.forget_all()
    staff.forget()
    suggesting.forget()
    moment = {"PARVIS_NOW": MOMENT, "PARVIS_MAILBOX": False, "PARVIS_DEMO": True}
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**moment):
        load(CARIGNAN, demo=True)
        seed_once(cases=60)
        seed_households_once()
        seed_leisure_once(cases=60)
        OrmQ.objects.all().delete()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def everyone(lived_in: None, settings: Any) -> User:
    """Someone who holds every role in every department."""
    settings.PARVIS_NOW, settings.PARVIS_DEMO = MOMENT, True
    return holder_of_every_role()


def plain(settings: Any) -> None:
    """As the sample town is."""


def in_trial(settings: Any) -> None:
    """A trial began today."""
    start_trial(until=clock.today() + timedelta(days=30))


def without_a_carrier(settings: Any) -> None:
    """Nothing leads out: no mail, no provider of payments, no texts, no map."""
    for name in ("STRIPE_URL", "SMTP_URL", "TEXTS_URL", "VOICE_URL", "FACEBOOK_APP", "MAP_TILES"):
        setattr(settings, f"PARVIS_{name}", "")


def restricted(settings: Any) -> User:
    """Requests that nobody but a post reads, met by an agent who does not hold it."""
    Subject.objects.update(restricted_to=[{"department": "greffe", "role": "clerk"}])
    return User.objects.get(username="lea.tremblay")


def suspended(settings: Any) -> None:
    """Everyone but two people of the staff was suspended, in the middle of their work."""
    one = User.objects.filter(memberships__role=Role.ADMINISTRATOR, sample=True).values_list("pk", flat=True)[:1]
    everyone = User.objects.get(username=EVERYONE)
    for user in User.objects.filter(sample=True).exclude(pk__in=list(one)):
        cut_access(user_id=user.pk, by=everyone)


def crowded(settings: Any) -> None:
    """Three thousand requests more."""
    seed(cases=3000, seed=1, asked=0.2, add=True, examples_meant=True)


STATES = (plain, in_trial, without_a_carrier, restricted, suspended, crowded)


def in_one_language_or_both() -> Iterator[Any]:
    """Each state in one language by turns, the town as it is in both; `make soak PART=towns` opens the rest."""
    for rank, state in enumerate(STATES):
        for turn, language in enumerate(("fr", "en")):
            left = state is not plain and turn != rank % 2
            marks = [pytest.mark.soak("towns")] if left else []
            yield pytest.param(state, language, id=f"{state.__name__}-{language}", marks=marks)


@pytest.mark.parametrize(("state", "language"), list(in_one_language_or_both()))
def test_every_link_leads_somewhere(
    everyone: User, state: Callable[[Any], User | None], language: str, settings: Any
) -> None:
    reader = state(settings) or everyone
    User.objects.filter(pk=reader.pk).update(language=language)
    of_staff, of_a_resident = (Client(raise_request_exception=False) for _each in range(2))
    of_staff.force_login(reader)
    of_a_resident.cookies["lang"] = language
    enter(of_a_resident, "louise.gagne@example.org")
    each = 2 if state is plain else 1
    for client, starts, least in (
        (of_staff, STAFF, 60 if state is restricted else 180),
        (of_a_resident, RESIDENT, 40),
    ):
        opened = crawl(client, starts, each=each)
        assert all_well(opened), opened.failures
        assert len(opened.views) >= least, sorted(opened.views)
