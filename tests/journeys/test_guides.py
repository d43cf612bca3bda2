"""Guides and calculators of the site, on a phone, by keyboard, with and without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service

PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Guided:
    """A guide, its answers and its outcome."""

    slug: str
    answers: dict[str, str]
    outcome: str


GUIDED = {
    "carignan": Guided("piscine", {"terrain": "aucune", "projet": "installer", "genre": "creusee"}, "un permis est"),
    "val-des-aulnes": Guided("cabanon-jumele", {"lac": "non", "grandeur": "petit", "fondation": "non"}, "aucun permis"),
}


@pytest.fixture(params=[True, pytest.param(False, marks=soak)], ids=["with scripts", "without"])
def phone(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    for hands in at_a_page(browser, service, request, java_script_enabled=request.param):
        hands.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        yield hands


def test_a_few_questions_lead_to_an_outcome(phone: Hands, service: Service) -> None:
    guided, page = GUIDED[service.town], phone.page
    phone.open(f"/reponses/{guided.slug}/")
    phone.reach(page.locator(f'a[href="/guide/{guided.slug}/"]'))
    phone.press("Enter")
    expect(page.locator("h1")).to_contain_text("faut-il un permis")
    for key, value in guided.answers.items():
        if page.locator(f"[name={key}]").count() == 0:  # shown once the earlier ones are answered
            phone.choose("button", "Continuer")
            expect(page.locator(f"[name={key}]").first).to_be_attached()
        page.locator(f"[name={key}][value={value}]").focus()
        phone.press("Space")
    phone.reach(page.locator("form.form button"))
    phone.press("Enter")
    expect(page.locator("#resultat .said")).to_contain_text(guided.outcome)
    assert page.url.endswith("#resultat") and page.locator("#resultat .answered dd").count() == len(guided.answers)


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=soak)])
def test_its_pages_pass_axe_on_a_phone(hands: Hands, service: Service, look: str) -> None:
    guided, page = GUIDED[service.town], hands.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=look)  # type: ignore[arg-type]
    paths = [
        f"/guide/{guided.slug}/",
        f"/guide/{guided.slug}/?vu={next(iter(guided.answers))}",
        f"/guide/{guided.slug}/?{urlencode(guided.answers)}",
        f"/guide/{guided.slug}/?{urlencode(guided.answers)}&langue=en",
    ]
    if service.town == "carignan":
        paths += [
            "/calcul/mutation/?paid=650000&on=2026-06-01",
            "/calcul/mutation/?paid=rien&on=",
            "/calcul/paiement-taxes/?langue=fr",
            "/calcul/evaluation-fonciere/?kind=roll&notice_on=2026-10-15&value=400000&roll_year=2027",
            "/calcul/subvention-couches/?price=200&bought_on=2026-10-01&units=1",
        ]
    for path in paths:
        hands.open(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
