"""From the cart to the confirmation; money that comes late; what is given back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import icalendar
import pytest
from django.core.files.storage import storages
from pytest_django import Settings

from parvis.apps.billing.models import Invoice, Payment, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.cancellations import given_back
from parvis.apps.leisure.queries.registrations import events_of, open_cart
from parvis.apps.leisure.services.groups import cancel_group
from parvis.apps.leisure.services.refusals import Full
from parvis.apps.leisure.services.registering import cancel_registration, check_out
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict
from tests.factories import SmallTown, unique
from tests.leisure.making import EVERYONE, hold, make_activity, make_group, make_household

State, What = Registration.State, RegistrationEvent.What
Run = Callable[[], int]


def at(settings: Settings, moment: datetime) -> None:
    settings.PARVIS_NOW = moment.isoformat()


def billed(household: Household, group: Group, **more: object) -> Invoice:
    hold(household, group)
    return check_out(household=household, language="fr", channel="web", at_counter=True)


def paid(household: Household, group: Group, town: SmallTown, run_jobs: Run) -> Invoice:
    invoice = billed(household, group)
    take(invoice, town)
    run_jobs()
    return invoice


def take(invoice: Invoice, town: SmallTown) -> None:
    take_at_counter(key=unique(), invoice=invoice, method=Payment.Method.CHEQUE, details="12", by=town.agent)


def states(group: Group) -> list[str]:
    return list(Registration.objects.filter(group=group).order_by("pk").values_list("state", flat=True))


def test_a_cart_paid_gives_a_confirmation_for_each_participant_and_calendars(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    group, household = make_group(season, swimming), make_household("Léa", "Tom", email="louise@exemple.org")
    hold(household, group, together=True)
    cart = open_cart(household)
    assert cart is not None
    invoice = check_out(household=household, language="fr", channel="web", at_counter=True)
    assert balance_of(invoice) == cart.total_cents == 240_00 and open_cart(household) is None
    assert check_out(household=household, language="fr", channel="web", at_counter=True) == invoice
    assert states(group) == [State.AWAITING_PAYMENT] * 2
    take(invoice, town)
    run_jobs()
    tasks.confirm_paid(invoice.pk)
    assert states(group) == [State.CONFIRMED] * 2
    letters = Outgoing.objects.filter(key__startswith="leisure-confirmed", to="louise@exemple.org").order_by("pk")
    assert [("Léa" in letter.text, "Tom" in letter.text) for letter in letters] == [(True, False), (False, True)]
    assert "mardi 12\u00a0janvier 2027" in letters[0].text and "Un maillot" in letters[0].text
    file = letters[0].files.get().attachment
    with storages["received"].open(file.stored) as stream:
        events = icalendar.Calendar.from_ical(stream.read()).walk("VEVENT")
    assert file.name == "agenda.ics" and len(events) == 10
    assert {event.decoded("DTSTART").hour for event in events} == {18}, "on both sides of the change of clocks"
    assert len({str(event["UID"]) for event in events}) == 10
    row = Registration.objects.first()
    assert row is not None
    assert [event.what for event in events_of(row)] == [What.HELD, What.BILLED, What.CONFIRMED]


def test_once_time_is_up_nothing_can_be_billed(season: Season, swimming: Activity, settings: Settings) -> None:
    group, household = make_group(season, swimming), make_household("Léa")
    hold(household, group)
    at(settings, EVERYONE + timedelta(minutes=20))
    with pytest.raises(Conflict):
        check_out(household=household, language="fr", channel="web")
    assert not Invoice.objects.exists()


def test_what_is_not_paid_at_the_counter_in_five_days_is_free_again_and_owed_no_more(
    season: Season, swimming: Activity, settings: Settings, run_jobs: Run
) -> None:
    group, household = make_group(season, swimming), make_household("Léa", email="louise@exemple.org")
    invoice = billed(household, group)
    at(settings, EVERYONE + timedelta(days=5, seconds=-1))
    tasks.sweep_places()
    assert states(group) == [State.AWAITING_PAYMENT]
    at(settings, EVERYONE + timedelta(days=5))
    tasks.sweep_places()
    run_jobs()
    assert states(group) == [State.LAPSED]
    assert "de nouveau libres" in Outgoing.objects.get(key__startswith="leisure-time-over").text
    at(settings, EVERYONE + timedelta(days=5, minutes=31))
    tasks.sweep_places()
    run_jobs()
    assert balance_of(invoice) == 0 and states(group) == [State.LAPSED] and not Refund.objects.exists()


@pytest.mark.parametrize("taken", [False, True])
def test_money_that_comes_late_gives_the_place_back_or_is_refunded_and_told(
    season: Season, swimming: Activity, settings: Settings, town: SmallTown, run_jobs: Run, taken: bool
) -> None:
    """Point 33."""
    group, household = make_group(season, swimming, capacity=1), make_household("Léa", email="louise@exemple.org")
    invoice = billed(household, group)
    at(settings, EVERYONE + timedelta(days=5))
    tasks.sweep_places()
    if taken:
        hold(make_household("Tom"), group)
    take(invoice, town)
    run_jobs()
    told = Outgoing.objects.filter(key__startswith="leisure-late")
    if taken:
        assert states(group) == [State.LAPSED, State.HELD] and told.get().to == "louise@exemple.org"
        assert Refund.objects.get().cents == 120_00
    else:
        assert states(group) == [State.CONFIRMED] and not told.exists() and not Refund.objects.exists()


def test_cancelling_gives_back_the_meetings_left_with_each_tax_and_frees_the_place(
    season: Season, opened: None, settings: Settings, town: SmallTown, run_jobs: Run
) -> None:
    """Points 26 and 13."""
    group = make_group(season, make_activity(tax_nature="taxable"), capacity=1, price_cents=60_00)
    household = make_household("Léa")
    invoice = paid(household, group, town, run_jobs)
    (waiting,) = hold(make_household("Tom"), group, wait=True)
    row = Registration.objects.get(household=household)
    at(settings, EVERYONE + timedelta(days=35))  # 19 January: the second meeting is tonight
    back = given_back(row)
    assert (back.left, back.of) == (9, 10)
    assert (back.net_cents, back.gst_cents, back.qst_cents, back.total_cents) == (54_00, 2_70, 5_39, 62_09)
    for _twice in range(2):
        cancel_registration(registration=row, channel="web")
    run_jobs()
    assert Refund.objects.get().cents == 62_09 and states(group) == [State.CANCELLED, State.OFFERED]
    whats = [event.what for event in events_of(row)]
    assert whats[-2:] == [What.CANCELLED, What.REFUNDED]
    assert invoice.lines.count() == 2 and waiting.pk


def test_the_town_cancels_a_group_everyone_is_refunded_in_full_and_told_why(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run, settings: Settings
) -> None:
    """Point 25."""
    group = make_group(season, swimming, capacity=3)
    first = make_household("Léa", email="louise@exemple.org")
    paid(first, group, town, run_jobs)
    paid(make_household("Tom"), group, town, run_jobs)
    hold(make_household("Zoé"), group)
    hold(make_household("Max"), group, wait=True)
    at(settings, EVERYONE + timedelta(days=60))
    ended = cancel_group(group=group, why="La piscine est fermée.", by=town.leisure_manager)
    assert cancel_group(group=group, why="La piscine est fermée.", by=town.leisure_manager) == []
    run_jobs()
    assert len(ended) == 3
    assert states(group) == [State.CANCELLED, State.CANCELLED, State.LAPSED, State.CANCELLED]
    assert sorted(Refund.objects.values_list("cents", flat=True)) == [120_00, 120_00]
    letter = Outgoing.objects.get(key__startswith="leisure-cancelled", to="louise@exemple.org")
    assert "La piscine est fermée." in letter.text
    with pytest.raises(Conflict) as refused:
        hold(make_household("Ali"), group)
    assert not isinstance(refused.value, Full)


def test_the_third_child_pays_less_though_billed_another_day(
    season: Season, swimming: Activity, town: SmallTown, run_jobs: Run
) -> None:
    """Point 19."""
    season.rebates, season.household_cap_cents = [0, 5, 10], 300_00
    season.save()
    household = make_household("Léa", "Tom", "Zoé")
    lea, tom, zoe = (link.individual for link in household.links.filter(role="child"))
    group = make_group(season, swimming, capacity=9)
    hold(household, group, zoe)
    take(check_out(household=household, language="fr", channel="web", at_counter=True), town)
    run_jobs()
    hold(household, group, lea, tom)
    cart = open_cart(household)
    assert cart is not None and cart.net_cents == 180_00
    assert [line.priced.net for line in cart.lines] == [92_44, 87_56], "114 and 108, less what is over 300 $"
