"""Makers of accounts and households."""

from datetime import date
from typing import Any

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import Household, Individual
from parvis.apps.households.services.households import add_child, open_household
from parvis.apps.residents.models import Account, AccountEmail
from parvis.lib.clock import now

LEA, EMILE = date(2018, 3, 9), date(2021, 6, 2)


def make_account(email: str = "louise@exemple.ca") -> Account:
    """An account that proved this address."""
    account = Account.objects.create(created_at=now(), seen_at=now())
    AccountEmail.objects.create(account=account, email=email, proved_at=now())
    return account


def make_household(
    name: str = "Louise Gagné", email: str = "louise@exemple.ca", **values: Any
) -> tuple[Account, Household]:
    """Someone's account, and the household that they opened."""
    account = make_account(email)
    return account, open_household(account=account, name=name, **values)


def make_family() -> tuple[Account, Household, Individual, Individual]:
    """Louise Gagné's account and household, and her children Léa and Émile."""
    account, household = make_household()
    children = [
        add_child(household=household, name=name, born=born, by=Actor.citizen())
        for name, born in (("Léa Gagné", LEA), ("Émile Gagné-Roy", EMILE))
    ]
    return account, household, children[0], children[1]
