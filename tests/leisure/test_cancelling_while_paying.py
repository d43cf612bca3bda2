"""Cancelling while the page of the bank is open: one of two, then paying, by whoever asks, in every order.

The bank is the stand-in, over the wire, with its webhooks.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from parvis.apps.billing.models import Invoice, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.queries.receipts import invoices_of
from parvis.apps.billing.queries.reconciling import OddKind, reconcile_day
from parvis.apps.billing.queries.treasury import waiting_refunds
from parvis.apps.billing.services.refunds import let_go
from parvis.apps.billing.tasks import follow
from parvis.apps.households.models import Household
from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.cancellations import effect_of, kept_words, words_after
from parvis.apps.leisure.queries.registrations import events_of
from parvis.apps.leisure.services.groups import cancel_group
from parvis.apps.leisure.services.registering import MOST_TO_PAY, cancel_registration, check_out, pay_again
from parvis.apps.mail.models import Outgoing
from parvis.lib import clock
from parvis.lib.errors import Conflict
from parvis.operations.fake_services.payments import PaymentProvider
from tests.billing.standin import at_standin
from tests.factories import SmallTown
from tests.leisure.making import EVERYONE, children_of, hold, make_activity, make_group, make_household, make_season

State, What, Stage = Registration.State, RegistrationEvent.What, PaymentAttempt.Stage
Run = Callable[[], int]
pytestmark = pytest.mark.django_db(transaction=True)
TIME_OVER = "Le temps de payer est passé"


@pytest.fixture
def bank(settings: Settings, live_server: LiveServer, opened: None) -> Iterator[PaymentProvider]:
    """The bank, at the moment of the opening."""
    with at_standin(settings, live_server.url) as provider:
        provider.controls.webhook_before_redirect = True
        provider.controls.now = EVERYONE.timestamp()
        yield provider


@pytest.fixture
def season(bank: PaymentProvider, town: SmallTown) -> Season:
    return make_season()


@pytest.fixture
def household(season: Season) -> Household:
    """A mother and her two children."""
    return make_household("Léa", "Tom", email="louise@exemple.org")


@pytest.fixture
def groups(season: Season) -> list[Group]:
    activities = [make_activity(), make_activity("danse", title_fr="Danse")]
    return [make_group(season, each, capacity=1) for each in activities]


@pytest.fixture
def paying(household: Household, groups: list[Group], run_jobs: Run) -> tuple[Registration, Registration]:
    """Each child in a group of their own, billed together, and the page of the bank open."""
    for group, child in zip(groups, children_of(household), strict=True):
        hold(household, group, child)
    check_out(household=household, language="fr", channel=Channel.WEB)
    run_jobs()
    lea, tom = Registration.objects.order_by("pk")
    return lea, tom


def attempt_of(invoice: Invoice) -> PaymentAttempt:
    return PaymentAttempt.objects.filter(invoice=invoice).latest("pk")


def invoice_of(row: Registration) -> Invoice:
    row.refresh_from_db()
    assert row.invoice_line
    return row.invoice_line.invoice


def letters(start: str) -> list[str]:
    return [one.text.replace("\xa0", " ") for one in Outgoing.objects.filter(key__startswith=start).order_by("pk")]


def cancel(row: Registration) -> Registration:
    return cancel_registration(registration=Registration.objects.get(pk=row.pk), channel=Channel.WEB)


def at(settings: Settings, bank: PaymentProvider, minutes: float) -> None:
    moment = EVERYONE + timedelta(minutes=minutes)
    settings.PARVIS_NOW, bank.controls.now = moment.isoformat(), moment.timestamp()


def test_one_of_two_is_cancelled_the_other_is_kept_until_its_time_and_billed_again(
    paying: tuple[Registration, Registration], household: Household, groups: list[Group], run_jobs: Run
) -> None:
    lea, tom = paying
    first, until = invoice_of(lea), lea.until
    before = effect_of(lea)
    assert before.closes_page and not before.is_paid and before.refund_cents == 0

    ended = cancel(lea)
    assert ended.state == State.AWAITING_PAYMENT and "se ferme" in words_after(ended)[0]
    run_jobs()

    lea.refresh_from_db()
    second = invoice_of(tom)
    assert (lea.state, tom.state, tom.until) == (State.CANCELLED, State.AWAITING_PAYMENT, until)
    assert until == EVERYONE + timedelta(minutes=20)
    assert second.pk != first.pk and (balance_of(first), balance_of(second)) == (0, 120_00)
    assert first.attempts.get().stage == Stage.EXPIRED and not Refund.objects.exists()
    assert words_after(lea)[-1:] == kept_words(before.kept), "what was said before is what was done"
    (letter,) = letters("leisure-gone")
    assert "Vous avez demandé d’annuler" in letter and "La place de Tom reste retenue" in letter and "120 $" in letter
    assert TIME_OVER not in letter and not letters("leisure-time-over")
    assert [event.what for event in events_of(lea)][-2:] == [What.CANCEL_ASKED, What.CANCELLED]
    assert hold(make_household("Zoé"), groups[0])
    void, owed = sorted(invoices_of(household), key=lambda one: one.invoice.pk)
    assert (void.is_void, owed.is_void, owed.total_cents) == (True, False, 120_00)


def test_the_other_one_is_then_paid(
    paying: tuple[Registration, Registration], household: Household, bank: PaymentProvider, run_jobs: Run
) -> None:
    lea, tom = paying
    cancel(lea)
    run_jobs()
    attempt = pay_again(household=household, invoice=invoice_of(tom), language="fr")
    run_jobs()
    attempt.refresh_from_db()
    assert attempt.cents == 120_00 and attempt.pay_before == EVERYONE + timedelta(minutes=20)

    bank.pay_by_control(attempt.session_id, "4242")
    run_jobs()

    tom.refresh_from_db()
    assert tom.state == State.CONFIRMED and balance_of(invoice_of(tom)) == 0 and not Refund.objects.exists()


def test_the_other_one_that_nobody_pays_is_free_at_its_time_and_that_is_what_its_letter_says(
    paying: tuple[Registration, Registration], bank: PaymentProvider, settings: Settings, run_jobs: Run
) -> None:
    lea, tom = paying
    cancel(lea)
    run_jobs()
    at(settings, bank, 19.9)
    tasks.sweep_places()
    assert Registration.objects.get(pk=tom.pk).state == State.AWAITING_PAYMENT
    at(settings, bank, 20)
    tasks.sweep_places()
    run_jobs()
    assert Registration.objects.get(pk=tom.pk).state == State.LAPSED
    (letter,) = letters("leisure-time-over")
    assert "Tom" in letter and "Léa" not in letter


def test_with_the_bank_down_nothing_is_freed_and_nobody_pays_meanwhile(
    paying: tuple[Registration, Registration],
    household: Household,
    bank: PaymentProvider,
    run_jobs: Run,
    settings: Settings,
) -> None:
    lea, tom = paying
    bank.control({"down": True})
    cancel(lea)
    run_jobs()
    assert Registration.objects.filter(state=State.AWAITING_PAYMENT).count() == 2
    with pytest.raises(Conflict, match="annulation"):
        pay_again(household=household, invoice=invoice_of(tom), language="fr")
    bank.control({"down": False})
    tasks.sweep_places()
    end_what_is_over(run_jobs)
    assert [Registration.objects.get(pk=row.pk).state for row in paying] == [State.CANCELLED, State.AWAITING_PAYMENT]


def end_what_is_over(run_jobs: Run) -> None:
    PaymentAttempt.objects.update(asked_at=None)
    follow()
    run_jobs()


@pytest.mark.parametrize("first", ["annuler", "payer"])
def test_cancelling_and_paying_again_and_again_never_keep_a_place_beyond_the_bound_of_its_first_hold(
    paying: tuple[Registration, Registration],
    household: Household,
    bank: PaymentProvider,
    settings: Settings,
    run_jobs: Run,
    first: str,
) -> None:
    """Both posted together, each minute; then paying alone, each minute."""
    _lea, tom = paying

    def pay() -> None:
        try:
            pay_again(household=household, invoice=invoice_of(tom), language="fr")
        except Conflict:
            refused.append(clock.now())

    refused: list[object] = []
    acts = [lambda: cancel(tom), pay] if first == "annuler" else [pay, lambda: cancel(tom)]
    for act in acts:
        act()
    run_jobs()
    assert Registration.objects.get(pk=tom.pk).state == State.CANCELLED, "a cancellation that is asked for wins"
    assert bool(refused) is (first == "annuler"), "or the payment is refused, in words"

    refused.clear()
    lea = paying[0]
    for minute in range(60):
        at(settings, bank, minute)
        try:
            pay_again(household=household, invoice=invoice_of(lea), language="fr")
        except Conflict:
            refused.append(clock.now())
        end_what_is_over(run_jobs)
        tasks.sweep_places()
        run_jobs()
    lea.refresh_from_db()
    assert lea.state == State.LAPSED and lea.ended_at
    assert lea.ended_at <= EVERYONE + MOST_TO_PAY and timedelta(minutes=40) == MOST_TO_PAY


@pytest.mark.parametrize("webhook", ["before", "lost"])
def test_asked_for_then_paid_by_card_it_is_remembered_and_proposed_as_a_refund(
    paying: tuple[Registration, Registration],
    bank: PaymentProvider,
    town: SmallTown,
    groups: list[Group],
    run_jobs: Run,
    webhook: str,
) -> None:
    lea, tom = paying
    session = attempt_of(invoice_of(lea)).session_id
    bank.control({"drop": webhook == "lost"})
    cancel(lea)
    bank.pay_by_control(session, "4242")  # before the page could be closed
    run_jobs()

    lea.refresh_from_db()
    tom.refresh_from_db()
    assert (lea.state, tom.state) == (State.CANCELLED, State.CONFIRMED)
    refund = Refund.objects.get()
    assert (refund.cents, refund.is_proposed, refund.done_at) == (120_00, True, None)
    assert not bank.state()["refund"], "nobody decided of it yet"
    assert What.PROPOSED in [event.what for event in events_of(lea)]
    (letter,) = letters("leisure-gone")
    assert "un remboursement de 120 $ est proposé à la trésorerie" in letter and "Tom" not in letter
    assert waiting_refunds() == [refund]
    assert OddKind.REFUND_PROPOSED in {odd.kind for odd in reconcile_day(clock.today()).odd}
    assert hold(make_household("Zoé"), groups[0]), "its place is free"

    for _twice in range(2):
        let_go(refund=refund, by=town.treasurer)
        run_jobs()
    assert [one["amount"] for one in bank.state()["refund"]] == [120_00]
    refund.refresh_from_db()
    assert refund.done_at and refund.asked_by == town.treasurer and balance_of(invoice_of(lea)) == 0


def test_the_town_cancels_the_group_of_one_the_other_is_kept_and_each_letter_says_why(
    paying: tuple[Registration, Registration], groups: list[Group], town: SmallTown, run_jobs: Run
) -> None:
    lea, tom = paying
    assert cancel_group(group=groups[0], why="La piscine est fermée.", by=town.leisure_manager) == []
    run_jobs()
    assert [Registration.objects.get(pk=row.pk).state for row in paying] == [State.CANCELLED, State.AWAITING_PAYMENT]
    (letter,) = letters("leisure-cancelled")
    assert "La piscine est fermée." in letter
    assert not letters("leisure-time-over") and not letters("leisure-gone")
    assert balance_of(invoice_of(tom)) == 120_00 and lea.pk
