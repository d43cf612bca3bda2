"""What waits for a second person before the public reads it: asked, applied, written in the journal of the incident."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse

from parvis.apps.cases.models import Incident, IncidentDecision
from parvis.apps.cases.queries.incidents import writers_of
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import is_decider
from parvis.apps.mail.letters import Awaited
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.lib.clock import now

What = IncidentDecision.What
NEWS = ("news_fr", "news_en")
MOMENTS = ("until",)


def write(incident: Incident, what: str, by: User, note: str = "") -> None:
    """Adds a line to the journal of an incident, in the caller's transaction."""
    note = " ".join(note.split())[:500]
    IncidentDecision.objects.create(incident=incident, what=what, note=note, by=by, at=now())


def ask(incident: Incident, by: User) -> None:
    """Asks a second person, in the caller's transaction; each who may approve hears of it once by e-mail."""
    incident.asked_at = now()
    incident.save(update_fields=["asked_at", "proposal"])
    answered = incident.decisions.exclude(what=What.ASKED).count()
    write(incident, What.ASKED, by)
    tell_approvers(
        key=f"incident/{incident.pk}/{answered}",
        kind=Awaited.INCIDENT,
        title=incident.notice.title_fr,
        path=reverse("desk:incident", args=[incident.pk]),
        writers=writers_of(incident),
        by=by,
        action=Action.APPROVE_INCIDENT,
        department_id=incident.department_id,
    )


def settle(incident: Incident) -> None:
    """Nothing waits any more, in the caller's transaction."""
    incident.asked_at, incident.proposal = None, None
    incident.save(update_fields=["asked_at", "proposal"])


def decides_alone(incident: Incident, by: User) -> bool:
    """Whether `by` makes the words of this incident public without a second person: deciders, over what they approve.

    A role that approves nothing, and that the town names as a decider, decides on every incident.
    """
    within = may_on(by, Action.APPROVE_INCIDENT, incident.department_id) or not by.may(Action.APPROVE_INCIDENT)
    return is_decider(by) and within


def publish_or_ask(incident: Incident, by: User) -> None:
    """Makes a new incident public when `by` decides alone, which its journal says; otherwise asks a second person."""
    if decides_alone(incident, by):
        write(incident, What.BYPASSED, by)
        publish(incident)
    else:
        ask(incident, by)


def publish(incident: Incident) -> None:
    """The public reads the notice from now on, in the caller's transaction."""
    moment, notice = now(), incident.notice
    incident.public_at = moment
    incident.save(update_fields=["public_at"])
    notice.desk_only, notice.changed_at = False, moment
    notice.save(update_fields=["desk_only", "changed_at"])


def change(incident: Incident, values: Mapping[str, Any], by: User) -> None:
    """Changes the notice, in the caller's transaction; does nothing without a change.

    The words of an incident that is not public change at once for the agents, and an approval is asked again. Those of
    a public one wait for it, unless `by` decides alone. `values`: fields of the notice.
    """
    given = plain(values)
    if incident.public_at is None:
        if apply(incident, given, by.display_name):
            ask(incident, by)
    elif decides_alone(incident, by):
        if apply(incident, given, by.display_name):
            write(incident, What.BYPASSED, by)
        withdraw(incident, given)
    else:
        _propose(incident, given, by)


def say_news(incident: Incident, said: Mapping[str, Any], by: User, *, approved: bool) -> None:
    """Shows news beside the notice, in the caller's transaction; beside a public one, once a second person approved it.

    `approved`: one did already. `said`: fields of the notice.
    """
    if incident.public_at is not None and not approved:
        if not decides_alone(incident, by):
            _propose(incident, plain(said), by)
            return
        write(incident, What.BYPASSED, by)
    notice = incident.notice
    for name, value in said.items():
        setattr(notice, name, value)
    notice.news_at = notice.changed_at = now()
    notice.save(update_fields=[*said, "news_at", "changed_at"])
    withdraw(incident, said)


def _propose(incident: Incident, given: dict[str, Any], by: User) -> None:
    before = (incident.proposal or {}).get("values", {})
    now_said = plain({name: getattr(incident.notice, name) for name in given})
    other = {name: value for name, value in before.items() if name not in given}
    proposed = other | {name: value for name, value in given.items() if value != now_said[name]}
    if proposed == before:
        return
    if not proposed:
        settle(incident)
        return
    incident.proposal = {"by": by.display_name, "values": proposed}
    ask(incident, by)


def withdraw(incident: Incident, names: Mapping[str, Any]) -> None:
    """Takes these fields out of what waits, since they were given another value meanwhile."""
    if incident.proposal is None:
        return
    kept = {name: value for name, value in incident.proposal["values"].items() if name not in names}
    if not kept:
        settle(incident)
    elif kept != incident.proposal["values"]:
        incident.proposal = incident.proposal | {"values": kept}
        incident.save(update_fields=["proposal"])


def apply(incident: Incident, values: Mapping[str, Any], by: str) -> bool:
    """Gives the notice these plain values, recording what it said before; whether it changed anything."""
    notice, before = incident.notice, {}
    for name, value in values.items():
        new = datetime.fromisoformat(value) if name in MOMENTS and value else value
        if getattr(notice, name) != new:
            before[name.removesuffix("_id")] = shown(getattr(notice, name.removesuffix("_id")))
            setattr(notice, name, new)
    if not before:
        return False
    notice.changed_at = now()
    if before.keys() & set(NEWS):
        notice.news_at = notice.changed_at
    notice.save()
    incident.corrections = [*incident.corrections, {"at": now().isoformat(), "by": by, "before": before}]
    incident.save(update_fields=["corrections"])
    return True


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a notice as JSON: a row by its id, a moment in ISO 8601."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("subject", "street", "sector"):
            found[f"{name}_id"] = value.pk if value else None
        else:
            found[name] = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return found


def shown(value: Any) -> Any:
    """A value of a notice as the page of the incident shows it."""
    if isinstance(value, Model):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
