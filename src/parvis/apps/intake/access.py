"""Whose contact it is, and the refusals that follow."""

from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.models import Callback, Contact
from parvis.lib.errors import Conflict, NotAllowed, NotFound
from parvis.lib.rows import Compiled

_locked = Compiled(lambda pk, agent: Contact.objects.select_for_update().filter(pk=pk, agent_id=agent))


def held(contact_id: int, by: User) -> Contact:
    """The contact, its row locked, if it is this agent's and not finished.

    Raises NotAllowed without the role, NotFound when it is somebody else's, Conflict when it is done.
    """
    contact = owned(contact_id, by)
    refuse_if_done(contact)
    return contact


def refuse_if_done(contact: Contact) -> None:
    """Raises Conflict when the contact is finished."""
    if contact.state == Contact.State.DONE:
        raise Conflict(_("This contact is finished. Correct it from “My last ten”."))


def owned(contact_id: int, by: User) -> Contact:
    """The contact, its row locked, if it is this agent's, finished or not; NotAllowed or NotFound otherwise."""
    if not by.may(Action.TAKE_CONTACT):
        raise NotAllowed(_("Your role does not answer contacts."))
    contact = _locked.first(contact_id, by.pk)
    if contact is None:
        raise NotFound(_("This contact does not exist, or is a colleague's."))
    contact.agent = by
    return contact


def open_callback(callback_id: int, by: User) -> Callback:
    """The call to make, its row locked; NotAllowed without the role, NotFound, or Conflict when it was made."""
    if not by.may(Action.MAKE_CALLBACK):
        raise NotAllowed(_("Your role does not make calls back."))
    callback = Callback.objects.select_for_update().filter(pk=callback_id).first()
    if callback is None:
        raise NotFound(_("This call does not exist."))
    if callback.done_at:
        raise Conflict(_("This call was already made."))
    return callback
