"""The words of every refusal of a setting: guides quote them, and so do people who ask for help."""

from pathlib import Path

import pytest

from tests.test_settings import REAL, problems

REFUSALS = (Path(__file__).parent / "refusals.txt").read_text(encoding="utf-8").split("\n\n")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_said_in_these_words(refusal: str) -> None:
    *given, words = refusal.strip().splitlines()
    assert problems(REAL | dict(line.split("=", 1) for line in given)) == [words.strip()]


def test_a_public_demonstration_is_refused_in_these_words() -> None:
    assert problems({"PARVIS_DEMO": "1", "PARVIS_HOSTS": "*"}) == [
        "PARVIS_DEMO=1 opens every account: it is refused when PARVIS_HOSTS names a public host."
    ]


def test_blanks_around_a_value_do_not_count() -> None:
    assert problems(REAL | {"PARVIS_WEB_WORKERS": " 3 ", "PARVIS_LOG_LEVEL": "  "}) == []
