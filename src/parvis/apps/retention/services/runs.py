"""Proposals: made each month or by hand, read, then approved or set aside by the privacy officer."""

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.retention.models import Run, RunLine
from parvis.apps.retention.queries.holds import Covered, covered
from parvis.apps.retention.queries.registry import Rule
from parvis.apps.retention.queries.runs import due_count, open_run, schedule
from parvis.apps.retention.rules import months_before
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, Outdated
from parvis.lib.jobs import enqueue, job

DESTROY = job("parvis.apps.retention.tasks.destroy_approved")
PIECE = 500


def require_officer(by: User) -> None:
    """Raises NotAllowed when the user's role does not approve destructions."""
    by.require(Action.APPROVE_DESTRUCTION, _("Your role does not approve destructions."))


@transaction.atomic
def propose(*, by: User | None) -> Run:
    """Lists what is due by each rule that has a period; nothing is destroyed. `by` None: the job of the month.

    What a hold keeps is listed with why, and an approval leaves it. Raises NotAllowed, and Conflict when a run is open
    already or nothing is due.
    """
    if by is not None:
        require_officer(by)
    if open_run():
        raise Conflict(_("A proposal is open already: decide it first."))
    run = Run.objects.create(proposed_at=clock.now(), proposed_by=by)
    holds = covered()
    for kept in schedule():
        if kept.period:
            rows = _lines(run, kept.rule, kept.period.months, holds)
            while piece := list(islice(rows, PIECE)):
                RunLine.objects.bulk_create(piece)
    if not due_count(run):
        raise Conflict(_("Nothing is due today."))
    return run


def _lines(run: Run, rule: Rule, months: int, holds: Covered) -> Iterator[RunLine]:
    for row in rule.due_rows(months_before(clock.now(), months)).iterator(chunk_size=PIECE):
        line = RunLine(run=run, rule=rule.slug, row_id=row.pk, label=rule.label(row)[:200], file=rule.file(row))
        if hold := holds.hold_on(line.rule, line.file):
            line.state, line.why = RunLine.State.HELD, hold.why
        yield line


@transaction.atomic
def keep_line(*, line_id: int, why: str, by: User) -> RunLine:
    """Takes a line out of a proposal, for a reason. Raises NotAllowed, NotFound, Conflict, Invalid (why)."""
    if not why.strip():
        raise Invalid.in_field("why", _("Say why it is kept."))
    return _move(line_id, RunLine.State.LISTED, RunLine.State.REMOVED, why, by)


@transaction.atomic
def list_again(*, line_id: int, by: User) -> RunLine:
    """Puts back a line that was taken out. Raises NotAllowed, NotFound, Conflict."""
    return _move(line_id, RunLine.State.REMOVED, RunLine.State.LISTED, "", by)


def _move(line_id: int, before: RunLine.State, after: RunLine.State, why: str, by: User) -> RunLine:
    require_officer(by)
    line = locked_row(RunLine.objects.filter(pk=line_id), _("There is no such line."))
    _proposed(line.run_id)
    if line.state != before:
        raise Conflict(_("Someone decided this line meanwhile."))
    line.state, line.why = after, why.strip()[:300]
    line.save(update_fields=["state", "why"])
    return line


@transaction.atomic
def approve(*, run_id: int, seen: int, by: User) -> Run:
    """Approves what a proposal lists, `seen` rows as it was read; a job destroys it.

    Raises NotAllowed, NotFound, Conflict, and Outdated when it lists another number by now.
    """
    require_officer(by)
    run = _proposed(run_id)
    if not seen or due_count(run) != seen:
        raise Outdated(_("The proposal changed while you read it: look at it again, then approve it."))
    _decide(run, Run.State.APPROVED, by)
    enqueue(DESTROY)
    return run


@transaction.atomic
def drop(*, run_id: int, by: User) -> Run:
    """Sets a proposal aside: nothing is destroyed, and its lines go. Raises NotAllowed, NotFound, Conflict."""
    require_officer(by)
    run = _proposed(run_id)
    _decide(run, Run.State.DROPPED, by)
    run.lines.all().delete()
    return run


def _proposed(run_id: int) -> Run:
    run = locked_row(Run.objects.filter(pk=run_id), _("There is no such proposal."))
    if run.state != Run.State.PROPOSED:
        raise Conflict(_("This proposal is already decided."))
    return run


def _decide(run: Run, state: Run.State, by: User) -> None:
    run.state, run.decided_at, run.decided_by = state, clock.now(), by
    run.save(update_fields=["state", "decided_at", "decided_by"])
