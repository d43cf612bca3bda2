"""What the town publishes on social networks, and what it answers there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from parvis.apps.files.models import Attachment
from parvis.apps.outbox.models import DUE, OutboxItem, State
from parvis.apps.social.models.accounts import Account
from parvis.apps.social.models.incoming import Message

_WAITING, _WITHDRAWN = pgettext_lazy("post", "waiting to leave"), pgettext_lazy("post", "withdrawn")


class Post(OutboxItem):
    """A post of the town, or, with `answers`, its answer to a message or a comment.

    `key` is its idempotency key. `state` is that of what was last asked: published, corrected or withdrawn. It is
    queued again while `revision` is ahead of `sent_revision`, or its removal was asked and not done. `result` says that
    it was removed from the network.
    """

    class Result(models.TextChoices):
        WITHDRAWN = "withdrawn", _WITHDRAWN

    class ErrorKind(models.TextChoices):
        NONE = "", ""
        TOKEN = "token", pgettext_lazy("post", "the account must be connected again")
        BODY = "body", pgettext_lazy("post", "what is published must be corrected")
        RETRY = "retry", pgettext_lazy("post", "it will be tried again")
        REFUSED = "refused", pgettext_lazy("post", "the network refuses it")

    LABELS = {
        **dict.fromkeys((State.QUEUED, State.HELD, State.SENDING), _WAITING),
        State.SENT: pgettext_lazy("post", "published"),
        State.UNCERTAIN: pgettext_lazy("post", "not known whether it was published"),
        State.FAILED: pgettext_lazy("post", "failed"),
        **dict.fromkeys((State.CANCELLED, State.EXPIRED, Result.WITHDRAWN), _WITHDRAWN),
    }

    key = models.CharField(max_length=120)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="posts", db_index=False)
    answers = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="answers")
    by_person = models.BooleanField(default=False, help_text="whether someone of the town wrote it, not a program")
    text = models.TextField(blank=True, help_text="empty once erased")
    link = models.CharField(max_length=500, blank=True)
    image = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, related_name="+")
    image_text = models.CharField(max_length=1500, blank=True, help_text="what the picture shows, for who cannot see")
    result = models.CharField(max_length=9, choices=Result, blank=True)
    error_kind = models.CharField(max_length=7, choices=ErrorKind, blank=True)
    error_code = models.CharField(max_length=20, blank=True, help_text="a key of `queries.words.explain`")
    external_id = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=500, blank=True)
    posted_text = models.TextField(blank=True, help_text="the words last handed over, by which it is looked for")
    posted_revision = models.PositiveIntegerField(default=0, help_text="theirs; 0: the network surely has none")
    revision = models.PositiveIntegerField(default=1)
    sent_revision = models.PositiveIntegerField(default=0)
    removal_asked_at = models.DateTimeField(null=True)

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="social_post_key_once")]
        indexes = [
            models.Index(fields=["account", "queued_at"], condition=Q(state__in=DUE), name="social_post_to_send"),
            models.Index(fields=["account", "external_id"], name="social_post_on_network"),
            models.Index(fields=["-queued_at"], condition=Q(answers=None), name="social_post_latest"),
        ]

    @property
    def is_answer(self) -> bool:
        """Whether it answers someone, rather than being published for all."""
        return self.answers_id is not None

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was removed from the network, or never left and never will."""
        return bool(self.result) or self.state in (State.CANCELLED, State.EXPIRED)

    @property
    def in_doubt(self) -> bool:
        """Whether the network may have published it, without our knowing where."""
        return self.posted_revision > 0 and not self.external_id
