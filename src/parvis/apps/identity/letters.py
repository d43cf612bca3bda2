"""The password link and the letter that carries it; the letters about a second factor that was removed."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.mail.letters import Content, Letter, compose

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


def invitation(user_id: int) -> Letter:
    """The letter to someone for whom an account was just made: the link by which they choose their password."""
    user = User.objects.get(pk=user_id)
    paragraphs = [
        _("The town made you an account for its service desk. Your user name is %(name)s.") % {"name": user.username},
        _("Choose your password by this link, good for %(hours)s hours. Then set up a second factor on your telephone.")
        % {"hours": HOURS},
        _("Is the link too old? Ask for another one on the sign-in page, under “Password forgotten”."),
    ]
    content = Content(
        _("Hello,"), paragraphs=paragraphs, action=_("Choose my password"), action_url=password_link(user)
    )
    return compose(_("Your account at the service desk"), content)


def factor_reset(user_id: int, reader_id: int, by_id: int) -> Letter:
    """Tells that a second factor was removed: its owner, the manager who answers for it, or a privacy officer."""
    user, by = User.objects.get(pk=user_id), User.objects.get(pk=by_id)
    names = {"name": user.display_name, "by": by.display_name}
    if reader_id == user_id:
        paragraphs = [
            _(
                "The second factor of your account was removed, in the name of %(by)s: the application of the lost "
                "telephone and the recovery codes no longer serve, and your sessions are ended."
            )
            % names,
            _("At your next sign-in, you set up an application on another telephone."),
            _("If you did not ask for it, choose a new password at once and tell a manager."),
        ]
        content = Content(
            _("Hello,"),
            paragraphs=paragraphs,
            action=_("Choose a new password"),
            action_url=settings.PARVIS_URL + reverse("account_reset_password"),
        )
        return compose(_("Your second factor was removed"), content)
    removed = (
        _(
            "The second factor of %(name)s was removed in your name, on the server: their sessions are ended, and they "
            "set up another one at their next sign-in."
        )
        if reader_id == by_id
        else _("%(name)s, the only manager, had their own second factor removed on the server.")
    )
    paragraphs = [
        removed % names,
        _("If nobody asked for it, tell the technician at once: someone may hold the server."),
    ]
    return compose(_("Second factor removed: %(name)s") % names, Content(_("Hello,"), paragraphs=paragraphs))
