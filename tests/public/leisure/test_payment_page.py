"""The page of a payment: what is told of it, and never what is not known."""

from dataclasses import dataclass

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.billing.models import PaymentAttempt
from parvis.apps.billing.services.payments import (
    record_expired,
    record_paid,
    record_processing,
    record_refused,
)
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.services.registering import check_out
from tests.leisure.making import hold, make_household
from tests.public.leisure.conftest import SignIn

pytestmark = pytest.mark.django_db
Stage = PaymentAttempt.Stage
BANK = "https://banque.exemple/payer/1"


@dataclass
class Paying:
    client: Client
    attempt: PaymentAttempt

    def read(self, step: str = "") -> str:
        query = f"?etape={step}" if step else ""
        answer = self.client.get(f"/paiement/{self.attempt.secret}/{query}")
        assert answer.status_code == 200 and "noindex" in answer["X-Robots-Tag"]
        return answer.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")

    def is_at(self, stage: str) -> None:
        PaymentAttempt.objects.filter(pk=self.attempt.pk).update(stage=stage, url=BANK)
        self.attempt.refresh_from_db()


@pytest.fixture
def paying(settings: Settings, group: Group, sign_in: SignIn) -> Paying:
    settings.PARVIS_PAYMENTS = "stripe"
    household = make_household("Léa")
    hold(household, group)
    invoice = check_out(household=household, language="fr", channel="web")
    return Paying(sign_in(household), invoice.attempts.get())


def test_it_waits_without_script_while_the_page_of_the_bank_is_made(paying: Paying) -> None:
    page = paying.read("aller")

    assert "se prépare" in page and 'http-equiv="refresh" content="3"' in " ".join(page.split())


def test_then_it_leads_there_by_a_page_of_ours(paying: Paying) -> None:
    paying.is_at(Stage.SENT)

    page = paying.read("aller")

    assert f'content="0; url={BANK}"' in page and "Payer 120 $" in page


def test_back_from_the_bank_it_is_verified_and_nobody_pays_twice(paying: Paying) -> None:
    paying.is_at(Stage.SENT)

    page = paying.read("retour")

    assert "Paiement en vérification" in page and "Ne payez pas une deuxième fois" in page and BANK not in page
    record_processing(attempt=paying.attempt)
    assert "Paiement en vérification" in paying.read()


def test_the_webhook_that_came_first_says_paid_at_once(paying: Paying) -> None:
    """Point 30."""
    paying.is_at(Stage.SENT)
    record_paid(attempt=paying.attempt, payment_id="pi_1", cents=120_00, details="Visa 4242")

    page = paying.read("retour")

    assert "C’est payé" in page and "Reçu P-26" in page and "Visa 4242" in page and "calendrier.ics" in page


def test_a_refused_card_keeps_the_places_and_says_what_to_do(paying: Paying) -> None:
    paying.is_at(Stage.SENT)
    record_refused(attempt=paying.attempt, error="card_declined")

    page = paying.read()

    assert "La banque a refusé une carte" in page and "Rien n’est encore payé" in page
    assert "8 h 20" in page and BANK in page and "Rien n’a été débité" not in page


def test_left_at_the_bank_may_be_taken_up_again(paying: Paying) -> None:
    paying.is_at(Stage.SENT)

    page = paying.read("annule")

    assert "quitté la page de la banque" in page and BANK in page and "Rien n’est encore payé" in page


def test_time_over_says_that_nothing_was_taken(paying: Paying, settings: Settings) -> None:
    paying.is_at(Stage.SENT)
    record_expired(attempt=paying.attempt)

    page = paying.read()
    assert "est fermée" in page and "vos inscriptions" in page and "Vos places restent retenues" in page
    settings.PARVIS_NOW = "2026-12-15T08:20:00-05:00"
    page = paying.read()
    assert "Le temps de payer est passé" in page and "Rien n’a été débité" in page


def test_a_session_past_its_time_is_not_said_to_be_over_before_the_bank_says_so(
    paying: Paying, settings: Settings
) -> None:
    paying.is_at(Stage.SENT)
    settings.PARVIS_NOW = "2026-12-15T08:21:00-05:00"

    assert "Paiement en vérification" in paying.read()


def test_it_is_read_in_english(paying: Paying) -> None:
    paying.is_at(Stage.FAILED)
    page = paying.client.get(f"/paiement/{paying.attempt.secret}/?langue=en").content.decode()

    assert "The bank refused a card" in page and "Nothing is paid yet, as far as the bank told us" in page


def test_an_unknown_secret_is_not_found(client: Client, group: Group) -> None:
    assert client.get("/paiement/inconnu/").status_code == 404


def test_what_waits_to_be_paid_is_paid_from_my_registrations(paying: Paying) -> None:
    row = Registration.objects.get()
    record_expired(attempt=paying.attempt)
    page = paying.client.get("/mon-dossier/inscriptions/").content.decode()
    assert f"/mon-dossier/inscriptions/{row.public_id}/payer/" in page

    answer = paying.client.post(f"/mon-dossier/inscriptions/{row.public_id}/payer/")

    last = PaymentAttempt.objects.latest("pk")
    assert answer["Location"] == f"/paiement/{last.secret}/?etape=aller" and last.pk != paying.attempt.pk
