"""What an approved run destroys, batch by batch, and the certificate that says so."""

from collections.abc import Collection
from itertools import groupby
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import override

from parvis.apps.directory.models import User
from parvis.apps.retention.models import Certificate, Period, Run, RunLine
from parvis.apps.retention.queries.holds import covered
from parvis.apps.retention.queries.registry import Rule, rules
from parvis.apps.retention.queries.runs import periods
from parvis.apps.retention.rules import months_before
from parvis.apps.retention.services import log
from parvis.lib import clock
from parvis.lib.database.rows import locked_row

BATCH = 200
_S = RunLine.State


def destroy_approved() -> None:
    """Destroys what the approved runs list, then issues their certificates. Goes on where it was interrupted."""
    for run_id in Run.objects.filter(state=Run.State.APPROVED).order_by("pk").values_list("pk", flat=True):
        while destroy_batch(run_id=run_id):
            pass
        finish(run_id=run_id)


@transaction.atomic
def destroy_batch(*, run_id: int) -> int:
    """Destroys the next rows of an approved run, at most BATCH of one rule; returns how many lines it decided.

    Whether each is still due, and no hold keeps it, is looked at again now. The log is on the disk before the commit.
    """
    run = Run.objects.select_for_update(of=("self",)).filter(pk=run_id, state=Run.State.APPROVED).first()
    first = run.lines.filter(state=_S.LISTED).order_by("rule", "pk").first() if run else None
    if run is None or first is None:
        return 0
    lines = {line.row_id: line for line in run.lines.filter(state=_S.LISTED, rule=first.rule).order_by("pk")[:BATCH]}
    rule, period = rules().get(first.rule), periods().get(first.rule)
    due = _due(rule, period, lines)
    holds = covered()
    for pk, line in lines.items():
        hold = holds.hold_on(line.rule, rule.file(due[pk]) if rule and pk in due else line.file)
        line.state = _S.HELD if hold else _S.LISTED if pk in due else _S.NOT_DUE
        line.why = hold.why if hold else ""
    wanted = [pk for pk, line in lines.items() if line.state == _S.LISTED]
    destroyed = destroy_rows(rule, wanted) if rule and wanted else set()
    for pk in wanted:
        line = lines[pk]
        line.state = _S.DESTROYED if pk in destroyed else _S.REFUSED
        if line.state == _S.DESTROYED:
            line.label = line.file = ""
    RunLine.objects.bulk_update(lines.values(), ["state", "why", "label", "file"])
    if destroyed:
        log.append("destroyed", rule=first.rule, ids=sorted(destroyed))
    return len(lines)


def _due(rule: Rule | None, period: Period | None, ids: Collection[int]) -> dict[int, Any]:
    if rule is None or period is None:
        return {}
    return {row.pk: row for row in rule.due_rows(months_before(clock.now(), period.months)).filter(pk__in=ids)}


def destroy_rows(rule: Rule, ids: Collection[int]) -> set[int]:
    """Destroys these rows, due or not, and returns those that are gone; one that something else needs stays."""
    before = rule.left(ids)
    try:
        with transaction.atomic():
            rule.destroy(before)
    except (ProtectedError, IntegrityError):
        for pk in before:
            try:
                with transaction.atomic():
                    rule.destroy([pk])
            except (ProtectedError, IntegrityError):
                continue
    return before - rule.left(before)


@transaction.atomic
def finish(*, run_id: int) -> Certificate | None:
    """Issues the certificate of an approved run of which nothing waits any more, and lets its lines go.

    None when something waits, or it was issued already. A run that destroyed nothing has a certificate that says so.
    """
    run = locked_row(Run.objects.filter(pk=run_id).select_related("proposed_by", "decided_by"), "")
    if run.state != Run.State.APPROVED or run.lines.filter(state=_S.LISTED).exists():
        return None
    moment = clock.now()
    content = {
        "proposed_at": run.proposed_at.isoformat(),
        "proposed_by": _name(run.proposed_by),
        "approved_at": run.decided_at.isoformat() if run.decided_at else "",
        "approved_by": _name(run.decided_by),
        "rules": _certified(run),
        "left": [
            {"state": state, "why": why, "count": count}
            for state, why, count in run.lines.exclude(state=_S.DESTROYED)
            .values_list("state", "why")
            .annotate(count=Count("pk"))
            .order_by("state", "why")
        ],
    }
    number = f"D-{timezone.localtime(moment):%Y%m%d-%H%M%S}"
    certificate = Certificate.objects.create(number=number, issued_at=moment, content=content)
    run.state, run.finished_at = Run.State.DONE, moment
    run.save(update_fields=["state", "finished_at"])
    run.lines.filter(state=_S.DESTROYED).delete()
    log.append("certificate", number=number, issued_at=moment.isoformat(), content=content)
    return certificate


def _certified(run: Run) -> list[dict[str, Any]]:
    known, kept = rules(), periods()
    rows = run.lines.filter(state=_S.DESTROYED).order_by("rule", "row_id").values_list("rule", "row_id")
    certified = []
    for slug, of_rule in groupby(rows.iterator(), key=lambda row: row[0]):
        marks = [mark(slug, pk) for _slug, pk in of_rule]
        period = kept.get(slug)
        certified.append(
            {
                "slug": slug,
                "title": _in_both(known.get(slug)),
                "months": period.months if period else None,
                "source": period.source_title if period else "",
                "source_url": period.source_url if period else "",
                "count": len(marks),
                "marks": marks,
            }
        )
    return certified


def mark(rule: str, row_id: int) -> str:
    """The keyed hash of a destroyed row: proves that a row was, and tells nothing to whoever lacks the secret key."""
    return salted_hmac("parvis.retention", f"{rule} {row_id}", algorithm="sha256").hexdigest()[:24]


def _in_both(rule: Rule | None) -> dict[str, str]:
    titles = {}
    for code in ("fr", "en"):
        with override(code):
            titles[code] = str(rule.title) if rule else ""
    return titles


def _name(user: User | None) -> str:
    return f"{user.display_name} ({user.username})" if user else ""
