"""Someone of the staff arrives in the morning: in the demonstration, then in a real town."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.identity.test_sign_in import code_of
from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import each_town
from tests.journeys.service import Service

SENTENCE = "un cheval bleu traverse la place"


@each_town
def test_an_agent_chooses_a_role_by_keyboard_and_reaches_the_desk(hands: Hands, service: Service) -> None:
    hands.open("/desk/")
    expect(hands.page).to_have_url(re.compile(r"/staff/login/\?next=%2Fdesk%2F$"))
    assert_accessible(hands.page)
    hands.press("1")
    expect(hands.page).to_have_url(f"{service.url}/desk/")
    expect(hands.page.locator("html")).to_have_attribute("lang", "fr-CA")


@each_town
def test_each_one_lands_on_a_screen_of_their_own(hands: Hands, service: Service) -> None:
    roles = {person["username"]: {place["role"] for place in person["memberships"]} for person in service.staff}
    technician = next(username for username, held in roles.items() if "technician" in held and "agent" not in held)
    for username, path in ((technician, "/desk/queue/"), (service.someone("agent"), "/desk/")):
        hands.leave()
        hands.enter_as(username)
        assert hands.page.url.startswith(service.url + path)


@pytest.fixture(scope="module")
def real_town(new_service: Callable[..., Service]) -> Service:
    """A town outside demo: no sample account, a second factor asked."""
    settings = {"PARVIS_DEMO": "0", "PARVIS_SECRET_KEY": "only for the tests, " * 4, "PARVIS_HOSTS": "127.0.0.1"}
    return new_service("val-des-aulnes", **settings)


@pytest.fixture
def real_hands(browser: Browser, real_town: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    yield from at_a_page(browser, real_town, request)


def test_a_new_colleague_chooses_a_password_sets_up_a_factor_and_enters(real_hands: Hands, real_town: Service) -> None:
    hands, page = real_hands, real_hands.page
    added = real_town.command(
        *("add-staff", "marie.roy", "--name", "Marie Roy", "--email", "marie@exemple.ca"),
        *("--department", "accueil", "--role", "agent", "--json"),
    )
    hands.open(json.loads(added.stdout)["link"])
    assert_accessible(page)
    hands.fill("Nouveau mot de passe", SENTENCE)
    hands.fill(re.compile("une seconde fois"), SENTENCE)
    hands.press("Enter")
    hands.choose("link", "Se connecter")

    hands.fill(re.compile("Nom d’utilisateur"), "marie.roy")
    hands.fill(re.compile("Mot de passe"), SENTENCE)
    assert_accessible(page)
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Préparer votre second facteur")
    assert_accessible(page)
    expect(page.get_by_role("img", name="Code carré")).to_be_visible()
    secret = page.locator("code.secret").inner_text()
    hands.fill(re.compile("Code de six chiffres"), code_of(secret))
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    expect(page.locator("ol.codes li")).to_have_count(10)
    assert_accessible(page)
    hands.choose("link", re.compile("au travail"))
    expect(page).to_have_url(f"{real_town.url}/desk/")

    hands.leave()
    hands.open("/desk/")
    hands.fill(re.compile("Nom d’utilisateur"), "marie.roy")
    hands.fill(re.compile("Mot de passe"), SENTENCE)
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre code")
    assert_accessible(page)
    hands.fill(re.compile("Code de votre application"), code_of(secret, 1))
    hands.press("Enter")
    expect(page).to_have_url(f"{real_town.url}/desk/")
    assert hands.page.goto(real_town.url + "/dev/mail/").status == 404
    hands.forgive(r"^404 GET .*/dev/mail/")
