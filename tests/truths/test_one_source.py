"""A date that the town gives in two places has one source: the calendar of collections, the facts of the taxes."""

from datetime import date

from django.test import Client
from pytest_django import Settings

from parvis.apps.calculators.queries.taxes import tax_instalments
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.address import at_address
from parvis.apps.content.queries.snapshot import contents
from parvis.apps.places.models import Address
from parvis.lib import ttl_cache
from tests.public.makers import words
from tests.truths.test_everywhere import MORNING, plain


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
