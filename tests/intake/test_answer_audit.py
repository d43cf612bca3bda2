"""Audit of the answers and facts of a past day."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.content.models import Answer, Fact, Publication
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.intake.queries.answer_audit import answers_on
from parvis.apps.places.models import Sector
from parvis.cli.main import main
from parvis.lib.errors import NotFound
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown, unique

BEFORE, CHANGED, AFTER = date(2026, 3, 1), date(2026, 3, 10), date(2026, 3, 20)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)


def give(town: SmallTown, answer: Answer, day: date) -> None:
    contact = Contact.objects.create(key=unique(), channel="phone", agent=town.agent, started_at=at(day))
    matter = Matter.objects.create(contact=contact, key=unique(), subject=town.shed, outcome="answered", at=at(day))
    Given.objects.create(matter=matter, answer=answer, language="fr", words="Dit.", at=at(day))


@pytest.fixture
def answer(town: SmallTown, settings: Settings) -> Answer:
    """An answer reworded, and a price changed, on 10 March."""
    old = make_fact("tarif", town.planning, created_at=at(date(2026, 1, 5)), value=4000, replaced_at=at(CHANGED))
    make_fact("tarif", town.planning, created_at=at(CHANGED), value=5000)
    settings.PARVIS_NOW = at(date(2026, 1, 5)).isoformat()
    made = publish_answer(town.shed, town.planning, short_fr="Comptez {fact:tarif}.", short_en="About {fact:tarif}.")
    settings.PARVIS_NOW = at(CHANGED).isoformat()
    made.short_fr = "C’est {fact:tarif}."
    made.save_revision().publish()
    settings.PARVIS_NOW = ""
    assert old.pk
    return made


def test_each_day_has_the_words_and_the_price_of_that_day(town: SmallTown, answer: Answer) -> None:
    assert [audited_answer.answer.short.plain for audited_answer in answers_on("cabanon", BEFORE, "fr").answers] == [
        "Comptez 40\u00a0$."
    ]
    assert [audited_answer.answer.short.plain for audited_answer in answers_on("cabanon", AFTER, "fr").answers] == [
        "C’est 50\u00a0$."
    ]
    [fact] = answers_on("cabanon", BEFORE, "fr").facts
    assert [shown_fact.shown for shown_fact in fact.shown] == ["40\u00a0$"]


def test_a_fact_that_nobody_knew_yet_bears_its_name(town: SmallTown, answer: Answer) -> None:
    [fact] = answers_on("cabanon", date(2020, 1, 1), "fr").facts
    name = Fact.objects.filter(key="tarif").latest("pk").label_fr
    assert (fact.shown[0].label, fact.shown[0].told) == (name, False) and name != "tarif"
    assert fact.lines("fr")[0].startswith(f"  {name} (tarif)")


def test_the_day_of_the_change_shows_both(town: SmallTown, answer: Answer) -> None:
    answer_audit = answers_on("cabanon", CHANGED, "fr")
    assert len(answer_audit.answers) == 2
    assert [shown_fact.shown for shown_fact in answer_audit.facts[0].shown] == ["40\u00a0$", "50\u00a0$"]


def test_it_counts_what_was_given_that_very_day(town: SmallTown, answer: Answer) -> None:
    for day in (BEFORE, BEFORE, AFTER):
        give(town, answer, day)
    assert sum(answers_on("cabanon", BEFORE, "fr").given.values()) == 2
    assert sum(answers_on("cabanon", BEFORE + timedelta(days=1), "fr").given.values()) == 0


def test_what_is_withdrawn_is_read_no_more(town: SmallTown, answer: Answer) -> None:
    answer.refresh_from_db()
    answer.unpublish()
    assert Publication.objects.filter(until=None).count() == 0
    assert answers_on("cabanon", date.today() + timedelta(days=2), "fr").answers == ()


def test_an_unverified_value_was_not_told_then_either(town: SmallTown, answer: Answer, settings: Settings) -> None:
    Fact.objects.filter(value=4000).update(verified_on=None)
    settings.PARVIS_DEMO = False
    assert "à vérifier" in answers_on("cabanon", BEFORE, "fr").answers[0].answer.short.plain


def test_an_address_has_the_value_of_its_area(town: SmallTown, answer: Answer) -> None:
    shore = Sector.objects.create(slug="rive", kind="quartier", name_fr="La rive", name_en="The shore")
    make_fact("tarif", town.planning, area=shore, value=6000, created_at=at(BEFORE))
    town.address.sector = shore
    town.address.save()
    assert answers_on("cabanon", AFTER, "fr", town.address).answers[0].answer.short.plain == "C’est 60\u00a0$."
    assert answers_on("cabanon", AFTER, "fr").answers[0].answer.short.plain == "C’est 50\u00a0$."


def test_an_unknown_subject_is_said_to_be_unknown(town: SmallTown) -> None:
    with pytest.raises(NotFound):
        answers_on("piscine", BEFORE, "fr")


def test_the_command_says_the_same(town: SmallTown, answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    give(town, answer, BEFORE)
    line = ["said", "cabanon", "--on", BEFORE.isoformat()]
    assert main([*line, "--json", "--lang", "en", "--address", town.address.label]) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (report["answers"][0]["short"], report["given"], report["address"]) == ("About $40.", 1, town.address.label)
    assert report["facts"][0]["versions"][0]["shown"] == "$40"
    assert main([*line, "--language", "fr"]) == 0
    assert "Comptez 40\u00a0$." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "terminal", "words"),
    [
        ([], "C.UTF-8", ["Faits en vigueur ce jour-là\u00a0:", "Lu par tout le monde", "Donnée une fois", ", du "]),
        ([], "fr_CA.UTF-8", ["Faits en vigueur ce jour-là\u00a0:", "40\u00a0$"]),
        ([], "en_CA.UTF-8", ["Facts in force that day:", "Given once", "About $40.", ", from "]),
        (["--lang", "fr"], "en_CA.UTF-8", ["Faits en vigueur", "Donnée une fois"]),
        (["--language", "en"], "fr_CA.UTF-8", ["Facts in force that day:", "Given once"]),
    ],
)
def test_it_speaks_the_language_asked_for_else_that_of_the_terminal_else_that_of_the_town(
    town: SmallTown, answer: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    more: list[str], terminal: str, words: list[str],
) -> None:  # fmt: skip
    give(town, answer, BEFORE)
    monkeypatch.setenv("LC_ALL", terminal)
    assert main(["said", "cabanon", "--on", BEFORE.isoformat(), *more]) == 0
    output = capsys.readouterr().out
    assert all(word in output for word in words)
    absent = ("Facts", "Given", "revision") if words[0].startswith("Faits") else ("Faits", "Donnée", "révision")
    assert not any(item in output for item in absent)


def test_a_day_without_an_answer_and_an_address_that_is_none_are_said_in_french(
    town: SmallTown, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["said", "cabanon", "--on", "2020-01-01", "--language", "fr"]) == 1
    output = capsys.readouterr().out
    assert "aucune réponse publiée n’est connue" in output and "Donnée à personne" in output
    assert main(["said", "cabanon", "--on", "2026-03-01", "--address", "1 rue Nulle-Part", "--language", "fr"]) == 1
    assert "Aucune adresse" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--on", "2020-01-01"], 1), (["--on", "2026-03-01", "--address", "1 rue Nulle-Part"], 1)],
)
def test_the_command_fails_when_nothing_is_known(
    town: SmallTown, answer: Answer, more: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["said", "cabanon", *more]) == code
