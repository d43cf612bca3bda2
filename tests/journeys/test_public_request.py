"""A request on the site: by keyboard, on a phone, with a point on the map; and without scripts."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import Sample, sample
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")

NARROW = {"width": 360, "height": 740}
MOST_TO_READ = 8  # in one step: requests nearby, a danger


@pytest.fixture
def plain_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A user whose browser has scripts turned off."""
    yield from at_a_page(browser, service, request, java_script_enabled=False)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def answer_questions(hands: Hands) -> None:
    """Selects the first answer of each of the subject's questions, by keyboard."""
    for group in hands.page.locator(".asked fieldset").all():
        hands.reach_group(group.locator("input").first)
        hands.press("Space")
        expect(group.locator("input").first).to_be_checked()


def begin(hands: Hands, town: Sample) -> None:
    """Opens the form of a kind of request from the search."""
    hands.open("/demande/")
    hands.reach(hands.page.locator("#id_q"))
    hands.type(town.broken)
    hands.press("Enter")
    hands.reach(hands.page.locator(f'a[href^="/demande/{town.road}/?q="]').first)
    hands.press("Enter")
    expect(hands.page.locator("#id_words")).to_have_value(town.broken)


def reference_of(page: Page) -> str:
    expect(page).to_have_url(re.compile("/demande/recue/"))
    return page.locator(".receipt .number").inner_text()


def send(hands: Hands) -> None:
    """Sends the form, twice if the page first shows open requests nearby."""
    hands.forgive(r"^4(09|22) POST .*/demande/")
    hands.reach(hands.page.locator(".send .btn"))
    hands.press("Enter")
    mine = hands.page.get_by_role("button", name="Envoyer la mienne maintenant")
    expect(mine.or_(hands.page.locator(".receipt .number"))).to_be_visible()
    if mine.is_visible():
        hands.reach(mine)
        hands.press("Enter")


def go_on(hands: Hands, step: str) -> None:
    """Goes to the next step by its main button; again for each thing there that must be read first."""
    arrived = hands.page.locator(f"html[data-step={step}]")
    for _time in range(MOST_TO_READ):
        hands.reach(hands.page.locator("[data-next]"))
        hands.press("Enter")
        expect(hands.page.locator("[data-next][aria-busy]")).to_have_count(0)
        hands.page.wait_for_timeout(150)
        if arrived.count():
            break
    expect(arrived).to_be_attached()


def brightness(page: Page) -> float:
    """The mean brightness of the map, from 0 to 255."""
    screenshot = page.locator("[data-canvas] canvas").screenshot()
    return ImageStat.Stat(Image.open(BytesIO(screenshot)).convert("L")).mean[0]


def assert_drawn(page: Page, *, dark: bool) -> None:
    """Waits up to ten seconds for the map to be drawn in the colours of the theme."""
    for _time in range(40):
        if (brightness(page) < 110) is dark:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"the map keeps its colours: {brightness(page):.0f} of 255")


def test_by_keyboard_on_a_phone_with_a_point_of_the_map(hands: Hands, service: Service, records: Records) -> None:
    town, page = sample(service), hands.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    begin(hands, town)
    program = b"MZ" + bytes(3000)
    long = f"vacances{'n' * 120}.jpg"  # a long name must not widen the page
    page.set_input_files("#id_photos", {"name": long, "mimeType": "image/jpeg", "buffer": program})
    expect(page.get_by_role("alert").filter(has_text="vacances")).to_contain_text("un programme")
    assert_accessible(page)
    assert fits(page)
    go_on(hands, "where")

    hands.reach(page.locator("#id_place"))
    hands.type(town.typed_place)
    expect(page.get_by_role("option").first).to_contain_text(town.place)
    hands.press("ArrowDown", "Enter")
    expect(page.locator("#id_place")).to_have_value(town.place)

    assert page.evaluate("performance.getEntriesByType('resource').every(one => !one.name.includes('maplibre'))")
    hands.reach(page.locator("[data-map]"))
    hands.press("Enter")
    pin = page.locator(".map-pin")
    expect(pin).to_be_focused(timeout=20_000)
    hands.press("ArrowRight", "ArrowUp", "+")
    announcer = page.locator("[data-said]")
    expect(announcer).to_contain_text(town.place)
    assert page.locator("[data-said]").get_attribute("role") == "status"
    expect(page.locator("#id_pin")).to_be_checked()
    hands.press("Shift+ArrowUp")
    expect(announcer).to_contain_text(re.compile(r"\d+\s+m"))
    hosts = page.evaluate("[...new Set(performance.getEntriesByType('resource').map(one => new URL(one.name).host))]")
    assert hosts == [service.url.removeprefix("http://")], "no other host"
    assert_accessible(page)
    assert_drawn(page, dark=False)
    page.emulate_media(color_scheme="dark")
    assert_drawn(page, dark=True)
    assert_accessible(page)
    assert fits(page)
    go_on(hands, "what")

    expect(page.locator("#id_words")).to_have_value(town.broken)
    answer_questions(hands)
    assert_accessible(page)
    go_on(hands, "you")
    hands.fill(re.compile("^Nom"), "Cordélia Bissonnette")
    hands.fill(re.compile("^Courriel"), "cordelia@exemple.ca")
    assert_accessible(page)
    go_on(hands, "check")
    expect(page.locator("#ahead")).to_contain_text("promesse")
    expect(page.locator("#check")).to_contain_text("cordelia@exemple.ca")
    assert_accessible(page)
    assert fits(page)
    send(hands)
    reference = reference_of(page)
    assert_accessible(page)
    case = records.case(reference)
    assert case.address and case.address.label == town.place and case.point
    service.mail.wait("cordelia@exemple.ca")

    hands.leave()
    hands.enter_as(town.technician, f"/desk/cases/{reference}/")
    expect(page.locator(".plan svg .road").first).to_be_attached()
    hands.press("Alt+m")
    expect(page.locator('#plan-drawer a[href^="geo:"]')).to_be_visible()
    assert_accessible(page)


