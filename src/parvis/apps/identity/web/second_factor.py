"""The second factor of staff, verified per session."""

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from parvis.apps.directory.models import User

SECOND = "mfa"
SENSITIVE = "sensitive"
"""The name, for allauth, of what asks for the password again each time, even just after signing in."""

CONFIRMED = "sample"
"""How a sample account, which has neither a password nor a code, confirms that it is there."""


def has_proved_factor(request: HttpRequest) -> bool:
    """Whether a code was given in this session; a session opened by password alone does not count."""
    return any(record["method"] == SECOND for record in get_authentication_records(request, request.user))


def prove_factor(request: HttpRequest, user: User) -> None:
    """Records in the session that the user gave a code, as when setting up their authenticator."""
    record_authentication(request, user, method=SECOND, reauthenticated=True)


def forget_factor(request: HttpRequest, user: User) -> None:
    """Removes the codes given from the session, once their authenticator is deleted."""
    records = get_authentication_records(request, user)
    request.session["account_authentication_methods"] = [r for r in records if r["method"] != SECOND]


def where_to_prove(user: User, then: str) -> str:
    """The URL to enter a code, or to set up an authenticator when the user has none; it continues to `then`."""
    ready = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return f"{reverse('mfa_reauthenticate' if ready else 'mfa_activate_totp')}?{urlencode({'next': then})}"


def confirm_as_sample(request: HttpRequest, user: User) -> None:
    """Records in the session that a sample account of the demonstration was told that a password is asked here."""
    record_authentication(request, user, method=CONFIRMED, reauthenticated=True)


def has_just_confirmed(request: HttpRequest) -> bool:
    """Whether a sample account did so within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    records = get_authentication_records(request, request.user)
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["method"] == CONFIRMED and record["at"] > since for record in records)
