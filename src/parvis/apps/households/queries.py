"""Who is of a household, with which rights; whether it lives in the town; who pays, and who is written to. The state
and the words of the health forms, whom to call, what is consented to, who must not come for a child.

Whoever shows the staff the words of a form, or who must not come for a child, logs it
(`directory.services.staff.record_readings`, "health" and "custody").
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import ApiKey
from parvis.apps.households.models import (
    Claim,
    Consent,
    ConsentPurpose,
    EmergencyContact,
    HealthForm,
    Household,
    HouseholdLink,
    Individual,
    PickUpRestriction,
    ResidenceProof,
    RestrictionEnding,
)
from parvis.apps.households.rules import Call, age_on, good_until, known_contact, same_name
from parvis.apps.residents.models import Account, Person
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.queries.people import ids_of
from parvis.lib import clock
from parvis.lib.database.rows import Compiled

Role = HouseholdLink.Role


@dataclass(frozen=True)
class Member:
    """Someone of a household, by a link that holds."""

    individual: Individual
    link: HouseholdLink

    @property
    def is_child(self) -> bool:
        """Whether they are there as a child."""
        return self.link.role == Role.CHILD

    def age_on(self, day: date) -> int | None:
        """Whole years on a day; None for an adult who did not say when they were born."""
        return age_on(self.individual.born, day) if self.individual.born else None


@dataclass(frozen=True)
class Residence:
    """Whether a household counts as living in the town.

    `proved_until` is the first day when its last proof seen by the town no longer counts; None without one. `claimed`:
    they say so, and nobody saw it: it counts in a demonstration only.
    """

    resident: bool
    proved_until: date | None
    claimed: bool

    @property
    def to_prove(self) -> bool:
        """Whether it is only said."""
        return self.claimed and self.proved_until is None


@dataclass(frozen=True)
class Recipient:
    """Someone who registers for a household, and where they are written to."""

    email: str
    language: str
    name: str


def household_of(account: Account) -> Household | None:
    """The household for which the account registers, with its address; None without one. One query.

    One whose link has ended, or has no right to register, is no longer seen.
    """
    rows = _links().filter(individual__account=account, may_register=True)
    link = rows.select_related("household__address__street").first()
    return link.household if link else None


def individual_of(account: Account) -> Individual | None:
    """Who the account is among the people of households; None before it opened or joined one."""
    return Individual.objects.filter(account=account).first()


def households_of_person(person: Person) -> list[Household]:
    """The households where someone of the desk's files is, through the files merged into theirs. Two queries."""
    rows = Household.objects.filter(links__in=_links().filter(individual__person__in=ids_of(person.canonical)))
    return list(rows.select_related("address__street").order_by("pk").distinct())


def in_household() -> Exists:
    """Whether a file of the desk, or one merged into it, is of a household: an annotation of `Person`."""
    own = Q(individual__person=OuterRef("pk")) | Q(individual__person__merged_into=OuterRef("pk"))
    return Exists(_links().filter(own))


def members_of(household: Household) -> list[Member]:
    """The people of a household: adults first, then children, the eldest first. One query."""
    return members_by_household([household])[household.pk]


def members_by_household(households: Iterable[Household]) -> dict[int, list[Member]]:
    """By household, what `members_of` says. One query."""
    found: dict[int, list[Member]] = {household.pk: [] for household in households}
    for link in _links().filter(household__in=found).select_related("individual__person__merged_into"):
        found[link.household_id].append(Member(link.individual, link))
    for members in found.values():
        members.sort(key=lambda member: (member.is_child, member.is_child and member.individual.born))
    return found


def adults_around(child: Individual) -> list[Individual]:
    """The adults of each household of a child, by name: for who records a decision of a court. One query."""
    homes = _links().filter(individual=child, role=Role.CHILD).values("household")
    adults = _links().filter(household__in=homes, role=Role.ADULT).values("individual")
    return list(Individual.objects.filter(pk__in=adults).order_by("name", "pk"))


def member_of(household: Household, public_id: str) -> Member | None:
    """The one of the household's people with that public identifier; None for anybody else. One query."""
    return next((row for row in members_of(household) if row.individual.public_id == public_id), None)


def may_speak_for(said_by: Individual, member: Member) -> bool:
    """Whether someone who registers for a household signs for one of its people; with an account, one signs alone."""
    return member.is_child or member.individual == said_by or member.individual.account_id is None


def was_seen(household: Household) -> bool:
    """Whether the counter saw a document of an adult who registers for it, or a proof of residence that still counts as
    one of its address. Two queries at most.
    """
    adults = _links().filter(household=household, may_register=True).exclude(individual__seen_at=None)
    proofs = ResidenceProof.objects.filter(household=household, ended_at=None)
    return adults.exists() or proofs.exclude(kind=ResidenceProof.Kind.CLAIM).exists()


