"""Telling the administrators that the texts of a day are used up."""

from django.db import transaction

from parvis.apps.directory.queries import administrators
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.telephony.queries import texts as carrier
from parvis.lib.clock import today

RENDERER = "parvis.apps.intake.letters.texts_used_up"


@transaction.atomic
def tell_texts_used_up() -> None:
    """Writes to the administrators, once a day for each kind of texts whose cap is reached. Runs every five minutes."""
    for kind in carrier.used_up():
        for administrator in administrators():
            if administrator.email:
                key = f"texts-used-up-{kind}-{today():%Y%m%d}-{administrator.pk}"
                queue_letter(
                    key=key, to=administrator.email, language=administrator.language, renderer=RENDERER, args=[kind]
                )
