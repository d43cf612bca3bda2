"""What may be joined: seasons, activities, their groups with halls, hours and prices."""

from datetime import datetime

from django.db import models

from parvis.apps.billing.models import TaxNature
from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Address
from parvis.lib.i18n.localized import localized


class Season(models.Model):
    """A part of the year for which people register. Ages are those of `rule_date`.

    `rebates` are the percentages taken off the first, second, third child of a household, the last one for the others;
    `household_cap_cents` is the most that a household pays in the season, before taxes.
    """

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    rule_date = models.DateField()
    residents_open_at = models.DateTimeField()
    everyone_opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(help_text="nobody registers on line from then on")
    late_from = models.DateTimeField(null=True, help_text="then the late price of a group applies")
    rebates = models.JSONField(default=list, help_text="[0, 5, 10]")
    household_cap_cents = models.IntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    example = models.BooleanField(default=False)

    class Meta:
        ordering = ["-starts_on", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")

    def opens_at(self, *, resident: bool) -> datetime:
        """When registration opens for residents, or for everyone."""
        return self.residents_open_at if resident else self.everyone_opens_at


class SeasonFact(models.Model):
    """A fact of the answers whose value is that of the season for which people register: nobody types it."""

    class Follows(models.TextChoices):
        TITLE = "season.title"
        RESIDENTS_DAY = "season.residents_day"
        EVERYONE_DAY = "season.everyone_day"
        RESIDENTS_HOUR = "season.residents_hour"

    key = models.CharField(max_length=80, unique=True)
    follows = models.CharField(max_length=24, choices=Follows)
    label_fr = models.CharField(max_length=160)
    label_en = models.CharField(max_length=160)
    owner = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["key"]


class ActivityCategory(models.Model):
    """A family of activities, as the catalogue lists them."""

    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    title_fr = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")


class Activity(models.Model):
    """Something taught or played, in any season. Ages are whole years, both included."""

    slug = models.SlugField(unique=True)
    category = models.ForeignKey(ActivityCategory, on_delete=models.PROTECT, related_name="activities")
    title_fr = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True)
    summary_fr = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    bring_fr = models.CharField(max_length=300, blank=True, help_text="what to bring")
    bring_en = models.CharField(max_length=300, blank=True)
    min_age = models.PositiveSmallIntegerField(null=True)
    max_age = models.PositiveSmallIntegerField(null=True)
    with_parent = models.BooleanField(default=False)
    prerequisite = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    most_per_season = models.PositiveSmallIntegerField(null=True, help_text="its groups that one person may be in")
    tax_nature = models.CharField(max_length=7, choices=TaxNature, default=TaxNature.EXEMPT)
    child_care = models.BooleanField(default=False, help_text="what is paid for it goes on a tax slip")
    health_form = models.BooleanField(default=False, help_text="nobody attends without one of less than a year")

    class Meta:
        ordering = ["category__position", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")


class Hall(models.Model):
    """Where groups meet. `buffer_minutes` are left free between two of them; `capacity`: None when nobody said it."""

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)
    address = models.ForeignKey(Address, null=True, on_delete=models.SET_NULL, related_name="+")
    address_text = models.CharField(max_length=200, blank=True)
    buffer_minutes = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField(null=True, help_text="how many people it holds")

    def __str__(self) -> str:
        return localized(self, "title")


class Group(models.Model):
    """One group of an activity in a season: its hall, its meetings, its places, its price in cents."""

    slug = models.SlugField(unique=True)
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="groups")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="groups")
    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="groups")
    instructor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", help_text="whose participants may stay"
    )
    capacity = models.PositiveSmallIntegerField()
    non_resident_quota = models.PositiveSmallIntegerField(null=True, help_text="places that non-residents take at most")
    price_cents = models.PositiveIntegerField()
    late_price_cents = models.PositiveIntegerField(null=True)
    non_resident_price_cents = models.PositiveIntegerField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    from_file = models.BooleanField(default=False, help_text="came by leisure.yaml; a group of the product did not")
    moved_at = models.DateTimeField(null=True, help_text="its hall was chosen in the product: the file leaves it there")

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.activity)

    @property
    def title_fr(self) -> str:
        """What it is, in French. Reads `activity`."""
        return self.activity.title_fr

    @property
    def title_en(self) -> str:
        """What it is, in English. Reads `activity`."""
        return self.activity.title_en


class Meeting(models.Model):
    """One meeting of a group."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="meetings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["starts_at"], name="meeting_moment")]
