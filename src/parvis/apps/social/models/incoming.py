"""What people write to the town on social networks."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.social.models.accounts import Account


class WebhookEvent(models.Model):
    """A webhook as it was received: stored before anything is done with it, read by a job.

    Its bytes are emptied once read: what they held is in the messages. The same bytes are stored once.
    """

    digest = models.CharField(max_length=64, help_text="SHA-256 of the bytes")
    body = models.BinaryField(default=b"")
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, help_text="why it could not be read")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="social_webhook_event_once")]
        indexes = [models.Index(fields=["received_at"], condition=models.Q(read_at=None), name="webhook_event_unread")]


class Message(models.Model):
    """A message to an account, read by the town alone, or a comment under one of its posts, read by everyone.

    `text` is what it says now, or said last: what its author edits or removes on the network is kept in `history`.
    `ours` is one that the town wrote there by another tool: it becomes no contact.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", pgettext_lazy("social network", "private message")
        COMMENT = "comment", pgettext_lazy("social network", "public comment")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="messages", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    external_id = models.CharField(max_length=200)
    thread = models.CharField(max_length=200, blank=True, help_text="the post commented, or who writes in private")
    parent = models.CharField(max_length=200, blank=True, help_text="the comment that it answers, if any")
    author_id = models.CharField(max_length=64, blank=True, help_text="empty once erased")
    author_name = models.CharField(max_length=160, blank=True)
    text = models.TextField(blank=True)
    files = models.PositiveSmallIntegerField(default=0, help_text="pictures and others, which are not fetched")
    url = models.CharField(max_length=500, blank=True)
    ours = models.BooleanField(default=False)
    arrived = models.BooleanField(default=False, help_text="false: only its edition or its removal was told")
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, help_text="when its author changed it, on the network")
    removed_at = models.DateTimeField(null=True, help_text="when it was removed from the network")
    history = models.JSONField(default=list, help_text="[{at, text}] what it said before")
    hide_asked = models.BooleanField(default=False, help_text="whether the town wants it hidden from the public")
    hidden_at = models.DateTimeField(null=True)
    hide_error = models.CharField(max_length=300, blank=True)
    taken_in_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its words and its author were erased by law")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="social_message_once")]
        indexes = [
            models.Index(fields=["account", "thread", "sent_at"], name="social_message_thread"),
            models.Index(fields=["account", "author_id"], name="social_message_author"),
            models.Index(
                fields=["received_at"],
                condition=models.Q(taken_in_at=None, erased_at=None, ours=False),
                name="social_message_untaken",
            ),
        ]

    @property
    def is_public(self) -> bool:
        """Whether everyone reads it, and the answer too."""
        return self.kind == self.Kind.COMMENT
