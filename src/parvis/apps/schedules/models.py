"""Collections, night parking, road notices, transit."""

from datetime import date
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.rules import affected_area, pickups, timetable
from parvis.apps.schedules.rules.affected_area import Area, Days
from parvis.apps.schedules.rules.nights import WinterNights, Word
from parvis.apps.schedules.rules.seasons import parse_season
from parvis.lib.i18n.localized import localized

S = TypeVar("S", bound="Sourced")


class SourcedQuerySet(models.QuerySet[S]):
    """A queryset of rows with a source."""

    def publishable(self) -> "SourcedQuerySet[S]":
        """Verified rows that are not examples; in a demonstration all rows, examples being marked as such."""
        return self.all() if settings.PARVIS_DEMO else self.filter(example=False, verified_on__isnull=False)


class Sourced(models.Model):
    """The source of a row, the day it was verified, and whether it is an invented example."""

    source_title = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(blank=True)
    verified_on = models.DateField(null=True)
    example = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Stream(models.Model):
    """A kind of collection: garbage, recycling, branches. `contact_point` answers other questions."""

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField()
    contact_point = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
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
    fact = models.CharField(max_length=80, blank=True, help_text="key of the fact that gives its next day")

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localized(self, "title")

    @property
    def cutoff(self) -> pickups.Cutoff | None:
        """The reservation deadline, when it is known."""
        if self.book_weekday is None or self.book_at is None:
            return None
        return pickups.Cutoff(self.book_weekday, self.book_at)


class ForSectors(Sourced):
    """A row of a stream that applies to some sectors; to all when none is named."""

    rank = models.PositiveSmallIntegerField()
    sectors = models.JSONField(default=list, help_text="slugs; empty: every collection sector")

    class Meta:
        abstract = True

    def is_for(self, sector: str) -> bool:
        """Whether it applies to that sector."""
        return not self.sectors or sector in self.sectors


class PickupRule(ForSectors):
    """The schedule of a stream over a period: a weekday and an interval, or a list of dates."""

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
        """The rule as a plain value."""
        season = parse_season(self.season_first, self.season_last) if self.season_first else None
        dates = tuple(date.fromisoformat(day) for day in self.dates)
        return pickups.Rule(self.every, self.anchor, dates, season, self.valid_from, self.valid_to)


class PickupChange(ForSectors):
    """An exception to the schedule: a day moved, added or cancelled."""

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
        """The change as a plain value."""
        return pickups.Change(pickups.Kind(self.kind), self.day, self.moved_to, (self.why_fr, self.why_en))


class WinterRule(Sourced):
    """The town's winter night parking rule; one row at most. `owner` declares the snow operations."""

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
        """The rule as a plain value."""
        return WinterNights(
            parse_season(self.season_first, self.season_last),
            *(self.banned_from, self.banned_until, self.decided_from, self.decided_by, self.every_night),
        )


class Declaration(models.Model):
    """A declaration for a night. Append-only: the last one of a night is in effect."""

    night = models.DateField(help_text="date of the evening")
    word = models.CharField(max_length=10, choices=[(word.value, word.value) for word in Word])
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["night", "-id"], name="declared_for_night")]


