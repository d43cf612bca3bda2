"""A visit to the counter: a ticket, a call on the hall's screen, two matters, a receipt."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import Call, RequestForm, mark, sample, select, to_desk, write
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")


def device(hands: Hands, kind: str, name: str) -> str:
    """Registers a tablet or a screen, and returns its URL."""
    page = hands.page
    hands.open("/desk/counter/screens/")
    mark(hands, "kind", kind)
    hands.fill(re.compile("Où il se trouve"), name)
    hands.press("Enter")
    made = page.locator(".device-list > li", has_text=name).locator("p.break a")
    expect(made).to_be_visible()
    return str(made.get_attribute("href"))


def take_number(hands: Hands, tablet: str) -> str:
    """Takes a ticket at the entrance; returns "A12"."""
    hands.open(tablet)
    hands.reach(hands.page.locator(".press").first)
    hands.press("Enter")
    ticket = hands.page.locator(".ticket-no")
    expect(ticket).to_be_visible()
    return ticket.inner_text()


def window(hands: Hands, number: str) -> None:
    """Sets the agent's window."""
    expect(hands.page.locator("html.js")).to_be_attached()
    hands.press("g")
    select(hands, hands.page.locator("#window"), number)


def test_from_the_door_to_the_paper(hands: Hands, other_hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    door, hall = device(hands, "door", "Entrée du quai"), device(hands, "hall", "Salle du quai")
    first, second = take_number(other_hands, door), take_number(other_hands, door)
    assert first != second
    other_hands.open(hall)
    page = hands.page
    hands.open("/desk/counter/")
    expect(page.locator(".line-list.waiting")).to_contain_text(second)
    hands.press("?")
    keys = page.locator("dialog[open]")
    expect(keys).to_contain_text("Nom à appeler")
    expect(keys).not_to_contain_text("obligatoire")
    hands.press("Escape")
    window(hands, "3")
    hands.press("Alt+a")  # also acts inside a field
    page.wait_for_url("**/desk/contacts/*/")
    call = Call(hands)
    called = other_hands.page.locator(".called-list > li").first
    expect(called).to_contain_text(first)
    expect(called.locator(".called-window b")).to_have_text("3")
    expect(other_hands.page.locator("[data-said]")).to_contain_text(first)  # read out by a screen reader
    number = call.number
    call.hear(town.asked, town.answer)
    hands.press("Enter", "+")
    expect(page.locator(".matters li")).to_have_count(2)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.anonymous()  # neither e-mail nor phone, nor even a name
    form.send()
    reference = form.sent()
    receipt = f"/desk/contacts/{number}/receipt/"
    with (
        page.context.expect_page() as opened,  # in a new tab; a browser without a PDF viewer downloads it instead
        page.context.expect_event("response", lambda answer: answer.url.endswith(receipt)) as printed,
    ):
        hands.press("p")
    assert printed.value.ok and printed.value.headers["content-type"] in ("application/pdf", "text/html; charset=utf-8")
    opened.value.close()
    hands.open(f"{receipt}?as=page")
    assert_accessible(page)
    code = page.locator(".numbers .big").nth(1).inner_text()
    hands.open(f"/desk/contacts/{number}/")
    hands.press("F2")
    page.wait_for_url("**/desk/?*")
    contact = records.contact(number)
    assert (contact.channel, contact.state, len(records.matters(number))) == ("counter", "done", 2)
    hands.press("a")  # the window is remembered
    page.wait_for_url("**/desk/contacts/*/")
    expect(page.locator(".visit")).to_contain_text(second)
    expect(called).to_contain_text(second)
    hands.press("Escape", "r")
    expect(page.locator("#messages .toast")).to_be_visible()
    hands.choose("button", re.compile("Ne s’est pas présentée"))
    page.wait_for_url("**/desk/counter/")
    expect(page.locator(".line-list.aside")).to_contain_text(second)

    other_hands.open("/suivi/")  # with the receipt alone
    write(other_hands, other_hands.page.locator("#id_reference"), reference)
    write(other_hands, other_hands.page.locator("#id_code"), code)
    other_hands.press("Enter")
    expect(other_hands.page.locator("main")).to_contain_text(reference)


@pytest.fixture
def far_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A screen in another time zone than the town."""
    yield from at_a_page(browser, service, request, timezone_id="Asia/Tokyo")


@soak
def test_the_hall_says_since_when_it_is_not_up_to_date(hands: Hands, far_hands: Hands, service: Service) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    hall = device(hands, "hall", "Salle sans réseau")
    hands = far_hands
    hands.open(hall)
    stale = hands.page.locator("[data-stale]")
    expect(stale).to_be_hidden()
    hour = datetime.now(ZoneInfo("America/Toronto")).hour  # the town's hour, not the screen's
    hands.page.context.set_offline(True)
    expect(stale).to_contain_text(re.compile(rf"Pas à jour depuis ({hour}|{(hour + 1) % 24})\xa0?\s?h"), timeout=25_000)
    expect(stale.locator("[lang=en-CA]")).to_have_text(re.compile(r"Not up to date since \d+:\d\d\s[ap]\.m\."))
    hands.page.context.set_offline(False)
    expect(stale).to_be_hidden(timeout=15_000)


@soak
@pytest.mark.parametrize(("width", "light"), [(1440, "light"), (360, "dark")])
def test_the_pages_of_the_counter_are_accessible(
    hands: Hands, other_hands: Hands, service: Service, light: str, width: int
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    door, hall = device(hands, "door", f"Entrée {light} {width}"), device(hands, "hall", f"Salle {light} {width}")
    take_number(other_hands, door)
    take_number(other_hands, door)
    ticket = other_hands.page.url
    hands.open("/desk/counter/")
    window(hands, "2")
    hands.press("Alt+a")
    hands.page.wait_for_url("**/desk/contacts/*/")
    visit = hands.page.url
    hands.open("/desk/counter/")
    hands.fill(re.compile("Nom à appeler"), "Jean " + "Wolfeschlegel" * 6)
    hands.press("Enter")
    toast = hands.page.locator("#messages .toast").last
    expect(toast).to_contain_text("Wolfeschlegel")
    hands.page.set_viewport_size({"width": width, "height": 800})
    box = toast.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, "a long name stays within the message"
    hands.open(visit)
    for page in (hands.page, other_hands.page):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
    for who, address in (
        *((other_hands, item) for item in (door, ticket, hall)),
        *((hands, item) for item in (visit, "/desk/counter/", "/desk/counter/screens/")),
    ):
        who.open(address)
        expect(who.page.locator("html.js")).to_be_attached()
        assert_accessible(who.page)
        assert who.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"
