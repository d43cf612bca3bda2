"""Contacts that open an incident or join one, and the undoing of either."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Incident, Report
from parvis.apps.cases.services.incidents.incidents import Words, leave_incident, open_incident, undo_incident
from parvis.apps.directory.models import Department, User
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.services.matters import MatterInput, settle_incident
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound


def begin_incident(matter_input: MatterInput, *, words: Words, department: Department, follows: bool = True) -> Matter:
    """Opens an incident with the contact as its first report, once per key.

    Raises what `cases.open_incident` and `settle_incident` raise.
    """
    with transaction.atomic():
        incident = open_incident(key=matter_input.key, words=words, department=department, by=matter_input.by)
        return settle_incident(matter_input, incident=incident, follows=follows)


def join_contact(matter_input: MatterInput, *, incident_id: int, follows: bool = True) -> Matter:
    """Joins a contact to an open incident; raises NotFound, and what `settle_incident` raises."""
    incident = Incident.objects.select_related("notice__subject", "department").filter(pk=incident_id).first()
    if incident is None:
        raise NotFound(_("This incident does not exist."))
    return settle_incident(matter_input, incident=incident, follows=follows)


@transaction.atomic
def unjoin_contact(*, matter_id: int, by: User) -> Contact:
    """Undoes `begin_incident` or `join_contact`: the contact is in progress again, with its words as the draft.

    An incident that it opened is undone too, provided nobody else joined it. A Correction records the undoing. Raises
    NotFound, NotAllowed, Conflict.
    """
    joined = Matter.objects.filter(pk=matter_id, outcome=Matter.Outcome.INCIDENT)
    contact = owned(joined.values_list("contact_id", flat=True).first() or 0, by)
    matter = Matter.objects.select_for_update(of=("self",)).select_related("incident").filter(pk=matter_id).first()
    if matter is None or matter.incident is None:
        raise NotFound(_("This contact does not exist, or is a colleague's."))
    if contact.matters.filter(pk__gt=matter.pk).exists():
        raise Conflict(_("Something else was settled in this contact since."))
    report = Report.objects.filter(key=matter.key, withdrawn_at=None).first()
    if matter.incident.key == matter.key:
        undo_incident(incident_id=matter.incident.pk, by=by)
    elif report is not None:
        leave_incident(report_id=report.pk, by=by)
    before = {"outcome": matter.outcome, "incident": matter.incident_id, "words": matter.words}
    Correction.objects.create(contact=contact, before=before, after={}, by=by, at=now())
    matter.corrections.update(matter=None)
    matter.delete()
    contact.draft, contact.draft_seq = {"text": before["words"]}, contact.draft_seq + 1
    contact.state, contact.ended_at, contact.seconds = Contact.State.IN_PROGRESS, None, None
    contact.save(update_fields=["draft", "draft_seq", "state", "ended_at", "seconds"])
    return contact
