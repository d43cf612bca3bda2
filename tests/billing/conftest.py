"""A household that buys, and the bank where it pays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.billing import tasks
from parvis.apps.billing.channels.providers import PROVIDERS
from parvis.apps.billing.models import Invoice, Leg, PaymentAttempt, TaxNature, Transaction
from parvis.apps.billing.services import invoices, payments, refunds, sending
from parvis.apps.billing.services.invoices import NewLine, issue
from parvis.apps.billing.services.payments import start
from parvis.apps.households.models import Household, HouseholdLink, Individual
from parvis.lib import jobs
from parvis.lib.clock import now
from tests.billing.bank import Bank
from tests.factories import unique

Sell = Callable[..., Invoice]


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Bank:
    bank = Bank()
    monkeypatch.setitem(PROVIDERS, "bank", lambda: bank)
    settings.PARVIS_PAYMENTS = "bank"
    return bank


@pytest.fixture
def household(town: object) -> Household:
    return make_household()


def make_household() -> Household:
    """A mother who pays, and her child."""
    home = Household.objects.create(name="Gagné", created_at=now())
    for name, role in (("Louise Gagné", HouseholdLink.Role.ADULT), ("Léa Roy", HouseholdLink.Role.CHILD)):
        person = Individual.objects.create(name=name, created_at=now())
        is_adult = role == HouseholdLink.Role.ADULT
        HouseholdLink.objects.create(
            household=home, individual=person, role=role, may_register=is_adult, is_payer=is_adult, created_at=now()
        )
    return home


def payer(household: Household) -> Individual:
    return household.links.get(is_payer=True).individual


def child(household: Household) -> Individual:
    return household.links.get(role=HouseholdLink.Role.CHILD).individual


def sell_to(household: Household, *prices: int, taxable: bool = False, key: str = "") -> Invoice:
    """An invoice of one line for each of these prices."""
    nature = TaxNature.TAXABLE if taxable else TaxNature.EXEMPT
    lines = [
        NewLine(
            f"registration:{rank}", child(household), f"Natation {rank}", f"Swimming {rank}", price, 0, nature, True
        )
        for rank, price in enumerate(prices)
    ]
    return issue(
        key=key or unique("cart"), household=household, payer=payer(household), language="fr", lines=lines, by=None
    )


@pytest.fixture
def sell(household: Household) -> Sell:
    """sell(price, ..., taxable=False): an invoice of the household."""
    return lambda *prices, **values: sell_to(household, *prices, **values)


def in_minutes(minutes: float) -> datetime:
    return now() + timedelta(minutes=minutes)


def begin(invoice: Invoice, minutes: float = 20) -> PaymentAttempt:
    return start(key=f"i{invoice.pk}", invoice=invoice, language="fr", pay_before=in_minutes(minutes))


@pytest.fixture
def pass_time(settings: Settings, run_jobs: Callable[[], int]) -> Callable[..., None]:
    """pass_time(minutes, ...): does what is due after each of these waits."""

    def wait(*minutes: float) -> None:
        for each in minutes:
            settings.PARVIS_NOW = in_minutes(each).isoformat()
            tasks.follow()
            run_jobs()

    return wait


def sums() -> dict[str, int]:
    """What stands in each account, when it is not nothing. Each transaction sums to zero."""
    for posted in Transaction.objects.prefetch_related("legs"):
        assert sum(leg.cents for leg in posted.legs.all()) == 0
    totals: dict[str, int] = {}
    for leg in Leg.objects.all():
        totals[leg.account] = totals.get(leg.account, 0) + leg.cents
    return {account: cents for account, cents in totals.items() if cents}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What billing announced: "billing.invoice_paid 12"."""
    told: list[str] = []

    def listen(name: str, *args: object) -> None:
        told.append(" ".join(map(str, (name, *args))))
        jobs.announce(name, *args)

    for module in (invoices, payments, refunds, sending):
        monkeypatch.setattr(module, "announce", listen)
    return told
