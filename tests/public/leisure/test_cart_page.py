"""The basket: until when places are held, what they cost, and the ways to pay."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.billing.models import PaymentAttempt
from parvis.apps.leisure.models import Cart, Group, Registration, Season
from parvis.apps.leisure.services.aid import give_aid
from parvis.apps.leisure.services.waiting import promote
from tests.factories import SmallTown
from tests.leisure.making import OPENED, hold, make_activity, make_group, make_household
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
PAGE, LIST = "/loisirs/panier/", "/mon-dossier/inscriptions/"
State = Registration.State


def text(answer: object, status: int = 200) -> str:
    assert answer.status_code == status  # type: ignore[attr-defined]
    return str(answer.content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")  # type: ignore[attr-defined]


def after(settings: Settings, **delay: float) -> None:
    opened = parse_datetime(OPENED)
    assert opened is not None
    settings.PARVIS_NOW = (opened + timedelta(**delay)).isoformat()


def test_the_hold_is_a_time_of_day_then_a_timer_that_is_not_read_each_second(group: Group, sign_in: SignIn) -> None:
    """Point 9."""
    household = make_household("Léa", "Tom")
    hold(household, group)

    page = text(sign_in(household).get(PAGE))

    assert "Vos 2 places sont retenues jusqu’à 8 h 20" in page
    assert re.search(r'role="timer"\s+aria-live="off"', page) and ">20:00<" in re.sub(r"\s+", "", page)
    assert 'data-at120="Il reste deux minutes pour payer."' in page
    assert "Payer 240 $" in page or "Payer 240 $ au comptoir" in page


def test_it_is_put_off_by_ten_minutes_once(group: Group, sign_in: SignIn) -> None:
    """Point 9."""
    household = make_household("Léa")
    hold(household, group)
    client = sign_in(household)
    assert "Dix minutes de plus" in text(client.get(PAGE))

    client.post(f"{PAGE}prolonger/")
    page = text(client.get(PAGE))
    assert "jusqu’à 8 h 30" in page and "Dix minutes de plus" not in page

    client.post(f"{PAGE}prolonger/")
    assert "jusqu’à 8 h 30" in text(client.get(PAGE))


def test_time_up_keeps_the_list_and_offers_to_take_it_again(settings: Settings, group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa")
    row = hold(household, group)[0]
    client = sign_in(household)
    after(settings, minutes=21)

    page = text(client.get(PAGE))
    assert "Le temps est écoulé" in page and "Reprendre" in page

    client.post(f"{PAGE}remettre/{row.public_id}/")
    assert "retenue jusqu’à 8 h 41" in text(client.get(PAGE))


def test_a_place_removed_is_put_back_by_one_button(group: Group, sign_in: SignIn) -> None:
    household = make_household("Léa")
    row = hold(household, group)[0]
    client = sign_in(household)

    answer = client.post(f"{PAGE}retirer/{row.public_id}/", follow=True)
    assert f"{PAGE}remettre/{row.public_id}/" in text(answer) and "Votre panier est vide" in text(answer)

    client.post(f"{PAGE}remettre/{row.public_id}/")
    assert Registration.objects.filter(state=State.HELD).count() == 1


def test_nobody_touches_the_basket_of_another_household(group: Group, sign_in: SignIn) -> None:
    row = hold(make_household("Léa"), group)[0]
    stranger = sign_in(make_household("Tom"))

    assert stranger.post(f"{PAGE}retirer/{row.public_id}/").status_code == 404
    assert "Léa" not in text(stranger.get(PAGE))


def test_the_same_hours_are_a_warning(season: Season, group: Group, sign_in: SignIn) -> None:
    """Point 18."""
    household = make_household("Léa")
    hold(household, group)
    hold(household, make_group(season, make_activity("judo", title_fr="Judo"), hall="gymnase"))

    assert "Aux mêmes heures que Judo" in text(sign_in(household).get(PAGE))


def test_who_is_not_signed_in_is_led_to_the_way_in_and_back(client: Client, group: Group) -> None:
    page = text(client.get(PAGE))

    assert "Entrer" in page and client.session["way-back"] == PAGE


def test_paying_on_line_leads_to_the_page_that_waits_for_the_bank(
    settings: Settings, group: Group, sign_in: SignIn
) -> None:
    settings.PARVIS_PAYMENTS = "stripe"
    household = make_household("Léa")
    hold(household, group)

    answer = sign_in(household).post(f"{PAGE}payer/")

    attempt = PaymentAttempt.objects.get()
    assert answer["Location"] == f"/paiement/{attempt.secret}/?etape=aller"


def test_a_double_click_on_pay_makes_one_payment(settings: Settings, group: Group, sign_in: SignIn) -> None:
    """Point 10."""
    settings.PARVIS_PAYMENTS = "stripe"
    household = make_household("Léa")
    hold(household, group)
    client = sign_in(household)

    first, second = client.post(f"{PAGE}payer/"), client.post(f"{PAGE}payer/")

    assert first["Location"] == second["Location"] and PaymentAttempt.objects.count() == 1


def test_paying_at_the_counter_keeps_the_places(settings: Settings, group: Group, sign_in: SignIn) -> None:
    settings.PARVIS_PAYMENTS = "stripe"
    household = make_household("Léa")
    hold(household, group)

    page = text(sign_in(household).post(f"{PAGE}payer/", {"counter": "1"}, follow=True))

    assert "au comptoir" in page and "120 $ à payer" in page
    assert Registration.objects.get().state == State.AWAITING_PAYMENT


def test_a_free_basket_is_registered_at_once(season: Season, sign_in: SignIn) -> None:
    free = make_group(season, make_activity("francais", title_fr="Français"), price_cents=0)
    household = make_household("Léa")
    hold(household, free)
    client = sign_in(household)
    assert "rien à payer" in text(client.get(PAGE)).lower()

    assert client.post(f"{PAGE}payer/")["Location"] == LIST


def test_the_basket_costs_the_same_at_one_place_and_at_eight(
    season: Season, sign_in: SignIn, settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 16
    one, many = make_household("A"), make_household(*"ABCDEFGH")
    group = make_group(season, make_activity(), capacity=30)
    hold(one, group)
    hold(many, group)
    hold(many, make_group(season, make_activity("judo"), capacity=30, hall="gymnase"))

    def cost(client: Client) -> int:
        client.get(PAGE)
        with django_assert_max_num_queries(60) as counted:
            client.get(PAGE)
        return len(counted)

    assert cost(sign_in(many)) <= cost(sign_in(one))


def test_an_offer_is_accepted_into_the_basket_or_declined_by_its_letter(
    client: Client, group: Group, sign_in: SignIn
) -> None:
    """Point 14."""
    taken = hold(make_household("Zoé", "Max"), group)
    household = make_household("Léa")
    row = hold(household, group, wait=True)[0]
    sign_in(taken[0].household).post(f"{PAGE}retirer/{taken[0].public_id}/")
    promote(group_id=group.pk)
    assert "Refuser" in text(client.get(f"/loisirs/offre/{row.public_id}/"))

    assert client.post(f"/loisirs/offre/{row.public_id}/", {"accept": "1"})["Location"] == "/loisirs/entrer/"
    accepted = sign_in(household).post(f"/loisirs/offre/{row.public_id}/", {"accept": "1"})
    assert accepted["Location"] == PAGE and Cart.objects.filter(household=household).exists()


def test_an_offer_declined_frees_one_place_once(client: Client, group: Group, sign_in: SignIn) -> None:
    """Point 14."""
    taken = hold(make_household("Zoé", "Max"), group)
    row = hold(make_household("Léa"), group, wait=True)[0]
    sign_in(taken[0].household).post(f"{PAGE}retirer/{taken[0].public_id}/")
    promote(group_id=group.pk)

    for _again in range(2):
        client.post(f"/loisirs/offre/{row.public_id}/", {"decline": "1"})

    assert Registration.objects.filter(group=group, state=State.HELD).count() == 1
    assert row.events.filter(what="declined").count() == 1


def test_financial_aid_is_a_line_of_the_basket_and_of_the_invoice(
    season: Season, group: Group, sign_in: SignIn, town: SmallTown
) -> None:
    """Point 20."""
    household = make_household("Léa")
    values: dict[str, Any] = {
        "percent": 75,
        "most_cents": 200_00,
        "ends_on": season.ends_on,
        "reason": "Raison plantée",
    }
    give_aid(household=household, season=season, by=town.leisure_manager, **values)
    hold(household, group)
    client = sign_in(household)

    page = text(client.get(PAGE))
    assert "Aide financière" in page and "−90 $" in page and "Payer 30 $" in page

    client.post(f"{PAGE}payer/", {"counter": "1"})
    page += text(client.get(f"/mon-dossier/factures/{household.invoices.get().public_id}/"))
    assert "−90,00 $" in page and "30,00 $" in page and "75 %" not in page and "plantée" not in page
