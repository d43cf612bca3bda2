"""The way of a message: three people in three browsers, from its first words to its end. OUTREACH section 12."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import PAGE, PAGE_TOKEN
from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases, soak
from tests.journeys.phone import Phone
from tests.journeys.service import Service
from tests.journeys.steps import sample, until
from tests.journeys.steps_panels import add_screen, at_a_screen
from tests.social.serving import serving

pytestmark = pytest.mark.usefixtures("journals_hold")
TITLE, FIXED = "Interdiction de stationner cette nuit", "Interdiction de stationner, 23 h à 8 h"
TEXT, SAID = "Pas d’auto dans la rue de 23 h à 7 h.", "Oui, c’est vrai pour chez vous : pas d’auto cette nuit."
SHORT, SHORT_FIXED = "Rues libres de 23 h à 7 h.", "Rues libres de 23 h à 8 h."
PAGE_OF_TOWN, SCREEN = "Page de la ville", "Écran du parc"
WITHIN = 20_000  # ms, from a gesture to what a screen paints


def at_desk(browser: Browser, service: Service, username: str, path: str) -> tuple[Page, Hands]:
    page = browser.new_context(locale="fr-CA", reduced_motion="reduce").new_page()
    hands = Hands(page, service.url)
    hands.enter_as(username, path)
    return page, hands


def write(page: Page, name: str, words: str) -> None:
    page.locator(f"#id_{name}").fill(words)


def typed(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def hour(moment: datetime) -> str:
    return quebec.hour(timezone.localtime(moment))


def ending_in(minutes: int) -> datetime:
    """A moment in about so many minutes, never on the hour: "9 h" would be found in "9 h 02"."""
    moment = now() + timedelta(minutes=minutes)
    return moment if moment.minute else moment + timedelta(minutes=1)


@pytest.fixture
def networks(service: Service) -> Iterator[Networks]:
    with serving(Networks(service.networks_port)) as there:
        yield there


def row_of(page: Page, name: str) -> Locator:
    return page.locator("#where tbody tr", has=page.locator("th", has_text=name))


@both_databases
def test_the_way_of_a_message_told_by_three_people(browser: Browser, service: Service, networks: Networks) -> None:
    town = sample(service)
    approver, at_approver = at_desk(browser, service, town.publisher, "/desk/social/")
    write(approver, "name", PAGE_OF_TOWN)
    write(approver, "page_id", PAGE)
    write(approver, "token", PAGE_TOKEN)
    approver.locator("form[action$='/social/accounts/'] .btn.main").click()
    expect(approver.locator(".mailboxes")).to_contain_text(PAGE_OF_TOWN)
    in_the_park, screen = at_a_screen(browser, add_screen(at_approver, SCREEN, (1920, 1080)), (1920, 1080))
    expect(screen.locator("body")).to_have_attribute("data-state", "idle", timeout=WITHIN)

    first_end, last_end = ending_in(20), ending_in(40)
    writer, at_writer = at_desk(browser, service, town.editor, "/desk/outreach/new/")
    writer.locator("main button.main").click()
    write(writer, "title_fr", TITLE)
    write(writer, "text_fr", TEXT)
    write(writer, "short_fr", SHORT)
    write(writer, "say_fr", SAID)
    write(writer, "expires", typed(first_end))
    for slug in ("site", "banner", "panels", "push", "facebook"):
        writer.locator(f'input[name="channels"][value="{slug}"]').check()
    expect(writer.locator("#pv-panels .paint").first).to_contain_text(SHORT)
    expect(writer.locator("#pv-agents")).to_contain_text(SAID)
    writer.locator('button[value="ask"]').click()
    expect(writer.locator("main")).to_contain_text(TITLE)
    path = writer.url.removeprefix(service.url).removesuffix("approve/")

    agent, at_agent = at_desk(browser, service, town.agent, "/desk/?stay=1")
    networks.dead = 463  # the token of the page died meanwhile
    at_approver.open(f"{path}approve/")
    expect(approver.locator("#pv-banner")).to_contain_text(TITLE)
    approver.locator('button[value="approve"]').click()
    expect(approver.locator("#where")).to_contain_text("Bandeau")

    def told() -> bool:
        at_agent.open("/desk/incidents/")
        return agent.locator(".say-first summary").count() > 0

    until(told, "the words to say, at the desk")
    agent.locator(".say-first summary").click()
    expect(agent.locator(".say-first")).to_contain_text(SAID)

    public = browser.new_context(locale="fr-CA", java_script_enabled=False).new_page()

    def shown(words: str, where: str = "/") -> bool:
        public.goto(f"{service.url}{where}")
        return words in str(public.locator("body").text_content())  # one of two alerts is folded

    until(lambda: shown(TITLE), "the banner on the home page")
    expect(screen.locator("main.calm")).to_contain_text(SHORT, timeout=WITHIN)

    # The account whose token died is named; the others did not wait for it.
    at_writer.open(f"{path}follow/")
    dead = row_of(writer, PAGE_OF_TOWN)
    expect(dead).to_have_class("ko", timeout=WITHIN)
    expect(dead.get_by_role("button", name="Réessayer")).to_be_visible()
    expect(row_of(writer, "Bandeau")).not_to_have_class("ko")
    public.goto(f"{service.url}/nouvelles/")
    news = str(public.locator("main a", has_text=TITLE).first.get_attribute("href"))
    assert shown(TEXT, news) and networks.items == {}
    networks.dead = 0
    at_approver.open("/desk/social/")
    account = approver.locator(".mailboxes > li", has_text=PAGE_OF_TOWN)
    account.locator("summary", has_text="Rebrancher").click()
    account.locator("input[name=token]").fill(PAGE_TOKEN)
    account.locator("form[action$='/token/'] button").click()
    expect(account.get_by_role("alert")).to_have_count(0)
    dead.get_by_role("button", name="Réessayer").click()
    expect(row_of(writer, PAGE_OF_TOWN)).not_to_have_class("ko", timeout=WITHIN)
    until(lambda: len(networks.of("post")) == 1, "the post")
    expect(writer.locator(".journal-lines li", has_text="réessayé")).to_have_count(1)

    # An hour is corrected, then the end is moved: everywhere.
    at_writer.open(path)
    write(writer, "title_fr", FIXED)
    write(writer, "text_fr", TEXT.replace("7 h", "8 h"))
    write(writer, "short_fr", SHORT_FIXED)
    writer.locator('button[value="correct"]').click()
    until(lambda: shown(FIXED), "the corrected banner")
    assert shown(TEXT.replace("7 h", "8 h"), news) and not shown(TEXT, news)
    expect(screen.locator("main.calm")).to_contain_text(SHORT_FIXED, timeout=WITHIN)
    until(lambda: "8 h" in networks.of("post")[0].text, "the corrected post")
    at_writer.open(f"{path}follow/")
    writer.locator("details", has=writer.locator("form[action$='/extend/']")).locator("summary").click()
    write(writer, "expires", typed(last_end))
    writer.locator("form[action$='/extend/'] button").click()
    until(lambda: shown(hour(last_end)), "the moved end in the banner")
    until(lambda: shown(hour(last_end), news), "the moved end on the page of the news")
    assert not shown(hour(first_end), news)

    # Without a network, the screen drops it at its moved end, and not before.
    until(lambda: "peint à" in told_of_screens(at_writer, path), "the proof of the screen")
    screen.wait_for_timeout(2000)
    in_the_park.set_offline(True)
    screen.clock.fast_forward(25 * 60_000)
    expect(screen.locator("main.calm")).to_contain_text(SHORT_FIXED)
    screen.clock.fast_forward(16 * 60_000)
    expect(screen.locator("body")).to_have_attribute("data-state", "idle")
    in_the_park.close()

    at_writer.open(f"{path}follow/")
    writer.locator("details:has(form[action$='/lift/']) > summary").click()
    writer.locator("form[action$='/lift/'] button").click()
    until(lambda: not shown(FIXED), "the end of the banner")

    # The journal tells who did what, and when.
    at_writer.open(f"{path}follow/")
    lines = writer.locator(".journal-lines li", has=writer.locator("time"))
    names = {one["username"]: one["name"] for one in service.staff}
    for what, who in (
        ("rédigé", town.editor), ("approbation demandée", town.editor), ("approuvé", town.publisher),
        ("corrigé", town.editor), ("fin déplacée", town.editor), ("réessayé", town.editor), ("levé", town.editor),
    ):  # fmt: skip
        line = lines.filter(has=writer.locator("b", has_text=what)).first
        expect(line).to_contain_text(names[who])
    for hands in (at_writer, at_agent, at_approver):
        assert hands.complaints() == []
        hands.leave()


def told_of_screens(hands: Hands, path: str) -> str:
    """What the page of a message says of the screens that painted it."""
    hands.open(f"{path}follow/")
    return row_of(hands.page, "Panneaux").inner_text()


@soak
def test_04_a_draft_survives_the_death_of_the_browser(browser: Browser, service: Service, tmp_path: Path) -> None:
    """In English, at 360 px, by keyboard; another editor reads it where its writer left it."""
    phone = Phone(browser, tmp_path / "profile", service.url)
    try:
        hands = Hands(phone.open(), service.url)
        hands.enter_as(sample(service).editor, "/desk/outreach/new/")
        hands.open("/langue/?language=en")
        hands.open("/desk/outreach/new/")
        hands.choose("button", "Start from nothing")
        hands.page.wait_for_url(re.compile(r"/desk/outreach/\d+/$"))
        address = hands.page.url
        hands.fill("Title", TITLE)
        hands.fill("Text", TEXT)
        until(lambda: hands.page.locator("#previews").get_by_text(TEXT).count(), "the draft is kept and painted")
        assert hands.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(hands.page)
        assert hands.complaints() == []
        phone.kill()

        page = phone.open()
        page.context.clear_cookies()  # the browser died before it had written some of them
        Hands(page, service.url).enter_as(sample(service).editor, address.removeprefix(service.url))
        expect(page.locator("#id_title_fr")).to_have_value(TITLE)
        expect(page.locator("#id_text_fr")).to_have_value(TEXT)
    finally:
        phone.close()
    reader, at_reader = at_desk(browser, service, sample(service).publisher, address.removeprefix(service.url))
    expect(reader.locator("#id_text_fr")).to_have_value(TEXT)
    at_reader.leave()
