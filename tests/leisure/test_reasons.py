"""Why a registration ended: each letter says the true reason, and no other one's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from parvis.apps.billing.models import PaymentAttempt
from parvis.apps.billing.services.payments import record_expired, record_paid
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.services.groups import cancel_group
from parvis.apps.leisure.services.registering import cancel_registration, check_out
from parvis.apps.mail.models import Outgoing
from tests.factories import SmallTown
from tests.leisure.making import EVERYONE, hold, make_activity, make_group, make_household

pytestmark = pytest.mark.django_db
State = Registration.State
TIME, ASKED, TOWN = "Le temps pour payer est écoulé", "Vous avez demandé d’annuler", "Nous avons dû annuler ce groupe"
LATE, PROPOSED, WHY = "n’avons pas pu vous les redonner", "proposé à la trésorerie", "La piscine est fermée."
EVERY = (TIME, ASKED, TOWN, LATE, PROPOSED, WHY)


class World:
    """A mother and her child, billed on line or at the counter, in a group of one place."""

    def __init__(self, household: Household, group: Group, town: SmallTown, settings: Settings) -> None:
        self.household, self.group, self.town, self.settings = household, group, town, settings
        self.row = hold(household, group)[0]

    def bill(self, *, at_counter: bool = False) -> None:
        check_out(household=self.household, language="fr", channel=Channel.WEB, at_counter=at_counter)
        self.row.refresh_from_db()

    @property
    def attempt(self) -> PaymentAttempt:
        return PaymentAttempt.objects.get()

    def wait(self, **time: int) -> None:
        self.settings.PARVIS_NOW = (EVERYONE + timedelta(**time)).isoformat()

    def bank_ends(self) -> None:
        record_expired(attempt=self.attempt)
        tasks.free_unpaid(self.attempt.pk)

    def bank_takes(self) -> None:
        record_paid(attempt=self.attempt, payment_id="pi_1", cents=self.attempt.cents)
        tasks.confirm_paid(self.attempt.invoice_id)

    def cancel(self) -> None:
        cancel_registration(registration=self.row, channel=Channel.WEB)


def nobody_paid_on_line(world: World) -> None:
    world.bill()
    world.wait(minutes=20)
    world.bank_ends()


def nobody_paid_at_the_counter(world: World) -> None:
    world.bill(at_counter=True)
    world.wait(days=5)
    tasks.sweep_places()


def asked_before_paying_at_the_counter(world: World) -> None:
    world.bill(at_counter=True)
    world.cancel()


def asked_while_paying(world: World) -> None:
    world.bill()
    world.cancel()
    world.bank_ends()


def asked_by_the_desk_while_paying(world: World) -> None:
    world.bill()
    cancel_registration(registration=world.row, channel=Channel.PHONE, by=world.town.agent)
    world.bank_ends()


def asked_then_paid(world: World) -> None:
    world.bill()
    world.cancel()
    world.bank_takes()


def asked_once_paid(world: World) -> None:
    world.bill()
    world.bank_takes()
    world.row.refresh_from_db()
    world.cancel()


def cancelled_by_the_town(world: World) -> None:
    world.bill(at_counter=True)
    cancel_group(group=world.group, why=WHY, by=world.town.leisure_manager)


def cancelled_by_the_town_while_paying(world: World) -> None:
    world.bill()
    cancel_group(group=world.group, why=WHY, by=world.town.leisure_manager)
    world.bank_ends()


def cancelled_by_the_town_and_paid_meanwhile(world: World) -> None:
    world.bill()
    cancel_group(group=world.group, why=WHY, by=world.town.leisure_manager)
    world.bank_takes()


REASONS: dict[Callable[[World], None], tuple[str, tuple[str, ...]]] = {
    nobody_paid_on_line: (State.LAPSED, (TIME,)),
    nobody_paid_at_the_counter: (State.LAPSED, (TIME,)),
    asked_before_paying_at_the_counter: (State.CANCELLED, (ASKED,)),
    asked_while_paying: (State.CANCELLED, (ASKED,)),
    asked_by_the_desk_while_paying: (State.CANCELLED, (ASKED,)),
    asked_then_paid: (State.CANCELLED, (ASKED, PROPOSED)),
    asked_once_paid: (State.CANCELLED, (ASKED,)),
    cancelled_by_the_town: (State.CANCELLED, (TOWN, WHY)),
    cancelled_by_the_town_while_paying: (State.CANCELLED, (TOWN, WHY)),
    cancelled_by_the_town_and_paid_meanwhile: (State.CANCELLED, (TOWN, WHY)),
}


@pytest.mark.parametrize("end", REASONS, ids=lambda end: end.__name__)
def test_the_letter_says_why_and_nothing_else(
    end: Callable[[World], None], season: Season, town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    settings.PARVIS_PAYMENTS = "stripe"
    group = make_group(season, make_activity(), capacity=1)
    world = World(make_household("Léa", email="louise@exemple.org"), group, town, settings)
    before = set(Outgoing.objects.values_list("pk", flat=True))
    end(world)
    run_jobs()

    state, said = REASONS[end]
    world.row.refresh_from_db()
    told = Outgoing.objects.exclude(pk__in=before).filter(to="louise@exemple.org", renderer__contains=".leisure.")
    (letter,) = told.exclude(renderer__endswith="letters.confirmed")
    assert world.row.state == state
    assert [words for words in EVERY if words in letter.text] == list(said)
    assert ("rembours" in letter.text) or end not in (asked_once_paid, cancelled_by_the_town_and_paid_meanwhile)
