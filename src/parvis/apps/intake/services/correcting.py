"""Putting right what was recorded of a contact, with a trace of what it said before."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.access import owned
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.intake.services.indexing import index_contact
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, NotFound

MATTER_FIELDS = ("subject_id", "nature", "outcome", "words", "note")
CONTACT_FIELDS = ("channel", "audience", "phone")


@transaction.atomic
def correct_matter(*, matter_id: int, changes: dict[str, Any], by: User) -> Matter:
    """Changes subject_id, nature, outcome, words or note of one of the agent's own matters; a Correction keeps the old.

    A matter that opened a case keeps that outcome: the case is corrected where it lives. Raises Invalid, NotFound.
    """
    match = Matter.objects.filter(pk=matter_id).values_list("contact_id", flat=True).first()
    contact = _own(match, by)
    matter = Matter.objects.select_for_update().get(pk=matter_id)
    wanted = {name: value for name, value in changes.items() if name in MATTER_FIELDS}
    outcome = wanted.get("outcome", matter.outcome)
    if outcome != matter.outcome and Matter.Outcome.CASE in (outcome, matter.outcome):
        text = _("A request was opened, or not: correct the request itself.")
        raise Invalid(text, {"outcome": text})
    if outcome != matter.outcome and Matter.Outcome.INCIDENT in (outcome, matter.outcome):
        text = _("It was joined to an incident, or not: take it back there.")
        raise Invalid(text, {"outcome": text})
    if outcome not in Matter.Outcome.values or wanted.get("nature", matter.nature) not in Nature.values:
        raise Invalid(_("Choose one of the values offered."), {"outcome": _("Choose one of the values offered.")})
    subject = wanted.get("subject_id", matter.subject_id)
    if subject is not None and not Subject.objects.filter(pk=subject).exists():
        raise Invalid(_("Choose a subject."), {"subject": _("Choose a subject.")})
    _change(contact, matter, matter, wanted, by)
    return matter


@transaction.atomic
def correct_contact(*, contact_id: int, changes: dict[str, Any], by: User) -> Contact:
    """Changes channel, audience or phone of one of the agent's own contacts; a Correction keeps the old."""
    contact = _own(contact_id, by)
    wanted = {name: value for name, value in changes.items() if name in CONTACT_FIELDS}
    if wanted.get("channel", contact.channel) not in Channel.values:
        raise Invalid(_("Choose a channel."), {"channel": _("Choose a channel.")})
    _change(contact, None, contact, wanted, by)
    return contact


def _own(contact_id: int | None, by: User) -> Contact:
    if not by.may(Action.CORRECT_CONTACT):
        raise NotAllowed(_("Your role does not correct contacts."))
    if contact_id is None:
        raise NotFound(_("This contact does not exist, or is a colleague's."))
    return owned(contact_id, by)


def _change(contact: Contact, matter: Matter | None, row: Contact | Matter, wanted: dict[str, Any], by: User) -> None:
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    Correction.objects.create(contact=contact, matter=matter, before=before, after=changed, by=by, at=now())
    if contact.state == Contact.State.DONE:
        index_contact(contact)
