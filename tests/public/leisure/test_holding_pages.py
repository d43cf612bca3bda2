"""While one pays, the basket, the registrations, the invoice and my file say the same places, hour and sum."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.billing.models import Invoice, PaymentAttempt
from parvis.apps.billing.services.payments import record_expired, record_paid, record_processing
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.services.registering import cancel_registration, check_out
from tests.leisure.making import hold, make_activity, make_group, make_household
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
State, Stage = Registration.State, PaymentAttempt.Stage
BASKET, MINE, FILE = "/loisirs/panier/", "/mon-dossier/inscriptions/", "/mon-dossier/"


@pytest.fixture
def household(season: Season, group: Group, settings: Settings) -> Household:
    """A mother and her two children, each with a place, billed together, the page of the bank open."""
    settings.PARVIS_PAYMENTS = "stripe"
    household = make_household("Léa", "Tom")
    hold(household, group)
    check_out(household=household, language="fr", channel="web")
    PaymentAttempt.objects.update(stage=Stage.SENT, url="https://banque.exemple/1", session_id="cs_1")
    return household


@pytest.fixture
def client(household: Household, sign_in: SignIn) -> Client:
    return sign_in(household)


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")


def pages() -> list[str]:
    return [BASKET, MINE, FILE, f"/mon-dossier/factures/{Invoice.objects.get().public_id}/"]


def test_each_page_says_the_places_the_hour_and_the_whole_once_with_a_countdown(client: Client) -> None:
    for path in pages():
        page = read(client, path)
        assert page.count("2 places sont retenues jusqu’à 8 h 20.") == 1, path
        assert page.count("240 $ à payer en tout") == 1, path
        assert page.count('role="timer"') == page.count("data-hold-until") == 1, path
        assert 'data-seconds="1200"' in page and 'aria-live="off"' in page and "data-hold-voice" in page, path
        assert "leisure.js" in page and "leisure.css" in page, path
        assert "Votre panier est vide" not in page, path
    mine = read(client, MINE)
    assert mine.count("240 $") == 2, "said, and on the button that pays it"
    assert mine.count("120 $ de la facture") == 2 and mine.count("Payer 240 $") == 1


def test_past_its_hour_nothing_counts_any_more_and_nothing_is_said_to_be_held(
    client: Client, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-15T08:20:00-05:00"
    for path in pages():
        page = read(client, path)
        assert "on demande à la banque" in page and "data-hold-until" not in page, path


def test_what_is_verified_leads_to_its_page_and_is_not_paid_again(client: Client) -> None:
    attempt = PaymentAttempt.objects.get()
    record_processing(attempt=attempt)
    for path in pages():
        page = read(client, path)
        assert f"/paiement/{attempt.secret}/" in page and "Payer 240" not in page, path


def test_a_cancellation_being_done_is_said_and_nobody_pays_meanwhile(client: Client) -> None:
    lea = Registration.objects.order_by("pk")[0]
    page = read(client, f"{MINE}{lea.public_id}/annuler/")
    assert "La page de la banque est d’abord fermée" in page
    assert "La place de Tom reste retenue jusqu’à mardi 15 décembre à 8 h 20. La facture est refaite : 120 $" in page
    cancel_registration(registration=lea, channel="web")
    for path in pages():
        page = read(client, path)
        assert "Une annulation se fait" in page and "Payer 240" not in page, path
    assert "Annulation demandée" in read(client, MINE)
    attempt = PaymentAttempt.objects.get()
    assert "Votre annulation se fait" in read(client, f"/paiement/{attempt.secret}/")
    assert "déjà demandée" in read(client, f"{MINE}{lea.public_id}/annuler/")

    record_expired(attempt=attempt)
    tasks.free_unpaid(attempt.pk)

    page = read(client, MINE)
    assert "1 place est retenue jusqu’à 8 h 20." in page and "120 $ à payer en tout" in page
    assert "Il n’y a plus rien à payer" in read(client, f"/paiement/{attempt.secret}/")
    assert "Annulée : rien n’est dû" in read(client, "/mon-dossier/factures/")


def test_cancelled_before_anything_is_paid_nothing_is_said_to_be_refunded(
    season: Season, group: Group, sign_in: SignIn
) -> None:
    """To be paid at the counter: nothing came, and nothing goes back."""
    household = make_household("Zoé")
    (row,) = hold(household, group)
    check_out(household=household, language="fr", channel="web", at_counter=True)

    page = read_after(sign_in(household), f"{MINE}{row.public_id}/annuler/")

    assert "C’est annulé. Rien n’est à rembourser" in page and "remboursés" not in page


def read_after(client: Client, path: str) -> str:
    return str(client.post(path, follow=True).content.decode()).replace("\xa0", " ").replace("&nbsp;", " ")


def test_an_invoice_of_which_a_part_was_refunded_names_it_in_the_list(
    client: Client, run_jobs: Callable[[], int], settings: Settings
) -> None:
    attempt = PaymentAttempt.objects.get()
    record_paid(attempt=attempt, payment_id="pi_1", cents=attempt.cents)
    run_jobs()
    settings.PARVIS_PAYMENTS = "stripe"
    cancel_registration(registration=Registration.objects.order_by("pk")[0], channel="web")

    page = re.sub(r"\s+", " ", read(client, "/mon-dossier/factures/"))

    assert "120,00 $" in page and "240,00 $ payés, 120,00 $ en voie de remboursement" in page


def test_it_is_read_in_english(client: Client) -> None:
    page = read(client, f"{MINE}?langue=en")
    assert "2 places are held until 8:20 a.m." in page and "a.m.." not in page and "$240 to pay in all" in page


def test_the_basket_and_the_list_cost_the_same_for_one_invoice_and_for_many(
    client: Client,
    household: Household,
    season: Season,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def cost(path: str) -> int:
        client.get(path)
        with django_assert_num_queries(200, exact=False) as seen:  # type: ignore[call-arg]
            client.get(path)
        return len(seen)

    before = {path: cost(path) for path in (BASKET, MINE)}
    for slug in "abc":
        hold(household, make_group(season, make_activity(slug), capacity=9))
        check_out(household=household, language="fr", channel="web")
    assert {path: cost(path) for path in (BASKET, MINE)} == before
