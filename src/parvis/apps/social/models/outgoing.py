"""What the town publishes on social networks, and what it answers there."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from parvis.apps.files.models import Attachment
from parvis.apps.social.models.accounts import Account
from parvis.apps.social.models.incoming import Message
from parvis.apps.social.rules import states


class Post(models.Model):
    """A post of the town, or, with `answers`, its answer to a message or a comment.

    `key` is its idempotency key. `state` is that of what was last asked: published, corrected or withdrawn. It waits
    while `revision` is ahead of `sent_revision`, or while its removal was asked and not done. While `posted_at` is set
    on one without `external_id`, the network may have it: see `tasks.carry`.
    """

    class State(models.TextChoices):
        QUEUED = states.QUEUED, pgettext_lazy("post", "waiting to leave")
        SENT = states.SENT, pgettext_lazy("post", "published")
        UNKNOWN = states.UNKNOWN, pgettext_lazy("post", "not known whether it was published")
        FAILED = states.FAILED, pgettext_lazy("post", "failed")
        WITHDRAWN = states.WITHDRAWN, pgettext_lazy("post", "withdrawn")

    class ErrorKind(models.TextChoices):
        NONE = "", ""
        TOKEN = states.TOKEN, pgettext_lazy("post", "the account must be connected again")
        BODY = states.BODY, pgettext_lazy("post", "what is published must be corrected")
        RETRY = states.RETRY, pgettext_lazy("post", "it will be tried again")
        REFUSED = states.REFUSED, pgettext_lazy("post", "the network refuses it")

    key = models.CharField(max_length=120)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts", db_index=False)
    answers = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="answers")
    by_person = models.BooleanField(default=False, help_text="whether someone of the town wrote it, not a program")
    text = models.TextField(blank=True, help_text="empty once erased")
    link = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, related_name="+")
    image_text = models.CharField(max_length=1500, blank=True, help_text="what the picture shows, for who cannot see")
    not_before = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    error_kind = models.CharField(max_length=7, choices=ErrorKind, blank=True)
    error_code = models.CharField(max_length=20, blank=True, help_text="a key of `queries.words.explain`")
    external_id = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=500, blank=True)
    posted_text = models.TextField(blank=True, help_text="the words last handed over, by which it is looked for")
    posted_revision = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    sent_revision = models.PositiveIntegerField(default=0)
    removal_asked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    again_at = models.DateTimeField(null=True, help_text="it is not tried again before")
    queued_at = models.DateTimeField(help_text="when it was last asked for")
    tried_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True, help_text="first attempt to publish whose result is unknown")
    sent_at = models.DateTimeField(null=True, help_text="when it was first published")
    changed_at = models.DateTimeField(null=True, help_text="when its state changed last")

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="social_post_key_once")]
        indexes = [
            models.Index(
                fields=["account", "queued_at"], condition=Q(state__in=states.DUE), name="social_post_to_send"
            ),
            models.Index(fields=["account", "external_id"], name="social_post_on_network"),
            models.Index(fields=["-queued_at"], condition=Q(answers=None), name="social_post_latest"),
        ]

    @property
    def is_answer(self) -> bool:
        """Whether it answers someone, rather than being published for all."""
        return self.answers_id is not None

    @classmethod
    def pending(cls) -> Q:
        """What is still to be done on the network."""
        return Q(state__in=states.DUE) & (
            Q(sent_revision__lt=F("revision")) | Q(removal_asked_at__isnull=False) | Q(state=cls.State.UNKNOWN)
        )
