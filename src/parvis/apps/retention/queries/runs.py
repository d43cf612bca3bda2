"""Runs, their lines, and how long each rule keeps."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from parvis.apps.retention.models import Certificate, Period, Run, RunLine
from parvis.apps.retention.queries.holds import covered
from parvis.apps.retention.queries.registry import Rule, rules
from parvis.lib.errors import type_text

PAGE = 50


@dataclass(frozen=True)
class Kept:
    """A rule with its period of the town (None: it proposes nothing) and whether a hold keeps all of it."""

    rule: Rule
    period: Period | None
    held: bool


def periods() -> dict[str, Period]:
    """The periods in force, by rule. One query."""
    return {period.slug: period for period in Period.objects.filter(active=True)}


def schedule() -> list[Kept]:
    """Every rule, with its period. Two queries."""
    known, holds = periods(), covered()
    return [Kept(rule, known.get(slug), slug in holds.rules) for slug, rule in rules().items()]


def open_run() -> Run | None:
    """The run that waits for an approval, or is being destroyed."""
    return Run.objects.filter(state__in=Run.OPEN).select_related("proposed_by", "decided_by").first()


def run_of(run_id: int) -> Run | None:
    """A run."""
    return Run.objects.filter(pk=run_id).select_related("proposed_by", "decided_by").first()


@dataclass(frozen=True)
class Counted:
    """How many lines of a rule are in each state."""

    slug: str
    title: type_text
    states: dict[str, int]

    @property
    def due(self) -> int:
        """How many an approval destroys."""
        return self.states.get(RunLine.State.LISTED, 0)

    @property
    def destroyed(self) -> int:
        """How many are destroyed."""
        return self.states.get(RunLine.State.DESTROYED, 0)

    @property
    def kept(self) -> int:
        """How many stay."""
        return sum(self.states.values()) - self.due - self.destroyed


def counted(run: Run) -> list[Counted]:
    """The lines of a run, counted by rule. One query."""
    states: dict[str, dict[str, int]] = {}
    rows = run.lines.values_list("rule", "state").annotate(count=Count("pk")).order_by("rule")
    for rule, state, count in rows:
        states.setdefault(rule, {})[state] = count
    known = rules()
    return [Counted(slug, known[slug].title if slug in known else slug, by) for slug, by in states.items()]


def due_count(run: Run) -> int:
    """How many rows an approval destroys."""
    return run.lines.filter(state=RunLine.State.LISTED).count()


def lines(run: Run, rule: str, after: int) -> tuple[list[RunLine], int]:
    """A page of the lines of a rule in a run, after that line, and the last one when there are more (else 0)."""
    rows = list(run.lines.filter(rule=rule, pk__gt=after).order_by("pk")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else 0


def certificates() -> "QuerySet[Certificate]":
    """Every certificate, the latest first."""
    return Certificate.objects.all()
