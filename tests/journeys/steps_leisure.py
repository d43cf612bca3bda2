"""Steps of the journeys of leisure: the way in of a resident, the hour of an opening, the bank of this machine."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import requests
from playwright.sync_api import Locator, expect

from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Group, LineTicket, Registration, RegistrationEvent, Rush, Season
from parvis.lib import clock
from tests.journeys.browser import Hands, assert_accessible, assert_narrow_enough
from tests.journeys.service import Service
from tests.journeys.steps import until, write
from tests.journeys.steps_records import ALIAS

MOTHER, FATHER = "louise.gagne@example.org", "martin.roy@example.org"  # of the demonstration, who share Émile
SEASON = "hiver-2027"
CARD, CLOSED_LATER = "4242 4242 4242 4242", "4000 0000 0000 9987"


def seen(hands: Hands) -> None:
    """Checks that the page is accessible, without horizontal overflow."""
    assert_narrow_enough(hands.page)
    assert_accessible(hands.page)


def enter(hands: Hands, service: Service, email: str) -> None:
    """Enters one's file by the code of the letter."""
    already = len(service.mail.messages(email))
    hands.open("/mon-dossier/")
    seen(hands)
    write(hands, hands.page.locator("#id_email"), email)
    hands.press("Enter")
    expect(hands.page.locator("#id_code")).to_be_visible()
    letter = service.mail.wait(email, count=already + 1)[-1]
    code = re.search(r"\b\d{6}\b", str(letter["Subject"]))
    assert code, letter["Subject"]
    write(hands, hands.page.locator("#id_code"), code[0])
    hands.press("Enter")
    expect(hands.page.locator("#h-household")).to_be_visible()


def press(hands: Hands, target: Locator) -> None:
    """Reaches it by keyboard, and presses Enter."""
    hands.reach(target)
    hands.press("Enter")


def main_button(hands: Hands, path: str) -> Locator:
    """The main button of the form that leads there."""
    return hands.page.locator(f"form[action$='{path}'] .btn.main")


def plan_line(manager: Hands, service: Service, per_second: str) -> None:
    """A manager plans the line of the residents."""
    manager.enter_as(service.someone("leisure_manager"), f"/desk/loisirs/saison/{SEASON}/")
    write(manager, manager.page.locator("#pace-r"), per_second)
    press(manager, manager.page.locator(".rush", has=manager.page.locator("#pace-r")).locator("button[value=pace]"))
    expect(manager.page.locator("#messages")).to_contain_text("La file est")
    assert_accessible(manager.page)
    manager.leave()


def with_families(service: Service) -> None:
    """Gives the town the households of the demonstration, once."""
    if not Household.objects.using(ALIAS).exists():
        seeding = "from parvis.operations.demo import households; households.seed_households_once()"
        done = service.command("manage", "shell", "-c", seeding)
        assert done.returncode == 0, done.stderr


def household(payer: str) -> Household:
    """The household whose payer has that name."""
    return Household.objects.using(ALIAS).get(links__individual__name=payer, links__is_payer=True)


def steps_of(payer: str, group: str) -> list[RegistrationEvent]:
    """The steps of a household's registrations in a group, in order."""
    rows = RegistrationEvent.objects.using(ALIAS).filter(
        registration__household=household(payer), registration__group__slug=group
    )
    return list(rows.order_by("at", "pk"))


def registrations(payer: str, group: str) -> list[Registration]:
    """The registrations of a household in a group."""
    rows = Registration.objects.using(ALIAS).filter(household=household(payer), group__slug=group)
    return list(
        rows.select_related("individual", "group__activity", "invoice_line__invoice").order_by("individual__born")
    )


def attempt_of(payer: str) -> PaymentAttempt:
    """The latest attempt of a household to pay, once the bank made its page."""
    rows = PaymentAttempt.objects.using(ALIAS).filter(invoice__household=household(payer)).exclude(url="")
    found: PaymentAttempt = until(lambda: rows.order_by("pk").last(), "the page of the bank", 20)
    return found


def failed_refund(payer: str) -> Refund | None:
    """The latest refund of a household that its card refused."""
    rows = Refund.objects.using(ALIAS).filter(payment__invoice__household=household(payer))
    return rows.exclude(failed_at=None).select_related("transaction").order_by("pk").last()


def open_season(*, in_seconds: float = -3600, line: bool = False) -> datetime:
    """Moves the opening to residents, and its line with it: open since an hour, without a line, unless told."""
    opens_at, day = clock.now() + timedelta(seconds=in_seconds), timedelta(days=1)
    seasons = Season.objects.using(ALIAS).filter(slug=SEASON)
    everyone = opens_at + day if line else opens_at
    seasons.update(
        residents_open_at=opens_at, everyone_opens_at=everyone, closes_at=opens_at + 30 * day, late_from=None
    )
    rushes = Rush.objects.using(ALIAS).filter(season__slug=SEASON)
    if line:
        rushes.filter(drawn_at=None).update(opens_at=opens_at, line_opens_at=opens_at - timedelta(hours=1))
    else:
        LineTicket.objects.using(ALIAS).filter(rush__in=rushes).delete()
        rushes.delete()
    return opens_at


def rush_of(registration: Registration) -> Rush:
    """The line of the residents for the season of a registration."""
    return Rush.objects.using(ALIAS).get(season=registration.group.season_id, for_residents=True)


def group(slug: str) -> Group:
    """The group of that address."""
    return Group.objects.using(ALIAS).select_related("activity").get(slug=slug)


class Bank:
    """The bank of this machine, as whoever controls it sees it."""

    def __init__(self, service: Service) -> None:
        self.url = f"http://127.0.0.1:{service.payments_port}"

    def told(self, **how: Any) -> None:
        """Changes how it behaves, or has someone pay there."""
        requests.post(f"{self.url}/control", json=how, timeout=30).raise_for_status()

    def state(self) -> dict[str, Any]:
        """What it holds, and what became of its webhooks."""
        held: dict[str, Any] = requests.get(f"{self.url}/control", timeout=30).json()
        return held

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return requests.get(f"{self.url}/control", timeout=5).ok
        except requests.ConnectionError:
            return False


@contextmanager
def bank_of(service: Service) -> Iterator[Bank]:
    """The bank, started with the service, and stopped with it."""
    bank = Bank(service)
    if "payments" not in service.processes:
        service.start("payments")
    until(bank.is_up, "the bank answers")
    yield bank
    bank.told(webhook_before_redirect=False)
