"""The line of an opening: arrivals before the hour are drawn by lot, later ones come in the order of arrival."""

from datetime import datetime

from django.db import models

from parvis.apps.households.models import Household
from parvis.apps.leisure.models.groups import Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.rules.lines import Pace
from parvis.lib.ids import new_secret


class Rush(models.Model):
    """The opening of a season to residents or to everyone, with its line.

    Nobody can know `seed` before the draw: only its SHA-256, `commitment`, is published; then the seed is, and anyone
    may draw again. `paces` tell who is admitted at any moment: see `rules.lines.Pace`.
    """

    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="rushes")
    for_residents = models.BooleanField()
    line_opens_at = models.DateTimeField(help_text="from then on people may arrive")
    opens_at = models.DateTimeField()
    per_second = models.FloatField(default=25, help_text="households admitted each second, at first")
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the seed, published before the draw")
    drawn_at = models.DateTimeField(null=True)
    order = models.JSONField(default=list, help_text="the tickets that were drawn: the first one has rank 1")
    paces = models.JSONField(default=list, help_text="[[moment, admitted until then, households a second], ...]")
    closed_at = models.DateTimeField(null=True, help_text="the line is over: nobody waits any more")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["season", "for_residents"], name="rush_once")]

    def is_on(self, at: datetime) -> bool:
        """Whether one may be in its line at that moment. Reads `season`.

        The line of the residents is over, at the latest, when everyone may register.
        """
        season = self.season
        ends = [self.closed_at, season.closes_at, season.everyone_opens_at if self.for_residents else None]
        return self.line_opens_at <= at and all(end is None or at < end for end in ends)

    @property
    def published_seed(self) -> str:
        """The seed once the draw is done; "" while it is secret."""
        return self.seed if self.drawn_at else ""

    @property
    def course(self) -> list[Pace]:
        """Its paces, in order; none before the draw."""
        return [Pace(datetime.fromisoformat(since), served, rate) for since, served, rate in self.paces]


class LineTicket(models.Model):
    """A household's place in a line: one, whatever the number of its devices, and whoever took it for them."""

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    rush = models.ForeignKey(Rush, on_delete=models.CASCADE, related_name="tickets")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=7, choices=Channel)
    arrived_at = models.DateTimeField()
    rank = models.PositiveIntegerField(null=True, help_text="null for who came before the hour: theirs is in the draw")
    entered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rush", "household"], name="line_ticket_once"),
            models.UniqueConstraint(fields=["rush", "rank"], name="line_rank_once"),
        ]
