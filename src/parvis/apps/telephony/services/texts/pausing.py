"""Pausing, stopping and resuming the texts."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.telephony.models import SendingDecision
from parvis.apps.telephony.queries import texts as queries
from parvis.apps.telephony.services.texts.outgoing import SEND_DUE
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue


@transaction.atomic
def decide_sending(*, mode: SendingDecision.Mode, by: User) -> SendingDecision | None:
    """Pauses, stops or resumes the texts, for a manager; what is held leaves within a minute of a resumption.

    None when that holds already: nothing is written. Raises NotAllowed.
    """
    by.require(Action.MANAGE_KEYS, _("Only an administrator pauses the texts."))
    if queries.mode() == mode:
        return None
    enqueue(SEND_DUE)
    return SendingDecision.objects.create(mode=mode, by=by, at=now())
