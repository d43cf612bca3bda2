"""Webhooks, the log of their deliveries, and the cases that programs opened."""

from datetime import datetime

from django.db import models

from parvis.apps.cases.models import Case, Entry, Incident
from parvis.apps.directory.models import ApiKey
from parvis.apps.outbox.models import DUE, OutboxItem


class Webhook(models.Model):
    """An address of a program that is told of events. It lives and sees as much as the key that made it."""

    public_id = models.CharField(max_length=40, unique=True)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=80, help_text="signs the deliveries; shown when it is made")
    events = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    last_entry = models.BigIntegerField(default=0, help_text="the journal entries up to this one have been looked at")
    incidents_until = models.DateTimeField(help_text="what happened to incidents before then has been looked at")
    failing_since = models.DateTimeField(null=True, help_text="since when no delivery succeeds")
    disabled_at = models.DateTimeField(null=True, help_text="when it was turned off, after failing for too long")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, help_text="its log stays")


class WebhookDelivery(OutboxItem):
    """One event for one webhook, with its attempts. What is told of it is read when it is sent and kept nowhere.

    It is about a journal entry, or about an incident: then `occurrence` says which of its changes. `attempts` counts
    those since it was last asked for; asked for while it is being sent, it has a `not_before`, and is sent once more.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.CharField(max_length=40, unique=True, help_text="webhook-id: the same at each attempt")
    event = models.CharField(max_length=40)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    occurrence = models.CharField(max_length=30, blank=True)
    log = models.JSONField(default=list, help_text="[{at, status, error}] of each attempt, the latest last")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "entry"], name="webhook_event_once"),
            models.UniqueConstraint(fields=["webhook", "incident", "occurrence"], name="webhook_incident_event_once"),
            models.CheckConstraint(
                condition=models.Q(entry=None) ^ models.Q(incident=None), name="webhook_delivery_about_one"
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="webhook_log"),
            models.Index(fields=["not_before"], condition=models.Q(state__in=DUE), name="webhook_due"),
        ]

    @property
    def next_at(self) -> datetime | None:
        """When it is to be sent, or sent again if its attempt gives nothing; None when it is not."""
        return (self.not_before or self.claimed_until or self.queued_at) if self.is_pending else None

    @property
    def about(self) -> str:
        """The reference of the request, or the title of the incident, in French."""
        if self.entry:
            return self.entry.case.reference
        return self.incident.notice.title_fr if self.incident else ""


class OpenedCase(models.Model):
    """Which key opened a case: its program may add to it."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="opened_with")
