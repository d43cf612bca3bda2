"""Cancelling, paying and the bank's answer at the same moment, on both databases: one outcome, and no cent lost."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Sum
from pytest_django import Settings

from parvis.apps.billing.models import Invoice, Payment, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.services.payments import record_expired, record_paid
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.services.registering import MOST_TO_PAY, cancel_registration, check_out, pay_again
from parvis.lib.errors import Conflict
from tests.factories import SmallTown
from tests.leisure.making import (
    EVERYONE,
    OPENED,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_season,
)
from tests.leisure.test_races import at_once

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]
State = Registration.State


@pytest.fixture
def household(town: SmallTown, settings: Settings) -> Household:
    """A mother and her two children, billed together in two groups, in a town where one pays on line."""
    settings.PARVIS_NOW, settings.PARVIS_PAYMENTS = OPENED, "stripe"
    season, household = make_season(), make_household("Léa", "Tom")
    for slug, child in zip(("a", "b"), children_of(household), strict=True):
        hold(household, make_group(season, make_activity(slug), weeks=0, capacity=1), child)
    check_out(household=household, language="fr", channel=Channel.WEB)
    return household


def cancel(row: Registration) -> str:
    ended = cancel_registration(registration=Registration.objects.get(pk=row.pk), channel=Channel.WEB)
    return "asked" if ended.cancel_asked_at else "cancelled"


def pay(household: Household, invoice: Invoice) -> str:
    try:
        pay_again(household=household, invoice=invoice, language="fr")
    except Conflict:
        return "no"
    return "page"


@pytest.mark.parametrize("both", [False, True], ids=["one", "both"])
def test_annuler_and_payer_posted_together_end_in_the_cancellation(
    household: Household, both: bool, settings: Settings
) -> None:
    lea, tom = Registration.objects.order_by("pk")
    invoice = Invoice.objects.get()
    settings.PARVIS_NOW = (EVERYONE + timedelta(minutes=12)).isoformat()

    def act(rank: int) -> str:
        if rank % 2:
            return pay(household, invoice)
        return cancel(tom if both and rank % 4 else lea)

    got = Counter(at_once(8, act))
    assert got["asked"] == 4 and got["page"] + got["no"] == 4
    assert pay(household, invoice) == "no"
    for attempt in PaymentAttempt.objects.all():
        assert attempt.pay_before <= EVERYONE + MOST_TO_PAY
        record_expired(attempt=attempt)
        tasks.free_unpaid(attempt.pk)
    lea.refresh_from_db()
    tom.refresh_from_db()
    assert lea.state == State.CANCELLED
    assert tom.state == (State.CANCELLED if both else State.AWAITING_PAYMENT)
    assert balance_of(invoice) == 0 and not Refund.objects.exists()


@pytest.mark.parametrize("round_", range(3))
def test_the_money_and_the_end_of_the_page_at_the_same_moment_lose_no_cent_and_no_place(
    household: Household, round_: int
) -> None:
    lea, tom = Registration.objects.order_by("pk")
    invoice, attempt = Invoice.objects.get(), PaymentAttempt.objects.get()
    cancel(lea)

    def act(rank: int) -> str:
        if rank % 2:
            record_paid(attempt=attempt, payment_id="pi_1", cents=attempt.cents)
            tasks.confirm_paid(invoice.pk)
        else:
            record_expired(attempt=attempt)
            tasks.free_unpaid(attempt.pk)
        return ""

    at_once(6, act)
    tasks.confirm_paid(invoice.pk)
    lea.refresh_from_db()
    tom.refresh_from_db()
    assert lea.state == State.CANCELLED and Payment.objects.get().cents == 240_00
    proposed = Refund.objects.aggregate(cents=Sum("cents"))["cents"]
    assert all(refund.is_proposed for refund in Refund.objects.all())
    if tom.state == State.CONFIRMED:
        assert proposed == 120_00
    else:  # the page had ended: his place is kept, billed again, and what came all the same is given back
        assert tom.state == State.AWAITING_PAYMENT and proposed == 240_00
        assert tom.invoice_line and balance_of(tom.invoice_line.invoice) == 120_00
