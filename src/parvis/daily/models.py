"""What the town says of its days: collections, night parking."""

from datetime import date
from typing import TypeVar

from django.conf import settings
from django.db import models

from parvis.daily import pickups
from parvis.daily.nights import WinterNights, Word
from parvis.daily.seasons import parse_season
from parvis.directory.models import Department, User
from parvis.lib.localized import localized

S = TypeVar("S", bound="Sourced")


class SourcedQuerySet(models.QuerySet[S]):
    """Rows that say where they come from."""

    def told(self) -> "SourcedQuerySet[S]":
        """Those that may be told: verified and true ones; in a demonstration the others too, which are then marked."""
        return self.all() if settings.PARVIS_DEMO else self.filter(example=False, verified_on__isnull=False)


class Sourced(models.Model):
    """Where a row comes from, who may trust it, and whether it is invented."""

    source_title = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(blank=True)
    verified_on = models.DateField(null=True)
    example = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Stream(models.Model):
    """One kind of collection: garbage, recycling, branches. `door` answers what the calendar does not."""

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField()
    door = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    all_week = models.BooleanField(default=False, help_text="the truck passes on any day of the week that begins there")
    out_from = models.TimeField(null=True, help_text="the day before")
    out_by = models.TimeField(null=True, help_text="the day itself")
    note_fr = models.CharField(max_length=300, blank=True)
    note_en = models.CharField(max_length=300, blank=True)
    to_book = models.BooleanField(default=False, help_text="passes only where it was reserved")
    book_weekday = models.PositiveSmallIntegerField(null=True, help_text="Monday 0, in the week before")
    book_at = models.TimeField(null=True)
    book_where_fr = models.CharField(max_length=160, blank=True)
    book_where_en = models.CharField(max_length=160, blank=True)
    book_url = models.URLField(blank=True)

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localized(self, "title")

    @property
    def cutoff(self) -> pickups.Cutoff | None:
        """The last moment to reserve, when it is known."""
        if self.book_weekday is None or self.book_at is None:
            return None
        return pickups.Cutoff(self.book_weekday, self.book_at)


class ForSectors(Sourced):
    """A row of a stream that is good in some sectors; none named: in all of them."""

    rank = models.PositiveSmallIntegerField()
    sectors = models.JSONField(default=list, help_text="slugs; empty: every collection sector")

    class Meta:
        abstract = True

    def is_for(self, sector: str) -> bool:
        """Whether it is good in that sector."""
        return not self.sectors or sector in self.sectors


class PickupRule(ForSectors):
    """When a stream passes, between two days: a weekday and an interval, or a list of dates."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="rules")
    every = models.PositiveSmallIntegerField(default=0, help_text="weeks; 0: the dates only")
    anchor = models.DateField(null=True)
    dates = models.JSONField(default=list)
    season_first = models.CharField(max_length=5, blank=True)
    season_last = models.CharField(max_length=5, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    objects = SourcedQuerySet["PickupRule"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "rank"], name="one_pickup_rule_once")]

    @property
    def rule(self) -> pickups.Rule:
        """The rule as the pure functions read it."""
        season = parse_season(self.season_first, self.season_last) if self.season_first else None
        dates = tuple(date.fromisoformat(day) for day in self.dates)
        return pickups.Rule(self.every, self.anchor, dates, season, self.valid_from, self.valid_to)


class PickupChange(ForSectors):
    """A day that differs from the rule: moved, added or cancelled."""

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in pickups.Kind])
    day = models.DateField()
    moved_to = models.DateField(null=True)
    why_fr = models.CharField(max_length=160, blank=True)
    why_en = models.CharField(max_length=160, blank=True)

    objects = SourcedQuerySet["PickupChange"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "rank"], name="one_pickup_change_once")]

    @property
    def change(self) -> pickups.Change:
        """The change as the pure functions read it."""
        return pickups.Change(pickups.Kind(self.kind), self.day, self.moved_to, (self.why_fr, self.why_en))


class WinterRule(Sourced):
    """The town's rule of night parking in winter; one row at most. `owner` declares the operations."""

    season_first = models.CharField(max_length=5)
    season_last = models.CharField(max_length=5)
    banned_from = models.TimeField()
    banned_until = models.TimeField()
    decided_from = models.TimeField()
    decided_by = models.TimeField()
    every_night = models.BooleanField(default=False, help_text="banned each night of the season unless lifted")
    line = models.CharField(max_length=20, blank=True, help_text="telephone line that tells the decision")
    page = models.URLField(blank=True)
    owner = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    lots_fr = models.JSONField(default=list)
    lots_en = models.JSONField(default=list)

    objects = SourcedQuerySet["WinterRule"].as_manager()

    @property
    def nights(self) -> WinterNights:
        """The rule as the pure functions read it."""
        return WinterNights(
            parse_season(self.season_first, self.season_last),
            *(self.banned_from, self.banned_until, self.decided_from, self.decided_by, self.every_night),
        )


class Declaration(models.Model):
    """What someone declared for a night. Never changed nor removed: the last one of a night is the one that counts."""

    night = models.DateField(help_text="date of the evening")
    word = models.CharField(max_length=10, choices=[(word.value, word.value) for word in Word])
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["night", "-id"], name="declared_for_night")]