def test_without_a_script_nothing_is_lost_on_the_way(plain_hands: Hands, service: Service, records: Records) -> None:
    town, page = sample(service), plain_hands.page
    plain_hands.forgive("^422 POST")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    begin(plain_hands, town)
    out = BytesIO()
    Image.new("RGB", (80, 60), "teal").save(out, "PNG")
    page.set_input_files("#id_photos", {"name": "trou.png", "mimeType": "image/png", "buffer": out.getvalue()})
    plain_hands.reach_group(page.locator("[name=who]").first)
    plain_hands.press("ArrowDown")
    expect(page.locator(".nobody")).to_be_visible()
    plain_hands.reach(page.locator(".send .btn"))
    plain_hands.press("Enter")
    expect(page.locator(".summary")).to_be_visible()
    expect(page.locator("#id_words")).to_have_value(town.broken)
    expect(page.locator("[name=kept]")).to_be_checked()
    answer_questions(plain_hands)
    plain_hands.reach(page.locator("#id_place"))
    plain_hands.type("Devant le vieux moulin")
    plain_hands.reach(page.locator("button[name=see]"))
    plain_hands.press("Enter")
    expect(page.locator("#id_place")).to_have_value("Devant le vieux moulin")
    expect(page.locator("[name=kept]")).to_be_checked()
    send(plain_hands)
    reference = reference_of(page)
    case = records.case(reference)
    assert case.person is None and case.place_text == "Devant le vieux moulin"
    assert records.entries(reference)[0].files.count() == 1
    page.reload()
    assert fits(page) and records.cases(place_text=case.place_text, person=None).count() == 1

    plain_hands.open(f"/suivi/{case.secret}/")
    plain_hands.reach(page.get_by_label("Votre message"))
    plain_hands.type("Il est encore plus grand ce matin. " + "Aaah" * 40)
    plain_hands.choose("button", "Envoyer")
    messages, main = page.locator("#messages"), page.locator("main")
    expect(messages).to_contain_text("Votre message est ajouté")
    above, below = messages.bounding_box(), main.bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"], "what was told covers the page for good"
    assert fits(page), "a word without end is broken, and the page stays as wide as the telephone"


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=soak)])
def test_going_back_and_sending_again_makes_nothing_twice(
    hands: Hands, plain_hands: Hands, service: Service, records: Records, scripts: bool
) -> None:
    town, user = sample(service), hands if scripts else plain_hands
    page, words = user.page, f"Le trou est revenu, {'avec' if scripts else 'sans'} script."
    user.open(f"/demande/{town.road}/")
    page.locator("#id_words").fill(words)
    answer_questions(user)
    page.locator("#id_place").fill(f"Derrière l’ancienne gare, {'côté nord' if scripts else 'côté sud'}")
    page.locator("[name=who][value=nobody]").check()
    send(user)
    reference = reference_of(page)
    page.go_back()
    expect(page.locator("#id_words")).to_have_value(words)
    page.locator(".send .btn").click()
    assert reference_of(page) == reference and records.cases(words=words).count() == 1

    user.open(f"/suivi/{records.case(reference).secret}/")
    page.get_by_label("Votre message").fill("Il grandit.")
    for _time in range(2):
        page.locator("#write").get_by_role("button", name="Envoyer").click()
        expect(page.locator("#messages")).to_contain_text("Votre message est ajouté")
        page.go_back()
        expect(page.get_by_label("Votre message")).to_have_value("Il grandit.")
    assert [entry.body for entry in records.entries(reference)].count("Il grandit.") == 1


def test_a_choice_made_while_the_server_is_slow_to_answer_is_kept(hands: Hands, service: Service) -> None:
    town, page = sample(service), hands.page
    late: list[tuple[Route, APIResponse]] = []
    chosen: list[str | None] = []

    def answer(route: Route) -> None:
        if chosen:
            route.continue_()
        else:
            late.append((route, route.fetch()))

    hands.open("/signaler/")
    page.locator("#id_words").fill(town.broken)
    expect(page.locator("#kinds .filled")).to_be_visible()
    page.route("**/avant/", answer)
    with page.expect_request("**/avant/"):
        page.locator("#id_words").fill(f"{town.broken}, et il grandit")
    page.wait_for_timeout(1000)  # longer than the page waits for the next word before it asks
    kinds = page.locator("#kinds .pick:not(.bare) label")
    other = kinds.filter(has=page.locator("[name=subject]:not(:checked)")).first
    chosen.append(other.locator("[name=subject]").get_attribute("value"))
    with page.expect_response("**/avant/"):
        other.click()
        for route, response in late:
            route.fulfill(response=response)
    expect(page.locator("#kinds .filled")).to_have_count(0)
    expect(page.locator("[name=subject]:checked")).to_have_value(str(chosen[0]))


def test_the_last_words_typed_are_kept_when_one_leaves_at_once(hands: Hands, service: Service) -> None:
    words = hands.page.locator("#id_words")
    hands.open(f"/demande/{sample(service).road}/")
    words.fill("Un trou devant l’ancienne laiterie")
    hands.open("/")
    hands.open(f"/demande/{sample(service).road}/")
    expect(words).to_have_value("Un trou devant l’ancienne laiterie")
