"""A second person reads the words of an incident before the public does."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Incident
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services.incidents.deciding import What, apply, ask, publish, settle, write
from parvis.apps.cases.services.incidents.incidents import locked_incident, require_opener
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import approves_alone
from parvis.lib.errors import Conflict, NotAllowed, Outdated


@transaction.atomic
def approve_incident(*, incident_id: int, seen: datetime | None, note: str = "", by: User) -> Incident:
    """Makes public at once the words that wait, as they were `seen` (its `asked_at`).

    `by` wrote none of them, or is a decider of PARVIS_EMERGENCY_DECIDERS, which the journal says. Raises NotAllowed,
    NotFound, Conflict when nothing waits or it is over, Outdated.
    """
    incident = _asked(incident_id, seen, by)
    alone = approves_alone(by=by, writers=queries.writers_of(incident))
    write(incident, What.BYPASSED if alone else What.APPROVED, by, note)
    if incident.proposal:
        apply(incident, incident.proposal["values"], incident.proposal["by"])
    if incident.public_at is None:
        publish(incident)
    settle(incident)
    queries.forget()
    return incident


@transaction.atomic
def send_incident_back(*, incident_id: int, seen: datetime | None, note: str = "", by: User) -> Incident:
    """Refuses the words that wait, with a word for who wrote them: the public keeps what it reads, if anything.

    The agents still say those of an incident that is not public. Raises as `approve_incident`.
    """
    incident = _asked(incident_id, seen, by)
    write(incident, What.REFUSED, by, note)
    settle(incident)
    queries.forget()
    return incident


@transaction.atomic
def ask_for_incident(*, incident_id: int, by: User) -> Incident:
    """Asks again for the approval of an incident that was sent back; does nothing when one is awaited, or it is public.

    Raises NotAllowed, NotFound, Conflict when it is over.
    """
    require_opener(by)
    incident = locked_incident(incident_id)
    if incident.public_at is None and incident.asked_at is None:
        ask(incident, by)
        queries.forget()
    return incident


def _asked(incident_id: int, seen: datetime | None, by: User) -> Incident:
    incident = locked_incident(incident_id)
    if not may_on(by, Action.APPROVE_INCIDENT, incident.department_id):
        raise NotAllowed(_("Your role does not allow this on the incidents of this department."))
    if incident.asked_at is None:
        raise Conflict(_("Nothing of this incident waits for an approval."))
    if incident.asked_at != seen:
        raise Outdated(_("Its words changed since this page was shown: read them again."))
    return incident
