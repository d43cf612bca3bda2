"""The password link, and the letter that carries it."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.mail.letters import Letter

HOURS = settings.PASSWORD_RESET_TIMEOUT // 3600


def password_link(user: User) -> str:
    """The single-use URL where the user sets a password, valid for PASSWORD_RESET_TIMEOUT."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.PARVIS_URL}{path}"


def new_password(user_id: int) -> Letter:
    """The letter for a forgotten password."""
    user = User.objects.get(pk=user_id)
    context = {"user": user, "link": password_link(user), "town": town(), "hours": HOURS}
    return Letter(subject=_("Choose a new password"), text=render_to_string("identity/mail/password.txt", context))
