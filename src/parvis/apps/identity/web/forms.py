"""allauth's sign-in forms with our labels and hints, and without placeholders."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Form
from django.utils.translation import gettext_lazy as _

from parvis.apps.identity.web.attempts import code_limit, letter_limits, present_password_limit
from parvis.apps.throttling.services import Limit, count_attempt, uncount_attempt

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    _Words = dict[str, str | StrPromise]

NEW_PASSWORD: "_Words" = {"password1": _("New password"), "password2": _("New password, once more")}
GOOD_PASSWORD = _("At least 12 characters. A sentence is easier to remember than a word; a common password is refused.")


class _Worded(Form):
    """Sets the labels, hints and widget attributes of an allauth form; other fields keep their label, without hint."""

    labels: "_Words" = {}
    hints: "_Words" = {}
    attrs: dict[str, dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs |= self.attrs.get(name, {})


class _Code(_Worded):
    """A field for six digits read from a phone."""

    attrs = {"code": {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-input"}}


class _Tried(_Code):
    """A code whose wrong tries count, for its user."""

    def clean_code(self) -> str:
        """The code, when it is right."""
        limit = code_limit(self.user.pk)  # type: ignore[attr-defined]
        _try(limit)
        code: str = super().clean_code()  # type: ignore[misc]
        uncount_attempt(limit)
        return code


def _try(*limits: Limit) -> None:
    if count_attempt(*limits):
        raise get_adapter().validation_error("too_many_login_attempts")


class SignInForm(_Worded, account.LoginForm):
    """User name or e-mail address, and password."""

    labels = {"login": _("User name or e-mail address"), "password": _("Password")}
    attrs = {"login": {"autocomplete": "username", "autocapitalize": "none"}}


class ForgottenForm(_Worded, account.ResetPasswordForm):
    """The e-mail address of an account whose password was forgotten."""

    labels = {"email": _("E-mail address of your account")}

    def clean_email(self) -> str:
        """The address, within the limits of letters."""
        _try(*letter_limits(context.request, self.cleaned_data["email"]))
        email: str = super().clean_email()
        return email


class FirstPasswordForm(_Worded, account.SetPasswordForm):
    """A first password, twice."""

    labels, hints = NEW_PASSWORD, {"password1": GOOD_PASSWORD}


class NewPasswordForm(_Worded, account.ResetPasswordKeyForm):
    """A new password, twice."""

    labels, hints = NEW_PASSWORD, {"password1": GOOD_PASSWORD}


class ChangePasswordForm(_Worded, account.ChangePasswordForm):
    """The current password, then a new one, twice."""

    labels, hints = {"oldpassword": _("Present password"), **NEW_PASSWORD}, {"password1": GOOD_PASSWORD}

    def clean_oldpassword(self) -> str:
        """The present password, when it is right."""
        limit = present_password_limit(self.user.pk)
        _try(limit)
        password: str = super().clean_oldpassword()
        uncount_attempt(limit)
        return password


class PasswordAgainForm(_Worded, account.ReauthenticateForm):
    """The password, asked again before a sensitive change."""

    labels = {"password": _("Password")}


class CodeForm(_Tried, factor.AuthenticateForm):
    """A code of the authenticator, or a recovery code."""

    labels = {"code": _("Code of your application, or a recovery code")}


class CodeAgainForm(_Tried, factor.ReauthenticateForm):
    """The same, asked again before a sensitive change."""

    labels = {"code": _("Code of your application, or a recovery code")}


class SetUpForm(_Code, ActivateTOTPForm):
    """The first code of an authenticator being set up."""

    labels = {"code": _("Six-digit code shown by the application")}
