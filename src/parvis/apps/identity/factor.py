"""The second factor of the staff: whether this very session proved it, and where to go when it did not."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from parvis.apps.directory.models import User

SECOND = "mfa"


def has_proved_factor(request: HttpRequest) -> bool:
    """Whether this session, not merely this account, gave a code: a session opened by password alone never counts."""
    return any(record["method"] == SECOND for record in get_authentication_records(request, request.user))


def prove_factor(request: HttpRequest, user: User) -> None:
    """Notes in the session that the person just gave a code, as they did by setting up their application."""
    record_authentication(request, user, method=SECOND, reauthenticated=True)


def forget_factor(request: HttpRequest, user: User) -> None:
    """Strikes the codes given in this session, once the application that made them is gone."""
    records = get_authentication_records(request, user)
    request.session["account_authentication_methods"] = [r for r in records if r["method"] != SECOND]


def where_to_prove(user: User, then: str) -> str:
    """The address that asks for a code, or sets up the application when the person has none; then leads to `then`."""
    ready = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return f"{reverse('mfa_reauthenticate' if ready else 'mfa_activate_totp')}?{urlencode({'next': then})}"
