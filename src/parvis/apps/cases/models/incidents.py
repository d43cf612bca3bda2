"""Incidents (one cause, many contacts), their reports, and the updates sent to followers."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.catalogue.models import Channel
from parvis.apps.content.models import Notice
from parvis.apps.directory.models import Department, User
from parvis.apps.residents.models import Person
from parvis.lib.i18n.languages import Lang, clean, pick


class Incident(models.Model):
    """One cause reported by many people. The agents say its notice until it ends; the public reads it from `public_at`.

    `asked_at`: when the approval of a second person was asked, None when nothing waits for one. What waits is the
    notice of an incident that is not public, or `proposal`, which changes a public one: {by: a name, values: {field of
    the notice: plain value}}.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the submission that opened it")
    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="incident")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="incidents")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    corrections = models.JSONField(
        default=list, help_text="[{at, by, before}]: what its notice said, each time changed"
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, blank=True, help_text="why it ended: a ClosingReason")
    undone_at = models.DateTimeField(null=True, help_text="opened by mistake, and taken back")
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    public_at = models.DateTimeField(null=True, help_text="when a second person, or a decider alone, made it public")
    asked_at = models.DateTimeField(null=True, help_text="when an approval was asked; null when none is awaited")
    proposal = models.JSONField(null=True, help_text="{by, values}: what would change of a public notice")

    class Meta:
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="incident_latest"),
            models.Index(
                fields=["-id"],
                condition=models.Q(ended_at__isnull=True, undone_at__isnull=True),
                name="incident_under_way",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and self.undone_at is None


class IncidentDecision(models.Model):
    """One line of the journal of an incident: who asked for an approval, gave it, refused it, or decided alone."""

    class What(models.TextChoices):
        ASKED = "asked", pgettext_lazy("incident", "approval asked")
        APPROVED = "approved", pgettext_lazy("incident", "approved: public")
        REFUSED = "refused", pgettext_lazy("incident", "sent back")
        BYPASSED = "bypassed", pgettext_lazy("incident", "made public alone, without a second person")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=8, choices=What)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["incident", "id"], name="decision_of_incident")]


class Report(models.Model):
    """One person's report of an incident, or a case joined to it; every report counts unless withdrawn.

    A follower is notified of each update: through `case`, else by the person's preferred channel, else at `phone`.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the submission that joined it")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    channel = models.CharField(max_length=8, choices=Channel)
    language = models.CharField(max_length=2, default="fr")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="reports")
    phone = models.CharField(max_length=20, blank=True, help_text="the caller's number, E.164, when nobody is known")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="reports")
    wished = models.BooleanField(default=False, help_text="asked to be told, whichever of their reports does it")
    follows = models.BooleanField(default=False, help_text="is told: one report of the same person")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "-id"], name="report_of_incident")]


class Update(models.Model):
    """One message to all followers; the last one (`ends`) says how the incident ended."""

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the submission that told it")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    words_fr = models.TextField()
    words_en = models.TextField(blank=True)
    proof = models.TextField(blank=True)
    ends = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    notified_at = models.DateTimeField(null=True, help_text="when the last follower was notified, or could not be")

    class Meta:
        ordering = ["pk"]

    def words_in(self, language: str) -> str:
        """The words in that language; in French when there is no English."""
        return pick(self, "words", language)

    def language_for(self, wanted: str) -> Lang:
        """The language sent to a reader of `wanted`: French when there is no English text."""
        return clean(wanted) if self.words_en else "fr"


class FollowerNotification(models.Model):
    """The delivery of one update to one follower: the channel, and the entry of their case if they have one."""

    class NotifiedVia(models.TextChoices):
        EMAIL = "email", _("by e-mail")
        TEXT = "text", _("by text message")
        PUSH = "push", _("by a notice on a device")
        PHONE = "phone", _("by phone")
        POST = "post", _("by post")
        NOBODY = "", _("could not be told")

    update = models.ForeignKey(Update, on_delete=models.PROTECT, related_name="tellings")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="tellings")
    notified_via = models.CharField(max_length=5, choices=NotifiedVia, blank=True)
    entry = models.OneToOneField("cases.Entry", null=True, on_delete=models.PROTECT, related_name="telling")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["update", "report"], name="told_once")]
