"""The issues of the newsletter."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Group
from parvis.apps.directory.models import User
from parvis.apps.newsletter.models.subscriber import Subscription
from parvis.apps.outbox.models import Broadcast, BroadcastEntry
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.i18n.localized import localized


class Issue(Broadcast):
    """One letter to many people: an issue of the newsletter, or the letter of an alert (`kind`).

    `blocks` are the news it holds, `rules.blocks.Block` as plain values. It goes to who asked for `kind`, about any of
    `groups` when there are some, in any of `sectors` or `streets` (ids) when there are some. One that is `IN_REVIEW`
    waits for a second person, then leaves at `starts_at`, or at once without one. `sender` and `postal_address` are
    those of the moment it was written, as the law asks. `key` is its idempotency key. Nothing leaves from `expires_at`
    on. Its number in the archive of the site is its id; an alert has none.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("newsletter", "draft")
        IN_REVIEW = "in_review", pgettext_lazy("newsletter", "to approve")
        SCHEDULED = "scheduled", pgettext_lazy("newsletter", "scheduled")
        SENDING = "sending", pgettext_lazy("newsletter", "being sent")
        PAUSED = "paused", pgettext_lazy("newsletter", "paused")
        SENT = "sent", pgettext_lazy("newsletter", "sent")

    SCHEDULED_STATE, HELD_STATE, HELD_ENTRY = State.SCHEDULED, State.PAUSED, "paused"

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=6, choices=Subscription.Kind, default=Subscription.Kind.NEWS)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160, blank=True)
    intro_fr = models.TextField(blank=True)
    intro_en = models.TextField(blank=True)
    url = models.CharField(max_length=500, blank=True, help_text="the page behind the button under the introduction")
    blocks = models.JSONField(default=list)
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    sectors = models.JSONField(default=list)
    streets = models.JSONField(default=list)
    sender = models.CharField(max_length=160)
    postal_address = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    expires_at = models.DateTimeField(null=True, help_text="the end of the alert, or when it was called back")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="issue_key_once"),
            models.CheckConstraint(
                condition=~models.Q(sender="") & ~models.Q(postal_address=""), name="issue_says_who_sends_it"
            ),
        ]
        indexes = [models.Index(fields=["kind", "state"], name="issue_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localized(self, "title")

    @property
    def editable(self) -> bool:
        """Whether its words may still change."""
        late = self.state == self.State.PAUSED and self.started_at is None
        return late or self.state in (self.State.DRAFT, self.State.IN_REVIEW, self.State.SCHEDULED)

    @property
    def is_approved(self) -> bool:
        """Whether a second person, or a decider alone, approved its present words; any change takes that away."""
        return self.state not in (self.State.DRAFT, self.State.IN_REVIEW)

    @property
    def is_over(self) -> bool:
        """Whether its end has passed, so that nothing more leaves."""
        return self.expires_at is not None and self.expires_at <= now()


class Journal(BroadcastEntry):
    """One line of what was done to an issue, and by whom."""

    class Action(models.TextChoices):
        WRITTEN = "written", _("written")
        CHANGED = "changed", _("changed")
        TESTED = "tested", _("sent as a test")
        ASKED = "asked", pgettext_lazy("newsletter", "approval asked")
        APPROVED = "approved", pgettext_lazy("newsletter", "approved")
        REFUSED = "refused", pgettext_lazy("newsletter", "sent back")
        BYPASSED = "bypassed", pgettext_lazy("newsletter", "decided alone, without a second person")
        SCHEDULED = "scheduled", pgettext_lazy("newsletter", "scheduled")
        UNSCHEDULED = "unscheduled", _("back to draft")
        STARTED = "started", _("sending started")
        PAUSED = "paused", pgettext_lazy("newsletter", "paused")
        RESUMED = "resumed", _("resumed")
        ENDED = "ended", _("sending ended")
        RETRIED = "retried", _("sent again")

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="journal")
    what = models.CharField(max_length=11, choices=Action)

    class Meta(BroadcastEntry.Meta):
        verbose_name_plural = "journal"

    @property
    def told(self) -> str:
        """What it says beside what was done, in the active language: how many letters, when, why; "" for nothing."""
        if self.what in (self.Action.STARTED, self.Action.RETRIED):
            count = self.words.rpartition(" ")[2]
            known = int(count) if count.isdigit() else 0
            return ngettext("%(n)d letter", "%(n)d letters", known) % {"n": known}
        if self.what == self.Action.SCHEDULED:
            when = timezone.localtime(datetime.fromisoformat(self.words))
            return quebec.moment(when, get_language() or "fr")
        return self.words
