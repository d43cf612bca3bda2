"""Gives a demonstration its households, all invented: two parents who share a child, a senior without an account."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household, ResidenceProof
from parvis.apps.households.services.households import (
    add_child,
    link_child,
    make_household_at_counter,
    open_household,
    record_proof,
)
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.services.management import change_group
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Account, AccountEmail
from parvis.apps.residents.services.people import register_person
from parvis.lib import clock
from parvis.operations.demo.marks import NOTE

PROVED_FOR = timedelta(days=300)
LED = 4


@transaction.atomic
def seed_households_once() -> int:
    """Makes them in a demonstration that has none, and returns how many; 0 when it is not one, or has nobody to do it.

    Louise Gagné and Martin Roy enter with louise.gagne@example.org and martin.roy@example.org: the codes are in the
    mailbox of the demonstration.
    """
    users = User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("pk")
    agent = next((user for user in users if user.may(Action.REGISTER_OTHERS)), None)
    if not settings.PARVIS_DEMO or agent is None or Household.objects.exists():
        return 0
    homes = list(Address.objects.select_related("street").order_by("pk")[:3])
    louise = _opened("Louise Gagné", "louise.gagne@example.org", homes[0] if homes else None)
    martin = _opened("Martin Roy", "martin.roy@example.org", homes[1] if len(homes) > 1 else None)
    today = clock.today()
    add_child(household=louise, name="Léa Gagné-Roy", born=_years_ago(today, 8), by=Actor.citizen())
    emile = add_child(household=louise, name="Émile Gagné-Roy", born=_years_ago(today, 5), by=Actor.citizen())
    link_child(child=emile, household=martin, by=agent)
    gilles = register_person(
        name="Gilles Pelletier",
        phone="+15145550142",
        address=homes[2] if len(homes) > 2 else None,  # noqa: PLR2004
        note=NOTE,
        by=Actor.system(),
    )
    counter = make_household_at_counter(person=gilles, by=agent, seen=True)
    gilles.individual.born = _years_ago(today, 72)
    gilles.individual.save(update_fields=["born"])
    for household in (louise, counter):
        record_proof(household=household, kind=ResidenceProof.Kind.TAX_BILL, expires_on=today + PROVED_FOR, by=agent)
    _lead_groups(list(users))
    return 3


def _lead_groups(users: list[User]) -> None:
    """Gives an instructor the first groups of the last season that ask for a health form, where the town has one, and a
    manager.
    """
    instructor = next((user for user in users if user.may(Action.READ_GROUP) and not user.may(Action.READ_CASE)), None)
    manager = next((user for user in users if user.may(Action.MANAGE_LEISURE)), None)
    if instructor is None or manager is None:
        return
    groups = Group.objects.filter(activity__health_form=True, cancelled_at=None)
    for group in groups.order_by("-season__starts_on", "slug")[:LED]:
        change_group(
            group=group,
            capacity=group.capacity,
            non_resident_quota=group.non_resident_quota,
            instructor=instructor,
            by=manager,
        )


def _opened(name: str, email: str, address: Address | None) -> Household:
    return open_household(account=proved_account(email), name=name, address=address)


def proved_account(email: str) -> Account:
    """A new account whose address is proved, as by the code of a letter: no service makes one in a transaction."""
    account = Account.objects.create(created_at=clock.now(), seen_at=clock.now())
    AccountEmail.objects.create(account=account, email=email, proved_at=clock.now())
    return account


def _years_ago(today: date, years: int) -> date:
    """The birth date of someone who had that age two months ago."""
    birthday = today - timedelta(days=60)
    return date(birthday.year - years, birthday.month, 14)
