"""Models of intake: contacts and their matters, answers given, callbacks, counter visits, alerts and checks."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from parvis.apps.cases.models import Case, Entry, FollowerNotification, Incident
from parvis.apps.catalogue.models import Audience, Channel, Nature, Subject
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Department, User
from parvis.apps.files.models import Attachment
from parvis.apps.intake.rules.waiting import label, shown_name
from parvis.apps.mail.models import Incoming
from parvis.apps.residents.models import Asker, Disclosure, Person
from parvis.apps.social.models import Message, Post
from parvis.apps.telephony.models import IncomingText, OutgoingText


class Contact(models.Model):
    """One exchange on one channel, with a known person or none.

    In progress, `draft` holds everything typed on the agent's screen; `draft_seq` grows with each save, so that a late
    save never overwrites a newer one. While it waits, `agent` is its assignee.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        IN_PROGRESS = "progress", _("in progress")
        ON_HOLD = "hold", _("on hold")
        DONE = "done", _("done")
        SPAM = "spam", _("spam")
        MERGED = "merged", _("merged into another message")

    IN_HAND = (State.IN_PROGRESS, State.ON_HOLD)
    SET_ASIDE = (State.SPAM, State.MERGED)

    key = models.CharField(max_length=64, help_text="idempotency: what arrived")
    channel = models.CharField(max_length=8, choices=Channel)
    outbound = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    agent = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts", db_index=False
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts", db_index=False
    )
    phone = models.CharField(max_length=20, blank=True, help_text="the caller's number, E.164")
    language = models.CharField(max_length=2, default="fr")
    english_ground = models.CharField(max_length=40, blank=True, help_text="why English, where the town's rule asks")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.RESIDENT)
    subject_line = models.CharField(max_length=300, blank=True, help_text="of a message, as it was written")
    text = models.TextField(blank=True, help_text="what arrived, as it was written")
    references = models.JSONField(default=dict, help_text="{messages, cases}: see `channels.References`")
    draft = models.JSONField(default=dict)
    draft_seq = models.PositiveIntegerField(default=0)
    threat_at = models.DateTimeField(null=True, help_text="when a threat was marked; null again when it is lifted")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(null=True, help_text="length of the contact")

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="contact_key_once")]
        indexes = [
            models.Index(fields=["agent", "state", "-ended_at"], name="contact_of_agent_by_state"),
            models.Index(fields=["person", "-started_at"], name="contact_of_person"),
            models.Index(fields=["state", "started_at"], name="contact_in_state"),
        ]


class ContactFile(models.Model):
    """A file that came with a contact."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")


class HeldRequest(models.Model):
    """A request of the public form that waits for someone to look at it, because too many came at once without a proof.

    Its contact waits with it, and holds the words and the photos; `values` is the rest of what was sent, as plain data,
    emptied once it is opened as a request; also, with the words and the photos, ninety days after it was set aside.
    """

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="held")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", db_index=False)
    values = models.JSONField(default=dict)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="when it was opened, or set aside as spam")
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["at"], condition=models.Q(settled_at=None), name="held_to_settle")]


class Matter(models.Model):
    """One question in a contact, and its outcome."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        CASE = "case", _("Request opened")
        TRANSFERRED = "transfer", _("Transferred")
        CALLBACK = "callback", _("Call promised")
        NOT_OURS = "not_ours", _("Not ours: the right door given")
        UNANSWERED = "none", _("No answer: told as missing")
        INCIDENT = "incident", _("Joined to an incident")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="matters")
    key = models.CharField(max_length=64, help_text="idempotency: the submission that settled it")
    words = models.TextField(blank=True)
    subject = models.ForeignKey(
        Subject, null=True, blank=True, on_delete=models.PROTECT, related_name="matters", db_index=False
    )
    nature = models.CharField(max_length=12, choices=Nature, default=Nature.INFORMATION)
    outcome = models.CharField(max_length=8, choices=Outcome)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="matters", db_index=False
    )
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="matters", db_index=False
    )
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    receiver = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="matter_key_once")]
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["at", "subject"], name="matter_of_the_day"),
            models.Index(fields=["case"], condition=models.Q(case__isnull=False), name="matter_of_case"),
            models.Index(fields=["incident"], condition=models.Q(incident__isnull=False), name="matter_of_incident"),
        ]


