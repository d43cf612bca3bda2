"""Simulates a routing rule on past cases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.catalogue.queries import subjects
from parvis.apps.catalogue.rules.routing import RouteRequest, Rule, asks_for_sectors, route
from parvis.apps.directory.models import Department
from parvis.apps.places.queries.placing import SectorMap

LOOKED_AT = 2000
EXAMPLES = 20


@dataclass(frozen=True)
class Redirection:
    """How many cases would go from one department to another."""

    before: Department
    after: Department
    count: int


@dataclass(frozen=True)
class Example:
    """One case that would go to another department."""

    case: Case
    before: Department
    after: Department


@dataclass(frozen=True)
class RoutingSimulation:
    """What would change among the last `looked_at` cases: how many, between which departments, and the latest ones.

    `caught` counts the cases decided by the rule, whether their department changes or not.
    """

    looked_at: int
    caught: int
    moved: int
    ways: list[Redirection] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def simulate(rule: RoutingRule, limit: int = LOOKED_AT) -> RoutingSimulation:
    """Routes the last `limit` cases with and without this rule; writes nothing.

    Both use the current rules and the current sectors of the case's address or point, so that any difference comes from
    this rule alone. Erased words count as none. Two queries, four if a rule depends on sectors, besides cached rules.
    """
    published, rows = subjects.rules()
    tried = subjects.rule_of(rule)
    current = [other for other in published if other.name != rule.name]
    rank = sum(_rank(rows[other.name]) < _rank(rule) for other in current)
    proposed = [*current[:rank], tried, *current[rank:]]
    departments = {department.slug: department for department in Department.objects.all()}
    moves, examples, caught, looked_at = Counter[tuple[str, str]](), list[Example](), 0, 0
    for case, request, default in _past_requests(limit, proposed):
        looked_at += 1
        before, after = route(request, current, default), route(request, proposed, default)
        caught += after.rule_name == tried.name
        if before.department == after.department:
            continue
        moves[before.department, after.department] += 1
        if len(examples) < EXAMPLES:
            examples.append(Example(case, departments[before.department], departments[after.department]))
    ways = [Redirection(departments[a], departments[b], count) for (a, b), count in moves.most_common()]
    return RoutingSimulation(looked_at, caught, moves.total(), ways, examples)


def _rank(rule: RoutingRule) -> tuple[bool, int, int]:
    """The sort key of a rule, as in `RoutingRule.Meta`."""
    return rule.from_town_file, rule.position, rule.pk


def _past_requests(limit: int, rules: Sequence[Rule]) -> Iterator[tuple[Case, RouteRequest, str]]:
    sector_map = SectorMap() if any(rule.sectors for rule in rules) else None
    related = ("subject__department", "address__street", "department", "person")
    rows = Case.objects.filter(unrestricted()).select_related(*related)
    for case in rows.order_by("-pk")[:limit].iterator(chunk_size=500):
        needed = sector_map is not None and asks_for_sectors(rules, case.subject.slug)
        sectors = sector_map.of_place(case.address, case.point) if sector_map and needed else {}
        values = {"text": case.words, "audience": case.audience, "nature": case.nature}
        request = subjects.route_request(case.subject.slug, case.address, sectors, **values)
        yield case, request, case.subject.department.slug
