"""What the page of a payment says, in every order of what is known here, what the bank did, and where one comes from.

The bank is the stand-in, over the wire, with its webhooks.
"""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from parvis.apps.billing.models import Payment, PaymentAttempt
from parvis.apps.billing.queries.standing import STANDING_WORDS, standing_of
from parvis.apps.billing.rules.standing import Standing, Step, shown
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.services.registering import check_out
from parvis.apps.outbox.models import State
from parvis.operations.fake_services.payments import PaymentProvider
from tests.billing.standin import at_standin
from tests.leisure.making import EVERYONE, hold, make_household

Stage = PaymentAttempt.Stage
GOOD, REFUSED = "4242", "0002"
STEPS = ("", "aller", "retour", "annule")
NOTHING_TAKEN = ("Rien n’a été débité", "Rien n’a encore été débité")
"""Sentences that are false as soon as the bank may have taken the money."""


@pytest.fixture
def standin(settings: Settings, live_server: LiveServer) -> Iterator[PaymentProvider]:
    """The bank, whose webhooks come to this site before the browser does."""
    with at_standin(settings, live_server.url) as provider:
        provider.controls.webhook_before_redirect = True
        provider.controls.now = EVERYONE.timestamp()
        yield provider


@pytest.fixture
def attempt(standin: PaymentProvider, group: Group, run_jobs: Callable[[], int]) -> PaymentAttempt:
    """A basket billed, whose page at the bank is made."""
    household = make_household("Léa")
    hold(household, group)
    invoice = check_out(household=household, language="fr", channel="web")
    run_jobs()
    return PaymentAttempt.objects.get(invoice=invoice)


def read(attempt: PaymentAttempt, step: str) -> str:
    answer = Client().get(f"/paiement/{attempt.secret}/" + (f"?etape={step}" if step else ""))
    assert answer.status_code == 200
    return answer.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cards", [(), (REFUSED,), (GOOD,), (REFUSED, GOOD), (REFUSED, REFUSED, GOOD)])
@pytest.mark.parametrize("webhook", ["before", "after", "lost"])
@pytest.mark.parametrize("known", [True, False], ids=["refusal-known", "refusal-unknown"])
def test_whatever_came_first_nothing_false_is_said_and_the_page_corrects_itself(
    standin: PaymentProvider,
    attempt: PaymentAttempt,
    run_jobs: Callable[[], int],
    cards: tuple[str, ...],
    webhook: str,
    known: bool,
) -> None:
    """The last card's webhook comes before the browser, after it, or never; that of a refusal is handled or not."""
    taken = GOOD in cards
    for rank, card in enumerate(cards):
        last = rank == len(cards) - 1
        standin.control({"drop": bool(last and webhook == "lost")})
        standin.pay_by_control(attempt.session_id, card)
        if (known and not last) or (last and webhook == "before"):
            run_jobs()
    for step in STEPS:
        page = read(attempt, step)
        assert not (taken and any(words in page for words in NOTHING_TAKEN)), step
        if webhook == "before":
            assert ("C’est payé" in page) is taken
        elif step == "retour" and taken:
            assert "C’est payé" in page or "en vérification" in page
            assert "La banque a refusé" not in page
        elif "La banque a refusé" in page:
            assert "à ce que la banque nous a dit" in page, "it is not the last word"
    run_jobs()  # what the reading of the page asked of the bank, besides webhooks
    for step in STEPS:
        page = read(attempt, step)
        assert ("C’est payé" in page) is taken, step
        assert ("La banque a refusé" in page) is (REFUSED in cards and not taken and step not in ("aller", "retour"))
    assert Payment.objects.count() == taken


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_read_again_and_again_asks_the_bank_now_and_then_and_never_keeps_its_end_away(
    standin: PaymentProvider, attempt: PaymentAttempt, run_jobs: Callable[[], int], settings: Settings
) -> None:
    for _each in range(5):
        read(attempt, "retour")
    assert run_jobs() == 1
    settings.PARVIS_NOW = "2026-12-15T08:20:00-05:00"
    read(attempt, "retour")
    run_jobs()
    attempt.refresh_from_db()
    assert attempt.stage == Stage.EXPIRED and "Le temps de payer est passé" in read(attempt, "retour")


def expected(stage: str, is_made: bool, step: str, *, is_over: bool) -> str:
    """The table, as one reads it aloud."""
    if stage in (Stage.SUCCEEDED, Stage.PROCESSING):
        return Step.VERIFYING
    if stage == Stage.EXPIRED:
        return Step.ENDED
    if is_over:
        return Step.VERIFYING
    if stage == Stage.CREATED:
        return Step.PREPARING if is_made else Step.UNAVAILABLE
    if step == "retour":
        return Step.VERIFYING
    if step == "aller":
        return Step.LEAVING
    if stage == Stage.FAILED:
        return Step.REFUSED
    return Step.LEFT if step == "annule" else Step.OPEN


@pytest.mark.parametrize(
    ("stage", "step", "is_over", "is_made"), list(product(Stage.values, STEPS, (False, True), (False, True)))
)
def test_the_table_of_what_is_said(stage: str, step: str, is_over: bool, is_made: bool) -> None:
    attempt = PaymentAttempt(stage=stage, state=State.QUEUED if is_made else State.FAILED)
    standing = standing_of(attempt, owed=1, is_over=is_over)

    assert shown(standing, step) == expected(stage, is_made, step, is_over=is_over)
    assert shown(standing_of(attempt, owed=0, is_over=is_over), step) == Step.PAID
    assert shown(standing_of(attempt, owed=0, is_over=is_over, paid=False), step) == Step.SETTLED
    if standing not in (Standing.PAID, Standing.ENDED):
        elsewhere = standing_of(attempt, owed=1, is_over=is_over, verified_elsewhere=True)
        assert shown(elsewhere, step) == Step.VERIFYING


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_standing_has_words_for_the_desk_and_none_says_that_it_is_over_while_one_may_pay(language: str) -> None:
    with override(language):
        words = {standing: str(STANDING_WORDS[standing]) for standing in Standing}
    assert len(set(words.values())) == len(Standing)
    assert "carte" in words[Standing.REFUSED] if language == "fr" else "card" in words[Standing.REFUSED]
