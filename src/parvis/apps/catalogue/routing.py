"""Where a case goes: the first rule that matches, otherwise the subject's own department."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.lib import words

_DEFAULT_WHY_FR = "Aucune règle particulière ne s’applique : c’est le service responsable de ce sujet."
_DEFAULT_WHY_EN = "No particular rule applies: this department looks after the subject."


@dataclass(frozen=True)
class Rule:
    """One routing rule of a town. An empty criterion accepts anything; all those given must hold.

    `to` is a department slug, `owner` a username or "". `street_owners` says who keeps the street (town, mtmd,
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
    """What is known of a case when it must go somewhere; "" for what is not known.

    `sectors` are all those where it is, of every kind: a collection sector, a district.
    """

    subject: str
    sectors: frozenset[str] = frozenset()
    street: str = ""
    street_owner: str = ""
    text: str = ""
    audience: str = ""
    nature: str = ""


@dataclass(frozen=True)
class Route:
    """Where it goes, and why, in both languages. `owner` and `rule_name` are "" when nobody and no rule is named."""

    department: str
    owner: str
    urgent: bool
    rule_name: str
    why_fr: str
    why_en: str


def route(request: RouteRequest, rules: Sequence[Rule], default_department: str) -> Route:
    """Apply the rules in order; the first that matches wins, and the default explains itself."""
    for rule in rules:
        if matches(rule, request):
            return Route(rule.to, rule.owner, rule.urgent, rule.name, rule.why_fr, rule.why_en)
    return Route(default_department, "", False, "", _DEFAULT_WHY_FR, _DEFAULT_WHY_EN)


def asks_for_sectors(rules: Sequence[Rule], subject: str) -> bool:
    """Whether any of these rules may send a case of that subject somewhere for the sectors where it is."""
    return any(rule.sectors and (not rule.subjects or subject in rule.subjects) for rule in rules)


def matches(rule: Rule, request: RouteRequest) -> bool:
    """Whether every criterion that the rule gives holds; an unknown value never satisfies a criterion."""
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
