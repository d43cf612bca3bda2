from dataclasses import replace
from typing import Any

import pytest

from parvis.apps.catalogue.rules.routing import Route, RouteRequest, Rule, route

RULES = (
    Rule(
        "danger-provincial",
        "mtmd",
        subjects=("nid-de-poule", "arbre"),
        street_owners=("mtmd",),
        words=("danger", "bloque la rue"),
        urgent=True,
        why_fr="Route du ministère.",
        why_en="A ministry road.",
    ),
    Rule("provincial", "mtmd", subjects=("nid-de-poule",), street_owners=("mtmd",)),
    Rule("fils", "hydro", words=("fil électrique", "power line"), urgent=True),
    Rule("plaintes", "direction", natures=("complaint",)),
    Rule("iles", "environnement", subjects=("remblai",), sectors=("iles",)),
    Rule("ecole", "loisirs", streets=("rue de l'École",)),
    Rule("promoteurs", "urbanisme", audiences=("promoter",), owner="simon"),
    Rule("nuit", "police", subjects=("bruit",), words=("à soir", "nuit", "party")),
)
BASE = RouteRequest("nid-de-poule")


@pytest.mark.parametrize(
    ("known", "department", "rule"),
    [
        ({}, "travaux-publics", ""),
        ({"street_owner": "mtmd"}, "mtmd", "provincial"),
        ({"street_owner": "mtmd", "text": "c'est un DANGER pour les vélos"}, "mtmd", "danger-provincial"),
        ({"street_owner": "mtmd", "text": "un arbre bloque la rue"}, "mtmd", "danger-provincial"),
        ({"street_owner": "town", "text": "un danger"}, "travaux-publics", ""),
        ({"text": "les fils electriques pendent"}, "hydro", "fils"),
        ({"text": "power lines are hanging"}, "hydro", "fils"),
        ({"text": "un fil bleu électrique"}, "travaux-publics", ""),
        ({"nature": "complaint"}, "direction", "plaintes"),
        ({"subject": "remblai", "sectors": frozenset({"iles"})}, "environnement", "iles"),
        ({"subject": "remblai", "sectors": frozenset({"collecte-1", "iles"})}, "environnement", "iles"),
        ({"subject": "remblai", "sectors": frozenset({"plaine"})}, "travaux-publics", ""),
        ({"subject": "remblai"}, "travaux-publics", ""),
        ({"street": "RUE DE L’ECOLE"}, "loisirs", "ecole"),
        ({"street": "rue de l'École Nord"}, "travaux-publics", ""),
        ({"audience": "promoter"}, "urbanisme", "promoteurs"),
        ({"audience": "promoter", "nature": "complaint"}, "direction", "plaintes"),
        ({"subject": "bruit", "text": "gros partys toutes les nuits"}, "police", "nuit"),
        ({"subject": "bruit", "text": "Y font du bruit À SOIR"}, "police", "nuit"),
        ({"subject": "bruit", "text": "la souffleuse du voisin"}, "travaux-publics", ""),
    ],
)
def test_the_first_rule_that_matches_wins(known: dict[str, Any], department: str, rule: str) -> None:
    result = route(replace(BASE, **known), RULES, "travaux-publics")
    assert (result.department, result.rule_name) == (department, rule)


def test_a_rule_hands_over_its_owner_urgency_and_reasons() -> None:
    danger = replace(BASE, street_owner="mtmd", text="danger")
    assert route(danger, RULES, "x") == Route(
        "mtmd", "", True, "danger-provincial", "Route du ministère.", "A ministry road."
    )
    assert route(replace(BASE, audience="promoter"), RULES, "x").owner == "simon"


def test_the_default_explains_itself_in_both_languages() -> None:
    result = route(BASE, (), "travaux-publics")
    assert result == Route("travaux-publics", "", False, "", result.why_fr, result.why_en)
    assert "service responsable" in result.why_fr
    assert "department" in result.why_en


def test_a_rule_without_criteria_takes_everything() -> None:
    assert route(BASE, (Rule("tout", "sac"),), "x").department == "sac"
