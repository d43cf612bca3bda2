"""The letter that carries a code to sign in, or to add an address to an account."""

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.apps.residents.queries.accounts import code_of

CODE_RENDERER = f"{__name__}.code"


def code(uid: str) -> Letter:
    """The code, what it opens, and what to do when nobody asked for it."""
    digits = code_of(uid)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[_("Write this code on the page that you left open. It is good for ten minutes, once.")],
        keys=[(_("Your code"), digits)],
        action=_("Go to my requests"),
        action_url=f"{settings.PARVIS_URL}/mes-demandes/",
        closing=[
            _("You did not ask for it? Do nothing: nobody enters without this code. The town never asks you for it.")
        ],
    )
    return compose(_("%(code)s: your code for %(town)s") % {"code": digits, "town": town().name}, content)


def code_words(uid: str) -> str:
    """The same as a text message."""
    values = {"code": code_of(uid), "town": town().name}
    return _("%(town)s. Your code: %(code)s. It is good for ten minutes. Give it to nobody.") % values
