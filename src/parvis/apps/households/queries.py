"""Who is of a household, with which rights; whether it lives in the town; who pays, and who is written to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from parvis.apps.directory.models import ApiKey
from parvis.apps.households.models import Claim, Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.households.rules import age_on
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
    links = _links().filter(household=household).select_related("individual__person__merged_into")
    members = [Member(link.individual, link) for link in links]
    return sorted(members, key=lambda member: (member.is_child, member.is_child and member.individual.born))


def member_of(household: Household, public_id: str) -> Member | None:
    """The one of the household's people with that public identifier; None for anybody else. One query."""
    return next((row for row in members_of(household) if row.individual.public_id == public_id), None)


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
    links = _links().filter(household=household, may_register=True)
    links = links.select_related("individual__person__merged_into", "individual__account")
    found: dict[str, Recipient] = {}
    for individual in [link.individual for link in links.prefetch_related("individual__account__emails")]:
        emails = emails_of(individual.account) if individual.account else []
        person = individual.person.canonical if individual.person else None
        email = emails[0] if emails else person.writes_to if person else ""
        speaks = individual.account or person
        if email and speaks:
            found.setdefault(email, Recipient(email, speaks.language, individual.name))
    return list(found.values())


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


def _links() -> QuerySet[HouseholdLink]:
    return HouseholdLink.objects.filter(ended_at=None).order_by("pk")
