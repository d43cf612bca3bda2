"""The town's mailboxes, and how each message came."""

from django.db import models

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department
from parvis.apps.mail.models.incoming import Incoming


class Mailbox(models.Model):
    """An address that the town answers, from mailboxes.yaml; then what is known of the server that holds it.

    `server` is "imaps://host:port/folder", or empty when messages are delivered to Parvis (LMTP, webhook). The messages
    of a folder are known by `uid_validity` and their UID (RFC 9051, 2.3.1.1); those up to `last_uid` were taken.
    """

    slug = models.CharField(max_length=40, unique=True)
    address = models.EmailField()
    language = models.CharField(max_length=2, default="fr", help_text="of a message whose words do not say theirs")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="+", help_text="by default")
    server = models.CharField(max_length=200, blank=True)
    username = models.CharField(max_length=200, blank=True)
    authority = models.CharField(max_length=200, blank=True, help_text="authserv-id of its server (RFC 8601)")
    since = models.DateField(null=True, help_text="older messages stay in the mailbox, unread by Parvis")
    active = models.BooleanField(default=True)

    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text="messages not fetched yet, at the last visit")
    visited_at = models.DateTimeField(null=True, help_text="last attempt")
    succeeded_at = models.DateTimeField(null=True, help_text="last attempt that read the whole folder")
    trouble = models.CharField(max_length=300, blank=True, help_text="why the last attempt failed")
    alarmed_at = models.DateTimeField(null=True, help_text="when its silence was reported to the managers")
    tested_at = models.DateTimeField(null=True, help_text="when the last test message was sent to it")
    test_seconds = models.PositiveIntegerField(null=True, help_text="what that message took to come back")

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address


class InboundDelivery(models.Model):
    """One arrival of a message: the same message may come to several mailboxes."""

    class Via(models.TextChoices):
        IMAP = "imap"
        LMTP = "lmtp"
        WEBHOOK = "webhook"
        STDIN = "stdin"

    incoming = models.ForeignKey(Incoming, on_delete=models.CASCADE, related_name="deliveries")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    via = models.CharField(max_length=8, choices=Via)
    recipients = models.JSONField(default=list, help_text="addresses of the envelope")
    uid_validity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    flagged = models.BooleanField(default=True, help_text="whether the server was told that the message is seen")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "inbound deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"],
                name="inbound_delivery_once",
                condition=models.Q(uid__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["mailbox", "at"], name="inbound_delivery_by_mailbox"),
            models.Index(fields=["mailbox"], name="inbound_delivery_unflagged", condition=models.Q(flagged=False)),
        ]
