"""The map of the request form in a browser: from the town's own layers, from its file of tiles, and without either."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import Hands, assert_accessible, wait_until
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import sample

EXAMPLE = Path(__file__).parents[1] / "places/data/example.pmtiles"
PLACE = "2625, chemin Bellevue"
WATER, DARK_WATER = (195, 220, 222), (11, 53, 64)
PINS = """async () => {
  const box = document.getElementById("map-box")
  box.hidden = false
  box.querySelector("[data-waiting]").hidden = true
  const { openMap } = await import("/static/ui/map.js")
  const opened = await openMap(box, { urls: document.querySelector("[data-map]").dataset })
  window.chosen = []
  const pins = ["received", "taken", "visit", "late", "settled"].map((state, rank) => (
    { id: rank + 1, at: [45.455 + rank * 0.004, -73.345 + rank * 0.009], state, label: `Requête ${state}` }))
  for (let rank = 0; rank < 3; rank++) pins.push({ id: 10 + rank, at: [45.44, -73.33], state: "late", label: "Là" })
  opened.setPins(pins)
  opened.onSelect((id, ids) => window.chosen.push([id, ids]))
  opened.map.jumpTo({ center: [-73.327, 45.456], zoom: 12.4 })
  window.opened = opened
}"""


@pytest.fixture
def tiles(service: Service) -> Iterator[None]:
    """The town's file of tiles, for the time of a test."""
    path = service.data / "map.pmtiles"
    shutil.copyfile(EXAMPLE, path)
    yield
    path.unlink()


def share_of(page: Page, colour: tuple[int, int, int]) -> float:
    """The share of the picture of the map that has a colour, from 0 to 1, give or take what a screen rounds."""
    picture = Image.open(BytesIO(page.locator("[data-canvas] canvas").screenshot())).convert("RGB")
    bands = [
        band.point([255 * (abs(value - own) <= 4) for value in range(256)])
        for band, own in zip(picture.split(), colour, strict=True)
    ]
    both = ImageChops.darker(ImageChops.darker(bands[0], bands[1]), bands[2])
    return both.histogram()[255] / (picture.width * picture.height)


def wait_for_colour(page: Page, colour: tuple[int, int, int], share: float = 0.01) -> None:
    """Waits up to ten seconds for the map to show a colour on a hundredth of it, or on another share."""
    for _time in range(40):
        if share_of(page, colour) > share:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"{colour} is not on the map: {share_of(page, colour):.4f}")


def open_the_map(hands: Hands, service: Service) -> Page:
    """Opens the map of the request form at PLACE, then shows enough of the town to see its water."""
    page = hands.page
    hands.open(f"/demande/{sample(service).road}/")
    page.locator("#id_place").fill(PLACE)
    hands.press("Escape")
    assert page.evaluate("performance.getEntriesByType('resource').every(one => !one.name.includes('maplibre'))")
    hands.reach(page.locator("[data-map]"))
    hands.press("Enter")
    expect(page.locator(".map-pin")).to_be_focused(timeout=20_000)
    hands.press("-", "-", "-", "-")
    return page


def only_ours(page: Page, service: Service) -> bool:
    hosts = page.evaluate("[...new Set(performance.getEntriesByType('resource').map(one => new URL(one.name).host))]")
    return bool(hosts == [service.url.removeprefix("http://")])


def test_the_town_s_own_layers_read_as_a_map_in_every_theme(hands: Hands, service: Service) -> None:
    page = open_the_map(hands, service)
    wait_for_colour(page, WATER)
    expect(page.locator(".map-credit")).to_have_text("Carte d’exemple, aux données inventées")
    page.emulate_media(color_scheme="dark")
    wait_for_colour(page, DARK_WATER)
    assert_accessible(page)
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.evaluate("document.documentElement.dataset.look = 'contrast'")
    wait_for_colour(page, (255, 255, 255), 0.3)
    assert_accessible(page)
    assert only_ours(page, service)


