"""The public list and its map by keyboard, on a phone, without scripts; and the rectangles drawn at the desk."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import sample
from tests.journeys.steps_records import Records

NARROW: ViewportSize = {"width": 360, "height": 740}
OPEN_CASES = """
from io import BytesIO
from uuid import uuid4
from PIL import Image
from django.core.files.base import ContentFile
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Actor
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.places.models import Address
out = BytesIO()
Image.new("RGB", (800, 600), "white").save(out, "JPEG")
photo = keep_photo(ContentFile(out.getvalue(), name="photo.jpg"), by=Actor.citizen())
for address, photos in zip(Address.objects.exclude(latitude=None).order_by("pk")[:2], ([photo], []), strict=True):
    case = NewCase(
        key=uuid4().hex, subject=Subject.objects.get(slug="nid-de-poule"), nature="request", channel="web",
        words="Chez moi", follows=True, address=address, photos=photos,
    )
    print("opened", open_case(case, by=Actor.citizen()).case.reference)
"""


@pytest.fixture(scope="module")
def references(service: Service) -> list[str]:
    """Two public requests, the first with a photo."""
    done = service.command("manage", "shell", "-v", "0", "-c", OPEN_CASES)
    found = re.findall(r"opened (\S+)", done.stdout)
    assert len(found) == 2, done.stderr
    return found


@pytest.fixture
def plain_hands(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A user whose browser has scripts turned off."""
    yield from at_a_page(browser, service, request, java_script_enabled=False)


def test_a_pin_and_its_line_are_chosen_together_by_keyboard(hands: Hands, references: list[str]) -> None:
    page = hands.page
    page.set_viewport_size({"width": 1440, "height": 900})
    hands.open("/carte/")
    expect(page.locator(".map-mark, .map-cluster").first).to_be_visible()
    line = page.locator(f'[data-id="{references[0]}"]')
    hands.reach(line)
    hands.press("Enter")
    card = page.locator("[data-card]")
    expect(card.locator("h2")).to_be_focused()
    expect(card).to_contain_text(references[0])
    expect(line).to_have_attribute("aria-current", "true")
    expect(page.locator(".map-mark.sel")).to_have_count(1)
    assert_accessible(page)
    hands.press("Escape")
    expect(card).to_be_hidden()
    assert hands.has_focus(line)


@soak
def test_one_of_the_works_and_its_card_are_chosen_by_keyboard(hands: Hands) -> None:
    page = hands.page
    page.set_viewport_size({"width": 1440, "height": 900})
    hands.open("/travaux/")
    expect(page.locator(".map-keys")).to_be_visible()
    expect(page.locator("[data-wait]")).to_have_count(0)
    line = page.locator(".works a[data-id]").first
    hands.reach(line)
    hands.press("Enter")
    card = page.locator("[data-card]")
    expect(card.locator("h2")).to_be_focused()
    expect(line).to_have_attribute("aria-current", "true")
    assert_accessible(page)
    hands.choose("link", "Voir le détail")
    expect(page).to_have_url(re.compile(r"/travaux/\d+/$"))
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    assert_accessible(page)


def test_on_a_phone_the_map_comes_at_a_tap(hands: Hands, references: list[str]) -> None:
    page = hands.page
    page.set_viewport_size(NARROW)
    hands.open("/carte/")
    assert not page.locator(".map-mark, .map-cluster, canvas").count()
    expect(page.locator(f'[data-id="{references[0]}"]')).to_be_visible()
    hands.choose("button", "Carte")
    expect(page.locator("canvas")).to_be_visible()
    expect(page.locator(".map-mark, .map-cluster").first).to_be_visible()
    expect(page.locator(f'[data-id="{references[0]}"]')).to_be_hidden()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    hands.choose("button", "Liste")
    expect(page.locator(f'[data-id="{references[0]}"]')).to_be_visible()


@soak
def test_when_the_map_fails_the_list_stays(hands: Hands, references: list[str]) -> None:
    page = hands.page
    page.set_viewport_size({"width": 1440, "height": 900})
    hands.forgive("carte.json|ERR_FAILED")
    page.route("**/carte.json", lambda route: route.abort())
    hands.open("/carte/")
    expect(page.get_by_text("La carte ne peut pas être dessinée")).to_be_visible()
    expect(page.locator(f'[data-id="{references[0]}"]')).to_be_visible()
    hands.reach(page.locator(f'[data-id="{references[0]}"]'))
    hands.press("Enter")
    expect(page.locator("h1")).to_contain_text("Nid-de-poule")


@soak
def test_without_scripts_the_list_filters_and_me_too_work(
    plain_hands: Hands, references: list[str], records: Records, service: Service
) -> None:
    hands, page = plain_hands, plain_hands.page
    hands.open("/carte/")
    hands.choose("link", re.compile("^En retard"))
    expect(page).to_have_url(re.compile("etat=retard"))
    hands.open(f"/carte/{references[1]}/")
    hands.choose("link", "Moi aussi")
    hands.fill("Courriel", "temoin@exemple.ca")
    hands.choose("button", "Moi aussi, tenez-moi au courant")
    expect(page.locator("h1")).to_have_text(re.compile("C’est noté"))
    service.mail.wait("temoin@exemple.ca")
    assert records.case(references[1]).merged_count == 1
    hands.choose("button", re.compile("Annuler"))
    expect(page.locator("h1")).to_have_text("On ne vous écrit plus")


@soak
def test_the_page_speaks_english_and_comes_back(hands: Hands, references: list[str]) -> None:
    hands.open(f"/carte/{references[0]}/")
    hands.choose("button", "English")
    expect(hands.page.locator("#h-course")).to_have_text("Where it stands")
    assert_accessible(hands.page)
    hands.choose("button", "Français")
    expect(hands.page.locator("#h-course")).to_have_text("Où on en est")


@soak
def test_rectangles_are_drawn_by_keyboard_and_by_mouse(hands: Hands, references: list[str], service: Service) -> None:
    page, town = hands.page, sample(service)
    hands.enter_as(town.agent)
    hands.open(f"/desk/cases/{references[0]}/public/")
    hands.choose("button", "Ajouter un rectangle")
    hands.press("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown")
    field = page.locator("[data-mask] textarea")
    expect(field).to_have_value("39 39 21 21")
    picture = page.locator("[data-picture]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3, steps=4)
    page.mouse.up()
    assert len(field.input_value().splitlines()) == 2
    hands.press("Delete")
    assert len(field.input_value().splitlines()) == 1
    assert_accessible(page)
    hands.choose("button", "Publier cette photo")
    expect(page.locator(".mask-shown img")).to_be_visible()
    hands.leave()
    hands.open(f"/carte/{references[0]}/")
    expect(page.locator(".public-photos img")).to_be_visible()
