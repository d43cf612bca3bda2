"""Incoming e-mail."""

from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.files.models import Attachment
from parvis.apps.mail.rules.body import Piece, pieces, said


class Incoming(models.Model):
    """A message as it was received, then as it was read.

    Its bytes are stored, and this row with their hash, before anything in them is parsed. `identity` is what makes two
    messages the same one (`rules.parsing.Message.identity`), set once read. `outcome` is empty until the message is
    taken in, by `intake.services.mail.received.take_in_mail`.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("a new message")
        JOINED = "joined", _("joined to a request")
        IGNORED = "ignored", _("set aside: a machine wrote it")
        BOUNCE = "bounce", _("a letter that could not be delivered")
        DUPLICATE = "duplicate", _("received before")
        QUARANTINED = "quarantined", _("in quarantine")

    class Page(models.TextChoices):
        NONE = ""
        SHOWN = "shown"
        LINKS = "links"

    sha256 = models.CharField(max_length=64, help_text="of its bytes")
    size = models.PositiveIntegerField(help_text="bytes")
    stored = models.CharField(max_length=120, help_text="path in the storage of received files")
    received_at = models.DateTimeField()
    identity = models.CharField(max_length=64, blank=True, db_index=True)
    message_id = models.CharField(max_length=998, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    to = models.JSONField(default=list, help_text="addresses of ours and of others, delivery addresses first")
    cc = models.JSONField(default=list, help_text="addresses of the Cc header")
    subject = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    text = models.TextField(blank=True)
    references = models.JSONField(default=list, help_text="message identifiers, the one answered first")
    automatic = models.CharField(max_length=20, blank=True, help_text="see `rules.automated_mail.automatic`")
    mailbox = models.ForeignKey(
        "mail.Mailbox", null=True, on_delete=models.SET_NULL, related_name="+", help_text="where it came, or was sent"
    )
    trust = models.CharField(max_length=8, blank=True, help_text="see `rules.trust.trust`")
    left_out = models.JSONField(default=list, help_text="[[name, why]] of the files that were not kept")
    page = models.CharField(
        max_length=5, choices=Page, blank=True, help_text="whether it may be shown as it was written; links: too many"
    )
    oversize = models.BooleanField(default=False, help_text="too large to be received: only its header is stored")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="at reading it, the one under way included")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    taken_in_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its bytes and words were erased by law")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="incoming_bytes_once"),
            models.UniqueConstraint(
                fields=["identity"],
                name="incoming_taken_in_once",
                condition=models.Q(outcome__in=("new", "joined", "ignored", "bounce"), identity__gt=""),
            ),
        ]
        indexes = [models.Index(fields=["outcome", "-received_at"], name="incoming_by_outcome")]

    @property
    def sender(self) -> str:
        """The name of the sender, else the address."""
        return self.from_name or self.from_address

    @property
    def said(self) -> str:
        """Its words without those it quotes."""
        return said(self.text)

    @property
    def excerpt(self) -> str:
        """The beginning of what it says, or why it says nothing."""
        if self.oversize:
            return gettext("Too large to be received.")
        return said(self.text[:2000])[:160]

    @property
    def pieces(self) -> list[Piece]:
        """Its words, those it quotes told apart."""
        return pieces(self.text)


class IncomingFile(models.Model):
    """A file that came with a message."""

    incoming = models.ForeignKey(Incoming, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")
    cid = models.CharField(max_length=255, blank=True, help_text="its name in the HTML of the message")
    about = models.JSONField(default=dict, help_text="see `rules.attached.About`")

    @property
    def start(self) -> datetime | date | None:
        """When the event of the file begins: a date for a whole day."""
        text = self.about.get("start", "")
        if not text:
            return None
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
