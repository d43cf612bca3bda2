"""The town, its departments and users, memberships, absences and presence, the access log and API keys."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.rules.permissions import TOWN, Action, Reach, Role, allowed, reach_of
from parvis.lib.database.rows import Compiled
from parvis.lib.errors import NotAllowed, type_text
from parvis.lib.i18n.localized import localized
from parvis.lib.words import fold


class Town(models.Model):
    """The town served by this installation; a single row."""

    class English(models.TextChoices):
        OPEN = "open", _("English is offered to everyone")
        EXCEPTION = "exception", _("English by exception, with the ground recorded")
        OFF = "off", _("French only, safety messages excepted")

    slug = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    short_name = models.CharField(max_length=120, help_text="the municipality as a postal address names it")
    code_mamh = models.CharField(max_length=10, blank=True)
    english = models.CharField(max_length=10, choices=English, default=English.EXCEPTION)
    language_rule = models.JSONField(default=dict, help_text="{source, example, grounds}: see `tongues`")
    jurisdictions = models.JSONField(default=list, help_text="[{id, name_fr, name_en, sectors}] of Open311")
    phone = models.CharField(max_length=20)
    emergency_phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField()
    website = models.URLField(blank=True)
    address_fr = models.TextField(blank=True)
    address_en = models.TextField(blank=True)
    hours = models.JSONField(default=dict, help_text="weekday (mon..sun) to a list of [opens, closes] as HH:MM")
    hours_example = models.BooleanField(default=False)
    seasons = models.JSONField(default=list, help_text="[{from, until, hours}]: hours of a part of each year")
    holidays = models.CharField(max_length=10, default="QC", help_text="subdivision whose public holidays are closed")
    longest_wait = models.CharField(
        max_length=8, default="20d", help_text="how long a promise may stand still in all, unless its subject says it"
    )
    calendar_hash = models.CharField(
        max_length=64, blank=True, help_text="the calendar by which the promises of the open requests were computed"
    )
    trial_since = models.DateField(null=True, help_text="first day of the trial of Parvis; null: no trial")
    trial_until = models.DateField(null=True, help_text="last day of the trial")
    folder_hash = models.CharField(max_length=64, blank=True)
    loaded_at = models.DateTimeField(null=True)

    @property
    def name(self) -> str:
        return localized(self, "name")

    @property
    def address(self) -> str:
        return localized(self, "address")


class Closure(models.Model):
    """Days when the offices are closed besides public holidays, or open only for `hours`."""

    first_day = models.DateField()
    last_day = models.DateField()
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    hours = models.JSONField(default=list, help_text="[opens, closes] as HH:MM of a half day; none: closed all day")
    example = models.BooleanField(default=False)


class Department(models.Model):
    """A department of the town, its answering desk, or an external body that owns some subjects."""

    class Kind(models.TextChoices):
        DESK = "desk", _("answering desk")
        DEPARTMENT = "department", _("department")
        EXTERNAL = "external", _("outside body")

    class Assignment(models.TextChoices):
        QUEUE = "queue", _("wait in the queue, to be taken")
        LOAD = "load", _("go to whoever is there, the least laden")

    slug = models.SlugField(unique=True)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    assignment = models.CharField(max_length=5, choices=Assignment, default=Assignment.QUEUE)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.DEPARTMENT)
    phone = models.CharField(max_length=20, blank=True)
    extension = models.CharField(max_length=10, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    duties_fr = models.TextField(blank=True)
    duties_en = models.TextField(blank=True)
    signature_fr = models.TextField(blank=True, help_text="below the name of who answers by e-mail")
    signature_en = models.TextField(blank=True)
    head = models.ForeignKey("User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    example = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name_fr"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localized(self, "name")


class User(AbstractUser):
    """Someone who signs in: staff, or a citizen. Citizens have no membership."""

    language = models.CharField(max_length=2, default="fr")
    phone = models.CharField(max_length=20, blank=True)
    extension = models.CharField(max_length=10, blank=True)
    sample = models.BooleanField(default=False, help_text="account of the demonstration")
    left_at = models.DateTimeField(null=True, help_text="when a manager said that they left: nothing opens it again")
    cut_by = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", help_text="the manager who cut their access"
    )

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def alphabetical(self) -> tuple[str, str, str]:
        """The sort key for lists of people: last name, then first name, ignoring accents and case."""
        return fold(self.last_name), fold(self.first_name), self.username

    @cached_property
    def workplaces(self) -> tuple[tuple[int, Role], ...]:
        """(department id, role) of each membership, none for an inactive user; one query, cached."""
        return tuple((department, Role(role)) for department, role in _workplaces(self.pk)) if self.is_active else ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for _department, role in self.workplaces)

    @property
    def department_ids(self) -> frozenset[int]:
        return frozenset(department for department, _role in self.workplaces)

    @property
    def is_town_staff(self) -> bool:
        return bool(self.workplaces)

    def may(self, action: Action) -> bool:
        """Whether one of the user's roles includes the action, over something: for a page that shows only that."""
        return allowed(self.roles, action)

    def may_everywhere(self, action: Action) -> bool:
        """Whether one of the user's roles includes the action over the whole town, whoever manages it."""
        return TOWN in reach_of(self.roles, action)

    def require(self, action: Action, words: type_text) -> None:
        """Raises NotAllowed, in these words, when none of the user's roles includes the action."""
        if not self.may(action):
            raise NotAllowed(words)

    def may_in(self, action: Action, department_id: int | None) -> bool:
        """Whether one of the user's roles includes the action over what belongs to this department.

        See `queries.may_on` for what nobody manages.
        """
        here = (role for workplace, role in self.workplaces if workplace == department_id)
        return Reach.OWN in reach_of(here, action) or self.may_everywhere(action)


