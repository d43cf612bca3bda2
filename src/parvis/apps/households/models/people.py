"""People, households, the links between them with their rights, and proofs of residence.

An adult is the person of the desk's files (`Individual.person`) and may have an account of the portal. A child has
neither: what is known of children stays out of the desk's search, of the API and of exports.
"""

from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import ApiKey, User
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Account, Person
from parvis.lib.ids import new_secret


class Assurance(models.IntegerChoices):
    """How surely the town knows who acts."""

    PROVED_ADDRESS = 1, _("an e-mail address or a telephone proved by a code")
    SEEN = 2, _("seen at the counter, with a document")


class Household(models.Model):
    """People who register and pay together. A child may belong to two.

    `made_by_key` is the only API key that reaches it, for one made by a program.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    name = models.CharField(max_length=160, help_text="for lists of the staff: the family names of its adults")
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address_text = models.CharField(max_length=200, blank=True, help_text="an address of another town")
    made_by_key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """Its address in words; "" when unknown. Reads `address.street`."""
        return self.address.label if self.address else self.address_text


class Individual(models.Model):
    """Someone of one or two households: an adult, or a child."""

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    name = models.CharField(max_length=160)
    born = models.DateField(null=True, help_text="null: an adult who did not say")
    person = models.OneToOneField(Person, null=True, on_delete=models.PROTECT, related_name="individual")
    account = models.OneToOneField(Account, null=True, on_delete=models.SET_NULL, related_name="individual")
    seen_at = models.DateTimeField(null=True, help_text="when the counter saw a document with their picture")
    seen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    declared = models.BooleanField(default=False, help_text="added on line by their household, not by the town")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def only_declared(self) -> bool:
        """Whether the town has nothing of them but the word of their household."""
        return self.declared and self.seen_at is None

    @property
    def assurance(self) -> Assurance:
        """How surely the town knows who this is."""
        return Assurance.SEEN if self.seen_at else Assurance.PROVED_ADDRESS


class HouseholdLink(models.Model):
    """Someone's place in a household, with their rights there, until `ended_at`."""

    class Role(models.TextChoices):
        ADULT = "adult", _("Adult")
        CHILD = "child", _("Child")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="links")
    individual = models.ForeignKey(Individual, on_delete=models.CASCADE, related_name="links")
    role = models.CharField(max_length=5, choices=Role)
    may_register = models.BooleanField(default=False, help_text="registers the people of the household, and pays")
    may_pick_up = models.BooleanField(default=False, help_text="may come for the children after an activity")
    is_payer = models.BooleanField(default=False, help_text="receipts and tax slips are in their name")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "individual"], condition=models.Q(ended_at=None), name="household_link_once"
            )
        ]


class ResidenceProof(models.Model):
    """What shows that a household lives in the town, from `since` to the day before `expires_on`.

    `claimed`: said by a program or on the web, and not seen yet; it counts in a demonstration only.
    """

    class Kind(models.TextChoices):
        TAX_BILL = "tax_bill", _("Tax bill of the town")
        LEASE = "lease", _("Lease")
        UTILITY_BILL = "utility_bill", _("Bill of electricity, telephone or insurance")
        LICENCE = "licence", _("Driver’s licence")
        SCHOOL = "school", _("Paper of a school or a government")
        CLAIM = "claim", _("Said, to be proved")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="proofs")
    kind = models.CharField(max_length=12, choices=Kind)
    since = models.DateField()
    expires_on = models.DateField(help_text="the first day when it no longer counts")
    seen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True, help_text="when its coming end was told")
    ended_at = models.DateTimeField(null=True, help_text="when it was withdrawn: they moved, or it was a mistake")

    class Meta:
        ordering = ["-expires_on", "-pk"]

    @property
    def is_claim(self) -> bool:
        """Whether nobody of the town saw it."""
        return self.kind == self.Kind.CLAIM

    def holds(self, on: date) -> bool:
        """Whether it covers a day."""
        return self.ended_at is None and self.since <= on < self.expires_on


class Claim(models.Model):
    """A letter by which an adult of a household joins it with an account of their own.

    Its link is good once, until `expires_at`, for an account that proved the address to which it was sent.
    """

    secret = models.CharField(max_length=32, unique=True, default=new_secret)
    individual = models.ForeignKey(Individual, on_delete=models.CASCADE, related_name="claims")
    email = models.EmailField()
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: another adult of the household"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def is_open(self, at: datetime) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and at < self.expires_at
