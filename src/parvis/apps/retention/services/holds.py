"""Holds: placed and ended by the privacy officer. They win over every approval."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.directory.models import User
from parvis.apps.retention.models import Hold, Run, RunLine
from parvis.apps.retention.queries.registry import file_named, rules
from parvis.apps.retention.services import log
from parvis.apps.retention.services.runs import require_officer
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid


@transaction.atomic
def place_hold(*, rule: str = "", file: str = "", why: str, until: date | None = None, by: User) -> Hold:
    """Keeps a whole rule, or one file, from any destruction, an approved one included.

    Raises NotAllowed, and Invalid (rule, file, why, until).
    """
    require_officer(by)
    rule, file, why = rule.strip(), _reference(file), why.strip()
    if bool(rule) == bool(file):
        raise Invalid.in_field("file", _("Choose what is kept: one kind of data, or one file."))
    kept = rules().get(rule)
    if rule and kept is None:
        raise Invalid.in_field("rule", _("Choose one of the values offered."))
    name = str(kept.title) if kept else file_named(file)
    if not name:
        raise Invalid.in_field("file", _("No file has this reference. Copy it from a line, or from its page."))
    if not why:
        raise Invalid.in_field("why", _("Say why it is kept."))
    if until and until < clock.today():
        raise Invalid.in_field("until", _("This day is past."))
    values = {"name": name[:200], "why": why[:300], "until": until}
    hold = Hold.objects.create(rule=rule, file=file, placed_at=clock.now(), placed_by=by, **values)
    waiting = RunLine.objects.filter(run__state__in=Run.OPEN, state=RunLine.State.LISTED)
    waiting = waiting.filter(rule=rule) if rule else waiting.filter(file=file)
    waiting.update(state=RunLine.State.HELD, why=hold.why)
    log.append("held", hold=hold.uid, rule=rule, file=file, until=until.isoformat() if until else None)
    return hold


def _reference(typed: str) -> str:
    """The reference in what was typed: itself, or the last part of the address of its page."""
    return typed.strip().rstrip("/").rpartition("/")[2][:40]


@transaction.atomic
def end_hold(*, hold_id: int, why: str, by: User) -> Hold:
    """Ends a hold, for a reason; what it kept is proposed again by the next run.

    Raises NotAllowed, NotFound, Conflict, Invalid (why).
    """
    require_officer(by)
    hold = locked_row(Hold.objects.filter(pk=hold_id), _("There is no such hold."))
    if hold.ended_at:
        raise Conflict(_("This hold has ended already."))
    if not why.strip():
        raise Invalid.in_field("why", _("Say why it ends."))
    hold.ended_at, hold.ended_by, hold.ended_why = clock.now(), by, why.strip()[:300]
    hold.save(update_fields=["ended_at", "ended_by", "ended_why"])
    log.append("released", hold=hold.uid)
    return hold


def put_back(line: log.Line) -> bool:
    """Places again a hold of the log that a restored database does not know; whether it was missing."""
    values = line.values
    with override("fr"):
        rule = rules().get(values["rule"])
        name = str(rule.title) if rule else file_named(values["file"]) or values["rule"] or values["file"]
        why = _("Placed after the backup that was restored.")
    defaults = {
        "rule": values["rule"],
        "file": values["file"],
        "name": name[:200],
        "why": why,
        "until": date.fromisoformat(values["until"]) if values["until"] else None,
        "placed_at": line.at,
    }
    return Hold.objects.get_or_create(uid=values["hold"], defaults=defaults)[1]