class Membership(models.Model):
    """A user's role in a department; a user may have several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    hours = models.JSONField(default=dict, help_text="when they are there, as Town.hours; none: when not elsewhere")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "department", "role"], name="one_role_once")]


class RoleChange(models.Model):
    """A line of the journal of roles: one given to a user, or taken back, by whom and when; never changed.

    `by` is null for a command of the town's server, and for what an upgrade gave.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_changes")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    given = models.BooleanField(help_text="false: taken back")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]


_workplaces = Compiled(
    lambda user: Membership.objects.filter(user_id=user).order_by("pk").values_list("department_id", "role")
)
_at_work = Compiled(
    lambda pk: (
        User.objects.filter(pk=pk)
        .annotate(workplace=models.F("memberships__department_id"), role=models.F("memberships__role"))
        .order_by("memberships__pk")
    )
)


def at_work(pk: int) -> User | None:
    """The user with this id and its `workplaces`, in the one query that begins every staff page."""
    rows: list[Any] = _at_work(pk)
    if not rows:
        return None
    user: User = rows[0]
    places = ((row.workplace, Role(row.role)) for row in rows if row.workplace)
    user.workplaces = tuple(places) if user.is_active else ()
    return user


class Absence(models.Model):
    """Days when someone is away; `delegate` receives their new work."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    delegate = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")


class Presence(models.Model):
    """When a user was last seen online, and their status."""

    class Status(models.TextChoices):
        FREE = "free", _("free")
        BUSY = "busy", _("on a call")
        AWAY = "away", _("away")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="presence")
    status = models.CharField(max_length=5, choices=Status, default=Status.FREE)
    seen_at = models.DateTimeField()


class AccessLogEntry(models.Model):
    """Someone read a file that holds personal information (Act respecting Access, A-2.1): who, what, when, why."""

    FOUND = "found"  # a person shown by a search; the reason is then the search words
    FACTOR = "factor"  # not a reading: the second factor of this user was removed, in the name of `user`

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(max_length=20, help_text="person or case")
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    stated = models.BooleanField(default=False, help_text="the reason was asked for, and written by the reader")
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "-at"]),
            models.Index(fields=["user", "-at"]),
            models.Index(fields=["-id"], condition=models.Q(stated=True), name="reading_stated"),
        ]


class ApiKey(models.Model):
    """An API key: its scopes, expiry and author. Only a hash of the secret is stored; `prefix` identifies the key."""

    submission = models.CharField(max_length=64, unique=True, help_text="idempotency: the form that made it")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64, help_text="SHA-256 of a secret of 256 random bits")
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department, null=True, on_delete=models.SET_NULL, related_name="+", help_text="whose managers look after it"
    )
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    jurisdiction = models.CharField(max_length=80, blank=True, help_text="the only one of Open311 it is for, if any")
    per_minute = models.PositiveIntegerField(default=60, help_text="most uses in a minute of the clock")
    per_day = models.PositiveIntegerField(default=5_000, help_text="most uses in a day of the town")
    minute = models.DateTimeField(null=True, help_text="the last minute in which it was used")
    minute_uses = models.PositiveIntegerField(default=0)
    day = models.DateField(null=True, help_text="the last day on which it was used")
    day_uses = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]

    @property
    def last_day(self) -> date:
        """The last day of validity, in the town's zone."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

    def holds(self, moment: datetime) -> bool:
        """Whether the key is valid at a moment; not while the access of who made it is cut. Reads `created_by`."""
        return self.revoked_at is None and moment < self.expires_at and self.created_by.is_active

    def uses_on(self, day: date) -> int:
        """How many uses were counted on a day of the town, which is today or later."""
        return self.day_uses if self.day == day else 0