def residence_of(household: Household, on: date) -> Residence:
    """Whether the household counts as living in the town on a day. One query."""
    return residences_of([household], on)[household.pk]


_links_of_account = Compiled(
    lambda account_id, epoch: (
        _links()
        .filter(individual__account=account_id, individual__account__epoch=epoch, may_register=True)
        .values_list("household_id", flat=False)
    )
)
_proofs_of_household = Compiled(lambda household_id: ResidenceProof.objects.filter(household=household_id))


def household_at_a_glance(account_id: int, epoch: int, on: date) -> tuple[int, bool] | None:
    """The household for which an account of that epoch registers, by its key, and whether it is resident on a day.

    As `household_of` and `residence_of` say; in two statements built once, for the crowd of an opening.
    """
    link = _links_of_account.first(account_id, epoch)
    return (link[0], _residence(_proofs_of_household(link[0]), on).resident) if link else None


def residences_of(households: Sequence[Household], on: date) -> dict[int, Residence]:
    """By household, what `residence_of` says. One query."""
    found: dict[int, list[ResidenceProof]] = {household.pk: [] for household in households}
    for proof in ResidenceProof.objects.filter(household__in=found):
        found[proof.household_id].append(proof)
    return {pk: _residence(proofs, on) for pk, proofs in found.items()}


def _residence(proofs: Iterable[ResidenceProof], on: date) -> Residence:
    held = [proof for proof in proofs if proof.holds(on)]
    seen = [proof.expires_on for proof in held if not proof.is_claim]
    claimed = len(seen) < len(held)
    return Residence(bool(seen) or claimed and settings.PARVIS_DEMO, max(seen, default=None), claimed)


def proofs_of(household: Household) -> list[ResidenceProof]:
    """Its proofs seen by the town, the last to end first, save those withdrawn. One query."""
    rows = ResidenceProof.objects.filter(household=household, ended_at=None)
    return list(rows.exclude(kind=ResidenceProof.Kind.CLAIM).select_related("seen_by"))


def payer_of(household: Household) -> Individual:
    """In whose name its receipts are: the payer, else an adult who registers, else anybody of it. One query.

    Raises LookupError for a household without anybody.
    """
    links = list(_links().filter(household=household).select_related("individual"))
    if not links:
        raise LookupError(f"household {household.pk} has nobody")
    order = sorted(links, key=lambda link: (not link.is_payer, not link.may_register, link.role != Role.ADULT, link.pk))
    return order[0].individual


def recipients_of(household: Household) -> list[Recipient]:
    """Where those who register are written to, one line an address: their account's first one, else that of their file.

    Two queries. Someone without an e-mail address, or whose link has ended, is not among them.
    """
    return recipients_of_each([household.pk]).get(household.pk, [])


def recipients_of_each(household_ids: Iterable[int]) -> dict[int, list[Recipient]]:
    """`recipients_of` several households, by their ids; two queries. Those without anybody to write to are absent."""
    links = _links().filter(household__in=list(household_ids), may_register=True)
    links = links.select_related("individual__person__merged_into", "individual__account")
    found: dict[int, dict[str, Recipient]] = defaultdict(dict)
    for link in links.prefetch_related("individual__account__emails"):
        individual = link.individual
        emails = emails_of(individual.account) if individual.account else []
        person = individual.person.canonical if individual.person else None
        email = emails[0] if emails else person.writes_to if person else ""
        speaks = individual.account or person
        if email and speaks:
            found[link.household_id].setdefault(email, Recipient(email, speaks.language, individual.name))
    return {pk: list(written.values()) for pk, written in found.items()}


def household_by_id(public_id: str) -> Household | None:
    """The household with that public identifier, for the staff, with its address."""
    return Household.objects.select_related("address__street").filter(public_id=public_id).first()


def household_of_key(public_id: str, api_key: ApiKey) -> Household | None:
    """The household with that public identifier, when this key made it."""
    return Household.objects.filter(public_id=public_id, made_by_key=api_key).first()


def claim_by_secret(secret: str) -> Claim | None:
    """The invitation behind a link, while it may be used."""
    claim = Claim.objects.select_related("individual").filter(secret=secret, used_at=None).first()
    return claim if claim and claim.is_open(clock.now()) else None


def open_claims_of(account: Account) -> list[Claim]:
    """The invitations sent to the addresses that an account proved, which it may still use. One query."""
    rows = Claim.objects.filter(email__in=emails_of(account), used_at=None, expires_at__gt=clock.now())
    return list(rows.filter(individual__account=None).select_related("individual", "made_by").order_by("pk"))


