"""What staff members share or keep while working on cases: presence, drafts, mentions, reminders, snippets."""

from django.db import models
from django.db.models import Q

from parvis.apps.cases.models import Batch, Case, Entry
from parvis.apps.directory.models import Department, User
from parvis.apps.intake.models import Contact
from parvis.lib.i18n.localized import localized

WORDED = ("words", "other", "proof")
"""The text fields of the forms of a case."""


class CasePresence(models.Model):
    """A person viewing a case. Expires after a few seconds (`queries.LEASE`), and locks nothing."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_index=True)
    writing = models.BooleanField(default=False, help_text="words typed there wait to be sent; never which")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="looking_once")]


class MessagePresence(models.Model):
    """A person reading a message of the inbox. Expires as `CasePresence` does, and locks nothing."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_index=True)
    writing = models.BooleanField(default=False, help_text="an answer typed there waits to be sent; never which")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "user"], name="reading_message_once")]


class CaseDraft(models.Model):
    """Unsent text that someone typed in the form of an action on a case. Only its author ever reads it.

    `seq` increases with each save, so that a late one is ignored. An empty row records for a day that its text was
    sent; a discarded one (`discarded_at`) keeps its text as long, to be restored.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=20, help_text="its name in addresses")
    typed = models.JSONField(default=dict, help_text="the fields of the form by name, as they were typed")
    seq = models.PositiveBigIntegerField()
    saved_at = models.DateTimeField(db_index=True)
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user", "action"], name="case_draft_once")]

    @property
    def has_words(self) -> bool:
        """Whether it has text to send."""
        return self.discarded_at is None and any(str(self.typed.get(name, "")).strip() for name in WORDED)


class Mention(models.Model):
    """A note of a case mentions someone; it is unread until they open the case."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, help_text="when they looked, or when the note was taken back")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "user"], name="mention_once")]
        indexes = [models.Index(fields=["user", "-id"], condition=Q(read_at__isnull=True), name="mention_unread")]


class FollowUp(models.Model):
    """A personal reminder to reopen a case on a day; independent of the promise made to the citizen."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    words = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="+")
    instead_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], condition=Q(ended_at__isnull=True), name="follow_up_once")
        ]
        indexes = [models.Index(fields=["user", "on", "id"], condition=Q(ended_at__isnull=True), name="follow_up_due")]


class Snippet(models.Model):
    """A ready phrase, picked by name: of one person, of a department, or of everyone when it has neither."""

    name = models.CharField(max_length=40)
    words_fr = models.TextField()
    words_en = models.TextField(blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(owner=None) | Q(department=None), name="snippet_of_one_place")
        ]
        indexes = [models.Index(fields=["owner", "name"], condition=Q(dropped_at__isnull=True), name="snippet_kept")]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        return localized(self, "words")
