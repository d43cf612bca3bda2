"""`parvis ask --json` on whether the water must be boiled: the notice in force answers, never the words on works."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.matching.queries import suggesting
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.cli.main import main
from parvis.operations.town import load
from tests.town.conftest import CARIGNAN, VILLAGE, village

pytestmark = pytest.mark.django_db

__all__ = ["village"]

Ask = Callable[..., list[dict[str, Any]]]
QUESTIONS = [
    ("avis d'ébullition", "fr"),
    ("faut-il faire bouillir l'eau", "fr"),
    ("est-ce que je peux boire l'eau du robinet", "fr"),
    ("boil water advisory", "en"),
    ("is the water safe to drink", "en"),
    ("can I drink tap water", "en"),
]
NONE = {"fr": "aucun avis d’ébullition n’est en vigueur", "en": "no notice to boil water is in force"}
CAREFUL = {"fr": "Cela ne prouve pas que l’eau est bonne", "en": "That is no proof that the water is good"}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: Settings) -> Ask:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    settings.PARVIS_DEMO = True

    def run(*lines: dict[str, Any]) -> list[dict[str, Any]]:
        water.forget()
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
        assert main(["ask", "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def loaded(folder: Path) -> None:
    load.load(folder, demo=True)
    suggesting.forget()


def short(item: dict[str, Any]) -> str:
    return str(item["answer"]["short"]).replace("\u00a0", " ")


def village_with_a_notice(village: Path) -> None:
    notice = {"slug": "eau", "kind": "boil_water", "sector": "village", "first_day": "2026-11-24", "owner": "voirie"}
    words = {"nature": {"fr": "Avis d'ébullition", "en": "Boil water notice"}}
    details = {"details": {"fr": "Faites bouillir l'eau une minute.", "en": "Boil the water for one minute."}}
    source = {"source": {"title": "Avis 2026-15"}, "verified_on": "2026-11-24"}
    works = village / "works.yaml"
    whole = json.dumps(notice | words | details | source, ensure_ascii=False)
    works.write_text(works.read_text(encoding="utf-8") + f"- {whole}\n", encoding="utf-8")
    loaded(village)


@pytest.mark.parametrize("folder", [CARIGNAN, VILLAGE], ids=lambda path: path.name)
def test_with_none_in_force_it_says_so_as_of_now_and_proves_nothing(ask: Ask, folder: Path) -> None:
    loaded(folder)
    RoadNotice.objects.all().delete()
    for line in ask(*({"text": text, "lang": lang} for text, lang in QUESTIONS)):
        lang, short_answer = line["lang"], short(line)
        assert (line["kind"], line["clarify"]) == ("answer", None)
        assert NONE[lang] in short_answer and CAREFUL[lang] in short_answer
        assert ("24 novembre 2026 à 10 h" if lang == "fr" else "November 24, 2026 at 10 a.m.") in short_answer
        assert any(sign.isdigit() for sign in short_answer.split(CAREFUL[lang])[1])  # the number to call


def test_the_notice_of_the_sample_town_answers_and_is_marked_as_an_example(ask: Ask) -> None:
    loaded(CARIGNAN)
    for line in ask(*({"text": text, "lang": lang} for text, lang in QUESTIONS)):
        short_answer = short(line)
        assert "Exemple, à ne dire à personne" in short_answer or "Example, not to be told" in short_answer
        assert ("pendant une minute" if line["lang"] == "fr" else "for one minute") in short_answer
        assert NONE[line["lang"]] not in short_answer and line["topics"]


def test_the_notice_answers_for_an_address_and_for_a_day(ask: Ask, village: Path) -> None:
    village_with_a_notice(village)
    question = {"text": "avis d'ébullition"}
    here, away, past, far = ask(
        question | {"address": "12 place du Moulin"},
        question | {"address": "120 rang du Lac"},
        question | {"date": "2026-11-23"},
        question | {"date": "2027-03-01"},
    )
    assert short(here).startswith("Oui, au 12, place du Moulin, il faut faire bouillir l’eau.")
    assert "Faites bouillir l'eau une minute." in short(here) and "Faites bouillir l'eau une minute." in short(far)
    assert "hors du secteur visé" in short(away) or "Avis d'ébullition, Le village" in short(away)
    assert "ne connaît aucun avis d’ébullition pour le lundi 23 novembre 2026" in short(past)
    assert here["answer"]["url"].endswith("/mon-adresse/?voir=boil-water")


def test_a_well_and_another_town_are_not_answered_by_the_notices_of_the_town(ask: Ask) -> None:
    loaded(CARIGNAN)
    RoadNotice.objects.all().delete()
    well, longueuil = ask({"text": "peut-on boire l'eau de mon puits"}, {"text": "avis d'ébullition à Longueuil?"})
    assert (well["answer"], longueuil["answer"]) == (None, None)
    assert longueuil["door"]["name"] == "Ville de Longueuil"


def test_of_two_questions_in_one_message_the_water_is_one(ask: Ask) -> None:
    loaded(CARIGNAN)
    text = "Quel jour passent les poubelles sur ma rue? Et y a-t-il un avis d'ébullition en vigueur chez nous?"
    (both,) = ask({"text": text})
    parts = [part["answer"]["title"] for part in both["parts"] if part["answer"]]
    assert "Avis d’ébullition" in parts and len(both["parts"]) == 2


def test_the_general_words_on_works_still_answer_about_works(ask: Ask) -> None:
    loaded(CARIGNAN)
    (works,) = ask({"text": "la rue est barrée pour des travaux, quel est le détour"})
    assert works["answer"]["url"].endswith("/reponses/travaux/")


def test_a_person_reads_the_notice_in_a_terminal(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    loaded(CARIGNAN)
    assert main(["ask", "avis", "d'ébullition"]) == 0
    assert "pendant une minute" in capsys.readouterr().out
