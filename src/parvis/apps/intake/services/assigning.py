"""Assignment of waiting contacts (messages, letters) to agents."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, Correction
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid


@transaction.atomic
def assign_contact(*, contact_id: int, to: User | None, by: User) -> Contact:
    """Assigns a waiting contact to an agent, or to nobody when `to` is None. Idempotent.

    A Correction records the previous assignee. Raises NotAllowed, NotFound, Conflict when someone has begun it,
    Invalid (agent) for a user who does not answer contacts.
    """
    contact = _waiting(contact_id, by)
    if to is not None and not (to.is_active and to.may(Action.TAKE_CONTACT)):
        raise Invalid.in_field("agent", _("Choose someone who answers contacts."))
    _assign(contact, to, by)
    return contact


@transaction.atomic
def take_contact(*, contact_id: int, by: User) -> Contact:
    """Assigns a waiting contact to the agent, whoever had it, and begins it. Idempotent.

    Raises NotAllowed, NotFound, Conflict when a colleague has begun it.
    """
    if begun := Contact.objects.filter(pk=contact_id, agent=by, state__in=Contact.IN_HAND).first():
        return begun
    contact = _waiting(contact_id, by)
    _assign(contact, by, by)
    contact.state = Contact.State.IN_PROGRESS
    contact.save(update_fields=["state"])
    return contact


def _waiting(contact_id: int, by: User) -> Contact:
    refuse_unless_agent(by)
    contact = locked_row(Contact.objects.filter(pk=contact_id), _("This contact does not exist, or is a colleague's."))
    if contact.state != Contact.State.WAITING:
        raise Conflict(_("A colleague has begun this contact meanwhile."))
    return contact


def _assign(contact: Contact, to: User | None, by: User) -> None:
    if contact.agent_id == (to.pk if to else None):
        return
    before, after = {"agent_id": contact.agent_id}, {"agent_id": to.pk if to else None}
    Correction.objects.create(contact=contact, before=before, after=after, by=by, at=now())
    contact.agent = to
    contact.save(update_fields=["agent"])