class RoadNotice(Sourced):
    """A notice: works, a closed street, a water cut, a boil-water advisory. `key` comes from a file or a form."""

    class Kind(models.TextChoices):
        WORKS = "works", _("Works")
        CLOSURE = "closure", _("Closed street")
        WATER_CUT = "water_cut", _("Water cut")
        BOIL_WATER = "boil_water", _("Notice to boil water")

    class Closure(models.TextChoices):
        NONE = "none", _("The street stays open")
        PARTIAL = "partial", _("One lane at a time")
        FULL = "full", _("Closed to traffic")

    class Side(models.TextChoices):
        BOTH = "both", _("Both sides")
        ODD = "odd", _("Odd numbers")
        EVEN = "even", _("Even numbers")

    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.WORKS)
    nature_fr = models.CharField(max_length=160)
    nature_en = models.CharField(max_length=160, blank=True)
    place_fr = models.CharField(max_length=160, help_text="how the street, the sector or the zone is called")
    place_en = models.CharField(max_length=160, blank=True)
    street = models.ForeignKey(Street, null=True, on_delete=models.SET_NULL, related_name="+")
    civic_from = models.PositiveIntegerField(null=True)
    civic_to = models.PositiveIntegerField(null=True)
    side = models.CharField(max_length=5, choices=Side, default=Side.BOTH)
    sector = models.ForeignKey(Sector, null=True, on_delete=models.SET_NULL, related_name="+")
    polygon = models.JSONField(null=True, help_text="GeoJSON geometry, longitude then latitude (WGS 84)")
    first_day = models.DateField()
    last_day = models.DateField(null=True, help_text="null: until it is lifted")
    from_hour = models.TimeField(null=True)
    until_hour = models.TimeField(null=True)
    closure = models.CharField(max_length=8, choices=Closure, default=Closure.NONE)
    detour_fr = models.CharField(max_length=200, blank=True)
    detour_en = models.CharField(max_length=200, blank=True)
    parking_fr = models.CharField(max_length=200, blank=True)
    parking_en = models.CharField(max_length=200, blank=True)
    collection_fr = models.CharField(max_length=200, blank=True)
    collection_en = models.CharField(max_length=200, blank=True)
    details_fr = models.CharField(max_length=600, blank=True, help_text="what to do")
    details_en = models.CharField(max_length=600, blank=True)
    weather = models.BooleanField(default=False, help_text="the dates depend on the weather")
    owner = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    objects = SourcedQuerySet["RoadNotice"].as_manager()

    class Meta:
        ordering = ["first_day", "pk"]
        indexes = [models.Index(fields=["last_day", "first_day"], name="works_between")]

    @property
    def area(self) -> Area:
        """The affected area as a plain value, with the polygon of its sector. Reads `sector`."""
        polygon = self.polygon or (self.sector.polygon if self.sector else None)
        side, kind = affected_area.Side(self.side), self.sector.kind if self.sector else ""
        ends = (self.civic_from, self.civic_to)
        return Area(self.street_id, *ends, side, self.sector_id, polygon, kind, self.whole_town)

    @property
    def whole_town(self) -> bool:
        """Whether it applies everywhere: it has no place, not even the name of a deleted street or sector."""
        return not (self.place_fr or self.street_id or self.sector_id or self.polygon)

    @property
    def days(self) -> Days:
        """Its period as a plain value."""
        lifted = timezone.localdate(self.lifted_at) if self.lifted_at else None
        return Days(self.first_day, self.last_day, lifted)


class RoadNoticeEntry(models.Model):
    """An action on a notice, and its previous values. Append-only."""

    class What(models.TextChoices):
        PUBLISHED = "published", _("published")
        CORRECTED = "corrected", _("corrected")
        LIFTED = "lifted", _("lifted")
        RESTORED = "restored", _("put back in force")

    notice = models.ForeignKey(RoadNotice, on_delete=models.PROTECT, related_name="entries")
    what = models.CharField(max_length=10, choices=What)
    before = models.JSONField(default=dict, help_text="the values that changed, as they were")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class Feed(models.Model):
    """A transit timetable from a GTFS file; reloading replaces it. `key` identifies its agency."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    url = models.URLField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    attribution = models.CharField(max_length=200, blank=True)
    zone = models.CharField(max_length=60)
    first_day = models.DateField()
    last_day = models.DateField()
    loaded_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    example = models.BooleanField(default=False)


class TransitRoute(models.Model):
    """A transit line. `on_request`: passengers must reserve."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="routes")
    code = models.CharField(max_length=120)
    short = models.CharField(max_length=60, blank=True)
    long = models.CharField(max_length=200, blank=True)
    kind = models.PositiveIntegerField()
    on_request = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "code"], name="one_route_once")]


class TransitStop(models.Model):
    """A stop in or near the town."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="stops")
    code = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True, help_text="as written on the sign")
    name = models.CharField(max_length=160)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "code"], name="one_stop_once")]
        indexes = [models.Index(fields=["latitude", "longitude"], name="stop_at")]


class TransitService(models.Model):
    """The days when some trips run; `exceptions` maps an ISO date to whether they run."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="services")
    code = models.CharField(max_length=120)
    weekdays = models.CharField(max_length=7, default="0000000", help_text="Monday first")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    exceptions = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "code"], name="one_service_once")]

    @property
    def days(self) -> timetable.Service:
        """The days as a plain value."""
        exceptions = {date.fromisoformat(day): runs for day, runs in self.exceptions.items()}
        return timetable.Service(self.weekdays, self.first_day, self.last_day, exceptions)


class StopTime(models.Model):
    """A departure of a line from a stop: `at` is in seconds of the service day, and may exceed 24 h."""

    stop = models.ForeignKey(TransitStop, on_delete=models.CASCADE, related_name="stop_times")
    route = models.ForeignKey(TransitRoute, on_delete=models.CASCADE, related_name="+")
    service = models.ForeignKey(TransitService, on_delete=models.CASCADE, related_name="+")
    headsign = models.CharField(max_length=160, blank=True)
    at = models.PositiveIntegerField()
    on_request = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["stop", "service", "at"], name="stop_time_of_stop")]


class TransitInfo(Sourced):
    """The town's transit information beside timetables; one row at most."""

    contact_point = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    book_fr = models.CharField(max_length=200, blank=True, help_text="how to reserve a taxi")
    book_en = models.CharField(max_length=200, blank=True)
    book_url = models.URLField(blank=True)
    on_request = models.JSONField(default=list, help_text="numbers of the lines that one must reserve")

    objects = SourcedQuerySet["TransitInfo"].as_manager()
