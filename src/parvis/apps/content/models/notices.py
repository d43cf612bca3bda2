"""Notices in force, said before every answer."""

from datetime import datetime

from django.db import models

from parvis.apps.catalogue.models import Subject
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.rules.affected_area import Area, Side
from parvis.lib.i18n.localized import localized


class Notice(models.Model):
    """Something in progress that people ask about: what to say before every answer until it is lifted.

    It concerns a street (all of it or a stretch), a sector, or the whole town when neither is given; one of a message
    may concern several `streets` and `sectors`. `heard` are callers' words that identify it, beside its subject. `news`
    is the latest update. One that is `desk_only` is on no public page of its own, and is shown to nobody once `until`
    has passed; from `published_at` on it leads the answers that it touches, for everyone.
    """

    class Level(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        DANGER = "danger"

    class Topic(models.TextChoices):
        """What it touches beside its subject: an answer computed for an address, or the water to drink."""

        TONIGHT = "tonight"
        WORKS = "works"
        PICKUPS = "pickups"
        WATER = "water"

    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160)
    say_fr = models.TextField(help_text="to say aloud, and on every public page")
    say_en = models.TextField()
    news_fr = models.TextField(blank=True)
    news_en = models.TextField(blank=True)
    news_at = models.DateTimeField(null=True)
    subject = models.ForeignKey(Subject, null=True, on_delete=models.SET_NULL, related_name="+")
    heard = models.JSONField(default=list)
    place_fr = models.CharField(max_length=160, blank=True, help_text="how the street or the sector is called")
    place_en = models.CharField(max_length=160, blank=True)
    street = models.ForeignKey(Street, null=True, on_delete=models.SET_NULL, related_name="+")
    civic_from = models.PositiveIntegerField(null=True)
    civic_to = models.PositiveIntegerField(null=True)
    side = models.CharField(max_length=5, choices=RoadNotice.Side, default=RoadNotice.Side.BOTH)
    sector = models.ForeignKey(Sector, null=True, on_delete=models.SET_NULL, related_name="+")
    streets = models.ManyToManyField(Street, related_name="+")
    sectors = models.ManyToManyField(Sector, related_name="+")
    level = models.CharField(max_length=7, choices=Level, default=Level.DANGER)
    topic = models.CharField(max_length=7, choices=Topic, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="the end that is expected")
    changed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=60, blank=True, help_text="what begins the keys of the message that wrote it")
    desk_only = models.BooleanField(default=False, help_text="said by the agents; the public reads it elsewhere")
    public_at = models.DateTimeField(null=True, help_text="of a notice of the desk: when the public reads it")
    published_at = models.DateTimeField(null=True, help_text="of a notice of the desk: since when the public reads it")

    class Meta:
        indexes = [models.Index(fields=["-since"], condition=models.Q(lifted_at__isnull=True), name="notice_in_force")]

    @property
    def title(self) -> str:
        return localized(self, "title")

    @property
    def say(self) -> str:
        return localized(self, "say")

    @property
    def news(self) -> str:
        return localized(self, "news")

    def is_public(self, at: datetime) -> bool:
        """Whether everyone is told of it at that moment: it is not lifted nor over, and was made public."""
        over = self.desk_only and self.until is not None and self.until <= at
        return self.lifted_at is None and not over and (not self.desk_only or self.published_at is not None)

    @property
    def areas(self) -> list[Area]:
        """The areas concerned; empty for the whole town. Reads `sector`, or `streets` and `sectors` of a message."""
        if not self.key:
            return [self.area] if self.area else []
        several = [Area(street=row.pk) for row in self.streets.all()]
        several += [Area(sector=row.pk, polygon=row.polygon, sector_kind=row.kind) for row in self.sectors.all()]
        return several

    @property
    def area(self) -> Area | None:
        """The area concerned; None for the whole town. Reads `sector`."""
        if self.street_id is None and self.sector_id is None:
            return None
        polygon = self.sector.polygon if self.sector else None
        return Area(self.street_id, self.civic_from, self.civic_to, Side(self.side), self.sector_id, polygon)
