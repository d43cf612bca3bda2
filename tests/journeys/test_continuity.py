"""The server or the network is down: calls are taken offline, and entered once, with their true time."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases, soak
from tests.journeys.service import Service
from tests.journeys.steps import sample, select, until
from tests.journeys.steps_records import Records, letter
from tests.paper import pages

pytestmark = pytest.mark.usefixtures("journals_hold")

LEFT = """async () => {
  const database = await new Promise((resolve) => {
    const asked = indexedDB.open("parvis-continuity"); asked.onsuccess = () => resolve(asked.result)
  })
  const all = database.transaction("calls").objectStore("calls").getAll()
  const found = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result) })
  database.close()
  return found.map((call) => call.reference)
}"""
LATE_CLOCK = """{
  const Right = Date
  window.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() - 1200000) }
    static now() { return Right.now() - 1200000 }
  }
}"""
LEFT_WORDS = LEFT.replace("call.reference", "call.values.words")


def ready(hands: Hands, service: Service) -> None:
    """The agent opens the page online, and waits until the browser has cached it."""
    hands.enter_as(sample(service).agent, "/desk/continuity/")
    expect(hands.page.locator("body[data-kept][data-server=up]")).to_be_attached(timeout=20_000)
    expect(hands.page.locator("#number")).to_have_text(re.compile(r"^\d\d-\d{4,}-[A-Z]$"))


def server(page: Page, state: str) -> None:
    expect(page.locator(f"body[data-server={state}]")).to_be_attached(timeout=20_000)


def take(hands: Hands, words: str, name: str = "", email: str = "", phone: str = "") -> str:
    """Writes and stores a call, by keyboard; returns the number read aloud."""
    page = hands.page
    number = page.locator("#number").inner_text()
    for field, text in (("words", words), ("name", name), ("phone", phone), ("email", email)):
        if text:
            hands.reach(page.locator(f"#f-{field}"))
            hands.type(text)
    hands.press("Control+Enter")
    expect(page.locator("#number")).not_to_have_text(number)
    return number


def entered(hands: Hands, records: Records, number: str) -> None:
    """Checks that the page says the call is entered, the browser holds nothing of it, and there is one case."""
    expect(hands.page.locator("#entered a", has_text=number)).to_be_visible(timeout=20_000)
    assert number not in hands.page.evaluate(LEFT)
    assert records.cases(reference=number).count() == 1


def test_calls_taken_without_the_network_are_entered_when_it_is_back(
    hands: Hands, service: Service, records: Records
) -> None:
    ready(hands, service)
    page = hands.page
    assert_accessible(page)
    page.context.set_offline(True)
    page.reload()
    server(page, "down")
    assert_accessible(page)
    before = datetime.now(UTC)
    first = take(hands, "Un arbre est tombé sur le trottoir.", "Fabien Desrosiers", "fabien@exemple.ca")
    after = datetime.now(UTC)
    second = take(hands, "A tree fell too.", "Nell Harrow", phone="450 555-0188")
    hands.type("Une troisième personne commence")
    third = page.locator("#number").inner_text()
    expect(page.locator("#calls li")).to_have_count(2)
    until(
        lambda: "Une troisième personne commence" in page.evaluate(LEFT_WORDS),
        "the call being written is kept as it is typed",
    )
    page.close()

    hands.page = page = page.context.new_page()
    hands.open("/desk/continuity/")
    server(page, "down")
    expect(page.locator("#f-words")).to_have_value("Une troisième personne commence")
    expect(page.locator("#number")).to_have_text(third)
    assert_accessible(page)
    page.context.set_offline(False)
    for number in (first, second):
        entered(hands, records, number)
    case = records.case(first)
    assert before - timedelta(seconds=2) <= case.opened_at <= after
    [opened] = records.entries(first)
    assert opened.at == case.opened_at and opened.recorded_at and opened.recorded_at > opened.at
    assert letter(service, records, first, "opened")["To"] == "fabien@exemple.ca"
    assert records.case(second).person.phones.using("journey").get().number == "+14505550188"
    expect(page.locator("#f-words")).to_have_value("Une troisième personne commence")
    assert_accessible(page)


@soak
def test_a_computer_whose_clock_is_late_takes_calls_all_the_same(
    hands: Hands, service: Service, records: Records
) -> None:
    page = hands.page
    page.context.add_init_script(LATE_CLOCK)
    ready(hands, service)
    page.context.set_offline(True)
    page.reload()
    server(page, "down")
    before = datetime.now(UTC)
    number = take(hands, "Le panneau est tombé.")
    page.context.set_offline(False)
    entered(hands, records, number)
    assert before - timedelta(seconds=5) <= records.case(number).opened_at <= datetime.now(UTC)


@soak
def test_a_full_disk_is_said_and_what_was_typed_stays_on_the_screen(hands: Hands, service: Service) -> None:
    ready(hands, service)
    page, full = hands.page, hands.page.locator("#full")
    page.evaluate(
        """() => {
          const put = IDBObjectStore.prototype.put
          IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }
          window.roomAgain = () => { IDBObjectStore.prototype.put = put }
        }"""
    )
    hands.reach(page.locator("#f-words"))
    hands.type("Le lampadaire clignote")
    expect(full).to_be_visible()
    hands.press("Control+Enter")
    expect(page.locator("#f-words")).to_have_value("Le lampadaire clignote")
    expect(page.locator("#calls li")).to_have_count(0)
    assert_accessible(page)
    page.evaluate("roomAgain()")
    hands.reach(page.locator("#f-words"))
    hands.type(".")
    expect(full).to_be_hidden()
    until(lambda: "Le lampadaire clignote." in page.evaluate(LEFT_WORDS), "the call is kept once there is room")


@soak
@both_databases
def test_the_server_dies_and_the_answer_to_an_entering_is_lost(
    hands: Hands, service: Service, records: Records
) -> None:
    ready(hands, service)
    page = hands.page
    service.kill("web")
    page.reload()
    server(page, "down")
    number = take(hands, "Plus d'eau depuis ce matin.", "Maude Sirois")

    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/desk/continuity/enter", lose, times=1)
    with page.expect_event("requestfailed", lambda sent: sent.url.endswith("/enter"), timeout=60_000):
        service.start("web")
    assert lost == [200]
    entered(hands, records, number)
    assert records.cases(words="Plus d'eau depuis ce matin.").count() == 1


@soak
def test_a_call_at_which_the_server_fails_does_not_keep_the_next_ones_waiting(
    hands: Hands, service: Service, records: Records
) -> None:
    hands.forgive(r"^500 |status of 500")
    ready(hands, service)
    page = hands.page
    page.context.set_offline(True)
    server(page, "down")
    first, second = take(hands, "La clôture est tombée."), take(hands, "Le parc est fermé à clé.")

    def fail(route: Route) -> None:
        if first in (route.request.post_data or ""):
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    page.route("**/desk/continuity/enter", fail)
    page.context.set_offline(False)
    entered(hands, records, second)
    assert first in page.evaluate(LEFT)
    page.unroute("**/desk/continuity/enter")
    entered(hands, records, first)


@soak
def test_the_session_ended_meanwhile_and_nothing_is_lost(hands: Hands, service: Service, records: Records) -> None:
    hands.forgive(r"^401 ")
    ready(hands, service)
    page = hands.page
    page.context.set_offline(True)
    server(page, "down")
    number = take(hands, "La lumière du parc clignote.")
    page.context.clear_cookies()
    page.context.set_offline(False)
    server(page, "out")
    expect(page.locator("#sign-in")).to_be_visible()
    assert_accessible(page)
    assert number in page.evaluate(LEFT)
    hands.reach(page.locator("#sign-in a"))
    hands.press("Enter")
    hands.reach(page.locator(f'button[formaction$="/{sample(service).agent}/"]'))
    hands.press("Enter")
    page.wait_for_url("**/desk/continuity/")
    entered(hands, records, number)


@soak
def test_a_number_that_cannot_be_right_is_asked_again_while_the_person_is_there(hands: Hands, service: Service) -> None:
    ready(hands, service)
    page = hands.page
    page.context.set_offline(True)
    server(page, "down")
    number = page.locator("#number").inner_text()
    for field, text in (("words", "Le banc est brisé."), ("name", "Léo"), ("phone", "555-01"), ("email", "leo@@ici")):
        hands.reach(page.locator(f"#f-{field}"))
        hands.type(text)
    hands.press("Control+Enter")
    expect(page.locator("#summary")).to_be_focused()
    for field in ("phone", "email"):
        expect(page.locator(f"#f-{field}-error")).to_be_visible()
    expect(page.locator("#number")).to_have_text(number)
    assert_accessible(page)
    page.context.set_offline(False)
    for field in ("phone", "email"):
        hands.reach(page.locator(f"#f-{field}"))
        hands.press("ControlOrMeta+a", "Delete")
    hands.press("Control+Enter")
    expect(page.locator("#entered a", has_text=number)).to_be_visible(timeout=20_000)


@soak
def test_a_subject_that_demands_a_place_says_so_before_the_call_is_kept(hands: Hands, service: Service) -> None:
    ready(hands, service)
    place, needed = hands.page.locator("#f-place"), hands.page.locator("label[for=f-place] .need")
    expect(needed).to_be_hidden()
    select(hands, hands.page.locator("#f-subject"), sample(service).road)
    expect(needed).to_be_visible()
    expect(place).to_have_attribute("aria-required", "true")
    assert_accessible(hands.page)


@soak
def test_what_the_server_refuses_stays_to_be_mended(hands: Hands, service: Service, records: Records) -> None:
    hands.forgive(r"^422 ")
    ready(hands, service)
    page = hands.page
    page.context.set_offline(True)
    server(page, "down")
    hands.reach(page.locator("#f-name"))
    hands.type("Sans motif")
    hands.press("Control+Enter")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator("#f-words-error")).to_be_visible()
    assert_accessible(page)
    number = take(hands, "Le banc est brisé.", phone="450 555-0188 poste 12")
    page.context.set_offline(False)
    row = page.locator("#calls li.refused", has_text=number)
    expect(row).to_be_visible(timeout=20_000)
    assert_accessible(page)
    assert not records.cases(reference=number).exists()
    hands.reach(row.locator("button").first)
    hands.press("Enter")
    expect(page.locator("#f-phone-error")).to_be_visible()
    hands.reach(page.locator("#f-phone"))
    hands.press("ControlOrMeta+a")
    hands.type("450 555-0199")
    hands.press("Control+Enter")
    entered(hands, records, number)


@soak
def test_a_call_written_on_paper_keeps_its_number_and_its_hour(
    hands: Hands, service: Service, records: Records
) -> None:
    ready(hands, service)
    page = hands.page
    number = page.locator("#number").inner_text()
    page.context.set_offline(True)
    server(page, "down")
    hands.reach(page.locator("#print-numbers"))
    with page.context.expect_page() as opened:
        hands.press("Enter")
    sheets = opened.value.locator("[data-number]")
    expect(sheets).to_have_count(5)
    expect(sheets.first).to_have_text(number)
    assert_accessible(opened.value)
    assert pages(opened.value.pdf(prefer_css_page_size=True)) == 5, "one sheet of paper for each"
    opened.value.goto(f"{service.url}/desk/continuity/paper/")
    assert pages(opened.value.pdf(prefer_css_page_size=True)) == 1, "and the blank one is one sheet"
    opened.value.close()
    expect(page.locator("#number")).not_to_have_text(number)
    page.context.set_offline(False)
    hands.reach(page.locator("#papers li", has_text=number).locator("button").first)
    hands.press("Enter")
    expect(page.locator("#number")).to_have_text(number)
    two_hours_ago = datetime.now(ZoneInfo("America/Toronto")) - timedelta(hours=2)
    page.locator("#f-taken").fill(f"{two_hours_ago:%Y-%m-%dT%H:%M}")
    hands.reach(page.locator("#f-words"))
    hands.type("Noté à la main pendant la panne.")
    hands.press("Control+Enter")
    entered(hands, records, number)
    age = datetime.now(UTC) - records.case(number).opened_at
    assert timedelta(minutes=119) < age < timedelta(minutes=125)
