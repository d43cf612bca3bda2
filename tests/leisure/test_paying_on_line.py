"""Places that wait for the bank: kept while someone may pay, then free; late money is seated or refunded."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from parvis.apps.billing.models import Invoice, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.services.payments import AlreadyPaid, record_expired, record_paid, record_refused
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.letters import paid_too_late
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.registrations import events_of
from parvis.apps.leisure.services.cancelling import GROUP_CANCELLED_RENDERER
from parvis.apps.leisure.services.groups import cancel_group
from parvis.apps.leisure.services.refusals import Full
from parvis.apps.leisure.services.registering import cancel_registration, check_out, pay_again
from parvis.apps.mail.models import Outgoing
from parvis.lib import clock
from parvis.lib.errors import Conflict
from tests.factories import SmallTown
from tests.leisure.making import EVERYONE, hold, make_group, make_household

State, What = Registration.State, RegistrationEvent.What


@pytest.fixture
def household(season: Season, settings: Settings) -> Household:
    """A mother and her child, in a town where one pays on line."""
    settings.PARVIS_PAYMENTS = "stripe"
    return make_household("Léa", email="louise@exemple.org")


@pytest.fixture
def group(season: Season, swimming: Activity) -> Group:
    return make_group(season, swimming, capacity=1)


def billed(household: Household, group: Group) -> tuple[Invoice, PaymentAttempt, Registration]:
    (row,) = hold(household, group)
    invoice = check_out(household=household, language="fr", channel=Channel.WEB)
    return invoice, PaymentAttempt.objects.get(invoice=invoice), row


def state_of(row: Registration) -> str:
    row.refresh_from_db()
    return row.state


def pay(attempt: PaymentAttempt, payment_id: str = "pi_1") -> None:
    """The bank says that it took the money, and the job that follows runs, twice."""
    record_paid(attempt=attempt, payment_id=payment_id, cents=attempt.cents)
    for _twice in range(2):
        tasks.confirm_paid(attempt.invoice_id)


def test_it_may_be_paid_until_the_end_of_the_hold_and_ten_minutes_at_least(
    household: Household, group: Group, settings: Settings, season: Season, swimming: Activity
) -> None:
    _invoice, attempt, _row = billed(household, group)
    assert attempt.pay_before == EVERYONE + timedelta(minutes=20)
    other, second = make_household("Tom"), make_group(season, swimming)
    hold(other, second)
    settings.PARVIS_NOW = (EVERYONE + timedelta(minutes=19)).isoformat()
    late = check_out(household=other, language="fr", channel=Channel.WEB)
    assert PaymentAttempt.objects.get(invoice=late).pay_before == EVERYONE + timedelta(minutes=29)


def test_a_refusal_keeps_the_place_and_another_try_is_the_same_one_while_it_is_open(
    household: Household, group: Group, settings: Settings
) -> None:
    invoice, attempt, row = billed(household, group)
    tasks.note_attempt(attempt.pk)
    record_refused(attempt=attempt, error="insufficient_funds")
    for _twice in range(2):
        tasks.note_refusal(attempt.pk)
    settings.PARVIS_NOW = (EVERYONE + timedelta(minutes=25)).isoformat()
    with pytest.raises(Full):
        hold(make_household("Tom"), group)
    assert state_of(row) == State.AWAITING_PAYMENT
    again = pay_again(household=household, invoice=invoice, language="fr")
    assert again.pay_before == EVERYONE + timedelta(minutes=35)
    pay(again)
    assert state_of(row) == State.CONFIRMED
    whats = [event.what for event in events_of(row)]
    assert whats == [What.HELD, What.BILLED, What.ATTEMPTED, What.REFUSED, What.CONFIRMED]
    with pytest.raises((Conflict, AlreadyPaid)):
        pay_again(household=household, invoice=invoice, language="fr")


def test_a_place_is_free_only_once_the_bank_says_that_nobody_can_pay_it(
    household: Household, group: Group, settings: Settings
) -> None:
    invoice, attempt, row = billed(household, group)
    settings.PARVIS_NOW = (EVERYONE + timedelta(hours=2)).isoformat()
    tasks.sweep_places()
    assert state_of(row) == State.AWAITING_PAYMENT
    record_expired(attempt=attempt)
    for _twice in range(2):
        tasks.free_unpaid(attempt.pk)
    assert state_of(row) == State.LAPSED and events_of(row)[-1].at == clock.now()
    assert Outgoing.objects.get(key__startswith="leisure-time-over").to == "louise@exemple.org"
    assert hold(make_household("Tom"), group)
    settings.PARVIS_NOW = (EVERYONE + timedelta(hours=3)).isoformat()
    for _twice in range(2):
        tasks.sweep_places()
    assert balance_of(invoice) == 0 and not Refund.objects.exists()


@pytest.mark.parametrize("minutes", [5, 45])
@pytest.mark.parametrize("taken", [False, True])
def test_money_after_the_end_is_seated_or_refunded_once_and_told(
    household: Household, group: Group, settings: Settings, taken: bool, minutes: int
) -> None:
    """Point 33."""
    invoice, attempt, row = billed(household, group)
    over = EVERYONE + timedelta(minutes=20)
    settings.PARVIS_NOW = over.isoformat()
    record_expired(attempt=attempt)
    tasks.free_unpaid(attempt.pk)
    settings.PARVIS_NOW = (over + timedelta(minutes=minutes)).isoformat()
    tasks.sweep_places()
    if taken:
        hold(make_household("Tom"), group)
    pay(attempt)
    told = Outgoing.objects.filter(key__startswith="leisure-late")
    if taken or minutes > 30:  # later on, the invoice is taken back, and the money with it
        assert (state_of(row), Refund.objects.get().cents, told.count()) == (State.LAPSED, 120_00, 1)
        assert events_of(row)[-1].what == What.REFUNDED
    else:
        assert (state_of(row), balance_of(invoice)) == (State.CONFIRMED, 0)
        assert not told.exists() and not Refund.objects.exists()


def test_late_money_for_two_seats_the_one_for_whom_there_is_a_place(
    season: Season, swimming: Activity, settings: Settings
) -> None:
    """Points 1 and 33."""
    settings.PARVIS_PAYMENTS = "stripe"
    group, household = make_group(season, swimming), make_household("Léa", "Tom", email="louise@exemple.org")
    lea, tom = hold(household, group)
    invoice = check_out(household=household, language="fr", channel=Channel.WEB)
    attempt = PaymentAttempt.objects.get(invoice=invoice)
    settings.PARVIS_NOW = (EVERYONE + timedelta(minutes=20)).isoformat()
    record_expired(attempt=attempt)
    tasks.free_unpaid(attempt.pk)
    hold(make_household("Zoé"), group)
    pay(attempt)
    assert (state_of(lea), state_of(tom)) == (State.CONFIRMED, State.LAPSED)
    assert Refund.objects.get().cents == 120_00 and balance_of(invoice) == -120_00, "until the bank gave it back"
    letter = paid_too_late(invoice.pk)
    assert "Tom" in letter.text and "Léa" not in letter.text


def test_given_up_while_on_the_page_of_the_bank_it_ends_there_first(household: Household, group: Group) -> None:
    _invoice, attempt, row = billed(household, group)
    cancel_registration(registration=row, channel=Channel.WEB)
    attempt.refresh_from_db()
    assert state_of(row) == State.AWAITING_PAYMENT and attempt.pay_before <= clock.now()
    record_expired(attempt=attempt)
    tasks.free_unpaid(attempt.pk)
    assert state_of(row) == State.CANCELLED and hold(make_household("Tom"), group)


def test_paid_while_the_town_cancels_the_group_it_is_refunded(
    household: Household, group: Group, town: SmallTown
) -> None:
    """Point 25."""
    _invoice, attempt, row = billed(household, group)
    assert cancel_group(group=group, why="Travaux", by=town.leisure_manager) == []
    pay(attempt)
    refund = Refund.objects.get()
    assert state_of(row) == State.CANCELLED and (refund.cents, refund.is_proposed) == (120_00, False)
    letter = Outgoing.objects.get(key__startswith="leisure-cancelled")
    assert (letter.renderer, letter.args) == (GROUP_CANCELLED_RENDERER, [row.pk, "Travaux"]), (
        "not that it came too late"
    )
    assert not Outgoing.objects.filter(key__startswith="leisure-late").exists()


def test_a_place_that_costs_nothing_is_confirmed_at_once(household: Household, group: Group) -> None:
    Group.objects.update(price_cents=0)
    (row,) = hold(household, group)
    invoice = check_out(household=household, language="fr", channel=Channel.WEB)
    tasks.confirm_paid(invoice.pk)
    assert state_of(row) == State.CONFIRMED and not PaymentAttempt.objects.exists()
