"""The Open311 servers of outside bodies, which of their services our subjects are, and the cases sent to them."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User


class OutsideServer(models.Model):
    """The GeoReport v2 server of an outside body. Its key is encrypted, and shown to nobody."""

    class WhenClosed(models.TextChoices):
        """What becomes of our case once theirs is closed."""

        ASK = "ask", _("Ask who holds the request to close it")
        CLOSE = "close", _("Close ours, with what they say")

    name = models.CharField(max_length=120)
    body = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="open311_servers", db_index=False)
    url = models.URLField(max_length=300, help_text="as given: of the discovery, or of the endpoint")
    endpoint = models.URLField(max_length=300, blank=True, help_text="what requests are sent to, found by the test")
    jurisdiction_id = models.CharField(max_length=120, blank=True)
    sealed_key = models.TextField(blank=True, help_text="its API key, encrypted (`lib.sealing`)")
    sends_person = models.BooleanField(default=False, help_text="whether it may be told who asks")
    when_closed = models.CharField(max_length=5, choices=WhenClosed, default=WhenClosed.ASK)
    active = models.BooleanField(default=True)
    services = models.JSONField(default=list, help_text="[{code, name, group, asks}] as fetched last")
    services_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True, help_text="when it answered last")
    trouble = models.CharField(max_length=300, blank=True, help_text='what went wrong since; "": nothing')
    left_until = models.DateTimeField(null=True, help_text="not called before: it did not answer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body"], condition=models.Q(active=True), name="outside_server_of_body")
        ]

    def __str__(self) -> str:
        return self.name


class ServiceMapping(models.Model):
    """The service of an outside server that one of our subjects is."""

    server = models.ForeignKey(OutsideServer, on_delete=models.CASCADE, related_name="mappings", db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="+", db_index=False)
    service_code = models.CharField(max_length=120)
    attributes = models.JSONField(default=dict, help_text="{code: value} sent with each request")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "subject"], name="outside_service_of_subject")]


class Forwarding(models.Model):
    """A case sent to an outside server, and what is known of it there.

    UNKNOWN is written before anything is sent: whatever happens then, their server is asked before sending again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("forwarding", "To be sent")
        UNKNOWN = "unknown", _("Sent, without a sure answer")
        ACCEPTED = "accepted", pgettext_lazy("forwarding", "Accepted")
        CLOSED = "closed", _("Closed on their side")
        FAILED = "failed", pgettext_lazy("forwarding", "Not accepted")
        TAKEN_BACK = "taken_back", pgettext_lazy("forwarding", "Taken back")

    LIVE = (State.QUEUED, State.UNKNOWN, State.ACCEPTED, State.FAILED)

    key = models.CharField(max_length=40, help_text="idempotency: sent in the header Idempotency-Key")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="forwardings", db_index=False)
    server = models.ForeignKey(OutsideServer, on_delete=models.PROTECT, related_name="forwardings", db_index=False)
    service_code = models.CharField(max_length=120)
    attributes = models.JSONField(default=dict)
    shares_person = models.BooleanField(default=False, help_text="the citizen was told that who they are is sent")
    entry_seq = models.PositiveIntegerField(help_text="the journal entry whose words are sent")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    service_request_id = models.CharField(max_length=120, blank=True)
    token = models.CharField(max_length=120, blank=True)
    their_status = models.CharField(max_length=40, blank=True)
    their_digest = models.CharField(max_length=64, blank=True, help_text="of their status and notes, told last")
    told_seq = models.PositiveIntegerField(null=True, help_text="the journal entry that holds what they said last")
    their_change = models.CharField(max_length=40, blank=True, help_text="`updated_datetime`, as they write it")
    sends = models.PositiveSmallIntegerField(default=0, help_text="how many times it was sent")
    looks = models.PositiveSmallIntegerField(default=0, help_text="how many times it was looked for since it was sent")
    rounds = models.PositiveSmallIntegerField(default=0, help_text="how many times someone had it tried again")
    misses = models.PositiveSmallIntegerField(default=0, help_text="how many times in a row they did not answer")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    first_sent_at = models.DateTimeField(null=True, help_text="when it was sent first, of what they may have")
    sent_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="when their server told of it last")
    next_at = models.DateTimeField(null=True, help_text="when something is to be done next")
    trouble = models.CharField(max_length=300, blank=True)
    external_body_before = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="of the case, before it was sent",
    )  # fmt: skip
    their_notes = ""  # the words of entry `told_seq`, set by `queries.outside.forwardings_of`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="forwarding_key_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=("queued", "unknown", "accepted", "failed")),
                name="forwarding_live_once",
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="forwarding_of_case"),
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="forwarding_due"),
        ]

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def is_numbered(self) -> bool:
        """Whether its state can be asked for."""
        return bool(self.service_request_id or self.token)

    def wait_until(self, moment: datetime | None, **values: Any) -> None:
        """Sets what is done next, and other values, without saving."""
        self.next_at = moment
        for name, value in values.items():
            setattr(self, name, value)
