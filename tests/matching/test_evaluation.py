"""The measures of the engine, on cases counted by hand."""

import pytest

from parvis.apps.matching.rules import evaluation
from parvis.apps.matching.rules.evaluation import EngineResult, Message


def message(kind: str, topics: list[str], split: str = "tune", danger: bool = False) -> Message:
    return Message.of({"text": "x", "kind": kind, "topics": topics, "lang": "fr", "split": split, "danger": danger})


def outcome(kind: str, *topics: str, sure: bool = True, danger: bool = False, route: str = "") -> EngineResult:
    return EngineResult(kind, topics, route or (topics[0] if topics else ""), sure, () if sure else topics, danger)


PAIRS = [
    (message("answer", ["a"]), outcome("answer", "a", "b")),
    (message("answer", ["a", "b"]), outcome("answer", "b", sure=False)),
    (message("answer", ["a"]), outcome("answer", "b", "c", "a")),
    (message("route", ["r"]), outcome("none", "r", sure=False)),
    (message("none", []), outcome("none", "a", sure=False)),
    (message("none", [], danger=True), outcome("answer", "a", danger=True)),
    (message("none", [], split="held-out"), outcome("answer", "a", sure=False)),
]


@pytest.mark.parametrize(
    ("name", "right", "of"),
    [
        ("top1", 3, 4),
        ("top3", 4, 4),
        ("routing", 1, 1),
        ("decision", 3, 6),
        ("coverage", 2, 4),
        ("precision", 1, 2),
        ("precision_all", 1, 3),
        ("clarify", 2, 2),
        ("none", 1, 2),
        ("false_confident", 1, 2),
        ("danger", 1, 1),
        ("false_danger", 0, 5),
    ],
)
def test_each_measure_counts_what_it_says(name: str, right: int, of: int) -> None:
    measured = evaluation.report(PAIRS)["splits"]["tune"]["all"][name]
    assert (measured["right"], measured["of"]) == (right, of)


def test_splits_are_reported_apart_and_a_measure_without_messages_is_left_out() -> None:
    splits = evaluation.report(PAIRS)["splits"]
    assert list(splits) == ["tune", "held-out"]
    assert splits["held-out"]["all"]["messages"] == 1
    assert "top1" not in splits["held-out"]["all"]
    assert set(splits["tune"]) == {"all", "language fr", "kind answer", "kind none", "kind route"}


@pytest.mark.parametrize(("right", "of", "low", "high"), [(0, 0, 0, 100), (50, 100, 40.4, 59.6), (10, 10, 72.2, 100)])
def test_intervals_are_those_of_wilson(right: int, of: int, low: float, high: float) -> None:
    assert evaluation.wilson(right, of) == (low, high)


@pytest.mark.parametrize("wrong", [{"text": "x"}, {"text": 1, "kind": "answer"}, {"text": "x", "kind": "maybe"}])
def test_what_is_no_message_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Message.of(wrong)
