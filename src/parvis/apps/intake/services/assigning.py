"""Contacts that wait for an agent (a message, a letter): given to one, given back, taken in hand."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.models import Contact, Correction
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound


@transaction.atomic
def assign_contact(*, contact_id: int, to: User | None, by: User) -> Contact:
    """Gives a waiting contact to an agent, from nobody or from a colleague; `to` None gives it back to everyone.

    A Correction keeps who had it. Done already, it changes nothing. Raises NotAllowed, NotFound, Conflict when someone
    has begun it, Invalid (field agent) for someone who does not answer contacts.
    """
    contact = _waiting(contact_id, by)
    if to is not None and not (to.is_active and to.may(Action.TAKE_CONTACT)):
        raise Invalid(_("Choose someone who answers contacts."), {"agent": _("Choose someone who answers contacts.")})
    _give(contact, to, by)
    return contact


@transaction.atomic
def take_contact(*, contact_id: int, by: User) -> Contact:
    """The agent begins a waiting contact, whoever had it: it is among their open contacts from now on.

    Done already, it changes nothing. Raises NotAllowed, NotFound, Conflict when a colleague has begun it.
    """
    begun = Contact.objects.filter(pk=contact_id, agent=by, state__in=Contact.IN_HAND).first()
    if begun is not None:
        return begun
    contact = _waiting(contact_id, by)
    _give(contact, by, by)
    contact.state = Contact.State.IN_PROGRESS
    contact.save(update_fields=["state"])
    return contact


def _waiting(contact_id: int, by: User) -> Contact:
    if not by.may(Action.TAKE_CONTACT):
        raise NotAllowed(_("Your role does not answer contacts."))
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise NotFound(_("This contact does not exist, or is a colleague's."))
    if contact.state != Contact.State.WAITING:
        raise Conflict(_("A colleague has begun this contact meanwhile."))
    return contact


def _give(contact: Contact, to: User | None, by: User) -> None:
    if contact.agent_id == (to.pk if to else None):
        return
    before, after = {"agent_id": contact.agent_id}, {"agent_id": to.pk if to else None}
    Correction.objects.create(contact=contact, before=before, after=after, by=by, at=now())
    contact.agent = to
    contact.save(update_fields=["agent"])
