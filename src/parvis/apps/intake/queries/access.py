"""Row locks and permission checks shared by the intake services."""

from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Callback, Contact
from parvis.lib.database.rows import Compiled, locked_row
from parvis.lib.errors import Conflict, or_not_found

_locked = Compiled(lambda pk, agent: Contact.objects.select_for_update().filter(pk=pk, agent_id=agent))


def refuse_unless_agent(by: User) -> None:
    """Raises NotAllowed when the user's role does not answer contacts."""
    by.require(Action.TAKE_CONTACT, _("Your role does not answer contacts."))


def held(contact_id: int, by: User) -> Contact:
    """Locks and returns an unfinished contact of this agent; raises what `owned` raises, and Conflict when done."""
    contact = owned(contact_id, by)
    refuse_if_done(contact)
    return contact


def refuse_if_done(contact: Contact) -> None:
    """Raises Conflict when the contact is finished."""
    if contact.state == Contact.State.DONE:
        raise Conflict(_("This contact is finished. Correct it from “My last ten”."))


def owned(contact_id: int, by: User) -> Contact:
    """Locks and returns a contact of this agent, finished or not; NotAllowed without the role, NotFound otherwise."""
    refuse_unless_agent(by)
    contact = or_not_found(_locked.first(contact_id, by.pk), _("This contact does not exist, or is a colleague's."))
    contact.agent = by
    return contact


def open_callback(callback_id: int, by: User) -> Callback:
    """Locks and returns an open callback. Raises NotAllowed, NotFound, or Conflict when the call was already made."""
    by.require(Action.MAKE_CALLBACK, _("Your role does not make calls back."))
    callback = locked_row(Callback.objects.filter(pk=callback_id), _("This call does not exist."))
    if callback.done_at:
        raise Conflict(_("This call was already made."))
    return callback
