"""What a routing rule would have done: the requests of the past routed again by the rules as they would be."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parvis.apps.cases.models import Case
from parvis.apps.catalogue import queries as catalogue
from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.catalogue.routing import RouteRequest, Rule, asks_for_sectors, route
from parvis.apps.directory.models import Department
from parvis.apps.places.placing import SectorMap

LOOKED_AT = 2000
EXAMPLES = 20


@dataclass(frozen=True)
class Redirection:
    """How many requests would go from one department to another."""

    before: Department
    after: Department
    count: int


@dataclass(frozen=True)
class Example:
    """One request that would go elsewhere."""

    case: Case
    before: Department
    after: Department


@dataclass(frozen=True)
class RoutingSimulation:
    """What would change among the last `looked_at` requests: how many, from where to where, and the latest of them.

    `caught` counts those that the rule decides, whether it changes anything or not.
    """

    looked_at: int
    caught: int
    moved: int
    ways: list[Redirection] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def simulate(rule: RoutingRule, limit: int = LOOKED_AT) -> RoutingSimulation:
    """Routes the last `limit` requests by the rules as they are, then with this one in its place; writes nothing.

    Both are today's rules: what differs comes from this rule alone. Words erased by law count as none. A
    request is in the sectors that its address or its point has today. Two queries, and two more when a rule asks for
    sectors, beside the rules, which are remembered.
    """
    published, rows = catalogue.rules()
    tried = catalogue.rule_of(rule)
    before = [item for item in published if item.name != rule.name]
    rank = sum(_rank(rows[item.name]) < _rank(rule) for item in before)
    after = [*before[:rank], tried, *before[rank:]]
    departments = {department.slug: department for department in Department.objects.all()}
    ways, examples, caught, looked_at = Counter[tuple[str, str]](), list[Example](), 0, 0
    for case, asked, default in _past(limit, after):
        looked_at += 1
        now, then = _sent(asked, before, default), _sent(asked, after, default)
        caught += then[1] == tried.name
        if now[0] == then[0]:
            continue
        ways[now[0], then[0]] += 1
        if len(examples) < EXAMPLES:
            examples.append(Example(case, departments[now[0]], departments[then[0]]))
    result = [Redirection(departments[a], departments[b], count) for (a, b), count in ways.most_common()]
    return RoutingSimulation(looked_at, caught, ways.total(), result, examples)


def _rank(rule: RoutingRule) -> tuple[bool, int, int]:
    """Where it stands among the rules, in the order of `RoutingRule.Meta`."""
    return rule.from_town_file, rule.position, rule.pk


def _sent(asked: RouteRequest, rules: Sequence[Rule], default: str) -> tuple[str, str]:
    result = route(asked, rules, default)
    return result.department, result.rule_name


def _past(limit: int, rules: Sequence[Rule]) -> Iterator[tuple[Case, RouteRequest, str]]:
    placing = SectorMap() if any(rule.sectors for rule in rules) else None
    related = ("subject__department", "address__street", "department", "person")
    for case in Case.objects.select_related(*related).order_by("-pk")[:limit].iterator(chunk_size=500):
        wanted = placing is not None and asks_for_sectors(rules, case.subject.slug)
        placed = placing.of_place(case.address, case.point) if placing and wanted else {}
        said = {"text": case.words, "audience": case.audience, "nature": case.nature}
        asked = catalogue.route_request(case.subject.slug, case.address, placed, **said)
        yield case, asked, case.subject.department.slug