class Given(models.Model):
    """An answer as it was given: revision, fact versions, inputs and exact words (DESIGN 4.2).

    A calculated answer has no revision; its inputs hold the parameters and result lines as read
    (`calculators.queries.base.Computed.given_inputs`), and `answer` is the standard one of its subject.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="given")
    answer = models.ForeignKey(Answer, null=True, on_delete=models.PROTECT, related_name="given")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    words = models.TextField()
    facts = models.JSONField(default=list, help_text="[{id, key, status, shown}]")
    inputs = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["answer", "-at"], name="given_of_answer")]


class Correction(models.Model):
    """The values of a contact or a matter before and after a correction."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="corrections")
    matter = models.ForeignKey(Matter, null=True, on_delete=models.PROTECT, related_name="corrections")
    before = models.JSONField()
    after = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Callback(models.Model):
    """A promise to phone someone: made by an agent, or owed for news of a case or an incident to someone without
    e-mail, or for an answer that a mail server refused."""

    entry = models.OneToOneField(Entry, null=True, blank=True, on_delete=models.PROTECT, related_name="callback")
    telling = models.OneToOneField(
        FollowerNotification, null=True, blank=True, on_delete=models.PROTECT, related_name="callback"
    )
    reply = models.OneToOneField("MailReply", null=True, blank=True, on_delete=models.PROTECT, related_name="callback")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="callbacks")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="callbacks")
    matter = models.OneToOneField(Matter, null=True, blank=True, on_delete=models.PROTECT, related_name="callback")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="callbacks")
    phone = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True, help_text="what to say")
    due_at = models.DateTimeField()
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.JSONField(default=list, help_text="[{at, by, note}] calls nobody took")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(done_at__isnull=True), name="callback_open")]


class Visit(models.Model):
    """Someone waiting for the counter, by ticket or by name.

    Calling them creates a Contact, whose length is the time at the counter; it is discarded when they do not come.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CALLED = "called", _("called")
        ABSENT = "absent", _("did not come")
        LEFT = "left", _("left")

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the press that joined the line")
    day = models.DateField(help_text="numbers start again each day")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    arrived_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True, help_text="when the hall was last told, calls repeated included")
    calls = models.PositiveSmallIntegerField(default=0, help_text="how many times the hall was told")
    call_key = models.CharField(max_length=64, unique=True, null=True, help_text="idempotency: the press that called")
    window = models.PositiveSmallIntegerField(null=True)
    agent = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.OneToOneField(Contact, null=True, on_delete=models.SET_NULL, related_name="visit")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "number"], name="visit_number_of_the_day")]
        indexes = [
            models.Index(fields=["day", "state", "arrived_at"], name="visit_line"),
            models.Index(
                fields=["agent", "-called_at"], condition=models.Q(window__isnull=False), name="visit_at_window"
            ),
        ]

    @property
    def label(self) -> str:
        return label(self.number)

    @property
    def hall_name(self) -> str:
        """The name as shown on the hall screen."""
        return shown_name(self.name)

    @property
    def said(self) -> str:
        """The ticket label and name, as announced in the hall."""
        return f"{self.label} {self.hall_name}".strip()

    @property
    def waited(self) -> int | None:
        """Seconds between arriving and being called; None while waiting."""
        return max(0, int((self.called_at - self.arrived_at).total_seconds())) if self.called_at else None


class Device(models.Model):
    """An entrance tablet or a hall screen; its secret address stands in for a login."""

    class Kind(models.TextChoices):
        DOOR = "door", _("tablet at the door")
        HALL = "hall", _("screen of the hall")

    kind = models.CharField(max_length=4, choices=Kind)
    name = models.CharField(max_length=80)
    secret = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")


class Reservation(models.Model):
    """A request number reserved for a call taken during an outage: given to one caller, used for one case."""

    reference = models.CharField(max_length=16, unique=True)
    browser = models.CharField(max_length=64, help_text="what the browser that holds it calls itself")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="for whom it was put aside")
    reserved_at = models.DateTimeField()
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="reservation")
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["browser"], condition=models.Q(case__isnull=True), name="reservation_unused")]


class Alert(models.Model):
    """A threat, or someone in distress, reported in a contact or on a request.

    Never attached to a person's file, and never a reason to refuse anything. Lifting it (`lifted_at`) keeps the record
    of who raised it, when and why.
    """

    class Kind(models.TextChoices):
        THREAT = "threat", _("Threat")
        DISTRESS = "distress", _("Someone in distress")
        DANGER = "danger", _("Danger in a message")

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the press that marked it")
    kind = models.CharField(max_length=8, choices=Kind)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="alerts")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="alerts")
    words = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="nobody: a message")
    taken_at = models.DateTimeField(null=True, help_text="when someone said that they look after it")
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    chased_at = models.DateTimeField(null=True, help_text="when everybody was told that nobody had taken it")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-id"], condition=models.Q(taken_at__isnull=True, lifted_at__isnull=True), name="alert_untaken"
            )
        ]

    @property
    def author(self) -> str:
        """Who marked it: a colleague, or a message that came."""
        return self.by.display_name if self.by else gettext("a message received")


class Check(models.Model):
    """An identity check in a contact before personal information is disclosed: who asked, how, the result."""

    class How(models.TextChoices):
        ON_FILE = "on_file", _("Answered questions whose answers are in the file")
        DOCUMENT = "document", _("Showed an identity document")
        CALLED_BACK = "called", _("Called back at the number of the file")
        PROOF = "proof", _("Showed a proxy, a mandate or a judgment")
        NOTHING = "nothing", _("Could not or would not be checked")

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the form that recorded it")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="checks")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="checks")
    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="+")
    asker = models.CharField(max_length=9, choices=Asker)
    name = models.CharField(max_length=160, blank=True, help_text="who asked, when it is not the person")
    how = models.CharField(max_length=8, choices=How)
    disclosed = models.BooleanField(help_text="whether the information could be told")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class ReceivedMail(models.Model):
    """What an incoming message became: a contact of its own, or an entry of a request."""

    incoming = models.OneToOneField(Incoming, on_delete=models.PROTECT, related_name="received")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="mails")
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="mail")
    understood_at = models.DateTimeField(null=True, db_index=True, help_text="when its meaning was looked for")
    likely = models.CharField(max_length=60, blank=True, help_text="slug of the answer that could be sent when it came")
    danger = models.BooleanField(default=False, help_text="someone may be in danger")


class InboxItem(models.Model):
    """Where a message stands in the shared inbox. A message without one is unread, and nothing was done with it."""

    class Why(models.TextChoices):
        ELSEWHERE = "elsewhere", _("Answered elsewhere: by phone, at the counter")
        NOTHING = "nothing", _("Nothing to answer: thanks, for information")
        TWICE = "twice", _("Sent twice")
        ADVERTISING = "advertising", _("Advertising")

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="inbox")
    opened_at = models.DateTimeField(null=True, help_text="when someone of the team first read its latest words")
    later_until = models.DateTimeField(null=True, help_text="it comes back to the list at that moment")
    awaits = models.BooleanField(default=False, help_text="it was answered by a question to the sender")
    spam = models.BooleanField(default=False, help_text="what `judged_by` decided of its sender")
    judged_at = models.DateTimeField(null=True, help_text="when someone decided whether it is spam")
    judged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_why = models.CharField(max_length=12, choices=Why, blank=True, help_text="why it has no answer")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    follows = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="+", help_text="the first of its conversation"
    )
    merged_into = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["contact"], condition=models.Q(awaits=True), name="inbox_awaits"),
            models.Index(fields=["-judged_at"], condition=models.Q(judged_at__isnull=False), name="inbox_judged"),
            models.Index(fields=["closed_at"], condition=models.Q(closed_at__isnull=False), name="inbox_closed"),
        ]


class MailReply(models.Model):
    """What an agent wrote to someone by e-mail, mostly to answer a message. It leaves when it cannot be taken back.

    `copies` are the other people who receive it, each by a letter of their own.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the press that sent it")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="replies")
    matter = models.OneToOneField(Matter, null=True, on_delete=models.SET_NULL, related_name="reply")
    to = models.EmailField()
    copies = models.JSONField(default=list)
    subject = models.CharField(max_length=300)
    words = models.TextField()
    language = models.CharField(max_length=2)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    undelivered_at = models.DateTimeField(null=True, help_text="when its letter was refused for good")
    refusal = models.CharField(max_length=300, blank=True, help_text="in the mail server's words")

    @property
    def letter_key(self) -> str:
        """The idempotency key of its letter to `to`."""
        return f"reply/{self.pk}"

    @property
    def letter_keys(self) -> dict[str, str]:
        """The idempotency key of each of its letters, with the address that it goes to."""
        copies = {f"{self.letter_key}/{rank}": address for rank, address in enumerate(self.copies, start=1)}
        return {self.letter_key: self.to} | copies


