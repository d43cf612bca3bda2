"""Health forms destroyed once nobody attends anything for which they were filled."""

from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import HealthForm
from parvis.apps.households.queries import members_of
from parvis.apps.households.services.health import HealthAnswers, sign_health_form
from parvis.apps.leisure.models import Registration, Season
from parvis.apps.retention.queries.registry import rules
from tests.leisure.making import children_of, hold, make_activity, make_group, make_household

ANSWERS = HealthAnswers(allergies="Arachides-secret", contact_name="Paul Roy", contact_phone="450 555-0147")


@pytest.mark.both_databases
def test_a_form_is_destroyed_a_period_after_the_season_or_once_nothing_is_attended(
    season: Season, settings: Settings
) -> None:
    """Point 22: the season ends on 28 March 2027."""
    home = make_household("Léa Gagné")
    lea, mother = children_of(home)[0], members_of(home)[0].individual
    row = hold(home, make_group(season, make_activity(health_form=True)), lea)[0]
    form = sign_health_form(household=home, individual=lea, answers=ANSWERS, said_by=mother, by=Actor.citizen())
    rule = rules()["leisure.health_forms"]

    def due(month: int, day: int) -> list[HealthForm]:
        return list(rule.due_rows(datetime(2027, month, day, 17, tzinfo=UTC)))

    assert due(3, 28) == [] and due(3, 29) == [form]
    Registration.objects.filter(pk=row.pk).update(state="cancelled")
    assert due(1, 15) == [form]
    rule.destroy([form.pk])
    form.refresh_from_db()
    assert form.destroyed_at and not any(getattr(form, name) for name in HealthForm.WORDS)
    assert due(3, 29) == [] and rule.left([form.pk]) == set()
