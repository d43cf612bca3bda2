"""`parvis ask` and `parvis evaluate-answers`: their contract, and what they say of a line they cannot read."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.matching.queries import suggesting
from parvis.cli.main import main
from parvis.operations.town import load
from tests.town.conftest import VILLAGE

pytestmark = pytest.mark.django_db

Ask = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """ask(line, ...): the exit code, and what was written for each line."""
    load.load(VILLAGE, demo=True)
    suggesting.forget()

    def run(*lines: str) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        code = main(["ask", "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def question(text: str, **more: object) -> str:
    return json.dumps({"id": "q", "text": text, **more})


def test_each_line_is_answered_in_order_in_the_shape_of_the_contract(ask: Ask) -> None:
    code, (bins, light) = ask(
        question("quel jour passent les poubelles", id=7), "", question("le lampadaire est brûlé", lang="en")
    )
    assert code == 0
    assert set(bins) == {
        "id", "kind", "topics", "lang", "confidence", "answer", "route", "clarify", "danger", "caution", "door",
        "parts", "ms",
    }  # fmt: skip
    assert (bins["id"], bins["kind"], bins["lang"], bins["danger"], bins["door"], bins["parts"]) == (
        7, "answer", "fr", False, None, [],
    )  # fmt: skip
    assert bins["topics"][0]["slug"] == "collectes" and 0 < bins["topics"][0]["score"] <= 1
    assert len(bins["topics"]) <= 5
    assert set(bins["answer"]) == {"title", "short", "url", "facts"}
    assert bins["answer"]["url"].endswith("/reponses/collectes/") and bins["answer"]["short"]
    assert (light["kind"], light["answer"], light["lang"]) == ("route", None, "en")
    assert light["route"] == {"type": "lampadaire", "department": "voirie"}
    assert 0 <= light["confidence"] <= 1 and light["ms"] >= 0


def test_the_address_and_the_day_are_read(ask: Ask) -> None:
    code, result = ask(
        question("collecte des gros morceaux encombrants", date="2026-05-01"),
        question("collecte des gros morceaux encombrants", date="2026-06-01", address="12 place du Moulin"),
        question("collecte", address="999999 rue de nulle part"),
    )
    assert code == 0
    keys = [{fact["key"] for fact in line["answer"]["facts"]} for line in result[:2]]
    assert "collectes.encombrants" in keys[0] and "collectes.encombrants" not in keys[1]


def test_somebody_elses_question_gets_the_door_and_a_danger_is_told(ask: Ask) -> None:
    _code, (licence, fire) = ask(
        question("renouveler ma licence de char expirée"), question("la maison est en feu", lang="fr")
    )
    assert (licence["kind"], licence["route"], licence["answer"]) == ("none", None, None)
    assert licence["door"] == {"name": "SAAQ", "phone": "+18003617620", "url": "https://saaq.gouv.qc.ca"}
    assert fire["danger"] is True


def test_under_a_danger_there_is_no_answer_route_question_nor_part(ask: Ask) -> None:
    _code, (both, poison, fear, calm) = ask(
        question("Quel jour passent les poubelles? Et ma mère fait un AVC."),
        question("mon enfant a bu de l'eau de javel"),
        question("qui appeler si jamais ça sent le gaz"),
        question("Quel jour passent les poubelles?"),
    )
    assert (both["danger"], both["caution"]) == (True, False)
    assert (both["answer"], both["route"], both["clarify"], both["parts"]) == (None, None, None, [])
    assert (both["door"]["phone"], poison["door"]["phone"]) == ("911", "+18004635060"), "whom to call is told"
    assert both["topics"], "what it may be about is still listed"
    assert (fear["danger"], fear["caution"]) == (False, True)
    assert (calm["danger"], calm["caution"]) == (False, False)


def test_several_questions_are_parts(ask: Ask) -> None:
    _code, (both,) = ask(question("Quel jour passent les poubelles? Et le lampadaire est brûlé devant chez moi."))
    assert [part["topics"][0]["slug"] for part in both["parts"]] == ["collectes", "lampadaire"]
    assert both["parts"][1]["text"] == "Et le lampadaire est brûlé devant chez moi"


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        ("{", None),
        ("[1, 2]", None),
        ('"text"', None),
        ("[" * 100_000, None),
        ('{"id": 3}', 3),
        ('{"id": "x", "text": 4}', "x"),
        ('{"id": "x", "text": "a", "lang": "es"}', "x"),
        ('{"id": "x", "text": "a", "date": "demain"}', "x"),
        ('{"id": "x", "text": "a", "date": 20260101}', "x"),
        ('{"id": "x", "text": "a", "address": 12}', "x"),
    ],
)
def test_a_bad_line_has_its_error_and_the_others_their_answer(ask: Ask, line: str, identity: object) -> None:
    code, (bad, good) = ask(line, question("quel jour passent les poubelles"))
    assert code == 1
    assert (bad["id"], bad["error"]) == (identity, "invalid") and bad["message"]
    assert good["topics"][0]["slug"] == "collectes"


@pytest.mark.parametrize("text", ["", "   ", "\x00", "🚒" * 500, "a" * 50_000, "collecte " * 5_000])
def test_no_text_breaks_it(ask: Ask, text: str) -> None:
    code, (result,) = ask(question(text))
    assert code == 0 and result["kind"] in ("answer", "route", "none")


def test_a_person_reads_the_danger_first(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "la", "maison", "est", "en", "feu"]) == 0
    assert capsys.readouterr().out.startswith("Composez le 911 maintenant.")
    assert main(["ask", "mon", "enfant", "a", "bu", "de", "l'eau", "de", "javel"]) == 0
    assert "1 800 463-5060" in capsys.readouterr().out


def test_messages_are_measured_by_split(ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "m.jsonl"
    rows = [
        {"text": "quel jour passent les poubelles", "kind": "answer", "topics": ["collectes"], "split": "tune"},
        {"text": "le lampadaire est brûlé", "kind": "route", "topics": ["lampadaire"], "split": "held-out"},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert main(["evaluate-answers", "--json", str(file)]) == 0
    measured = json.loads(capsys.readouterr().out)["splits"]
    assert measured["tune"]["all"]["top1"]["right"] == 1
    assert measured["held-out"]["kind route"]["routing"]["percent"] == 100
    assert main(["evaluate-answers", "--split", "tune", str(file)]) == 0
    assert "held-out" not in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "{", '{"text": "a"}', '{"text": "a", "kind": "b", "topics": []}', None])
def test_a_file_that_cannot_be_measured_is_named(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.jsonl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert main(["evaluate-answers", str(file)]) == 1
    assert "m.jsonl" in capsys.readouterr().err


def test_below_half_certainty_there_are_no_words_to_say_and_something_to_ask(ask: Ask, settings: Settings) -> None:
    settings.PARVIS_ENCODER = "none"
    suggesting.forget()
    _code, (doubtful,) = ask(question("prix du permis abri dauto"))
    assert (doubtful["kind"], doubtful["answer"]) == ("answer", None) and 0.3 <= doubtful["confidence"] < 0.5
    assert doubtful["clarify"]["choices"][0]["slug"] == "cabanon-jumele"
