"""The letters of an issue: one row for each recipient."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.newsletter.models.issue import Issue
from parvis.apps.newsletter.models.subscriber import ContactPoint
from parvis.apps.outbox.models import OutboxItem, State


class IssueDelivery(OutboxItem):
    """An issue to one recipient.

    The mail server cannot be asked what it has: a letter that may have left stays uncertain, and leaves again only when
    someone asks for it. What comes back later is in `bounced_at`, `soft_at` (a temporary failure), `complained_at`,
    `left_at`. Once its reader is erased, `to` is the digest of the address and `domain` is empty.
    """

    LABELS = {
        **dict.fromkeys(
            (State.QUEUED, State.HELD, State.SENDING), pgettext_lazy("newsletter letter", "waiting to leave")
        ),
        State.SENT: pgettext_lazy("newsletter letter", "sent"),
        State.UNCERTAIN: pgettext_lazy("newsletter letter", "perhaps sent"),
        State.FAILED: pgettext_lazy("newsletter letter", "not delivered"),
        **dict.fromkeys(
            (State.EXPIRED, State.CANCELLED), pgettext_lazy("newsletter letter", "not sent: left meanwhile")
        ),
    }

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="deliveries")
    point = models.ForeignKey(ContactPoint, null=True, on_delete=models.SET_NULL, related_name="+")
    to = models.CharField(max_length=254)
    domain = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    bounced_at = models.DateTimeField(null=True)
    soft_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["issue", "to"], name="delivery_of_issue_once")]
        indexes = [models.Index(fields=["issue", "state", "id"], name="delivery_by_state")]


class SenderLease(models.Model):
    """Who sends the letters now, and until when: one worker at a time, so that the rates hold. A single row.

    `wait_until`: the mail server asked everyone to wait (421).
    """

    name = models.CharField(max_length=20)
    holder = models.CharField(max_length=40, blank=True)
    until = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True)
    wait_words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="sender_lease_once")]
