"""Statistics of the service, and gaps in the answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Channel, ExampleQuestion, Subject
from parvis.apps.content.models import OutOfScopeExample, Usefulness
from parvis.apps.directory.models import Department, User
from parvis.apps.intake.models import Matter


class Week(models.Model):
    """The figures of one week of a trial; immutable once frozen, whatever happens to the records behind them.

    `figures` holds `insight.queries.figures.Figures` as plain values.
    """

    monday = models.DateField(unique=True)
    first_day = models.DateField(help_text="the first day counted: the trial may begin in the middle of the week")
    last_day = models.DateField()
    figures = models.JSONField(default=dict)
    counted_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["monday"]


class Gap(models.Model):
    """Questions of one meaning that were badly answered or not at all, and what an editor decided.

    `near` is their closest subject, `stems` how many of them contain each stem of their telling words.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to look at")
        VARIANT = "variant", _("became a way of asking")
        ANSWER = "answer", _("became an answer")
        NOT_OURS = "not_ours", _("not ours")
        DISMISSED = "dismissed", _("left aside")

    near = models.ForeignKey(Subject, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=2)
    stems = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    external_body = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    elsewhere_variant = models.ForeignKey(
        OutOfScopeExample, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    variant = models.ForeignKey(ExampleQuestion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-count", "-id"], name="gap_by_weight"),
            models.Index(fields=["-decided_at"], condition=models.Q(decided_at__isnull=False), name="gap_decided"),
        ]


class Signal(models.Model):
    """One time that the answers failed someone. Its words stay in the source record, so that erasing that one suffices.

    Only a public question without any other record stores its `words` here, without phone numbers and e-mail addresses.
    """

    class Kind(models.TextChoices):
        UNANSWERED = "none", _("no answer")
        NOT_USEFUL = "useless", _("answer said not to be useful")
        OVERRIDDEN = "other", _("another subject chosen")

    gap = models.ForeignKey(Gap, null=True, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=8, choices=Kind)
    matter = models.OneToOneField(Matter, null=True, on_delete=models.CASCADE, related_name="+")
    opinion = models.OneToOneField(Usefulness, null=True, on_delete=models.CASCADE, related_name="+")
    first = models.ForeignKey(
        Subject, null=True, on_delete=models.SET_NULL, related_name="+", help_text="what came first, and was not chosen"
    )
    words = models.CharField(max_length=500, blank=True)
    language = models.CharField(max_length=2)
    channel = models.CharField(max_length=8, choices=Channel)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["gap", "-at"], name="signal_of_gap")]

    @property
    def said(self) -> str:
        """The words, from wherever they are stored. Reads `matter` and `opinion`."""
        if self.matter is not None:
            return self.matter.words
        return self.opinion.words if self.opinion is not None else self.words


class GapCursor(models.Model):
    """A single row: the last matter searched again to detect overridden subjects."""

    last_matter = models.PositiveBigIntegerField(default=0)
