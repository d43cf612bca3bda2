"""Changing a household: a name, an address, who is of it; and telling before a proof of residence ends."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.households.letters import REMOVED_RENDERER, RESIDENCE_RENDERER
from parvis.apps.households.models import Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.households.queries import is_barred_in, recipients_of, residence_of
from parvis.apps.households.rules import ADULT_AGE, age_on
from parvis.apps.households.services.households import (
    claim_residence,
    is_there,
    locked_household,
    refuse,
    refuse_declared,
    settle_name,
    wrong_person,
)
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.places.models import Address
from parvis.apps.residents.queries.accounts import emails_of
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import one_line

WARNED_BEFORE = timedelta(days=30)
UNDONE_WITHIN = timedelta(days=1)
Role = HouseholdLink.Role


@transaction.atomic
def update_member(*, household: Household, individual: Individual, name: str, born: date | None, by: Actor) -> None:
    """Corrects a name or a birth date; the file that the desk keeps of an adult stays as it is.

    Raises Invalid (name, born); NotFound when they are no longer of the household; NotAllowed.
    """
    link = _locked_link(household, individual, by)
    wrong = wrong_person(name, born, account=link.individual.account_id is not None)
    if link.role == Role.CHILD and born is None:
        wrong.setdefault("born", _("Write the day of birth: year, month, day."))
    elif link.role == Role.CHILD and born and not wrong and age_on(born, clock.today()) >= ADULT_AGE:
        wrong["born"] = _("At 18 or more, add them as an adult.")
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    Individual.objects.filter(pk=individual.pk).update(name=one_line(name)[:160], born=born)
    settle_name(household)


@transaction.atomic
def remove_member(*, household: Household, individual: Individual, by: Actor) -> HouseholdLink:
    """Ends someone's place in a household: they see nothing of it from then on; it may be undone for a day.

    An adult with an account is told by a letter. Raises Conflict for the payer, whom the counter alone replaces;
    NotFound when they are no longer there; NotAllowed.
    """
    link = _locked_link(household, individual, by)
    if link.is_payer:
        raise Conflict(_("Receipts are in this person’s name: call us to change that first."))
    link.ended_at = clock.now()
    link.save(update_fields=["ended_at"])
    if link.role == Role.ADULT:
        settle_name(household)
    account = individual.account
    for email in emails_of(account)[:1] if account else []:
        queue_letter(
            key=f"household/removed/{link.pk}",
            to=email,
            language=account.language if account else "fr",
            renderer=REMOVED_RENDERER,
            args=[link.pk],
        )
    return link


@transaction.atomic
def set_payer(*, household: Household, individual: Individual, by: User) -> None:
    """Puts the receipts to come, and the tax slips, in the name of an adult who registers for the household.

    Raises Conflict for someone else; NotFound when they are no longer of the household; NotAllowed.
    """
    link = _locked_link(household, individual, Actor.staff(by))
    if not link.may_register:
        raise Conflict(_("Receipts are in the name of an adult who registers for the household."))
    HouseholdLink.objects.filter(household=household, is_payer=True).update(is_payer=False)
    link.is_payer = True
    link.save(update_fields=["is_payer"])


@transaction.atomic
def restore_member(*, household: Household, public_id: str, by: Actor) -> HouseholdLink:
    """Undoes `remove_member` for that individual, for a day. Raises Conflict when they are there again, too late, or
    when they came for a child for whom they must not come any more; Invalid for one too many declared; NotAllowed.
    """
    if by.user:
        refuse(by.user)
    locked_household(household)
    links = HouseholdLink.objects.filter(household=household, individual__public_id=public_id)
    link = (
        links.select_related("individual")
        .filter(ended_at__gt=clock.now() - UNDONE_WITHIN)
        .order_by("-ended_at")
        .first()
    )
    if link is None or is_there(household, link.individual.name, link.individual.born) or _is_barred(link):
        raise Conflict(_("This can no longer be undone."))
    if by.is_citizen and link.individual.only_declared:
        refuse_declared(household, link.role)
    link.ended_at = None
    link.save(update_fields=["ended_at"])
    settle_name(household)
    return link


def _is_barred(link: HouseholdLink) -> bool:
    return link.may_pick_up and is_barred_in(link.household, link.individual_id, link.individual.name)


@transaction.atomic
def move_household(*, household: Household, address: Address | None, address_text: str, by: Actor) -> Household:
    """Changes where a household lives. Its proofs of residence were those of the former address: they end.

    Raises Invalid (place) without an address; NotAllowed.
    """
    if by.user:
        refuse(by.user)
    text = "" if address else one_line(address_text)[:200]
    if not (address or text):
        raise Invalid.in_field("place", _("Write your address."))
    row = locked_household(household)
    if (row.address_id, row.address_text) == (address.pk if address else None, text):
        return row
    row.address, row.address_text = address, text
    row.save(update_fields=["address", "address_text"])
    ResidenceProof.objects.filter(household=row, ended_at=None).update(ended_at=clock.now())
    if address:
        claim_residence(row)
    return row


@transaction.atomic
def withdraw_proof(*, proof: ResidenceProof, by: User) -> None:
    """Withdraws a proof of residence recorded by mistake; again, it changes nothing. Raises NotAllowed."""
    refuse(by)
    ResidenceProof.objects.filter(pk=proof.pk, ended_at=None).update(ended_at=clock.now())


def warn_of_ends() -> int:
    """Tells each household whose last proof of residence ends within 30 days, once a proof; how many were told.

    One that nobody may write to is told nothing, and stays to be told.
    """
    today = clock.today()
    rows = ResidenceProof.objects.filter(warned_at=None, ended_at=None, expires_on__gt=today)
    rows = rows.filter(expires_on__lte=today + WARNED_BEFORE).exclude(kind=ResidenceProof.Kind.CLAIM)
    return sum(_warn(pk, today) for pk in rows.values_list("pk", flat=True))


@transaction.atomic
def _warn(proof_id: int, today: date) -> int:
    proof = ResidenceProof.objects.select_for_update(of=("self",)).select_related("household").get(pk=proof_id)
    recipients = recipients_of(proof.household)
    lasts = residence_of(proof.household, today).proved_until
    if proof.warned_at or proof.ended_at or not recipients or lasts is None or lasts > proof.expires_on:
        return 0
    for number, recipient in enumerate(recipients):
        queue_letter(
            key=f"household/residence/{proof.pk}/{number}",
            to=recipient.email,
            language=recipient.language,
            renderer=RESIDENCE_RENDERER,
            args=[proof.pk],
        )
    proof.warned_at = clock.now()
    proof.save(update_fields=["warned_at"])
    return 1


def _locked_link(household: Household, individual: Individual, by: Actor) -> HouseholdLink:
    if by.user:
        refuse(by.user)
    locked_household(household)
    rows = HouseholdLink.objects.filter(household=household, individual=individual, ended_at=None)
    return locked_row(rows.select_related("individual"), _("This person is no longer of the household."))
