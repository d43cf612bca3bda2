"""API keys: creation, authentication, revocation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.models import ApiKey, Department, User
from parvis.apps.directory.queries import jurisdictions, may_on
from parvis.apps.directory.rules.permissions import RIGHT_OF, Action, Role, Scope
from parvis.lib import clock, quebec
from parvis.lib.database.async_commit import async_commit
from parvis.lib.database.rows import Compiled, locked_row, once
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text
from parvis.lib.i18n.languages import clean
from parvis.lib.words import one_line

MARK = "parvis"
LONGEST = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
LONGEST_NAME, PARTS = 80, 3
PER_MINUTE, PER_DAY = 60, 5_000
MOST_PER_MINUTE, MOST_PER_DAY = 6_000, 1_000_000


class KeyRefusal(StrEnum):
    """Why a key is refused. Only who holds its secret learns more than `UNKNOWN`."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SCOPE = "scope"
    QUOTA = "quota"


class KeyRefused(NotAllowed):
    """A key that does not open what is asked; `retry_at` is when a quota begins again, else None."""

    def __init__(self, reason: KeyRefusal, message: type_text, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.reason, self.retry_at = reason, retry_at


@dataclass(frozen=True)
class Made:
    """A new key and the secret string that the program sends, shown only once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True)
class Uses:
    """How often a key was used in the current minute and day, this use included."""

    minute: int
    day: int


@transaction.atomic
def make_key(
    *,
    submission: str,
    name: str,
    scopes: Sequence[str],
    last_day: date,
    by: User,
    jurisdiction: str = "",
    per_minute: int = PER_MINUTE,
    per_day: int = PER_DAY,
    department: Department | None = None,
) -> Made:
    """Creates a key valid through `last_day`, a year at most. The secret is in the return value, and nowhere else.

    `jurisdiction` is the only one of Open311 that it opens; "" opens all. Its department is by default the first one of
    its maker. Its scopes never exceed the rights that its maker holds over the whole town. Raises NotAllowed, Invalid
    (name, scopes, last_day, jurisdiction, per_minute, per_day), and Conflict for a form sent twice: its secret was
    shown.
    """
    _refuse(by)
    wrong: dict[str, type_text] = {}
    name, valid_scopes = one_line(name), [str(scope) for scope in Scope if scope in scopes]
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = _("Name the program that will use it, in 80 characters at most.")
    if not valid_scopes or len(valid_scopes) != len(set(scopes)):
        wrong["scopes"] = _("Choose at least one thing that it may do.")
    elif not set(valid_scopes) <= set(scopes_of(by)):
        wrong["scopes"] = _("A key does no more than who makes it: untick what you may not do yourself.")
    if not clock.today() <= last_day <= clock.today() + LONGEST:
        wrong["last_day"] = _("Choose a day from today to a year from now.")
    if jurisdiction and jurisdiction not in {row.id for row in jurisdictions()}:
        wrong["jurisdiction"] = _("The town has no jurisdiction of that name.")
    for field, number, most in (("per_minute", per_minute, MOST_PER_MINUTE), ("per_day", per_day, MOST_PER_DAY)):
        if not 1 <= number <= most:
            wrong[field] = _("Choose a number from 1 to %(most)s.") % {"most": most}
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    end = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))
    values: dict[str, Any] = {"name": name, "prefix": prefix, "secret_hash": _hash(secret), "scopes": valid_scopes}
    values |= {"created_at": clock.now(), "created_by": by, "expires_at": end}
    place = department.pk if department else next(iter(own_departments(by)), None)
    if not may_on(by, Action.MANAGE_KEYS, place):
        raise NotAllowed(_("Choose a department whose keys you manage."))
    values |= {"department_id": place, "jurisdiction": jurisdiction, "per_minute": per_minute, "per_day": per_day}
    key, created = ApiKey.objects.get_or_create(submission=submission, defaults=values)
    if not created:
        raise Conflict(
            _("This key was made already: its secret was shown once. Revoke it and make another if it is lost.")
        )
    return Made(key, f"{MARK}.{prefix}.{secret}")


@transaction.atomic
def revoke_key(*, key_id: int, by: User) -> ApiKey:
    """Revokes a key for good. Idempotent. Raises NotAllowed, for one of another department too, and NotFound."""
    _refuse(by)
    key = locked_row(ApiKey.objects.filter(pk=key_id), _("This key does not exist."))
    refuse_unless_key_of(key, by)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = clock.now(), by
        key.save(update_fields=["revoked_at", "revoked_by"])
    return key


def own_departments(by: User) -> list[int]:
    """The ids of the departments where the user works and manages keys, in the order of their memberships."""
    return list(dict.fromkeys(place for place, _role in by.workplaces if by.may_in(Action.MANAGE_KEYS, place)))


def scopes_of(maker: User) -> list[Scope]:
    """The scopes that the keys of this user may have, and keep: those whose right they hold over the whole town."""
    return [scope for scope in Scope if maker.may_everywhere(RIGHT_OF[scope])]


def lapsed_scopes() -> dict[ApiKey, list[str]]:
    """The valid keys with the scopes that they lost, since who made them no longer holds the right. Two queries."""
    lapsed = {}
    rows = ApiKey.objects.filter(revoked_at=None, expires_at__gt=clock.now()).select_related("created_by")
    for key in rows.prefetch_related("created_by__memberships"):
        key.created_by.workplaces = tuple(
            (row.department_id, Role(row.role)) for row in key.created_by.memberships.all() if key.created_by.is_active
        )
        if lost := [scope for scope in key.scopes if scope not in scopes_of(key.created_by)]:
            lapsed[key] = lost
    return lapsed


def refuse_unless_key_of(key: ApiKey, by: User) -> None:
    """Raises NotAllowed for a user who does not manage keys, or not those of the key's department."""
    _refuse(by)
    if not may_on(by, Action.MANAGE_KEYS, key.department_id):
        raise NotAllowed(_("This key is of another department: its manager acts on it."))


@transaction.atomic
def revoke_keys_of(*, user: User, by: User) -> int:
    """Revokes the valid keys made by a leaver and returns their number; the caller has checked the permission."""
    return keys_of(user).update(revoked_at=clock.now(), revoked_by=by)


def keys_of(user: User) -> QuerySet[ApiKey]:
    """The valid keys made by a user."""
    return ApiKey.objects.filter(created_by=user, revoked_at=None, expires_at__gt=clock.now())


def use_key(sent: str, scope: Scope) -> ApiKey:
    """Authenticates a program by the secret it sent, for one scope; for every surface that programs reach.

    One query, plus a write of `last_used_at` at most once a minute. A scope goes with the right of who made the key.
    Raises KeyRefused: the same message for an unknown and a mistyped key; whoever holds the secret is told that it was
    revoked, expired, or lacks the scope.
    """
    parts = sent.strip().split(".")
    prefix = parts[1] if len(parts) == PARTS and parts[0] == MARK else ""
    key = _key_of(prefix) if prefix.isascii() and prefix.isalnum() else None
    matches = compare_digest(key.secret_hash if key else "", _hash(parts[-1]))
    moment = clock.now()
    if key is None or not matches:
        raise KeyRefused(KeyRefusal.UNKNOWN, _("This key opens nothing."))
    if key.revoked_at is not None:
        text = _("This key was revoked on %(day)s. Ask the town for another one.")
        raise KeyRefused(KeyRefusal.REVOKED, text % {"day": _day(timezone.localdate(key.revoked_at))})
    if not key.created_by.is_active:
        raise KeyRefused(KeyRefusal.REVOKED, _("Who made this key no longer has access. Ask the town for another one."))
    if not key.holds(moment):
        text = _("This key was good until %(day)s. Ask the town for another one.")
        raise KeyRefused(KeyRefusal.EXPIRED, text % {"day": _day(key.last_day)})
    if scope not in key.scopes:
        raise KeyRefused(KeyRefusal.SCOPE, _("This key does not allow that."))
    if scope not in scopes_of(key.created_by):
        text = _("This key no longer allows that: who made it no longer may. Ask the town for another one.")
        raise KeyRefused(KeyRefusal.SCOPE, text)
    if key.last_used_at is None or moment - key.last_used_at >= USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=moment)
    return key