def own_household(individual: Individual) -> dict[str, Any]:
    """What is known of someone as one of households, for themselves, as plain values: {name, born, seen_at, made_at,
    invitations, links, household}.

    `links`: since when and until when they are, or were, of a household, and nothing else of it. `household` is the one
    for which they register, None without one: {name, place, made_at, emergency_contacts, people, proofs}. Of a child of
    two households, only this one. Six queries.
    """
    links = HouseholdLink.objects.filter(individual=individual).select_related("household__address__street")
    rows = list(links.order_by("pk"))
    mine = next((row.household for row in rows if row.may_register and row.ended_at is None), None)
    return {
        "name": individual.name,
        "born": individual.born,
        "seen_at": individual.seen_at,
        "made_at": individual.created_at,
        "invitations": [
            {"email": row.email, "at": row.made_at, "used_at": row.used_at}
            for row in Claim.objects.filter(individual=individual).order_by("pk")
        ],
        "links": [
            {"role": str(row.get_role_display()), "since": row.created_at, "until": row.ended_at} for row in rows
        ],
        "household": _own(mine) if mine else None,
    }


def _own(household: Household) -> dict[str, Any]:
    proofs = ResidenceProof.objects.filter(household=household).order_by("pk")
    return {
        "name": household.name,
        "place": household.place,
        "made_at": household.created_at,
        "emergency_contacts": [
            {"contact_name": row.name, "contact_phone": row.phone, "since": row.said_at, "until": row.replaced_at}
            for row in EmergencyContact.objects.filter(household=household).order_by("pk")
        ],
        "people": [
            {
                "name": member.individual.name,
                "role": str(member.link.get_role_display()),
                "born": member.individual.born,
                "may_register": member.link.may_register,
                "may_pick_up": member.link.may_pick_up,
                "is_payer": member.link.is_payer,
            }
            for member in members_of(household)
        ],
        "proofs": [
            {
                "what": str(proof.get_kind_display()),
                "since": proof.since,
                "until": proof.expires_on,
                "ended_at": proof.ended_at,
                "warned_at": proof.warned_at,
            }
            for proof in proofs
        ],
    }


def _links() -> QuerySet[HouseholdLink]:
    return HouseholdLink.objects.filter(ended_at=None).order_by("pk")


Pair = tuple[int, int]
"""Someone and a household of theirs, by their keys."""


@dataclass(frozen=True)
class HealthState:
    """How a form stands on a day. `until` is its last good day; None when there is none, or it was destroyed."""

    until: date | None
    on: date

    @property
    def good(self) -> bool:
        """Whether they may attend on that day."""
        return self.until is not None and self.on <= self.until

    @property
    def old(self) -> bool:
        """Whether it was signed more than a year before that day."""
        return self.until is not None and self.until < self.on


def health_states(pairs: Iterable[Pair], on: date | None = None) -> dict[Pair, HealthState]:
    """By pair, how the form of someone stands in a household on a day, today unless given. One query."""
    day = on or clock.today()
    wanted = set(pairs)
    rows = _standing_forms().filter(individual__in={one for one, _home in wanted})
    found = {
        (row.individual_id, row.household_id): _last_good_day(row)
        for row in rows.only("individual", "household", "signed_at")
    }
    return {pair: HealthState(found.get(pair), day) for pair in wanted}


def health_state(individual: Individual, household: Household, on: date | None = None) -> HealthState:
    """As `health_states`, of one person."""
    return health_states([(individual.pk, household.pk)], on)[individual.pk, household.pk]


def health_form_of(individual: Individual, household: Household) -> HealthForm | None:
    """What the household said last of someone's health; None when nothing, or it was destroyed. One query."""
    return _standing_forms().filter(individual=individual, household=household).select_related("signed_by").first()


def health_forms_of(individual_ids: Iterable[int]) -> dict[int, list[HealthForm]]:
    """By person, what each of their households said last, the latest first, for who leads their group. One query."""
    found: dict[int, list[HealthForm]] = defaultdict(list)
    for row in _standing_forms().filter(individual__in=set(individual_ids)):
        found[row.individual_id].append(row)
    return found


def emergency_contacts_of(household_ids: Iterable[int]) -> dict[int, list[Call]]:
    """By household, whom to call for its people now, in that order. One query."""
    found: dict[int, list[Call]] = defaultdict(list)
    for row in EmergencyContact.objects.filter(household__in=set(household_ids), replaced_at=None):
        found[row.household_id].append(Call(row.name, row.phone))
    return found


def calls_for(individual: Individual, form: HealthForm | None, family: Sequence[Call]) -> list[Call]:
    """Whom to call for someone, first the one to be written on their next form. Reads no row.

    `form` is their last one, `family` the contacts of its household. An adult with an account signs their own contact,
    before those of the family; for everyone else those of the family hold, whatever was signed before.
    """
    signed = Call(form.contact_name, form.contact_phone) if form and form.contact_phone else None
    at = known_contact(family, signed) if signed else None
    if individual.account_id is not None:
        others = [one for one in family if not same_name(one.name, individual.name)]
        return [signed, *(one for one in others if one.phone != signed.phone)] if signed else others
    if at is not None:
        return [family[at], *family[:at], *family[at + 1 :]]
    return list(family) or ([signed] if signed else [])


