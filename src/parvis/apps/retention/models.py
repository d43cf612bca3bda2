"""Periods of the town's calendar, runs and their lines, holds, certificates."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.lib.ids import new_secret


class Period(models.Model):
    """How long a rule keeps its data, by the town's calendar (`retention.yaml`)."""

    slug = models.CharField(max_length=80, unique=True, help_text="the rule")
    months = models.PositiveSmallIntegerField()
    source_title = models.CharField(max_length=200)
    source_url = models.URLField(blank=True)
    example = models.BooleanField(default=False)
    active = models.BooleanField(default=True)


class Run(models.Model):
    """A list of what is due, which destroys nothing until the privacy officer approves it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("retention", "To approve")
        APPROVED = "approved", _("Being destroyed")
        DONE = "done", _("Destroyed")
        DROPPED = "dropped", pgettext_lazy("retention", "Set aside")

    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: by itself, each month"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    OPEN = (State.PROPOSED, State.APPROVED)

    class Meta:
        ordering = ["-pk"]


class RunLine(models.Model):
    """One row that is due. Once it is destroyed, only its rule and its primary key stay, until the certificate."""

    class State(models.TextChoices):
        LISTED = "listed", _("Due")
        REMOVED = "removed", _("Kept by the privacy officer")
        HELD = "held", _("Kept by a hold")
        NOT_DUE = "not_due", _("No longer due")
        REFUSED = "refused", _("Could not be destroyed: something else needs it")
        DESTROYED = "destroyed", _("Destroyed")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines")
    rule = models.CharField(max_length=80)
    row_id = models.BigIntegerField()
    label = models.CharField(max_length=200, blank=True)
    file = models.CharField(max_length=40, blank=True, help_text="whose file it is of; blank: nobody's")
    state = models.CharField(max_length=9, choices=State, default=State.LISTED)
    why = models.CharField(max_length=300, blank=True, help_text="why it is kept")

    class Meta:
        ordering = ["rule", "pk"]
        constraints = [models.UniqueConstraint(fields=["run", "rule", "row_id"], name="run_line_once")]
        indexes = [models.Index(fields=["run", "state", "rule"], name="run_line_state")]


class Hold(models.Model):
    """Keeps a whole rule, or a file, from any destruction, until it ends. It wins over an approval."""

    uid = models.CharField(max_length=32, unique=True, default=new_secret)
    rule = models.CharField(max_length=80, blank=True)
    file = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200, help_text="what it covers, in words")
    why = models.CharField(max_length=300)
    until = models.DateField(null=True, help_text="the last day; null: until someone ends it")
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: put back after a restore"
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(rule="") & ~Q(file="")) | (~Q(rule="") & Q(file="")), name="hold_covers_one"
            ),
        ]


class Certificate(models.Model):
    """What was destroyed, by which rule and source, who proposed and approved; never the data. Append-only.

    `content`: {proposed_at, proposed_by, approved_at, approved_by, rules: [{slug, title: {fr, en}, months, source,
    source_url, count, marks}], left: [{state, why, count}]}; moments in ISO 8601; `marks` are keyed hashes of the
    primary keys.
    """

    number = models.CharField(max_length=24, unique=True)
    issued_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        ordering = ["-issued_at", "-pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts it. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("a certificate is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises TypeError: a certificate stays."""
        raise TypeError("a certificate is never deleted")

    @property
    def count(self) -> int:
        """How many rows it certifies."""
        return sum(rule["count"] for rule in self.content["rules"])

    def moment(self, name: str) -> datetime:
        """A moment of its content: "proposed_at" or "approved_at"."""
        return datetime.fromisoformat(self.content[name])