_by_prefix = Compiled(
    lambda prefix: (
        ApiKey.objects.filter(prefix=prefix)
        .select_related("created_by")
        .annotate(place=F("created_by__memberships__department_id"), role=F("created_by__memberships__role"))
        .order_by("created_by__memberships__pk")
    )
)


def _key_of(prefix: str) -> ApiKey | None:
    """The key with this prefix, and the `workplaces` of who made it; one query."""
    rows: list[Any] = _by_prefix(prefix)
    if not rows:
        return None
    key: ApiKey = rows[0]
    places = ((row.place, Role(row.role)) for row in rows if row.place)
    key.created_by.workplaces = tuple(places) if key.created_by.is_active else ()
    return key


_COUNT = """
    UPDATE directory_apikey SET
        minute_uses = CASE WHEN minute = %s THEN minute_uses + 1 ELSE 1 END, minute = %s,
        day_uses = CASE WHEN day = %s THEN day_uses + 1 ELSE 1 END, day = %s
    WHERE id = %s RETURNING minute_uses, day_uses
"""


def count_use(key: ApiKey) -> Uses:
    """Counts one use of a key in its minute of the clock and its day of the town; call it outside a transaction.

    The counts stand in the key's row, updated in one statement: exact under concurrency, and never evicted like those
    of a cache. It does not wait for the disk: a power cut may forget the last uses. Raises KeyRefused (QUOTA), with
    when to try again; a refused use counts too.
    """
    moment = clock.now()
    minute, today = moment.replace(second=0, microsecond=0), clock.today()
    at, on = connection.ops.adapt_datetimefield_value(minute), connection.ops.adapt_datefield_value(today)
    with async_commit(), once() as cursor:
        cursor.execute(_COUNT, [at, at, on, on, key.pk])
        [(in_minute, in_day)] = cursor.fetchall()
    if in_day > key.per_day:
        text = _("This key has made its %(most)s calls of the day. Try again tomorrow.") % {"most": key.per_day}
        tomorrow = datetime.combine(today + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))
        raise KeyRefused(KeyRefusal.QUOTA, text, tomorrow)
    if in_minute > key.per_minute:
        text = _("This key has made its %(most)s calls of the minute. Try again in a minute.")
        raise KeyRefused(KeyRefusal.QUOTA, text % {"most": key.per_minute}, minute + timedelta(minutes=1))
    return Uses(in_minute, in_day)


def all_keys() -> list[ApiKey]:
    """All keys, revoked and expired ones included, newest first. One query."""
    return list(ApiKey.objects.select_related("created_by", "revoked_by", "department").order_by("-pk"))


def id_of(prefix: str) -> int:
    """The id of the key with this prefix; 0 when there is none."""
    return ApiKey.objects.filter(prefix=prefix).values_list("pk", flat=True).first() or 0


def _day(day: date) -> str:
    return quebec.day(day, clean(get_language()))


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _refuse(by: User) -> None:
    by.require(Action.MANAGE_KEYS, _("Your role does not manage keys."))
