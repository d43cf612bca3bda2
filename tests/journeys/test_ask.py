"""The home page: a question in ordinary words, its answer, and whether it was useful; by keyboard, on a phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import each_town, soak
from tests.journeys.service import Service
from tests.journeys.steps_records import Records

PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Asked:
    """A question with a sure answer, its subject and title; and a text whose suggestions contain the subject."""

    question: str
    slug: str
    title: str
    typed: str


ASKED = {
    "carignan": Asked("combien coûte un permis de piscine", "piscine", "Piscine et spa", "piscine"),
    "val-des-aulnes": Asked("shed 8x10 jumelé permis", "cabanon-jumele", "jumel", "cabanon jumelé"),
}


@pytest.fixture(params=[True, pytest.param(False, marks=soak)], ids=["with scripts", "without"])
def phone(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A phone, with and without scripts; each counts as a distinct reader."""
    options = {"java_script_enabled": request.param, "user_agent": f"Phone, scripts {request.param}"}
    for hands in at_a_page(browser, service, request, **options):
        hands.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        yield hands


@each_town
def test_a_resident_asks_reads_and_says_what_was_missing(phone: Hands, service: Service, records: Records) -> None:
    asked, page = ASKED[service.town], phone.page
    before = len(records.opinions(asked.slug))
    phone.open("/")
    phone.reach(page.locator("#q"))
    phone.type(asked.question)
    if page.evaluate("() => document.documentElement.classList.contains('js')"):
        phone.press("Shift+Enter")
        phone.type("merci")
        expect(page.locator("#q")).to_have_value(f"{asked.question}\nmerci")
        phone.press("ControlOrMeta+a")
        phone.type(asked.question)
        phone.press("Enter")
    else:  # a plain form
        phone.press("Tab", "Enter")
    expect(page.locator("h1")).to_contain_text(asked.title)
    expect(page.locator(".short")).to_be_visible()
    expect(page.locator(".facts .fact").first).to_be_visible()
    expect(page.locator("#q")).to_have_value(asked.question)
    expect(page.locator(".pass a")).to_have_attribute("href", re.compile(rf"^/demande/{asked.slug}/\?q=\w"))
    phone.choose("button", "Non")
    expect(page.locator("#utile [role=status]")).to_contain_text("Merci")
    assert page.url.endswith("/?merci=non#utile")
    phone.reach(page.locator("#utile textarea"))
    phone.type("Il manque un plan.")
    phone.press("Tab", "Enter")
    expect(page.locator("#utile")).to_contain_text("vos mots vont à ceux qui écrivent cette page")
    opinions = records.opinions(asked.slug)[before:]
    assert [(opinion.useful, opinion.words) for opinion in opinions] == [(False, "Il manque un plan.")]
    assert page.context.cookies() == []


@each_town
def test_proposals_come_while_one_types_and_lead_to_the_subject(hands: Hands, service: Service) -> None:
    asked, page = ASKED[service.town], hands.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    hands.open("/")
    expect(page.locator("html.js")).to_be_attached()
    hands.press("/")
    expect(page.locator("#q")).to_be_focused()
    hands.type(asked.typed)
    options = page.get_by_role("option")
    expect(options.filter(has_text=asked.title).first).to_be_visible()
    assert_accessible(page)
    hands.press("ArrowDown", "Enter")
    expect(page.locator("h1")).to_contain_text(asked.title)
    expect(page).to_have_url(f"{service.url}/reponses/{asked.slug}/")


@soak
def test_on_a_phone_the_subjects_fold_and_open_by_keyboard_and_on_a_wide_screen_they_never_do(hands: Hands) -> None:
    page = hands.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    hands.open("/")
    family = page.locator(".subj").first
    expect(family.locator("summary")).to_be_visible()
    expect(family.locator("li a").first).to_be_hidden()
    hands.reach(family.locator("summary"))
    hands.press("Enter")
    expect(family.locator("li a").first).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()
    expect(family.locator("summary")).to_be_hidden()
    expect(family.locator("li a").first).to_be_visible()
    assert_accessible(page)


@each_town
def test_a_question_without_an_answer_may_be_sent_and_danger_comes_first(hands: Hands, service: Service) -> None:
    page = hands.page
    hands.open("/")
    hands.fill("Votre question", "xylophone quantique")
    hands.press("Enter")
    expect(page.locator("h1")).to_contain_text("pas de réponse toute prête")
    send = hands.reach(page.locator(".pass a"))
    expect(send).to_have_attribute("href", "/demande/?q=xylophone+quantique")
    hands.open("/")
    hands.fill("Votre question", "odeur de gaz dans la maison")
    hands.press("Enter")
    expect(page.locator(".alarm")).to_contain_text("Sortez tout de suite")
    numbers = [link.get_attribute("href") for link in page.locator(".alarm").get_by_role("link").all()]
    assert numbers == ["tel:911", "tel:+18003618003"]


@soak
def test_a_page_seen_again_changes_with_the_language(hands: Hands, service: Service) -> None:
    asked, page = ASKED[service.town], hands.page
    path = f"/reponses/{asked.slug}/"
    hands.open(path)
    page.reload()
    expect(page.locator("h1")).to_contain_text(asked.title)
    hands.choose("link", "Read this page in English")
    expect(page.locator("html")).to_have_attribute("lang", "en-CA")
    hands.choose("button", "Français")
    expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
    assert page.url == service.url + path
