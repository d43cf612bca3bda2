"""A yes or a no is said only to a question that the answer settles; below half certainty nothing is said."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from parvis.apps.content.loading import AnswerData
from parvis.apps.content.models import Answer, AudienceVariant
from parvis.apps.content.queries.answers import render
from parvis.apps.content.queries.checking import findings
from parvis.apps.content.rules import verdicts
from parvis.apps.matching.queries import asking, suggesting
from parvis.operations.town import load
from parvis.operations.town.reading import read
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown
from tests.town.conftest import CARIGNAN, VILLAGE

QUESTIONS = [json.loads(line) for line in (Path(__file__).parent / "verdicts.jsonl").read_text("utf-8").splitlines()]
LOOK_ALIKE = [question for question in QUESTIONS if not question["verdict"]]
SETTLED = [question for question in QUESTIONS if question["verdict"]]


@pytest.fixture(scope="module")
def answers() -> dict[str, AnswerData]:
    """The answers of the sample town, by subject."""
    return {answer.subject: answer for answer in read(CARIGNAN).answers}


def verdict_in(answer: AnswerData, text: str) -> str:
    lists = {verdict: "\n".join(answer.texts[f"{verdict}_to"]).split("\n") for verdict in ("yes", "no")}
    return next(
        (verdict for verdict, questions in lists.items() if verdicts.settles(text, filter(None, questions))), ""
    )


@pytest.mark.parametrize("question", LOOK_ALIKE, ids=lambda item: item["text"])
def test_a_question_that_only_looks_like_one_that_is_settled_is_told_neither_yes_nor_no(
    question: dict[str, Any], answers: dict[str, AnswerData]
) -> None:
    assert [slug for slug, answer in answers.items() if verdict_in(answer, question["text"])] == []


@pytest.mark.parametrize("question", SETTLED, ids=lambda item: item["text"])
def test_a_question_that_an_answer_settles_is_told_its_yes_or_its_no(
    question: dict[str, Any], answers: dict[str, AnswerData]
) -> None:
    assert verdict_in(answers[question["subject"]], question["text"]) == question["verdict"]


def test_the_questions_cover_both_halves_and_both_languages() -> None:
    assert len(LOOK_ALIKE) >= 40 and len(SETTLED) >= 20
    for some in (LOOK_ALIKE, SETTLED):
        assert {(item["split"], item["lang"]) for item in some} == {
            (split, lang) for split in ("tune", "held-out") for lang in ("fr", "en")
        }


@pytest.mark.parametrize("folder", [CARIGNAN, VILLAGE], ids=lambda path: path.name)
def test_no_answer_of_a_town_begins_with_a_yes_or_a_no(folder: Path) -> None:
    shorts = [text for answer in read(folder).answers for text in answer.texts["short"]]
    assert shorts and [text for text in shorts if verdicts.begins_with_verdict(text)] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Oui, il faut un permis.", "Il faut un permis."),
        ("Non\u00a0: c’est à la MRC.", "C’est à la MRC."),
        ("Yes. You need a permit.", "You need a permit."),
        ("Nonante jours.", "Nonante jours."),
        ("No cash at the counter.", "No cash at the counter."),
        ("Oui.", "Oui."),
    ],
)
def test_a_yes_written_at_the_head_of_the_words_is_not_said_to_everyone(written: str, told: str) -> None:
    assert verdicts.without_verdict(written) == told


# --- Through the answers of a database -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_answer_is_said_with_its_yes_its_no_or_neither_after_the_question(town: SmallTown) -> None:
    answer = publish_answer(
        town.shed, town.planning, yes_to_fr="Faut-il un permis pour un cabanon?", no_to_fr="Puis-je m’en passer?"
    )
    plain = render(answer, "fr")
    shorts = {
        text: suggesting.with_verdict(plain, text)
        for text in ("faut-il un permis pour mon cabanon", "puis-je m'en passer?")
    }
    assert [rendered.short.plain for rendered in shorts.values()] == [
        "Oui. Il faut un permis.",
        "Non. Il faut un permis.",
    ]
    assert [rendered.verdict for rendered in shorts.values()] == ["yes", "no"]
    assert len({plain.stamp, *(rendered.stamp for rendered in shorts.values())}) == 3
    assert suggesting.with_verdict(plain, "puis-je peindre mon cabanon?") is plain
    in_english = suggesting.with_verdict(render(answer, "en"), "faut-il un permis pour mon cabanon?")
    assert in_english.short.plain == "Yes. You need a permit."


@pytest.mark.django_db
def test_no_verdict_is_said_when_a_fact_of_the_words_has_lapsed(town: SmallTown) -> None:
    make_fact("shed.garage", town.planning, valid_to=date(2026, 1, 1))
    answer = publish_answer(
        town.shed, town.planning, short_fr="C’est {fact:shed.garage}.", no_to_fr="Puis-je le porter au garage?"
    )
    answered = suggesting.with_verdict(render(answer, "fr", today=date(2026, 11, 28)), "Puis-je le porter au garage?")
    assert (answered.verdict, answered.short.plain) == ("", "C’est à vérifier.")


@pytest.mark.django_db
def test_words_of_an_audience_of_their_own_are_told_no_verdict_of_everyone(town: SmallTown) -> None:
    answer = publish_answer(town.shed, town.planning, yes_to_fr="Faut-il un permis pour un cabanon?")
    AudienceVariant.objects.create(answer=answer, audience="merchant", short_fr="Oui, voyez l’Urbanisme.")
    merchant = render(Answer.objects.get(pk=answer.pk), "fr", audience="merchant")
    answered = suggesting.with_verdict(merchant, "Faut-il un permis pour un cabanon?")
    assert (answered.verdict, answered.short.plain) == ("", "Voyez l’Urbanisme.")


@pytest.mark.django_db
def test_the_check_of_answers_tells_of_a_yes_at_the_head_of_the_words(town: SmallTown) -> None:
    publish_answer(town.shed, town.planning, short_fr="Oui, il faut un permis.")
    assert [(finding.name, finding.weight.value) for finding in findings() if finding.kind == "verdict"] == [
        (town.shed.slug, "mend")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lists", "field"),
    [
        ({"yes_to_fr": "Le permis de cabanon"}, "yes_to_fr"),
        ({"yes_to_en": "Can I?", "no_to_en": "can i?"}, "no_to_en"),
    ],
)
def test_an_editor_is_told_of_a_question_that_cannot_be_recognised_or_has_both_answers(
    town: SmallTown, lists: dict[str, str], field: str
) -> None:
    answer = publish_answer(town.shed, town.planning)
    for name, value in lists.items():
        setattr(answer, name, value)
    with pytest.raises(ValidationError) as refused:
        answer.clean()
    assert list(refused.value.message_dict) == [field]


# --- Through the question asked of a town --------------------------------------------------------------------------


@pytest.fixture
def village(db: None, settings: Settings) -> None:
    settings.PARVIS_ENCODER = "none"
    load.load(VILLAGE, demo=True)
    suggesting.forget()


@pytest.mark.usefixtures("village")
def test_the_yes_is_said_to_whoever_asks_for_the_permit_and_not_to_whoever_asks_something_else() -> None:
    settled, other = (
        asking.ask(text) for text in ("Faut-il un permis pour un cabanon?", "Combien coûte le permis pour un cabanon?")
    )
    assert settled.answer and settled.answer.short.plain.startswith("Oui. Un cabanon de jumelé demande un permis.")
    assert other.answer and other.answer.slug == "cabanon-jumele"
    assert other.answer.short.plain.startswith("Un cabanon de jumelé demande un permis.")
