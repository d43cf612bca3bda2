"""Errors in a town's guides: each is reported with its file and line, and nothing is loaded."""

from pathlib import Path

import pytest

from parvis.apps.content.models import Guide
from parvis.apps.directory.models import Town
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import Change

pytestmark = pytest.mark.django_db
GUIDE = "guides/cabanon-jumele.yaml"

MISTAKES = {
    "outcome that does not exist": (
        "outcome: not-required",
        "outcome: maybe",
        "guides/cabanon-jumele.yaml, line 24, rules maybe: 'outcome' must be one of required, not-required, planning",
    ),
    "fact that does not exist": (
        "rests_on: [cabanon.aire]",
        "rests_on: [cabanon.area]",
        "guides/cabanon-jumele.yaml, line 24, rules not-required: 'rests_on' names an unknown fact: 'cabanon.area'",
    ),
    "fact of a label that does not exist": (
        'fr: "Moins de {fact:cabanon.aire}"',
        'fr: "Moins de {fact:cabanon.area}"',
        "guides/cabanon-jumele.yaml, line 6, questions grandeur, choices petit: {fact:cabanon.area} names an unknown",
    ),
    "value typed in a label": (
        'fr: "Moins de {fact:cabanon.aire}"',
        'fr: "Moins de 11 m²"',
        "guides/cabanon-jumele.yaml, line 6, questions grandeur, choices petit: '11 m²' is typed in the text",
    ),
    "choice that does not exist": (
        "when: {fondation: [non]}",
        "when: {fondation: [peut-etre]}",
        "line 24, rules not-required: 'when' names 'peut-etre', which is no choice of 'fondation'",
    ),
    "question that does not exist": (
        "only_if: {grandeur: [petit]}",
        "only_if: {taille: [petit]}",
        "line 8, questions fondation: 'only_if' names 'taille', which is no question asked before",
    ),
    "not required whatever one answers": (
        "  - when: {fondation: [non]}\n",
        "  -\n",
        "line 25, rules not-required: 'not-required' needs a 'when'",
    ),
    "not required without the questions of every guide": (
        "intro:",
        "common: false\nintro:",
        "'not-required' needs the questions of guides/common.yaml",
    ),
    "text without English": (
        'en: "Sketch with measures"',
        'es: "Croquis"',
        "guides/cabanon-jumele.yaml, line 1: 'documents' must give fr and en",
    ),
    "department that does not exist": (
        "to: permis",
        "to: permi",
        "guides/cabanon-jumele.yaml, line 15, rules required: 'to' names an unknown department: 'permi'; did you mean",
    ),
    "misspelled field": ("norms:", "norm:", "guides/cabanon-jumele.yaml, line 1: field 'norm' does not exist"),
    "answer kept for not knowing": (
        "{value: grand,",
        "{value: inconnu,",
        "guides/cabanon-jumele.yaml, line 7, questions grandeur, choices inconnu: 'inconnu' is a choice of every",
    ),
    "broken YAML": ("norms: [", "norms: [[", "guides/cabanon-jumele.yaml, line"),
}


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_named_where_it_stands(village: Path, change: Change, old: str, new: str, said: str) -> None:
    change(GUIDE, old, new)

    with pytest.raises(TownFileError) as refused:
        load.load(village, demo=True)

    assert any(said in problem for problem in refused.value.problems), refused.value.problems
    assert not Town.objects.exists()


def test_guide_on_no_subject_is_refused(village: Path) -> None:
    (village / GUIDE).rename(village / "guides" / "cabane.yaml")

    with pytest.raises(TownFileError, match=r"guides/cabane\.yaml, line 1: there is no subject 'cabane'"):
        load.load(village, demo=True)


def test_guide_whose_file_goes_away_is_no_longer_offered(village: Path) -> None:
    load.load(village, demo=True)
    (village / GUIDE).unlink()

    report = load.load(village, demo=True)

    assert report.tallies["guides"].removed == 1 and not Guide.objects.exists()


def test_guide_that_changes_is_loaded_again(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    change(GUIDE, "Une fondation demande un permis.", "Une dalle demande un permis.")

    assert load.load(village, demo=True).tallies["guides"].updated == 1
    assert "Une dalle" in str(Guide.objects.get().content)
