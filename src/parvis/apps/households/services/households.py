"""Making households, adding people to them, knowing who they are, and proving where they live.

Each change locks the row of its household first. What a resident may do with theirs is decided by their link
(`queries.household_of`); what the staff may do, by their role.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.directory.models import Actor, ApiKey, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.letters import CLAIM_RENDERER
from parvis.apps.households.models import Claim, Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.households.queries import individual_of, is_barred_in, payer_of
from parvis.apps.households.rules import ACCOUNT_AGE, ADULT_AGE, age_on, family_names, is_birth_date
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Account, Person
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.apps.residents.queries.people import ids_of
from parvis.apps.residents.services.people import Newcomer, register_from_public_form, register_person, update_person
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import fold, one_line

CLAIM_LASTS = timedelta(days=14)
CLAIMED_FOR = timedelta(days=365)
LONGEST_PROOF = timedelta(days=3 * 366)
MOST_PEOPLE = 20
MOST_HOUSEHOLDS = 2  # of a child
Role = HouseholdLink.Role


def refuse(by: User) -> None:
    """Raises NotAllowed when the role of `by` does not register others."""
    by.require(Action.REGISTER_OTHERS, _("Your role does not let you change a household."))


def locked_household(household: Household) -> Household:
    """The household, its row locked. Raises NotFound once it is gone."""
    return locked_row(Household.objects.filter(pk=household.pk), _("This household does not exist."))


@transaction.atomic
def open_household(
    *,
    account: Account,
    name: str,
    born: date | None = None,
    address: Address | None = None,
    address_text: str = "",
    phone: str = "",
) -> Household:
    """The household of whoever is signed in, of which they register the people, and pay.

    The desk's file that holds exactly this name, this number and a proved address of the account is theirs; so is the
    household made at the counter for that file, if no account has it. An address of the town is a claim of residence.
    Raises Invalid (name, born, phone) for an unreadable value, or someone of under 14; Conflict when the account, or
    that file, is of a household already.
    """
    email = next(iter(emails_of(account)), "")
    wrong = wrong_person(name, born, account=True)
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    Account.objects.select_for_update().get(pk=account.pk)
    if individual_of(account):
        raise Conflict(_("You are of a household already. Call us: we bring you together."))
    person = register_from_public_form(Newcomer(name=name, phone=phone, email=email, language=account.language))
    known = _individual_of(person)
    if known:
        return _join(known, account)
    individual = _new_individual(name, born, person=person, account=account)
    household = _new_household([individual.name], address, address_text)
    _link(household, individual, Role.ADULT, may_register=True, may_pick_up=True, is_payer=True)
    if address:
        claim_residence(household)
    return household


def _join(individual: Individual, account: Account) -> Household:
    """Gives an account to someone of a household; their household."""
    individual = Individual.objects.select_for_update(of=("self",)).get(pk=individual.pk)
    link = HouseholdLink.objects.filter(individual=individual, ended_at=None, may_register=True).first()
    if link is None or individual.account_id not in (None, account.pk):
        raise Conflict(_("Someone of that name has a household here already. Call us: we bring you together."))
    individual.account = account
    individual.save(update_fields=["account"])
    return link.household


@transaction.atomic
def add_child(*, household: Household, name: str, born: date, by: Actor, known: Collection[int] = ()) -> Individual:
    """A child of the household. One whom the household adds itself is declared, and such children are few: `known` are
    those, by id, of whom another part has more than its word.

    Raises Invalid (name, born), also for one who is there already, and for one too many declared; NotAllowed.
    """
    if by.user:
        refuse(by.user)
    locked_household(household)
    wrong = wrong_person(name, born)
    if "born" not in wrong and age_on(born, clock.today()) >= ADULT_AGE:
        wrong["born"] = _("At 18 or more, add them as an adult.")
    if not wrong and is_there(household, name, born):
        wrong["name"] = _("This child is in your household already.")
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    _refuse_more(household)
    if by.is_citizen:
        refuse_declared(household, Role.CHILD, known)
    child = _new_individual(name, born, declared=by.is_citizen)
    _link(household, child, Role.CHILD)
    return child


@transaction.atomic
def add_adult(
    *,
    household: Household,
    name: str,
    born: date | None = None,
    may_register: bool = False,
    may_pick_up: bool = True,
    email: str = "",
    person: Person | None = None,
    by: Actor,
) -> Individual:
    """An adult of the household; `person` is their file, when the staff know it: else they get a new one.

    One who registers is invited at `email`, if any. Raises Invalid (name, born, email), also for one who is there
    already, and for one too many declared, as `add_child` says; Invalid (may_pick_up) for one who must not come for a
    child of the household, without a word of why; NotAllowed.
    """
    if by.user:
        refuse(by.user)
    locked_household(household)
    wrong = wrong_person(name, born, account=may_register)
    if not wrong and is_there(household, name, born):
        wrong["name"] = _("This person is in your household already.")
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    _refuse_more(household)
    known = _individual_of(person) if person else None
    if may_pick_up and is_barred_in(household, known.pk if known else None, name):
        raise Invalid.in_field("may_pick_up", _("We cannot record this here: call us."))
    if by.is_citizen:
        refuse_declared(household, Role.ADULT)
    adult = known or _new_individual(name, born, person=person or _new_person(name, by), declared=by.is_citizen)
    _link(household, adult, Role.ADULT, may_register=may_register, may_pick_up=may_pick_up)
    settle_name(household)
    if email and may_register:
        invite_to_claim(individual=adult, email=email, by=by)
    return adult


@transaction.atomic
def link_child(*, child: Individual, household: Household, by: User) -> HouseholdLink:
    """Makes a child part of a second household too; again, it changes nothing. Neither sees the other.

    Raises NotAllowed; Conflict for an adult, for a third household, or where a child of that name and birth is.
    """
    refuse(by)
    locked_household(household)
    links = list(HouseholdLink.objects.filter(individual=child, ended_at=None).select_for_update(of=("self",)))
    there = next((link for link in links if link.household_id == household.pk), None)
    if there:
        return there
    if any(link.role != Role.CHILD for link in links):
        raise Conflict(_("Only a child is of two households."))
    if len(links) >= MOST_HOUSEHOLDS:
        raise Conflict(_("This child is of two households already."))
    if is_there(household, child.name, child.born):
        raise Conflict(_("A child of that name and birth date is there already: remove that one first."))
    return _link(household, child, Role.CHILD)


@transaction.atomic
def make_household_at_counter(*, person: Person, by: User, seen: bool) -> Household:
    """The household of someone of the desk's files, who may have no account; the one they register for, if any.

    `seen`: the counter saw a document with their picture. Raises NotAllowed.
    """
    refuse(by)
    file = Person.objects.select_for_update(of=("self",)).get(pk=person.canonical.pk)
    individual = _individual_of(file) or _new_individual(file.name, None, person=file)
    link = HouseholdLink.objects.filter(individual=individual, ended_at=None, may_register=True).first()
    household = link.household if link else _new_household([file.name], file.address, file.address_text)
    if link is None:
        _link(household, individual, Role.ADULT, may_register=True, may_pick_up=True, is_payer=True)
    if seen:
        mark_seen(individual=individual, by=by)
    return household


@transaction.atomic
def mark_seen(*, individual: Individual, by: User) -> Individual:
    """Records that the counter saw a document with their picture, or a child and who answers for them; the first time
    stays, with who did it. Raises NotAllowed.
    """
    refuse(by)
    row = locked_row(Individual.objects.filter(pk=individual.pk), _("This person is not there any more."))
    if row.seen_at is None:
        row.seen_at, row.seen_by = clock.now(), by
        row.save(update_fields=["seen_at", "seen_by"])
    return row


@transaction.atomic
def mark_members_seen(*, household: Household, public_ids: Collection[str], by: User) -> list[Individual]:
    """Records, as `mark_seen`, that the counter saw these people of a household; returns those not seen before.

    Raises NotAllowed; NotFound when none of them is of the household.
    """
    refuse(by)
    links = HouseholdLink.objects.filter(household=locked_household(household), ended_at=None)
    rows = [link.individual for link in links.select_related("individual") if link.individual.public_id in public_ids]
    if not rows:
        raise NotFound(_("This person is no longer of the household."))
    return [mark_seen(individual=row, by=by) for row in rows if row.seen_at is None]


@transaction.atomic
def invite_to_claim(*, individual: Individual, email: str, by: Actor) -> Claim:
    """Sends an adult of a household the letter by which it joins their account; a letter still open is not doubled.

    Raises Invalid (email); Conflict for a child, or when they have an account; NotAllowed.
    """
    if by.user:
        refuse(by.user)
    try:
        cleaned = clean_email(email)
    except Unreadable as error:
        raise Invalid.in_field("email", str(error)) from error
    if not cleaned:
        raise Invalid.in_field("email", _("Write their e-mail address."))
    row = locked_row(Individual.objects.filter(pk=individual.pk), _("This person is not there any more."))
    if row.account_id:
        raise Conflict(_("They have an account already."))
    if not HouseholdLink.objects.filter(individual=row, ended_at=None, may_register=True).exists():
        raise Conflict(_("Only an adult who registers for the household has an account."))
    moment = clock.now()
    known = Claim.objects.filter(individual=row, email=cleaned, used_at=None, expires_at__gt=moment).first()
    if known:
        return known
    claim = Claim.objects.create(
        individual=row, email=cleaned, made_by=by.user, made_at=moment, expires_at=moment + CLAIM_LASTS
    )
    language = row.person.canonical.language if row.person else "fr"
    queue_letter(
        key=f"household/claim/{claim.pk}",
        to=cleaned,
        language=language,
        renderer=CLAIM_RENDERER,
        args=[claim.pk],
        sending=Sending(urgent=True),
    )
    return claim


@transaction.atomic
def claim_household(*, secret: str, account: Account) -> Household:
    """Joins to an account the household of the letter with that secret, once.

    Raises NotFound when the link is not good, or no longer; Conflict when the account did not prove the address to
    which it was sent, or is of a household already.
    """
    rows = Claim.objects.filter(secret=secret, used_at=None, expires_at__gt=clock.now())
    claim = locked_row(rows, _("This link is no longer good. Ask for another one."))
    if claim.email not in emails_of(account):
        raise Conflict(_("This link goes with another address: enter with the one that received it."))
    mine = individual_of(account)
    if mine and mine.pk != claim.individual_id:
        raise Conflict(_("You are of a household already. Call us: we bring you together."))
    household = _join(claim.individual, account)
    claim.used_at = clock.now()
    claim.save(update_fields=["used_at"])
    person = claim.individual.person
    if person and not person.canonical.email:
        update_person(person=person, email=claim.email, by=Actor.citizen())
    return household


@transaction.atomic
def record_proof(*, household: Household, kind: str, expires_on: date, by: User) -> ResidenceProof:
    """What the counter saw that shows where a household lives; it counts until the day before `expires_on`.

    Raises Invalid (kind, expires_on), NotAllowed.
    """
    refuse(by)
    today = clock.today()
    wrong: dict[str, str] = {}
    if kind not in ResidenceProof.Kind.values or kind == ResidenceProof.Kind.CLAIM:
        wrong["kind"] = _("Choose one of the values offered.")
    if not today < expires_on <= today + LONGEST_PROOF:
        wrong["expires_on"] = _("Write a day to come, within three years.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    return ResidenceProof.objects.create(
        household=locked_household(household),
        kind=kind,
        since=today,
        expires_on=expires_on,
        seen_by=by,
        created_at=clock.now(),
    )


@transaction.atomic
def make_for_program(*, api_key: ApiKey, people: Sequence[tuple[str, date]], resident: bool) -> Household:
    """A household that only this key reaches; `people` are its (name, birth date), whose order is kept.

    `resident` is a claim. Raises Invalid ("people", or "people.<index>.name" and "people.<index>.born").
    """
    if not 1 <= len(people) <= MOST_PEOPLE:
        raise Invalid.in_field("people", _("Name from 1 to 20 people."))
    wrong = {
        f"people.{index}.{field}": words
        for index, (name, born) in enumerate(people)
        for field, words in wrong_person(name, born).items()
    }
    if wrong:
        raise Invalid(_("Some of this must be mended first."), wrong)
    today, moment, by = clock.today(), clock.now(), Actor.program(api_key.name)
    adult = [age_on(born, today) >= ADULT_AGE for _name, born in people]
    names = [one_line(name)[:160] for name, _born in people]
    household = _new_household([name for name, grown in zip(names, adult, strict=True) if grown] or names, None, "")
    Household.objects.filter(pk=household.pk).update(made_by_key=api_key)
    household.made_by_key = api_key
    payer = adult.index(True) if any(adult) else 0
    for index, (name, (_given, born)) in enumerate(zip(names, people, strict=True)):
        person = _new_person(name, by) if adult[index] else None
        individual = Individual.objects.create(name=name, born=born, person=person, created_at=moment)
        role = Role.ADULT if adult[index] else Role.CHILD
        _link(household, individual, role, may_register=adult[index], is_payer=index == payer)
    if resident:
        claim_residence(household)
    return household


def settle_name(household: Household) -> None:
    """Names the household after its adults."""
    links = HouseholdLink.objects.filter(household=household, ended_at=None, role=Role.ADULT)
    names = family_names(links.order_by("pk").values_list("individual__name", flat=True))
    household.name = names or family_names([payer_of(household).name])
    household.save(update_fields=["name"])


def claim_residence(household: Household) -> None:
    """Keeps that they say that they live in the town, for a year."""
    today = clock.today()
    ResidenceProof.objects.create(
        household=household,
        kind=ResidenceProof.Kind.CLAIM,
        since=today,
        expires_on=today + CLAIMED_FOR,
        created_at=clock.now(),
    )


def wrong_person(name: str, born: date | None, *, account: bool = False) -> dict[str, str]:
    """What is wrong, by field; `account`: whoever it is of would have one."""
    wrong: dict[str, str] = {}
    if not one_line(name):
        wrong["name"] = _("Write the person’s name.")
    if born and not is_birth_date(born, clock.today()):
        wrong["born"] = _("Write the day of birth: year, month, day.")
    elif born and account and age_on(born, clock.today()) < ACCOUNT_AGE:
        wrong["born"] = _("Under 14, a parent opens the account, and adds the child to the household.")
    return wrong


def is_there(household: Household, name: str, born: date | None) -> bool:
    """Whether someone of that name, and of that birth date as far as it is known, is of the household."""
    links = HouseholdLink.objects.filter(household=household, ended_at=None).select_related("individual")
    alike = [link.individual for link in links if fold(link.individual.name) == fold(one_line(name))]
    return any(each.born == born or each.born is None or born is None for each in alike)


def _refuse_more(household: Household) -> None:
    if HouseholdLink.objects.filter(household=household, ended_at=None).count() >= MOST_PEOPLE:
        raise Conflict(_("A household has at most 20 people here: call us."))


def refuse_declared(household: Household, role: str, known: Collection[int] = ()) -> None:
    """Raises Invalid when a locked household has added on line as many children, or adults, as it may before the town
    has seen them; `known` count no more.
    """
    links = HouseholdLink.objects.filter(household=household, role=role, ended_at=None, individual__declared=True)
    most = settings.PARVIS_DECLARED_PEOPLE
    if links.filter(individual__seen_at=None).exclude(individual__in=known).count() < most:
        return
    if role == Role.CHILD:
        words = ngettext(
            "You have added %(most)s child whom the town has not met. For another one, come to the counter, or call.",
            "You have added %(most)s children whom the town has not met. For others, come to the counter, or call.",
            most,
        )
    else:
        words = ngettext(
            "You have added %(most)s adult whom the town has not met. For another one, come to the counter, or call.",
            "You have added %(most)s adults whom the town has not met. For others, come to the counter, or call.",
            most,
        )
    raise Invalid(words % {"most": most})


def _individual_of(person: Person) -> Individual | None:
    """Who someone of the desk's files is among the people of households, through the files merged into theirs.

    Of two files merged that each were of a household, first the one who registers for it today.
    """
    registers = HouseholdLink.objects.filter(individual=OuterRef("pk"), ended_at=None, may_register=True)
    rows = Individual.objects.filter(person__in=ids_of(person.canonical))
    return rows.annotate(registers=Exists(registers)).order_by("-registers", "pk").first()


def _new_person(name: str, by: Actor) -> Person:
    """A file of the desk for an adult of whom only the name is known."""
    return register_person(name=name, reach=Person.Reach.NONE, by=Actor.system() if by.user else by)


def _new_individual(
    name: str,
    born: date | None,
    *,
    person: Person | None = None,
    account: Account | None = None,
    declared: bool = False,
) -> Individual:
    row = Individual(name=one_line(name)[:160], born=born, person=person, account=account, declared=declared)
    row.created_at = clock.now()
    row.save()
    return row


def _new_household(adults: Sequence[str], address: Address | None, address_text: str) -> Household:
    return Household.objects.create(
        name=family_names(adults),
        address=address,
        address_text="" if address else one_line(address_text)[:200],
        created_at=clock.now(),
    )


def _link(household: Household, individual: Individual, role: str, **rights: bool) -> HouseholdLink:
    return HouseholdLink.objects.create(
        household=household, individual=individual, role=role, created_at=clock.now(), **rights
    )
