"""Sends the code of a public form to the e-mail address that its sender wrote."""

from django.utils.translation import gettext as _

from parvis.apps.mail import services as mail
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.apps.throttling.services import within
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.ids import new_secret

TIMES, SECONDS = 5, 3600


def ask_for_code(*, email: str, language: str, key: str) -> None:
    """Queues the code of the form `key`; at most TIMES an hour for one address, further ones being dropped.

    Raises Invalid (email) when it is not an address.
    """
    try:
        address = clean_email(email)
    except Unreadable as error:
        raise Invalid(str(error), {"email": str(error)}) from error
    if not address:
        raise Invalid(_("Write your e-mail address."), {"email": _("Write your e-mail address.")})
    if within("form-code-letter", address, times=TIMES, seconds=SECONDS):
        mail.queue(
            key=f"form-code/{new_secret()}",
            to=address,
            language=clean(language),
            renderer="parvis.apps.intake.letters.form_code",
            args=[address, key],
        )