def _standing_forms() -> QuerySet[HealthForm]:
    return HealthForm.objects.filter(replaced_at=None, destroyed_at=None)


def _last_good_day(row: HealthForm) -> date:
    return good_until(timezone.localdate(row.signed_at))


CONSENT_TEXTS: dict[ConsentPurpose, Sequence[str | Promise]] = {
    ConsentPurpose.PHOTOGRAPHS: [
        _(
            "The town may take photographs where this person may be recognised, and publish them on its site, its "
            "networks and its programme."
        ),
    ],
    ConsentPurpose.LEAVES_ALONE: [
        _("This child may leave alone when the activity ends: nobody has to come for them."),
    ],
    ConsentPurpose.FIRST_AID: [
        _("Whoever leads the activity may give first aid, and call an ambulance, before they reach us."),
    ],
}
"""The words of each purpose, version by version: the last ones are asked, and an answer to the others no longer counts.

A change of words is a line added; none is ever rewritten.
"""
OF_CHILDREN = {ConsentPurpose.LEAVES_ALONE}


@dataclass(frozen=True)
class Asked:
    """One question to a household about someone; `given` is its answer to these words, None when there is none."""

    purpose: ConsentPurpose
    version: int
    text: str
    given: bool | None


def consents_asked(household: Household, member: Member) -> list[Asked]:
    """What is asked of a household for one of its people, with its own last answers. One query."""
    last = {row.purpose: row for row in Consent.objects.filter(household=household, individual=member.individual)}
    return [
        Asked(purpose, version_of(purpose), str(CONSENT_TEXTS[purpose][-1]), _standing_answer(last.get(purpose)))
        for purpose in ConsentPurpose
        if member.is_child or purpose not in OF_CHILDREN
    ]


def version_of(purpose: ConsentPurpose) -> int:
    """The version of the words that are asked now."""
    return len(CONSENT_TEXTS[purpose])


def consents_in_force(individual_ids: Iterable[int]) -> dict[int, set[ConsentPurpose]]:
    """By person, what may be done at this moment. Of two households, both may answer: one no is enough. One query."""
    last: dict[tuple[int, str], dict[int, Consent]] = defaultdict(dict)
    for row in Consent.objects.filter(individual__in=set(individual_ids)):
        last[row.individual_id, row.purpose][row.household_id] = row
    found: dict[int, set[ConsentPurpose]] = defaultdict(set)
    for (individual, purpose), rows in last.items():
        answers = [_standing_answer(row) for row in rows.values()]
        if True in answers and False not in answers:
            found[individual].add(ConsentPurpose(purpose))
    return found


def _standing_answer(row: Consent | None) -> bool | None:
    """What the last row says of the words of now: a yes to former words is no answer, a no stays a no."""
    if row is None or row.given and row.version != version_of(ConsentPurpose(row.purpose)):
        return None
    return row.given


def restrictions_on(child_ids: Iterable[int]) -> dict[int, list[PickUpRestriction]]:
    """By child, who must not come for them at this moment. One query."""
    found: dict[int, list[PickUpRestriction]] = defaultdict(list)
    for row in PickUpRestriction.objects.filter(child__in=set(child_ids), ended_at=None):
        found[row.child_id].append(row)
    return found


def restrictions_of(child: Individual) -> list[PickUpRestriction]:
    """Those that hold, then those that ended, the latest first; with who did it, and their `endings`. Two queries."""
    endings = Prefetch("endings", RestrictionEnding.objects.select_related("asked_by", "decided_by"))
    rows = PickUpRestriction.objects.filter(child=child).select_related("made_by", "ended_by").order_by("-pk")
    rows = rows.prefetch_related(endings)
    return sorted(rows, key=lambda row: row.ended_at is not None)


def is_barred(restrictions: Sequence[PickUpRestriction], adult_id: int | None, name: str) -> bool:
    """Whether someone must not come for a child of these restrictions: by who they are, or by their name."""
    return any(adult_id is not None and row.adult_id == adult_id or same_name(row.name, name) for row in restrictions)


def is_barred_in(household: Household, adult_id: int | None, name: str) -> bool:
    """Whether someone must not come for a child of the household. One query."""
    children = HouseholdLink.objects.filter(household=household, role=HouseholdLink.Role.CHILD, ended_at=None)
    rows = PickUpRestriction.objects.filter(child__in=children.values("individual"), ended_at=None)
    return is_barred(list(rows), adult_id, name)
