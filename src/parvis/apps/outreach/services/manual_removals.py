"""What a channel did not remove, and someone did by hand."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.queries.messages import left_somewhere
from parvis.apps.outreach.services.journal import What, locked, require
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import one_line


@transaction.atomic
def note_removed(*, message_id: int, words: str, by: User) -> Message:
    """Says that what a channel did not remove of a message was removed by hand: nobody is asked to any more.

    Raises NotAllowed, NotFound, Conflict when nothing is left anywhere, Invalid (note) without words.
    """
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    if message.handled_at or not left_somewhere(message):
        raise Conflict(_("Nothing is left to remove."))
    if not (words := one_line(words)):
        raise Invalid(_("Something is to be mended."), {"note": _("Say what you did, for the journal.")})
    message.handled_at = now()
    message.save(update_fields=["handled_at"])
    message.note(What.HANDLED, by=by, words=words)
    return message


@transaction.atomic
def take_back_removed(*, message_id: int, by: User) -> Message:
    """Takes back `note_removed`: it is to be removed again. Raises NotAllowed, NotFound, Conflict."""
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    if message.handled_at is None:
        raise Conflict(_("Nobody said that it was removed by hand."))
    message.handled_at = None
    message.save(update_fields=["handled_at"])
    message.note(What.REOPENED, by=by)
    return message
