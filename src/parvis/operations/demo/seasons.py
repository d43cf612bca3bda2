"""Gives a new demonstration the leisure of its seasons: households, places, payments."""

import time
from dataclasses import dataclass
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from parvis.apps.billing.models import Payment
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Registration
from parvis.apps.places.models import Address
from parvis.lib.clock import now
from parvis.operations.demo.families import families
from parvis.operations.demo.leisure import stories
from parvis.operations.demo.play import last_told, play, tell_at
from parvis.operations.demo.registering import Leisure, seasons_seen, staff_of_leisure

FEWEST, MOST = 24, 28
"""Families: a fifth of the requests, between these."""


@dataclass(frozen=True)
class LeisureCounts:
    """How many rows a demonstration has, by name, and in how many seconds they were made."""

    households: int
    registrations: int
    payments: int
    seconds: float

    def line(self) -> str:
        """One line to print."""
        if not self.registrations:
            return "Examples of leisure: none, as no example season has opened yet, or nobody may register people."
        counts = f"{self.households} households, {self.registrations} registrations, {self.payments} payments"
        return f"Examples of leisure: {counts}, in {self.seconds:.1f} s."


def seed_leisure_once(*, cases: int, seed: int = 1) -> LeisureCounts | None:
    """Makes invented families of the example seasons that have opened, in a demonstration where nobody registered yet;
    None when it is not one. As many as fit so many requests.

    All of it or nothing, by the services, at the counter, by telephone, or on the site for those with an account; all
    pay at the counter, so that no provider hears of it. The same `seed`, on the same town at the same moment, tells the
    same stories; links and codes are drawn anew. No letter leaves, no job is left.
    """
    if not settings.PARVIS_DEMO or Registration.objects.exists():
        return None
    started, until = time.monotonic(), now().replace(microsecond=0)
    rng, staff, seen = Random(f"{seed}:{cases}:leisure"), staff_of_leisure(), seasons_seen(until)
    if staff is None or not seen:
        return LeisureCounts(0, 0, 0, 0.0)
    with transaction.atomic(), override("fr"):
        told = last_told()
        homes = list(Address.objects.order_by("pk").values_list("pk", flat=True))
        number = min(MOST, max(FEWEST, cases // 5))
        town = Leisure(staff, seen, families(number, homes, rng), rng, until)
        play(stories(town), until)
        tell_at(until, told)
    return LeisureCounts(
        households=Household.objects.count(),
        registrations=Registration.objects.count(),
        payments=Payment.objects.count(),
        seconds=time.monotonic() - started,
    )
