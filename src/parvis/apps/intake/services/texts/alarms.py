"""Telling the managers that the texts of a day are used up."""

from django.db import transaction

from parvis.apps.directory.queries import administrators
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.telephony.queries import texts as carrier
from parvis.lib.clock import today

RENDERER = "parvis.apps.intake.letters.texts_used_up"


@transaction.atomic
def tell_texts_used_up() -> None:
    """Writes to the managers, once a day for each kind of texts whose cap is reached. Runs every five minutes."""
    for kind in carrier.used_up():
        for manager in administrators():
            if manager.email:
                key = f"texts-used-up-{kind}-{today():%Y%m%d}-{manager.pk}"
                queue_letter(key=key, to=manager.email, language=manager.language, renderer=RENDERER, args=[kind])