class ReplyFile(models.Model):
    """A file that an agent joins to what they write back; without `reply` until it is sent."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="reply_files")
    reply = models.ForeignKey(MailReply, null=True, on_delete=models.PROTECT, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]


class MailDraft(models.Model):
    """What an agent typed in answer to a message, until it is sent; only they see it.

    `seq` grows with each save, so that a late save never overwrites a newer one. Once sent, what was typed stays a day,
    for an answer that is taken back.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="mail_drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField(default=dict, help_text="the fields of the form, by name")
    seq = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "user"], name="mail_draft_once")]


class ReceivedText(models.Model):
    """What an incoming text became: a contact of its own, or an entry of a request."""

    incoming = models.OneToOneField(IncomingText, on_delete=models.PROTECT, related_name="received")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="texts")
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="text")
    danger = models.BooleanField(default=False, help_text="someone may be in danger")


class SentText(models.Model):
    """A text that an agent sent from a contact. `entry` is its line in the journal of `case`, once it left."""

    class Kind(models.TextChoices):
        FOLLOW = "follow", _("link of a request")
        ANSWER = "answer", _("link of an answer")
        WORDS = "words", _("message")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="sent_texts")
    kind = models.CharField(max_length=6, choices=Kind)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="sent_texts")
    subject = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="+")
    outgoing = models.OneToOneField(OutgoingText, on_delete=models.PROTECT, related_name="sent")
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="sent_text")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ReceivedSocial(models.Model):
    """The contact that a message or a comment of a social network became, or joined."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="received")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="social")
    danger = models.BooleanField(default=False, help_text="someone may be in danger")


class SocialReply(models.Model):
    """What an agent answered on a social network, in the town's name."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="social_replies")
    post = models.OneToOneField(Post, on_delete=models.PROTECT, related_name="reply")
    matter = models.OneToOneField(Matter, null=True, on_delete=models.SET_NULL, related_name="social_reply")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
