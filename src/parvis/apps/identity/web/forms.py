"""allauth's sign-in forms with our labels and hints, and without placeholders."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Form
from django.utils.translation import gettext_lazy as _

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


class SignInForm(_Worded, account.LoginForm):
    """User name or e-mail address, and password."""

    labels = {"login": _("User name or e-mail address"), "password": _("Password")}
    attrs = {"login": {"autocomplete": "username", "autocapitalize": "none"}}


class ForgottenForm(_Worded, account.ResetPasswordForm):
    """The e-mail address of an account whose password was forgotten."""

    labels = {"email": _("E-mail address of your account")}


class FirstPasswordForm(_Worded, account.SetPasswordForm):
    """A first password, twice."""

    labels, hints = NEW_PASSWORD, {"password1": GOOD_PASSWORD}


class NewPasswordForm(_Worded, account.ResetPasswordKeyForm):
    """A new password, twice."""

    labels, hints = NEW_PASSWORD, {"password1": GOOD_PASSWORD}


class ChangePasswordForm(_Worded, account.ChangePasswordForm):
    """The current password, then a new one, twice."""

    labels, hints = {"oldpassword": _("Present password"), **NEW_PASSWORD}, {"password1": GOOD_PASSWORD}


class PasswordAgainForm(_Worded, account.ReauthenticateForm):
    """The password, asked again before a sensitive change."""

    labels = {"password": _("Password")}


class CodeForm(_Code, factor.AuthenticateForm):
    """A code of the authenticator, or a recovery code."""

    labels = {"code": _("Code of your application, or a recovery code")}


class CodeAgainForm(_Code, factor.ReauthenticateForm):
    """The same, asked again before a sensitive change."""

    labels = {"code": _("Code of your application, or a recovery code")}


class SetUpForm(_Code, ActivateTOTPForm):
    """The first code of an authenticator being set up."""

    labels = {"code": _("Six-digit code shown by the application")}
