"""The line of an opening: arrivals before the hour are drawn by lot, later ones come in the order of arrival."""

from django.db import models

from parvis.apps.households.models import Household
from parvis.apps.leisure.models.groups import Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.lib.ids import new_secret


class Rush(models.Model):
    """The opening of a season to residents or to everyone, with its line.

    Nobody can know `seed` before the draw: only its SHA-256, `commitment`, is published; then the seed is, and anyone
    may draw again. From `serving_since`, `per_second` households more than `serving_from` are admitted each second.
    """

    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="rushes")
    for_residents = models.BooleanField()
    line_opens_at = models.DateTimeField(help_text="from then on people may arrive")
    opens_at = models.DateTimeField()
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the seed, published before the draw")
    drawn_at = models.DateTimeField(null=True)
    drawn_count = models.PositiveIntegerField(default=0, help_text="how many were drawn: the next rank is after them")
    serving_from = models.PositiveIntegerField(default=0)
    serving_since = models.DateTimeField(null=True)
    per_second = models.FloatField(default=25)
    closed_at = models.DateTimeField(null=True, help_text="the line is over: nobody waits any more")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["season", "for_residents"], name="rush_once")]


class LineTicket(models.Model):
    """A household's place in a line: one, whatever the number of its devices, and whoever took it for them."""

    public_id = models.CharField(max_length=32, unique=True, default=new_secret)
    rush = models.ForeignKey(Rush, on_delete=models.CASCADE, related_name="tickets")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=7, choices=Channel)
    arrived_at = models.DateTimeField()
    rank = models.PositiveIntegerField(null=True, help_text="from 1; null until the draw for who came before the hour")
    entered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rush", "household"], name="line_ticket_once"),
            models.UniqueConstraint(fields=["rush", "rank"], name="line_rank_once"),
        ]
