"""The public pages: without scripts, and with forged links and unknown references."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import Hands
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import open_request, sample, to_desk
from tests.journeys.steps_records import Records
from tests.journeys.steps_work import Work

pytestmark = pytest.mark.usefixtures("journals_hold")


@pytest.fixture
def plain_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A user whose browser has scripts turned off."""
    yield from at_a_page(browser, service, request, java_script_enabled=False)


def follow(hands: Hands, reference: str, code: str) -> None:
    """Looks for a request from the home page."""
    hands.open("/")
    hands.reach(hands.page.locator("[name=reference]"))
    hands.type(reference)
    hands.press("Tab")
    hands.type(code)
    hands.press("Enter")


def words_of(page: Page) -> str:
    """The text of a page."""
    return page.locator("main").inner_text()


@soak
def test_a_forged_link_and_an_unknown_reference_show_the_same_page(
    hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    hands.forgive("^404")
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Placide Hamelin", email="placide@exemple.ca")
    hands.leave()
    case = records.case(reference)
    forged = case.secret[:-2] + ("aa" if not case.secret.endswith("aa") else "bb")
    hands.open(f"/suivi/{forged}/")
    pages = [words_of(hands.page)]
    for typed, code in ((reference, "AAAAAAAAAA"), ("26-9999-Z", case.code), ("n'importe quoi", "x")):
        follow(hands, typed, code)
        expect(hands.page.locator("[name=reference]")).to_have_value(typed)
        pages.append(words_of(hands.page))
    assert len(set(pages)) == 1 and "Traceback" not in pages[0]
    follow(hands, reference.lower().replace("-", " "), case.code.lower())
    expect(hands.page).to_have_url(f"{service.url}/suivi/{case.secret}/")


def test_the_public_pages_need_no_script(hands: Hands, plain_hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    plain_hands.forgive("^422 POST")
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Eudoxie Rainville", email="eudoxie@exemple.ca")
    case = records.case(reference)
    follow(plain_hands, reference, case.code)
    page = plain_hands.page
    expect(page).to_have_url(f"{service.url}/suivi/{case.secret}/")
    expect(page.locator("main")).to_contain_text(reference)
    reply = page.locator('form[action$="/reply/"]')
    plain_hands.reach(reply.locator("button"))
    plain_hands.press("Enter")
    expect(page.locator(".summary")).to_be_visible()
    plain_hands.reach(page.locator('form[action$="/reply/"] textarea'))
    plain_hands.type("C'est urgent pour l'autobus.")
    plain_hands.reach(page.locator('form[action$="/reply/"] button'))
    plain_hands.press("Enter")
    expect(page.locator(".journal")).to_contain_text("C'est urgent pour l'autobus.")
    assert records.kinds(reference) == ["opened", "replied"]

    hands.leave()
    hands.enter_as(town.technician)
    work = Work.open(hands, reference)
    panel = work.start("c", "close")
    hands.reach_group(panel.locator("input[name=reason]").first)
    hands.press("ArrowDown")  # the second reason, by which nothing was done and no proof is required
    work.say(panel, "C'est expliqué.")
    work.send(reference)
    page.reload()
    plain_hands.reach(page.locator('form[action$="/not-fixed/"] textarea'))
    plain_hands.type("Pas du tout réglé.")
    plain_hands.reach(page.locator('form[action$="/not-fixed/"] button'))
    plain_hands.press("Enter")
    expect(page.locator(".journal")).to_contain_text("Pas du tout réglé.")
    assert (records.case(reference).level, records.kinds(reference)[-1]) == (1, "reopened")
