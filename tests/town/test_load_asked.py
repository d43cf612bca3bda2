"""Example questions from a town's text files: loaded, kept when confirmed, with errors reported."""

from datetime import date
from pathlib import Path

import pytest

from parvis.apps.catalogue.models import ExampleQuestion, Subject
from parvis.apps.content.models import Danger, DisambiguationGroup, OutOfScopeExample, OutOfScopeTopic
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import VILLAGE, Change

pytestmark = pytest.mark.django_db


def test_text_files_come_besides_the_ways_of_asking_of_the_subjects_and_comments_are_left_out() -> None:
    load.load(VILLAGE, demo=True)
    questions = set(
        ExampleQuestion.objects.filter(subject__slug="collectes", language="fr").values_list("text", flat=True)
    )
    assert {"quel jour passent les poubelles", "mon sofa est trop gros pour le bac, qui vient le prendre"} <= questions
    assert not [text for text in questions if text.startswith("#")]


def test_what_is_not_ours_has_its_door_or_none() -> None:
    load.load(VILLAGE, demo=True)
    licence = OutOfScopeTopic.objects.get(slug="ailleurs-permis-conduire")
    assert (licence.body_fr, licence.phone, licence.url) == ("SAAQ", "+18003617620", "https://saaq.gouv.qc.ca")
    assert licence.variants.filter(language="en").get().text == "renew my driver's licence"
    assert (licence.source_title, licence.verified_on) == ("Nous joindre (exemple)", date(2026, 11, 25))
    chat = OutOfScopeTopic.objects.get(slug="ailleurs-bavardage")
    assert (chat.body_fr, chat.phone) == ("", "")
    assert DisambiguationGroup.objects.get().choices[1]["slug"] == "nid-de-poule"
    assert "il y a de la boucane plein la maison et ma mère est en haut" in Danger.objects.get().examples_fr


def test_loading_again_changes_nothing_and_keeps_what_was_confirmed(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    other = OutOfScopeTopic.objects.get(slug="ailleurs-bavardage")
    mine = OutOfScopeExample.objects.create(elsewhere=other, language="fr", text="t'es qui toi", from_town_file=False)
    subject = Subject.objects.get(slug="collectes")
    confirmed = ExampleQuestion.objects.create(
        subject=subject, language="fr", text="ma poubelle verte", from_town_file=False
    )
    change("variants/ailleurs-bavardage.fr.txt", "comment ça va aujourd'hui", "t'es qui toi")
    change("variants/collectes.fr.txt", "# Besides", "ma poubelle verte\n# Besides")

    report = load.load(village, demo=True)

    assert (report.tallies["elsewhere variants"].created, report.tallies["elsewhere variants"].removed) == (0, 1)
    assert not report.tallies["variants"].changed
    assert OutOfScopeExample.objects.filter(pk=mine.pk, from_town_file=False).exists()
    assert ExampleQuestion.objects.filter(pk=confirmed.pk, from_town_file=False).exists()
    assert load.load(village, demo=True).unchanged


def test_what_is_no_longer_named_is_asked_no_more(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    whole = (village / "elsewhere.yaml").read_text(encoding="utf-8")
    (village / "elsewhere.yaml").write_text(whole[: whole.index("- slug: ailleurs-bavardage")], encoding="utf-8")
    (village / "variants" / "ailleurs-bavardage.fr.txt").unlink()
    load.load(village, demo=True)
    assert not OutOfScopeTopic.objects.get(slug="ailleurs-bavardage").active
    assert OutOfScopeTopic.objects.get(slug="ailleurs-permis-conduire").active


MISTAKES = {
    "nobody's file": (
        "variants/ailleurs-permis-conduire.en.txt",
        "variants/ailleurs-permi.en.txt",
        "x",
        "variants/ailleurs-permi.en.txt: there is no subject, and nothing elsewhere, called 'ailleurs-permi'",
    ),
    "no language": (
        "variants/collectes.fr.txt",
        "variants/collectes.txt",
        "x",
        "variants/collectes.txt: the name must be <slug>.fr.txt or <slug>.en.txt",
    ),
    "twice": (
        "variants/collectes.fr.txt",
        "variants/collectes.fr.txt",
        "un bac\ndeux bacs\n\nun bac",
        "variants/collectes.fr.txt, line 4: the same as line 1: 'un bac'",
    ),
    "twice, here and there": (
        "variants/collectes.fr.txt",
        "variants/collectes.fr.txt",
        "# a note\nquel jour passent les poubelles",
        "variants/collectes.fr.txt, line 2: this way of asking is already given with collectes",
    ),
    "too long": (
        "variants/collectes.fr.txt",
        "variants/collectes.fr.txt",
        "mot " * 101,
        "variants/collectes.fr.txt, line 1: a way of asking has at most 400 characters: 403",
    ),
    "already a subject": (
        "elsewhere.yaml",
        "elsewhere.yaml",
        "- {slug: bruit, title: {fr: a, en: a}, say: {fr: a, en: a}, door: null}\n",
        "elsewhere.yaml, bruit: 'bruit' is already the name of a subject",
    ),
    "door without a name": (
        "elsewhere.yaml",
        "elsewhere.yaml",
        '- {slug: ailleurs-bavardage, title: {fr: a, en: a}, say: {fr: a, en: a}, door: {phone: "911"}}\n',
        "elsewhere.yaml, ailleurs-bavardage, door: 'name' is missing",
    ),
    "siblings of one": (
        "siblings.yaml",
        "siblings.yaml",
        "- {name: a, question: {fr: a, en: a}, choices: [{subject: bruit, label: {fr: a, en: a}}]}\n",
        "siblings.yaml, a: 'choices' must lead to two subjects at least",
    ),
    "unknown sibling": (
        "siblings.yaml",
        "siblings.yaml",
        "- {name: a, question: {fr: a, en: a}, choices: [{subject: bruits, label: {fr: a, en: a}}]}\n",
        "siblings.yaml, a, choices bruits: 'subject' names an unknown subject: 'bruits'; did you mean 'bruit'?",
    ),
}


@pytest.mark.parametrize(("old", "new", "text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_named_where_it_stands(village: Path, old: str, new: str, text: str, said: str) -> None:
    (village / old).unlink()
    (village / new).write_text(text, encoding="utf-8")

    with pytest.raises(TownFileError) as refused:
        load.load(village, demo=True)

    assert any(said in problem for problem in refused.value.problems), refused.value.problems
