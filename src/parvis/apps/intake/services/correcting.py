"""Corrections to a recorded contact; a Correction row keeps the previous values."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.services.indexing import index_contact
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound

MATTER_FIELDS = ("subject_id", "nature", "outcome", "words", "note")
CONTACT_FIELDS = ("channel", "audience", "phone")


@transaction.atomic
def correct_matter(*, matter_id: int, changes: dict[str, Any], by: User) -> Matter:
    """Changes subject_id, nature, outcome, words or note of one of the agent's own matters.

    The outcome cannot change to or from a case or an incident: that is corrected on the case or the incident. Raises
    Invalid, NotAllowed, NotFound.
    """
    contact_id = Matter.objects.filter(pk=matter_id).values_list("contact_id", flat=True).first()
    contact = _own(contact_id, by)
    matter = Matter.objects.select_for_update().get(pk=matter_id)
    changes = {name: value for name, value in changes.items() if name in MATTER_FIELDS}
    outcome = changes.get("outcome", matter.outcome)
    if outcome != matter.outcome and Matter.Outcome.CASE in (outcome, matter.outcome):
        raise Invalid.in_field("outcome", _("A request was opened, or not: correct the request itself."))
    if outcome != matter.outcome and Matter.Outcome.INCIDENT in (outcome, matter.outcome):
        raise Invalid.in_field("outcome", _("It was joined to an incident, or not: take it back there."))
    if outcome not in Matter.Outcome.values or changes.get("nature", matter.nature) not in Nature.values:
        raise Invalid.in_field("outcome", _("Choose one of the values offered."))
    subject_id = changes.get("subject_id", matter.subject_id)
    if subject_id is not None and not Subject.objects.filter(pk=subject_id).exists():
        raise Invalid.in_field("subject", _("Choose a subject."))
    _change(contact, matter, matter, changes, by)
    return matter


@transaction.atomic
def correct_contact(*, contact_id: int, changes: dict[str, Any], by: User) -> Contact:
    """Changes channel, audience or phone of one of the agent's own contacts. Raises Invalid, NotAllowed, NotFound."""
    contact = _own(contact_id, by)
    changes = {name: value for name, value in changes.items() if name in CONTACT_FIELDS}
    if changes.get("channel", contact.channel) not in Channel.values:
        raise Invalid.in_field("channel", _("Choose a channel."))
    _change(contact, None, contact, changes, by)
    return contact


def _own(contact_id: int | None, by: User) -> Contact:
    by.require(Action.CORRECT_CONTACT, _("Your role does not correct contacts."))
    if contact_id is None:
        raise NotFound(_("This contact does not exist, or is a colleague's."))
    return owned(contact_id, by)


def _change(contact: Contact, matter: Matter | None, row: Contact | Matter, values: dict[str, Any], by: User) -> None:
    after = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not after:
        return
    before = {name: getattr(row, name) for name in after}
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    Correction.objects.create(contact=contact, matter=matter, before=before, after=after, by=by, at=now())
    if contact.state == Contact.State.DONE:
        index_contact(contact)
