"""Routing of cases: the first matching rule, otherwise the subject's own department. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.lib import words

_DEFAULT_WHY_FR = "Aucune règle particulière ne s’applique : c’est le service responsable de ce sujet."
_DEFAULT_WHY_EN = "No particular rule applies: this department looks after the subject."


@dataclass(frozen=True)
class Rule:
    """A routing rule of a town. All criteria must hold; an empty one accepts anything.

    `to` is a department slug, `owner` a username or "". `street_owners` are who maintains the street (town, mtmd,
    private). `words` are whole words or phrases, compared without case, accents or endings.
    """

    name: str
    to: str
    subjects: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    streets: tuple[str, ...] = ()
    street_owners: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    natures: tuple[str, ...] = ()
    owner: str = ""
    urgent: bool = False
    why_fr: str = ""
    why_en: str = ""


@dataclass(frozen=True)
class RouteRequest:
    """The facts by which a case is routed; "" for unknown ones. `sectors` are of every kind (collection, district)."""

    subject: str
    sectors: frozenset[str] = frozenset()
    street: str = ""
    street_owner: str = ""
    text: str = ""
    audience: str = ""
    nature: str = ""


@dataclass(frozen=True)
class Route:
    """The destination of a case, and why. `owner` and `rule_name` are "" when there is none."""

    department: str
    owner: str
    urgent: bool
    rule_name: str
    why_fr: str
    why_en: str


def route(request: RouteRequest, rules: Sequence[Rule], default_department: str) -> Route:
    """Returns the route of the first matching rule, or to the default department."""
    for rule in rules:
        if matches(rule, request):
            return Route(rule.to, rule.owner, rule.urgent, rule.name, rule.why_fr, rule.why_en)
    return Route(default_department, "", False, "", _DEFAULT_WHY_FR, _DEFAULT_WHY_EN)


def asks_for_sectors(rules: Sequence[Rule], subject: str) -> bool:
    """Whether the sectors of a case of this subject may matter to these rules."""
    return any(rule.sectors and (not rule.subjects or subject in rule.subjects) for rule in rules)


def matches(rule: Rule, request: RouteRequest) -> bool:
    """Whether every criterion of the rule holds; an unknown value satisfies none."""
    exact = (
        (rule.subjects, request.subject),
        (rule.street_owners, request.street_owner),
        (rule.audiences, request.audience),
        (rule.natures, request.nature),
    )
    if any(accepted and value not in accepted for accepted, value in exact):
        return False
    if rule.sectors and request.sectors.isdisjoint(rule.sectors):
        return False
    if rule.streets and words.split(request.street) not in [words.split(street) for street in rule.streets]:
        return False
    return not rule.words or bool(words.find_phrase(request.text, rule.words))
