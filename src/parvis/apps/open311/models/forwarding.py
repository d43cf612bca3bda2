"""The Open311 servers of outside bodies, which of their services our subjects are, and the cases sent to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.outbox.models import PERHAPS_SENT, UNDELIVERED, UNSENT, OutboxItem, State

_NOT_ACCEPTED = pgettext_lazy("forwarding", "Not accepted")
_OVER = ("closed", "taken_back")  # results after which the case may be sent to another server


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


class Forwarding(OutboxItem):
    """A case sent to an outside server (`apps.outbox`), and what is known of it there.

    `attempts` counts the sendings that they may have. `not_before` of one that they accepted: when they are asked what
    becomes of it; None: never.
    """

    class Result(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("forwarding", "Accepted")
        UNTOLD = "untold", _NOT_ACCEPTED  # they had it, and no longer tell of it
        CLOSED = "closed", _("Closed on their side")
        TAKEN_BACK = "taken_back", pgettext_lazy("forwarding", "Taken back")

    LABELS = {
        **dict.fromkeys(UNSENT, pgettext_lazy("forwarding", "To be sent")),
        **dict.fromkeys(PERHAPS_SENT, _("Sent, without a sure answer")),
        State.SENT: Result.ACCEPTED.label,
        **dict.fromkeys(UNDELIVERED, _NOT_ACCEPTED),
        **dict(Result.choices),
    }
    LIVE = ~models.Q(result__in=_OVER)

    key = models.CharField(max_length=40, help_text="idempotency: sent in the header Idempotency-Key")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="forwardings", db_index=False)
    server = models.ForeignKey(OutsideServer, on_delete=models.PROTECT, related_name="forwardings", db_index=False)
    service_code = models.CharField(max_length=120)
    attributes = models.JSONField(default=dict)
    shares_person = models.BooleanField(default=False, help_text="the citizen was told that who they are is sent")
    entry_seq = models.PositiveIntegerField(help_text="the journal entry whose words are sent")
    result = models.CharField(max_length=10, choices=Result, blank=True)
    service_request_id = models.CharField(max_length=120, blank=True)
    token = models.CharField(max_length=120, blank=True)
    their_status = models.CharField(max_length=40, blank=True)
    their_digest = models.CharField(max_length=64, blank=True, help_text="of their status and notes, told last")
    told_seq = models.PositiveIntegerField(null=True, help_text="the journal entry that holds what they said last")
    their_change = models.CharField(max_length=40, blank=True, help_text="`updated_datetime`, as they write it")
    looks = models.PositiveSmallIntegerField(default=0, help_text="how many times it was looked for since it was sent")
    rounds = models.PositiveSmallIntegerField(default=0, help_text="how many times someone had it tried again")
    misses = models.PositiveSmallIntegerField(default=0, help_text="how many times in a row they did not answer")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    first_attempted_at = models.DateTimeField(null=True, help_text="of what they may have, once it is sent again")
    looked_at = models.DateTimeField(null=True, help_text="when their server told of it last")
    external_body_before = models.ForeignKey(
        Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="of the case, before it was sent",
    )  # fmt: skip
    their_notes = ""  # the words of entry `told_seq`, set by `queries.forwarding.forwardings_of`

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="forwarding_key_once"),
            models.UniqueConstraint(
                fields=["case"], condition=~models.Q(result__in=_OVER), name="forwarding_live_once"
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="forwarding_of_case"),
            models.Index(fields=["state", "not_before"], name="forwarding_due"),
        ]

    @property
    def is_live(self) -> bool:
        return self.result not in _OVER

    @property
    def is_numbered(self) -> bool:
        """Whether what becomes of it can be asked for."""
        return bool(self.service_request_id or self.token)

    @property
    def is_unsettled(self) -> bool:
        """Whether someone who asks them may say what became of it."""
        return self.is_uncertain or self.state == State.FAILED or self.result == self.Result.UNTOLD
