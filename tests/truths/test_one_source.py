"""A date that the town gives in two places has one source: the calendar of collections, the facts of the taxes."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.calculators.queries.taxes import tax_instalments
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.address import at_address
from parvis.apps.content.queries.snapshot import contents
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Season
from parvis.apps.leisure.services.management import set_openings, withdraw_season
from parvis.apps.places.models import Address
from parvis.lib import ttl_cache
from parvis.lib.errors import Conflict
from parvis.lib.i18n.languages import LANGUAGES
from tests.public.makers import words
from tests.truths.test_everywhere import MORNING, Truth, plain, said, someone_who_may


def test_the_day_of_a_collection_is_one_in_the_answer_and_at_the_address(
    sample_town: None, db: None, settings: Settings
) -> None:
    settings.PARVIS_NOW = MORNING.isoformat()
    contents.clear()
    ttl_cache.forget_all()
    home = Address.objects.filter(sector__isnull=False).select_related("street", "sector").first()
    assert home
    trees = next(each for each in at_address(home).pickups.streams if each.stream == "sapins")
    assert trees.day == date(2027, 1, 13)
    for lang, day in (("fr", "13 janvier 2027"), ("en", "January 13, 2027")):
        answer = answers.published("branches", lang)
        assert answer
        [fact] = [each for each in answer.facts if each.key == "branches.sapins"]
        assert fact.told and fact.mark and plain(fact.shown) == day
        assert day in plain(words(Client(), f"/reponses/branches/?langue={lang}"))
    settings.PARVIS_NOW = "2027-02-01T10:00:00-05:00"
    contents.check_now()
    ttl_cache.forget_all()
    after = answers.published("branches", "fr")
    assert after and not next(each for each in after.facts if each.key == "branches.sapins").told


def test_the_dates_of_the_instalments_are_one_in_the_answer_and_in_what_is_worked_out(
    sample_town: None, db: None, settings: Settings
) -> None:
    settings.PARVIS_NOW = MORNING.isoformat()
    contents.clear()
    answer = answers.published("paiement-taxes", "fr")
    assert answer
    dates = [fact.shown for fact in answer.facts if fact.key.startswith("taxes.versement_")]
    worked = tax_instalments(today=MORNING.date()).words("fr")
    assert len(dates) == 3 and all(fact.told and fact.mark for fact in answer.facts if fact.key[-1] in "123")
    assert dates == [row.value for row in worked.rows[:3]] and all(row.sample for row in worked.rows[:3])


BEFORE = {"fr": "8 décembre 2026", "en": "December 8, 2026"}
AFTER = {"fr": "10 décembre 2026", "en": "December 10, 2026"}
OPENING = datetime.fromisoformat("2026-12-10T09:30:00-05:00")


@pytest.fixture
def season(sample_town: None, db: None, settings: Settings) -> Season:
    """The winter of the sample town, before it opens."""
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    contents.clear()
    ttl_cache.forget_all()
    return Season.objects.get(slug="hiver-2027")


def move(season: Season, opening: datetime = OPENING) -> None:
    set_openings(
        season=season,
        residents_open_at=opening,
        everyone_opens_at=opening + timedelta(days=7),
        closes_at=season.closes_at,
        by=someone_who_may(Action.MANAGE_LEISURE),
    )
    ttl_cache.forget_all()


def everywhere(lang: str) -> list[tuple[str, str]]:
    """What each surface says of leisure, its catalogue included."""
    home = Address.objects.filter(sector__isnull=False).select_related("street", "sector")[0]
    told = said(Truth(BEFORE, None, "loisirs", lambda: None), home, lang)
    catalogue = words(Client(), f"/loisirs/?langue={lang}")
    whole = words(Client(), f"/reponses/loisirs/?langue={lang}")
    return [*((name, plain(text)) for name, text in told), ("catalogue", plain(catalogue)), ("answer", plain(whole))]


def test_an_opening_that_is_moved_is_said_at_once_everywhere_and_the_old_day_nowhere(season: Season) -> None:
    for lang in LANGUAGES:
        missing = [name for name, text in everywhere(lang) if name != "catalogue" and BEFORE[lang] not in text]
        assert not missing
    move(season)
    for lang in LANGUAGES:
        told = everywhere(lang)
        assert len(told) == 9
        assert [name for name, text in told if name != "catalogue" and AFTER[lang] not in text] == []
        assert [name for name, text in told if BEFORE[lang].rpartition(" ")[0] in text] == []
    answer = answers.published("loisirs", "fr")
    assert answer and {fact.key: plain(fact.shown) for fact in answer.facts}["loisirs.heure"] == "9 h 30"
    assert {fact.source for fact in answer.facts if fact.key == "loisirs.tous"} == {"Loisirs, Hiver 2027"}


def test_the_day_of_an_opening_is_typed_nowhere_else_and_lapses_with_its_season(
    season: Season, settings: Settings
) -> None:
    answer = answers.current_answer("loisirs")
    assert answer is not None
    fact = answers.render(answer, "fr").facts[0]
    assert fact.key == "loisirs.residents" and fact.mark == "exemple"
    with pytest.raises(Conflict, match="Loisirs|Leisure"):
        set_fact(
            key=fact.key,
            kind="date",
            value="2026-12-24",
            label_fr="Autre",
            label_en="Other",
            owner=answer.owner,
            source_title="Une affiche",
            by=Actor.staff(someone_who_may(Action.PUBLISH_ANSWER)),
        )
    settings.PARVIS_NOW = "2027-01-20T10:00:00-05:00"
    contents.clear()
    tasks.tell_openings()
    assert not next(one for one in answers.render(answer, "fr").facts if one.key == fact.key).told


def test_a_season_withdrawn_is_no_longer_said_by_the_answers(season: Season) -> None:
    withdraw_season(season=season, by=someone_who_may(Action.MANAGE_LEISURE))
    answer = answers.published("loisirs", "fr")
    assert answer and not [fact for fact in answer.facts if fact.key == "loisirs.residents" and fact.told]
