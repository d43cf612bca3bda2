"""Computed answers over the facts of the sample town, in both languages, honest about unknown values."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from parvis.apps.calculators.queries import base, duty, opening_hours, revision, sale, subsidies, taxes
from parvis.apps.calculators.rules.duty import Duty
from parvis.apps.calculators.rules.subsidy import Obstacle, Verdict
from parvis.apps.calculators.rules.tax_sale import Known, Stage
from parvis.apps.content.models import Answer, Fact
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Given
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput, settle_answered
from parvis.lib import quebec
from tests.conftest import SAMPLE_MOMENT
from tests.content.makers import make_fact
from tests.factories import unique

TODAY = date(2026, 11, 24)
pytestmark = pytest.mark.django_db


@pytest.fixture
def carignan(sample_town: None, db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = SAMPLE_MOMENT


@pytest.fixture
def real(carignan: None, settings: Settings) -> None:
    """The same facts outside the demonstration."""
    settings.PARVIS_DEMO = False


def give(key: str, value: object, **more: object) -> None:
    """Set a verified value for this fact."""
    Fact.objects.filter(key=key).update(value=value, example=False, verified_on=TODAY, valid_to=None, **more)


def spoken(computed: base.Computed[object], lang: str = "fr") -> str:
    return quebec.plain(computed.words(lang).short)


# --- Transfer duty -------------------------------------------------------------------------------------------------


def test_duty_of_2026(real: None) -> None:
    computed = duty.transfer_duty(paid=45_000_000, on=TODAY)
    assert isinstance(computed.result, Duty) and computed.result.total == 486_050
    assert "4 860,50 $" in spoken(computed) and "estimation" in spoken(computed)
    assert "$4,860.50" in spoken(computed, "en") and computed.estimate
    assert computed.words("fr").checks == ()
    assert {"mutation.seuil_1", "mutation.taux_3"} <= {fact.key for fact in computed.facts_told("fr")}


def test_unknown_local_rate_gives_the_rates_of_the_law_and_a_check(real: None) -> None:
    computed = duty.transfer_duty(paid=65_000_000, on=TODAY)
    assert isinstance(computed.result, Duty) and (computed.result.total, computed.result.upper_unknown) == (
        786_050,
        True,
    )
    assert "500 000 $" in quebec.plain(computed.words("fr").checks[0])
    assert "au moins 7 860,50 $" in spoken(computed)
    give("mutation.taux_haut", 3)
    computed = duty.transfer_duty(paid=65_000_000, on=TODAY)
    assert isinstance(computed.result, Duty) and computed.result.total == 1_011_050
    assert computed.words("fr").checks == ()


def test_an_example_counts_in_the_demonstration_only_and_says_so(carignan: None) -> None:
    computed = duty.transfer_duty(paid=65_000_000, on=TODAY)
    assert isinstance(computed.result, Duty) and computed.result.total == 936_050
    assert "Taux de Carignan sur cette tranche" in computed.words("fr").checks[0]


@pytest.mark.parametrize(("on", "total"), [(date(2024, 7, 2), 310_750), (date(2021, 1, 4), 329_100)])
def test_the_thresholds_are_those_of_the_year_of_the_transfer(real: None, on: date, total: int) -> None:
    # 2024: see test_duty. 2021: 264 + 2,112 + (325,000 - 264,000) x 1.5 % = 915
    computed = duty.transfer_duty(paid=32_500_000, on=on)
    assert isinstance(computed.result, Duty) and computed.result.total == total


def test_a_year_without_thresholds_gives_no_amount(real: None) -> None:
    computed = duty.transfer_duty(paid=32_500_000, on=date(2027, 2, 1))
    assert computed.result is None and "2027" in computed.words("fr").checks[0]
    assert computed.as_json()["to_check"]


def test_a_year_is_indexed_from_the_one_before_when_its_rate_is_known(real: None) -> None:
    Fact.objects.filter(key__in=["mutation.seuil_1_2024", "mutation.seuil_2_2024"]).delete()
    computed = duty.transfer_duty(paid=32_500_000, on=date(2024, 7, 2))  # from 2023, by 6.6763 %
    assert isinstance(computed.result, Duty) and computed.result.total == 310_750


def test_an_exempt_transfer_may_leave_a_special_duty(real: None) -> None:
    computed = duty.transfer_duty(paid=30_000_000, on=TODAY, exempt=True)
    assert computed.result is not None and computed.result.total == 20_000
    assert "accepte l’exemption" in spoken(computed)


def test_value_of_the_roll_without_its_factor_is_to_be_checked(real: None) -> None:
    computed = duty.transfer_duty(paid=0, on=TODAY, roll=45_000_000)
    assert isinstance(computed.result, Duty) and (computed.result.basis, computed.result.total) == ("roll", 486_050)
    assert "facteur" in computed.words("fr").checks[0]


def test_value_of_the_roll_is_multiplied_by_the_factor_of_the_year(real: None) -> None:
    make_fact("mutation.facteur", Department.objects.get(slug="tresorerie"), kind="percent", value=112.5)
    computed = duty.transfer_duty(paid=44_000_000, on=TODAY, roll=40_000_000)  # 400,000 x 1.125 = 450,000
    assert isinstance(computed.result, Duty) and (computed.result.basis, computed.result.total) == ("roll", 486_050)
    assert computed.words("fr").checks == ()


# --- Taxes ---------------------------------------------------------------------------------------------------------


def test_dates_of_a_past_year_are_never_given(carignan: None) -> None:
    computed = taxes.tax_instalments(today=date(2028, 1, 15))
    assert computed.result.dates == () and "2027" not in spoken(computed)
    assert "imprimées sur votre compte" in spoken(computed)
    assert any("cette année" in check for check in computed.words("fr").checks)


def test_next_due_date_is_said(carignan: None) -> None:
    for number, day in enumerate(("2026-03-04", "2026-06-03", "2026-12-02"), 1):
        give(f"taxes.versement_{number}", day)
    computed = taxes.tax_instalments()
    assert spoken(computed) == "La prochaine échéance est le mercredi 2 décembre 2026, dans 8 jours."
    assert spoken(computed, "en") == "The next due date is Wednesday, December 2, 2026, in 8 days."
    rows = {quebec.plain(row.value): row.strong for row in computed.words("fr").rows}
    assert rows["2 décembre 2026"] and not rows["3 juin 2026"]


def test_lateness_is_explained_on_a_round_sum(carignan: None, settings: Settings) -> None:
    rows = {quebec.plain(row.label): quebec.plain(row.value) for row in taxes.tax_instalments().words("fr").rows}
    assert rows["Intérêt sur 1 000 $ payés 30 jours en retard, au taux annuel de 11 %"] == "9,04 $"
    assert "5 $" in rows.values()
    settings.PARVIS_DEMO = False
    text = taxes.tax_instalments().words("fr")
    assert not any("11 %" in quebec.plain(row.label) for row in text.rows)
    assert any("taux d’intérêt" in check for check in text.checks)


def test_dates_of_the_law_stand_in_when_the_day_of_sending_is_known(real: None) -> None:
    computed = taxes.tax_instalments(today=date(2026, 2, 1), sent_on=date(2026, 1, 30), bill=250_000)
    assert "1er mars 2026" in spoken(computed) and computed.result.single is False


# --- Roll and sale -------------------------------------------------------------------------------------------------


def test_last_day_to_ask_for_a_review(real: None) -> None:
    computed = revision.roll_revision(
        kind="roll", notice_on=date(2026, 4, 15), value=40_000_000, roll_year=2026, today=date(2026, 5, 1)
    )
    assert computed.result.last_day == date(2026, 6, 14)
    assert "dimanche 14 juin 2026" in spoken(computed)
    assert any("fin de semaine" in note for note in computed.words("fr").notes)
    late = revision.roll_revision(
        kind="certificate", notice_on=date(2026, 7, 1), value=40_000_000, roll_year=2026, today=TODAY
    )
    assert "était le dimanche 30 août 2026" in spoken(late)


def test_buying_back_is_told_only_once_it_is_confirmed(real: None) -> None:
    sold = Known(sale_on=date(2026, 10, 20), sold=True)
    computed = sale.tax_sale(sold)
    assert computed.result.stage == Stage.SOLD and computed.result.redeem_until is None
    assert len(computed.words("fr").checks) == 2
    give("vente.retrait_ans", 1)
    computed = sale.tax_sale(sold)
    assert computed.result.redeem_until == date(2027, 10, 20)


def test_a_sale_that_may_be_stopped_says_how(real: None) -> None:
    computed = sale.tax_sale(Known(ordered_on=date(2026, 11, 3)))
    assert computed.result.stoppable and "reçu avant qu’elle commence" in spoken(computed)
    assert "3 décembre 2026" in {quebec.plain(row.value) for row in computed.words("fr").rows}


# --- Subsidies -----------------------------------------------------------------------------------------------------


def test_a_programme_gives_its_amount_its_last_day_and_its_proofs(carignan: None) -> None:
    computed = subsidies.subsidy("subvention-couches", price=40_000, bought_on=date(2026, 10, 1))
    assert (computed.result.verdict, computed.result.amount) == (Verdict.YES, 12_500)
    text = computed.words("fr")
    assert "125 $" in quebec.plain(text.short) and "Preuve de naissance de l’enfant" in text.documents
    assert "exemple" not in text.short and "personne n’a confirmées" in text.checks[0]
    used = subsidies.subsidy("subvention-couches", price=40_000, bought_on=date(2026, 10, 1), second_hand=True)
    assert used.result.amount == 6_000


def test_outside_the_demonstration_an_example_gives_no_amount(real: None) -> None:
    computed = subsidies.subsidy("subvention-toilettes", price=40_000, bought_on=date(2026, 10, 1))
    assert computed.result.amount is None and Obstacle.AMOUNT_UNKNOWN in computed.result.obstacles
    assert "65 $" not in json.dumps(computed.as_json(), ensure_ascii=False)


# --- Reach ---------------------------------------------------------------------------------------------------------


def test_at_night_the_next_opening_and_the_emergency_number(carignan: None) -> None:
    night = datetime(2026, 12, 23, 22, tzinfo=ZoneInfo("America/Toronto"))
    computed = opening_hours.reach(moment=night)
    assert "Nous ouvrons lundi 4 janvier 2027 à 8 h" in spoken(computed)
    assert computed.result.emergency == "+14505550142"
    assert "450 555-0142" in {quebec.plain(row.value) for row in computed.words("fr").rows}
    assert "911" in computed.words("en").notes[0]


def test_in_the_day_until_when(carignan: None) -> None:
    assert spoken(opening_hours.reach()) == "Nous sommes ouverts, jusqu’à 12 h."


def test_hours_and_a_number_that_nobody_confirmed_are_not_given(real: None) -> None:
    computed = opening_hours.reach(moment=datetime(2026, 11, 24, 22, tzinfo=ZoneInfo("America/Toronto")))
    assert not computed.result.hours.known and computed.result.emergency == ""
    assert len(computed.words("fr").checks) == 2


# --- What is kept --------------------------------------------------------------------------------------------------


def test_what_was_computed_is_plain_values_and_can_be_computed_again(carignan: None) -> None:
    computed = duty.transfer_duty(paid=45_000_000, on=TODAY, roll=40_000_000)
    assert json.loads(json.dumps(computed.as_json())) == computed.as_json()
    inputs = computed.given_inputs
    again = duty.transfer_duty(
        paid=inputs["paid"], on=date.fromisoformat(inputs["on"]), roll=inputs["roll"], exempt=inputs["exempt"]
    )
    assert again.given_inputs == inputs and inputs["result"]["total"] == 486_050


def test_a_given_keeps_what_was_computed(carignan: None) -> None:
    agent = User.objects.get(username="lea.tremblay")
    computed = duty.transfer_duty(paid=45_000_000, on=TODAY)
    contact = contacts.receive(Arrival(channel="phone", key=unique("call"), by=Actor.staff(agent)))
    answer = Answer.objects.get(subject__slug="mutation")
    said = GivenAnswer(answer, computed.words("fr").short, "fr", computed.given_facts("fr"), computed.given_inputs)
    settled = MatterInput(contact_id=contact.pk, key=unique("matter"), by=agent, subject=answer.subject)
    settle_answered(settled, said)
    given = Given.objects.get()
    assert (given.inputs["computed"], given.inputs["paid"]) == ("transfer-duty", 45_000_000)
    assert given.inputs["result"]["total"] == 486_050 and "4\u00a0860,50\u00a0$" in given.words
    assert any(fact["key"] == "mutation.seuil_1" and fact["id"] for fact in given.facts)
