"""Fills a house with families signed in to the site, and an opening: `python -m bench.families N SECONDS`.

The line is open, and the hour comes in SECONDS. Writes the sessions as one JSON object.
"""

import json
import sys
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from django.contrib.sessions.models import Session  # noqa: E402
from django.db import transaction  # noqa: E402

from parvis.apps.households.models import Household, HouseholdLink, Individual, ResidenceProof  # noqa: E402
from parvis.apps.identity.web.sessions import SessionStore  # noqa: E402
from parvis.apps.leisure.models import Season  # noqa: E402
from parvis.apps.leisure.services.lines import plan_rush  # noqa: E402
from parvis.apps.residents.models import Account  # noqa: E402
from parvis.lib import clock  # noqa: E402


@transaction.atomic
def fill(count: int, seconds: float) -> dict[str, Any]:
    """The sessions of `count` families of residents, each with an account; and the line of an opening."""
    at = clock.now()
    proof = {"kind": "lease", "since": at.date() - timedelta(days=30), "expires_on": at.date() + timedelta(days=300)}
    accounts = Account.objects.bulk_create([Account(created_at=at, seen_at=at) for _rank in range(count)])
    households = Household.objects.bulk_create(
        [Household(name=f"Famille {rank}", created_at=at) for rank in range(count)]
    )
    adults = Individual.objects.bulk_create(
        [Individual(name=f"Adulte {rank}", account=account, created_at=at) for rank, account in enumerate(accounts)]
    )
    pairs = list(zip(households, adults, strict=True))
    HouseholdLink.objects.bulk_create(
        HouseholdLink(household=household, individual=adult, role="adult", may_register=True, created_at=at)
        for household, adult in pairs
    )
    ResidenceProof.objects.bulk_create(
        ResidenceProof(household=household, created_at=at, **proof) for household in households
    )
    keys = [f"bench{rank:027d}" for rank in range(count)]
    stores = [SessionStore(key) for key in keys]
    rows: list[Any] = [
        store.create_model_instance({"account": [account.pk, account.epoch]})
        for store, account in zip(stores, accounts, strict=True)
    ]
    Session.objects.bulk_create(rows)
    season = Season.objects.create(
        slug=f"bench-{at:%H%M%S}",
        title_fr="Mesure",
        starts_on=date(2027, 1, 11),
        ends_on=date(2027, 3, 28),
        rule_date=date(2027, 1, 1),
        residents_open_at=at + timedelta(seconds=seconds),
        everyone_opens_at=at + timedelta(days=7),
        closes_at=at + timedelta(days=30),
        published_at=at,
    )
    rush = plan_rush(season=season, for_residents=True)
    return {"sessions": keys, "rush": rush.pk, "opens_at": rush.opens_at.timestamp()}


if __name__ == "__main__":
    print(json.dumps(fill(int(sys.argv[1]), float(sys.argv[2]))))
