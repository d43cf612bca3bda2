"""How allauth behaves in this house: staff only, nobody signs up, letters leave by our own post."""

import time
import uuid
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.urls import reverse

from parvis.directory.models import User
from parvis.identity.navigation import home_of
from parvis.mail.services import queue


class StaffAdapter(DefaultAccountAdapter):
    """The choices that allauth leaves to the site."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first screen of the person's role."""
        return home_of(request.user) if isinstance(request.user, User) else reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """After a new password, back to work."""
        return self.get_login_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether a password is asked again before the second factor changes: not when one was just given."""
        records = get_authentication_records(self.request, self.request.user)
        just_now = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not just_now and bool(super().is_reauthentication_required(app=app, **kwargs))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Queues the letter; its link is made when the letter is written."""
        queue(
            key=f"password-{uuid.uuid4()}",
            to=user.email,
            language=user.language,
            renderer="parvis.identity.letters.new_password",
            args=[user.pk],
        )
