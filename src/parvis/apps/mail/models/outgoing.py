"""Outgoing e-mail."""

import hashlib
import json
import secrets

from django.db import models

from parvis.apps.files.models import Attachment
from parvis.apps.outbox.models import OutboxItem, State


class Outgoing(OutboxItem):
    """An e-mail to send, queued in the transaction that needs it and rendered by the worker.

    `key` is its idempotency key; `message_id` is fixed at creation, so that a second delivery after a crash is
    recognised as the same message: one whose sender died is simply sent again. `renderer` is the dotted name of
    `render(*args) -> Letter`. Answers come to an address that carries `thread`, and `answers` are the messages that
    this one answers.

    A letter is held when it waited in a backup that was restored (`services.hold_unsent`): a person decides.

    A letter goes to one address, `to`, and has one state. When several people receive the same words, each has a letter
    of their own, whose headers show everybody (`shown_to`, `shown_cc`).
    """

    key = models.CharField(max_length=120)
    message_id = models.CharField(max_length=200)
    to = models.EmailField(help_text="once erased, a mark that stands for it: `rules.threads.erased_address`")
    shown_to = models.JSONField(default=list, help_text="addresses of the To header; none: `to`")
    shown_cc = models.JSONField(default=list, help_text="addresses of the Cc header")
    language = models.CharField(max_length=2)
    renderer = models.CharField(max_length=120)
    args = models.JSONField(default=list)
    thread = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=list, help_text="message identifiers, oldest first")
    urgent = models.BooleanField(default=False, help_text="someone waits for it: a danger, an approval, a code")
    personal = models.BooleanField(default=False, help_text="written by someone of the staff for this person")
    reply = models.BooleanField(default=False, help_text="an automatic answer to a message (RFC 3834)")
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    salt = models.CharField(max_length=32, blank=True, help_text="erased with the words")
    content_hash = models.CharField(
        max_length=64, blank=True, help_text="`hashed`, once rendered; kept when the words are erased"
    )
    delay = models.CharField(max_length=300, blank=True, help_text="reason of the last report that it is delayed")
    delayed_at = models.DateTimeField(null=True)

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [
            models.UniqueConstraint(fields=["key"], name="outgoing_key_once"),
            models.UniqueConstraint(fields=["message_id"], name="outgoing_message_id_once"),
        ]
        indexes = [
            models.Index(fields=["state", "queued_at"]),
            models.Index(fields=["queued_at"], name="outgoing_replies", condition=models.Q(reply=True)),
            models.Index(fields=["to", "-id"], name="outgoing_by_address"),
        ]

    def write(self, *, subject: str, text: str, html: str) -> tuple[str, ...]:
        """Sets its words, with their hash; returns the names of the fields set, which the caller saves."""
        self.subject, self.text, self.html = subject[:300], text.replace("\0", ""), html.replace("\0", "")
        self.salt = secrets.token_hex(16)
        self.content_hash = self.hashed()
        return "subject", "text", "html", "salt", "content_hash"

    def hashed(self) -> str:
        """Hex SHA-256 of its words as they are now and of its recipient, which the signed heads cover; once the salt is
        erased with the words, nobody can guess them.
        """
        parts = [self.salt, self.message_id, self.to, self.subject, self.text, self.html]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def late(self) -> bool:
        """Whether an attempt failed and another follows."""
        return self.state in (State.QUEUED, State.SENDING) and bool(self.attempts)


class OutgoingFile(models.Model):
    """A file that a letter carries."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")
