"""Saying whom to call for the people of a household, in an emergency."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import EmergencyContact, Household, Individual
from parvis.apps.households.queries import emergency_contacts_of, member_of
from parvis.apps.households.rules import MOST_CONTACTS, Call, with_contact
from parvis.apps.households.services.households import locked_household, refuse
from parvis.apps.residents.queries.contact_details import Unreadable, clean_phone
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed, or_not_found
from parvis.lib.words import one_line

LONGEST_NAME = 160


@transaction.atomic
def set_emergency_contacts(
    *, household: Household, contacts: Sequence[tuple[str, str]], said_by: Individual, by: Actor
) -> list[Call]:
    """Keeps whom to call for the people of a household, as (name, number as typed), in that order: from now on, and for
    each of them. What is empty is nobody; what was signed with a health form stays as it was signed.

    Raises Invalid by field ("name_0", "phone_0", "name_1"…); NotFound when `said_by` is no longer of the household;
    NotAllowed for a child, or a role that registers nobody.
    """
    if by.user:
        refuse(by.user)
    locked_household(household)
    speaker = or_not_found(member_of(household, said_by.public_id), _("This person is no longer of the household."))
    if speaker.is_child:
        raise NotAllowed(_("An adult of the household says whom to call."))
    wrong: dict[str, str] = {}
    said: list[Call] = []
    for at, (name, phone) in enumerate(contacts):
        if not (one_line(name) or phone.strip()):
            continue
        one, words = read_contact(name, phone)
        wrong |= {f"{field}_{at}": why for field, why in words.items()}
        if not words and any(one.phone == other.phone for other in said):
            wrong[f"phone_{at}"] = _("This number is already above.")
        said.append(one)
    if not said:
        wrong["name_0"] = _("Write the name of whom to call.")
    if len(said) > MOST_CONTACTS:
        wrong[f"name_{MOST_CONTACTS}"] = _("Write at most three.")
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    keep_contacts(household, said, said_by, by)
    return said


def read_contact(name: str, phone: str) -> tuple[Call, dict[str, str]]:
    """A contact as it is kept, and what is wrong of it ("name", "phone")."""
    words, wrong = one_line(name)[:LONGEST_NAME], {}
    if not words:
        wrong["name"] = _("Write the name of whom to call.")
    number = ""
    try:
        number = clean_phone(phone)
        if not number:
            wrong["phone"] = _("Write the number to call.")
    except Unreadable as error:
        wrong["phone"] = str(error)
    return Call(words, number), wrong


def keep_signed_contact(household: Household, said: Call, shown: Call | None, said_by: Individual, by: Actor) -> None:
    """Makes the contact of a form that is signed one of the household, whose row is locked: the same one is corrected,
    someone else takes the place of the one that the form showed.
    """
    family = emergency_contacts_of([household.pk])[household.pk]
    keep_contacts(household, with_contact(family, said, shown), said_by, by)


def keep_contacts(household: Household, said: Sequence[Call], said_by: Individual, by: Actor) -> None:
    """Replaces the contacts that changed, and adds those that are new; what stays as it was keeps its row."""
    moment = clock.now()
    rows = list(EmergencyContact.objects.filter(household=household, replaced_at=None))
    same = {at: row for row in rows if (at := _place(said, row)) is not None}
    kept = {row.pk for row in same.values()}
    EmergencyContact.objects.filter(pk__in=[row.pk for row in rows if row.pk not in kept]).update(replaced_at=moment)
    for at, row in same.items():
        if row.position != at:
            EmergencyContact.objects.filter(pk=row.pk).update(position=at)
    EmergencyContact.objects.bulk_create(
        EmergencyContact(
            household=household,
            position=at,
            name=one.name,
            phone=one.phone,
            said_at=moment,
            said_by=said_by,
            taken_by=by.user,
        )
        for at, one in enumerate(said)
        if at not in same
    )


def _place(said: Sequence[Call], row: EmergencyContact) -> int | None:
    """Where a row stands, word for word, among what is said; None when it is replaced."""
    return next((at for at, one in enumerate(said) if one == (row.name, row.phone)), None)
