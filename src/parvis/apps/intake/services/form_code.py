"""Sends the code of a public form to the e-mail address that its sender wrote."""

from django.utils.translation import gettext as _

from parvis.apps.intake.queries.form_codes import WINDOW, is_code_of
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.apps.throttling.services import Limit, count_attempt, within_limit
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.ids import new_secret

TRIES = 5  # of a form, in WINDOW
TIMES, TIMES_OF_ALL, SECONDS = 5, 20, 3600  # letters to one address: asked by one client, and by everyone


def try_code(code: str, *, email: str, key: str) -> bool:
    """Whether this is the code of that address for that form, in at most TRIES tries."""
    return (
        bool(email)
        and within_limit("form-code", key, times=TRIES, seconds=WINDOW)
        and is_code_of(code, email=email, key=key)
    )


def ask_for_code(*, email: str, language: str, key: str, client: str) -> None:
    """Queues the code of the form `key`; at most TIMES an hour for one address and `client`, the rest being dropped.

    Raises Invalid (email) when it is not an address.
    """
    try:
        address = clean_email(email)
    except Unreadable as error:
        raise Invalid.in_field("email", str(error)) from error
    if not address:
        raise Invalid.in_field("email", _("Write your e-mail address."))
    own = Limit("form-code-letter", f"{address} {client}", TIMES, SECONDS)
    if not count_attempt(own, Limit("form-code-letters", address, TIMES_OF_ALL, SECONDS)):
        queue_letter(
            key=f"form-code/{new_secret()}",
            to=address,
            language=clean(language),
            renderer="parvis.apps.intake.letters.form_code",
            args=[address, key],
            sending=Sending(urgent=True),
        )
