"""The forms of signing in: allauth's, with this house's words and without grey text inside the fields."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.base import forms as factor
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.forms import Form
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    _Words = dict[str, str | StrPromise]

NEW_PASSWORD: "_Words" = {
    "password1": _("New password"),
    "password2": _("New password, once more"),
}
GOOD_PASSWORD = _("At least 12 characters. A sentence is easier to remember than a word; a common password is refused.")


def worded(form: Form, labels: "_Words", hints: "_Words | None" = None) -> None:
    """Gives the fields these labels and hints; a field not named keeps its label and loses its hint."""
    for name, field in form.fields.items():
        field.label = labels.get(name, field.label)
        field.help_text = (hints or {}).get(name, "")
        field.widget.attrs.pop("placeholder", None)


def for_code(form: Form, label: "str | StrPromise") -> None:
    """Makes the field `code` fit for six digits read from a telephone."""
    worded(form, {"code": label})
    form.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code-input"}


class SignInForm(account.LoginForm):
    """User name or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, {"login": _("User name or e-mail address"), "password": _("Password")})
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}


class ForgottenForm(account.ResetPasswordForm):
    """The address of the account whose password was forgotten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, {"email": _("E-mail address of your account")})


class FirstPasswordForm(account.SetPasswordForm):
    """A password, twice, for an account that has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, NEW_PASSWORD, {"password1": GOOD_PASSWORD})


class NewPasswordForm(account.ResetPasswordKeyForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, NEW_PASSWORD, {"password1": GOOD_PASSWORD})


class ChangePasswordForm(account.ChangePasswordForm):
    """The present password, then a new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, {"oldpassword": _("Present password"), **NEW_PASSWORD}, {"password1": GOOD_PASSWORD})


class PasswordAgainForm(account.ReauthenticateForm):
    """The password, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded(self, {"password": _("Password")})


class CodeForm(factor.AuthenticateForm):
    """The code of the application, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for_code(self, _("Code of your application, or a recovery code"))


class CodeAgainForm(factor.ReauthenticateForm):
    """The same, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for_code(self, _("Code of your application, or a recovery code"))


class SetUpForm(ActivateTOTPForm):
    """The first code of the application being set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for_code(self, _("Six-digit code shown by the application"))
