"""API keys: creation, authentication, revocation."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.apps.directory.models import ApiKey, User
from parvis.apps.directory.rules.permissions import Action, Scope
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, type_text
from parvis.lib.words import one_line

MARK = "parvis"
LONGEST = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
LONGEST_NAME, PARTS = 80, 3


@dataclass(frozen=True)
class Made:
    """A new key and the secret string that the program sends, shown only once."""

    key: ApiKey
    secret: str


@transaction.atomic
def make_key(*, submission: str, name: str, scopes: Sequence[str], last_day: date, by: User) -> Made:
    """Creates a key valid through `last_day`, a year at most. The secret is in the return value, and nowhere else.

    Raises NotAllowed, Invalid (name, scopes, last_day), and Conflict for a form sent twice: its secret was shown.
    """
    _refuse(by)
    wrong: dict[str, type_text] = {}
    name, valid_scopes = one_line(name), [str(scope) for scope in Scope if scope in scopes]
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = _("Name the program that will use it, in 80 characters at most.")
    if not valid_scopes or len(valid_scopes) != len(set(scopes)):
        wrong["scopes"] = _("Choose at least one thing that it may do.")
    if not clock.today() <= last_day <= clock.today() + LONGEST:
        wrong["last_day"] = _("Choose a day from today to a year from now.")
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    end = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))
    values: dict[str, Any] = {"name": name, "prefix": prefix, "secret_hash": _hash(secret), "scopes": valid_scopes}
    values |= {"created_at": clock.now(), "created_by": by, "expires_at": end}
    key, created = ApiKey.objects.get_or_create(submission=submission, defaults=values)
    if not created:
        raise Conflict(
            _("This key was made already: its secret was shown once. Revoke it and make another if it is lost.")
        )
    return Made(key, f"{MARK}.{prefix}.{secret}")


@transaction.atomic
def revoke_key(*, key_id: int, by: User) -> ApiKey:
    """Revokes a key for good. Idempotent. Raises NotAllowed, NotFound."""
    _refuse(by)
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound(_("This key does not exist."))
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = clock.now(), by
        key.save(update_fields=["revoked_at", "revoked_by"])
    return key


@transaction.atomic
def revoke_keys_of(*, user: User, by: User) -> int:
    """Revokes the valid keys made by a leaver and returns their number; the caller has checked the permission."""
    return keys_of(user).update(revoked_at=clock.now(), revoked_by=by)


def keys_of(user: User) -> QuerySet[ApiKey]:
    """The valid keys made by a user."""
    return ApiKey.objects.filter(created_by=user, revoked_at=None, expires_at__gt=clock.now())


def use_key(sent: str, scope: Scope) -> ApiKey:
    """Authenticates a program by the secret it sent, for one scope; for every surface that programs reach.

    One query, plus a write of `last_used_at` at most once a minute. Raises NotAllowed: the same message for an unknown,
    mistyped, expired or revoked key, another one for a missing scope.
    """
    parts = sent.strip().split(".")
    prefix = parts[1] if len(parts) == PARTS and parts[0] == MARK else ""
    key = ApiKey.objects.filter(prefix=prefix).first() if prefix.isascii() and prefix.isalnum() else None
    matches = compare_digest(key.secret_hash if key else "", _hash(parts[-1]))
    moment = clock.now()
    if key is None or not matches or not key.holds(moment):
        raise NotAllowed(_("This key opens nothing."))
    if scope not in key.scopes:
        raise NotAllowed(_("This key does not allow that."))
    if key.last_used_at is None or moment - key.last_used_at >= USED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=moment)
    return key


def all_keys() -> list[ApiKey]:
    """All keys, revoked and expired ones included, newest first. One query."""
    return list(ApiKey.objects.select_related("created_by", "revoked_by").order_by("-pk"))


def id_of(prefix: str) -> int:
    """The id of the key with this prefix; 0 when there is none."""
    return ApiKey.objects.filter(prefix=prefix).values_list("pk", flat=True).first() or 0


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _refuse(by: User) -> None:
    if not by.may(Action.MANAGE_KEYS):
        raise NotAllowed(_("Your role does not manage keys."))
