"""The language policy, as a table and for two towns."""

from datetime import date
from pathlib import Path

import pytest

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import rule_of
from parvis.apps.directory.rules.language_policy import Allowed, Ground, LanguageRule, Why, allowed
from parvis.lib.i18n.languages import Lang
from parvis.operations.town.reading import read

HERE = Path(__file__).parents[2]
SAID = date(2026, 3, 2)
GROUNDS = {
    "before-2021": Ground("before-2021", "Avant 2021", "Before 2021", lasting=True),
    "newcomer": Ground("newcomer", "Nouvel arrivant", "Newcomer", lasting=True, days=183),
    "spoken": Ground("spoken", "De vive voix", "Aloud", channels=frozenset({"phone", "counter"})),
    "question": Ground("question", "Une question", "A question", kinds=frozenset({"information"})),
}
BOTH, FRENCH = ("fr", "en"), ("fr",)

TABLE = [
    # status, ground, channel, kind, day, languages, why, ground to record
    ("open", "", "email", "request", SAID, BOTH, Why.EVERYONE, ""),
    ("open", "newcomer", "phone", "complaint", date(2030, 1, 1), BOTH, Why.EVERYONE, ""),
    ("exception", "", "email", "request", SAID, FRENCH, Why.NO_GROUND, ""),
    ("exception", "unheard-of", "email", "request", SAID, FRENCH, Why.NO_GROUND, ""),
    ("exception", "", "phone", "information", SAID, FRENCH, Why.NO_GROUND, ""),
    ("exception", "", "phone", "safety", SAID, BOTH, Why.SAFETY, "safety"),
    ("exception", "before-2021", "web", "comment", date(2040, 1, 1), BOTH, Why.GROUND, "before-2021"),
    ("exception", "newcomer", "email", "request", date(2026, 9, 1), BOTH, Why.GROUND, "newcomer"),
    ("exception", "newcomer", "email", "request", date(2026, 9, 2), FRENCH, Why.LAPSED, ""),
    ("exception", "newcomer", "email", "safety", date(2026, 9, 2), BOTH, Why.SAFETY, "safety"),
    ("exception", "spoken", "counter", "request", SAID, BOTH, Why.GROUND, "spoken"),
    ("exception", "spoken", "letter", "request", SAID, FRENCH, Why.ELSEWHERE, ""),
    ("exception", "question", "email", "information", SAID, BOTH, Why.GROUND, "question"),
    ("exception", "question", "email", "complaint", SAID, FRENCH, Why.ELSEWHERE, ""),
    ("off", "before-2021", "email", "request", SAID, FRENCH, Why.FRENCH_ONLY, ""),
    ("off", "", "email", "safety", SAID, BOTH, Why.SAFETY, "safety"),
]


@pytest.mark.parametrize(("status", "ground", "channel", "kind", "day", "languages", "why", "recorded"), TABLE)
def test_the_rule_is_a_table(
    status: str, ground: str, channel: str, kind: str, day: date, languages: tuple[Lang, ...], why: Why, recorded: str
) -> None:
    result = allowed(LanguageRule(status, GROUNDS), ground=ground, channel=channel, kind=kind, day=day, said_on=SAID)
    assert result == Allowed(languages, why, recorded)
    assert result.chosen("en") == ("en" if "en" in languages else "fr")
    assert result.chosen("fr") == result.chosen(None) == "fr"


def test_each_town_has_its_own_grounds_with_their_source() -> None:
    folders = ("towns/carignan", "tests/towns/val-des-aulnes")
    rules = [rule_of(Town(english="exception", language_rule=read(HERE / folder).language)) for folder in folders]
    carignan, aulnes = rules
    assert set(aulnes.grounds) < set(carignan.grounds)
    assert all(ground.source for rule in rules for ground in rule.grounds.values())
    comment = {"ground": "newcomer", "channel": "web", "kind": "comment", "day": SAID}
    assert allowed(carignan, **comment).english and not allowed(aulnes, **comment).english  # type: ignore[arg-type]
