"""allauth adapters: staff accounts only, no sign-up, e-mail through our own queue."""

import time
import uuid
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.identity.web.attempts import forgive, password_limits, remember_place
from parvis.apps.identity.web.hashing import BUSY, Busy, is_hashing
from parvis.apps.identity.web.navigation import home_of
from parvis.apps.identity.web.second_factor import SENSITIVE, has_just_confirmed
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.apps.throttling.services import count_attempt, uncount_attempt

MISMATCH = _("This name and this password do not go together. Check both, or choose a new password.")
WRONG_CODE = _("This code is not right, or no longer right. Wait for the next one and try again.")
TOO_MANY = _("Too many attempts in a short time. Wait a few minutes, then try again.")


class StaffAdapter(DefaultAccountAdapter):
    """Account behaviour of this site."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": MISMATCH,
        "email_password_mismatch": MISMATCH,
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your present password."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "busy": BUSY,
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user of that name and password, if any. ValidationError beyond the limits, or while others are checked.

        Each attempt counts until it turns out right, so that simultaneous ones are all counted.
        """
        name = credentials.get("email") or credentials.get("username", "")
        if is_hashing():
            raise self.validation_error("busy")
        limits = password_limits(request, name)
        if count_attempt(*limits):
            raise self.validation_error("too_many_login_attempts")
        try:
            user: User | None = super().authenticate(request, **credentials)
        except Busy as busy:
            uncount_attempt(*limits)
            raise self.validation_error("busy") from busy
        if user:
            uncount_attempt(*limits)
            remember_place(request, name)
        return user

    def set_password(self, user: User, password: str) -> None:
        """Sets the password, and forgets what was tried before."""
        super().set_password(user, password)
        forgive(context.request, user.username, user.email)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first screen open to the user."""
        return home_of(request.user) if isinstance(request.user, User) else reverse("account_login")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Signs in; the account's language replaces the one left in the browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return response

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """How the user says again who they are: a sample account reads what is asked of others; anyone else without a
        password nor a code sets up their code, and who is not signed in signs in.
        """
        if not user.is_authenticated:
            return [{"id": "none", "description": "", "url": reverse("account_login")}]
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if methods:
            return methods
        sample = settings.PARVIS_DEMO and user.sample
        return [
            {"id": "none", "description": "", "url": reverse("staff_sample_again" if sample else "mfa_activate_totp")}
        ]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """The same page as after signing in."""
        return self.get_login_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether to ask for the password again: before changing the second factor, not if just given at sign-in.

        Before what is sensitive, whoever has neither a password nor a code is asked too: allauth would let them pass.
        Raises ReauthenticationRequired for them.
        """
        if app == SENSITIVE:
            user = self.request.user
            if not super().get_reauthentication_methods(user) and not has_just_confirmed(self.request):
                raise ReauthenticationRequired
            return True
        records = get_authentication_records(self.request, self.request.user)
        recent = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not recent and bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Queues the letter; its link is created when the letter is rendered."""
        queue_letter(
            key=f"password-{uuid.uuid4()}",
            to=user.email,
            language=user.language,
            renderer="parvis.apps.identity.letters.new_password",
            args=[user.pk],
            sending=Sending(urgent=True),
        )


class FactorAdapter(DefaultMFAAdapter):
    """Error messages of the second factor."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE, "rate_limited": TOO_MANY}