@soak
def test_the_town_s_file_of_tiles_is_drawn_in_our_colours(hands: Hands, service: Service, tiles: None) -> None:
    page = open_the_map(hands, service)
    wait_for_colour(page, WATER)
    expect(page.locator(".map-credit")).to_have_text("© OpenStreetMap")
    names = "performance.getEntriesByType('resource').map(one => one.name)"
    assert page.evaluate(f"{names}.some(one => one.includes('carte.pmtiles'))")
    assert not page.evaluate(f"{names}.some(one => one.includes('plan.geojson'))")
    page.emulate_media(color_scheme="dark")
    wait_for_colour(page, DARK_WATER)
    assert_accessible(page)
    assert only_ours(page, service)


@soak
def test_a_file_of_tiles_that_cannot_be_read_gives_the_town_s_own_layers(
    hands: Hands, service: Service, tiles: None
) -> None:
    (service.data / "map.pmtiles").write_bytes(b"no tiles" * 100)
    page = open_the_map(hands, service)
    wait_for_colour(page, WATER)
    expect(page.locator(".map-credit")).to_have_text("Carte d’exemple, aux données inventées")


@pytest.fixture
def hands_alone(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A user without a service worker, whose requests the test may stop."""
    yield from at_a_page(browser, service, request, service_workers="block")


@soak
def test_without_the_engine_the_form_says_so_and_goes_on(hands_alone: Hands, service: Service) -> None:
    hands, page = hands_alone, hands_alone.page
    hands.forgive("maplibre")
    page.route("**/maplibre-gl*.mjs", lambda route: route.abort())
    hands.open(f"/demande/{sample(service).road}/")
    page.locator("[data-map]").click()
    expect(page.locator("[data-said]")).to_contain_text("Écrivez")
    expect(page.locator("#id_place")).to_be_editable()


@soak
def test_pins_are_told_by_shape_chosen_by_keyboard_and_grouped(hands: Hands, service: Service) -> None:
    page = hands.page
    hands.open(f"/demande/{sample(service).road}/")
    page.evaluate(PINS)
    for state in ("received", "taken", "visit", "late", "settled"):
        expect(page.get_by_role("button", name=f"Requête {state}")).to_be_visible()
    drawings = page.locator(".map-mark svg").evaluate_all("all => all.map(one => one.querySelector('g').innerHTML)")
    assert len(set(drawings)) == 5, "each state has its own sign, not only its colour"
    page.get_by_role("button", name="Requête late").focus()
    hands.press("Enter")
    expect(page.locator(".map-mark.sel")).to_have_count(1)
    assert page.evaluate("chosen") == [[4, [4]]]
    expect(page.locator(".map-cluster")).to_have_text("3")
    assert_accessible(page)
    page.evaluate("opened.goTo([45.44, -73.33], 19)")
    cluster = page.locator(".map-cluster")
    expect(page.locator(".map-mark:not(.sel)")).to_have_count(0)
    cluster.focus()
    hands.press("Enter")
    wait_until(page, "chosen.length === 2")
    assert page.evaluate("chosen[1][1]") == [10, 11, 12], "those of one spot are given together"


@soak
def test_a_corner_is_chosen_and_shown_on_the_map(hands: Hands, service: Service) -> None:
    page = hands.page
    hands.open(f"/demande/{sample(service).road}/")
    hands.reach(page.locator("#id_place"))
    hands.type("bellevue et chambly")
    expect(page.get_by_role("option").first).to_contain_text("Intersection")
    hands.press("ArrowDown", "Enter")
    expect(page.locator("#id_place")).to_have_value("chemin Bellevue et chemin de Chambly")
    hands.reach(page.locator("[data-map]"))
    hands.press("Enter")
    expect(page.locator(".map-pin")).to_be_focused(timeout=20_000)
    hands.press("Enter")
    expect(page.locator("[data-said]")).to_have_text(re.compile("au coin"))
