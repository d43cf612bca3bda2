"""Signing a health form, answering what is asked by purpose, destroying the words of forms that are over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import Consent, HealthForm, Household, Individual
from parvis.apps.households.models.health import LONGEST_ANSWER
from parvis.apps.households.queries import (
    Member,
    calls_for,
    consents_asked,
    emergency_contacts_of,
    health_form_of,
    may_speak_for,
    member_of,
)
from parvis.apps.households.rules import Call
from parvis.apps.households.services.emergency import keep_signed_contact, read_contact
from parvis.apps.households.services.households import locked_household, refuse
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed, or_not_found
from parvis.lib.words import one_line

VERSION = 1
"""Of the questions of the form; one more when they change."""
QUESTIONS = ("allergies", "conditions", "medication", "what_to_do")


@dataclass(frozen=True)
class HealthAnswers:
    """What is said of someone's health, each in at most 300 characters, and whom to call; the number as typed."""

    nothing_to_report: bool = False
    allergies: str = ""
    conditions: str = ""
    medication: str = ""
    what_to_do: str = ""
    contact_name: str = ""
    contact_phone: str = ""


@transaction.atomic
def sign_health_form(
    *, household: Household, individual: Individual, answers: HealthAnswers, said_by: Individual, by: Actor
) -> HealthForm:
    """Keeps what an adult of the household says of someone's health, in place of what it said before; good for a year.

    Whom to call becomes the contact of the household, from now on and for each of its people, unless an adult with an
    account signs their own form. The staff, who are not shown it, may leave it empty when the household has one.

    Raises Invalid by field; NotFound when either is no longer of the household; NotAllowed for another adult with an
    account, who signs their own.
    """
    locked_household(household)
    member = _speaking(household, individual, said_by, by)
    last, family = health_form_of(individual, household), emergency_contacts_of([household.pk])[household.pk]
    shown = next(iter(calls_for(member.individual, last, family)), None)
    if by.user and shown and not (answers.contact_name.strip() or answers.contact_phone.strip()):
        answers = replace(answers, contact_name=shown.name, contact_phone=shown.phone)
    kept = _cleaned(answers)
    moment = clock.now()
    if member.individual.account_id is None:
        keep_signed_contact(household, Call(kept.contact_name, kept.contact_phone), shown, said_by, by)
    HealthForm.objects.filter(household=household, individual=individual, replaced_at=None).update(replaced_at=moment)
    return HealthForm.objects.create(
        household=household,
        individual=individual,
        version=VERSION,
        signed_at=moment,
        signed_by=said_by,
        taken_by=by.user,
        **asdict(kept),
    )


def _cleaned(answers: HealthAnswers) -> HealthAnswers:
    words = {name: one_line(getattr(answers, name)) for name in QUESTIONS}
    wrong = {name: _("Shorten this to 300 characters.") for name in QUESTIONS if len(words[name]) > LONGEST_ANSWER}
    said = any(words[name] for name in QUESTIONS)
    if said and answers.nothing_to_report:
        wrong["nothing_to_report"] = _("There is something to report: untick this, or empty the lines below.")
    elif not (said or answers.nothing_to_report):
        wrong["nothing_to_report"] = _("Tick this, or write what must be known.")
    call, missing = read_contact(answers.contact_name, answers.contact_phone)
    wrong |= {f"contact_{field}": why for field, why in missing.items()}
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    return HealthAnswers(
        nothing_to_report=answers.nothing_to_report, contact_name=call.name, contact_phone=call.phone, **words
    )


@transaction.atomic
def answer_consents(
    *, household: Household, individual: Individual, answers: Mapping[str, bool], said_by: Individual, by: Actor
) -> list[Consent]:
    """Keeps the answers that changed, by purpose, each to the words of now; returns them. In force at once.

    A purpose that is not answered stays as it is. Raises NotFound, NotAllowed, as `sign_health_form`.
    """
    locked_household(household)
    member = _speaking(household, individual, said_by, by)
    return [
        Consent.objects.create(
            household=household,
            individual=individual,
            purpose=asked.purpose,
            version=asked.version,
            given=answers[asked.purpose],
            at=clock.now(),
            said_by=said_by,
            taken_by=by.user,
        )
        for asked in consents_asked(household, member)
        if asked.purpose in answers and answers[asked.purpose] != asked.given
    ]


def _speaking(household: Household, individual: Individual, said_by: Individual, by: Actor) -> Member:
    """Who it is about; refuses whoever may not speak for them."""
    if by.user:
        refuse(by.user)
    words = _("This person is no longer of the household.")
    member = or_not_found(member_of(household, individual.public_id), words)
    speaker = or_not_found(member_of(household, said_by.public_id), words)
    if speaker.is_child or not (by.user or may_speak_for(said_by, member)):
        raise NotAllowed(_("This person signs their own form."))
    return member


@transaction.atomic
def destroy_health_forms(*, form_ids: Sequence[int]) -> int:
    """Empties the words of these forms, and keeps when; returns how many were. Again, it changes nothing.

    Which are due is said by who knows what people still attend (`leisure.queries.health.not_needed`).
    """
    emptied = dict.fromkeys(HealthForm.WORDS, "")
    rows = HealthForm.objects.filter(pk__in=form_ids, destroyed_at=None)
    return rows.update(**emptied, nothing_to_report=False, destroyed_at=clock.now())
