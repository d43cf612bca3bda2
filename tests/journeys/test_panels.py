"""A day of two screens: what is typed at the desk is painted, lapses without a network, and is proved afterwards."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.browser import Hands
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps_panels import add_screen, at_a_screen
from tests.panels.gate import Gate

SIZES = {"mairie": (1920, 1080), "montee": (384, 96)}
WITHIN = 15_000  # ms, from the press to the paint
NINETY = "Ébouillantez l’eau : à Noël, « œuvre » ambiguë du côté sud, jusqu’à 23 h. Ça ira mieux là."
FLOOR = 0.035  # of the height of the screen
LETTERS = """() => [...document.querySelectorAll("[data-head], [data-rest], [data-line]")]
  .filter(p => p.textContent.trim() && p.offsetHeight)
  .map(p => {
    const box = p.getBoundingClientRect()
    const inside = box.bottom <= innerHeight + 1 && box.right <= innerWidth + 1
    return [parseFloat(getComputedStyle(p).fontSize) / innerHeight, p.scrollWidth <= p.clientWidth + 1, inside]
  })"""


def type_message(hands: Hands, text: str, minutes: int, priority: str = "100") -> None:
    hands.open("/desk/panels/")
    page = hands.page
    now = page.evaluate(
        "document.documentElement.dataset.now ? Date.parse(document.documentElement.dataset.now) : Date.now()"
    )
    end = time.strftime("%Y-%m-%dT%H:%M", time.localtime(now / 1000 + minutes * 60))
    page.locator("#id_text_fr").fill(text)
    page.locator(f'[name="priority"][value="{priority}"]').check()
    page.locator("#id_expires_at").fill(end)
    page.locator('form[action$="/message/"] .btn.main').click()
    expect(page.locator("#messages")).to_contain_text("15 secondes")


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Toronto")
    time.tzset()


def told(hands: Hands, cell: str, words: str) -> None:
    """Waits until the desk shows these words of the first screen."""
    deadline = time.monotonic() + 45
    while True:
        hands.open("/desk/panels/")
        found = hands.page.locator("tr", has_text="Écran mairie").locator(cell).inner_text()
        if words in found or time.monotonic() > deadline:
            assert words in found
            return
        hands.page.wait_for_timeout(500)


def proved(hands: Hands, name: str) -> str:
    """What the desk says that a screen painted."""
    hands.open("/desk/panels/")
    hands.page.get_by_role("link", name=name).click()
    return hands.page.locator("section[aria-labelledby=painted-h]").inner_text()


def test_a_message_is_painted_lapses_without_a_network_and_is_proved_when_it_is_back(
    browser: Browser, hands: Hands, service: Service, tmp_path: Path
) -> None:
    hands.enter_as(service.someone("communications"), "/desk/panels/")
    addresses = {name: add_screen(hands, f"Écran {name}", size) for name, size in SIZES.items()}
    screens = {name: at_a_screen(browser, addresses[name], size) for name, size in SIZES.items()}
    for _context, page in screens.values():
        expect(page.locator("body")).to_have_attribute("data-state", "idle")
    type_message(hands, NINETY, 30)
    started = time.monotonic()
    for name, (_context, page) in screens.items():
        expect(page.locator("body")).to_have_attribute("data-state", "calm", timeout=WITHIN)
        assert time.monotonic() - started < WITHIN / 1000
        letters = page.evaluate(LETTERS)
        assert letters
        for share, whole, inside in letters:
            assert share >= FLOOR and whole and inside, f"{name}: {share}"
        page.screenshot(path=tmp_path / f"{name}.png")
    full = screens["mairie"][1]
    shown = full.locator("main.calm .what").inner_text() + " " + full.locator("main.calm .how").inner_text()
    assert re.sub(r"\W", "", shown).lower() == re.sub(r"\W", "", NINETY).lower()
    told(hands, "td:nth-of-type(2)", "Ébouillantez")
    context, page = screens["mairie"]
    context.set_offline(True)
    page.clock.fast_forward(90_000)  # its clock is wrong from now on, and it goes on painting
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "calm")
    context.set_offline(False)
    page.clock.fast_forward(31_000)  # it tells every thirty seconds
    told(hands, "td:nth-of-type(1)", "Horloge fausse, corrigée")
    proofs = proved(hands, "Écran mairie")
    assert NINETY in proofs
    context.set_offline(True)
    page.clock.fast_forward(31 * 60_000)
    expect(page.locator("body")).to_have_attribute("data-state", "idle")
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "idle")
    expect(page.locator("main.idle .number")).to_contain_text("450")
    context.set_offline(False)
    expect(page.locator("body")).to_have_attribute("data-state", "calm", timeout=WITHIN)
    for other, _page in screens.values():
        other.close()


@pytest.fixture
def gate(service: Service) -> Iterator[Gate]:
    """What the screens reach instead of the server, which it may hide."""
    between = Gate(service.url)
    between.open()
    yield between
    between.close()


def at_the_gate(browser: Browser, gate: Gate, address: str) -> tuple[BrowserContext, Page]:
    return at_a_screen(browser, f"{gate.url}/panneau/{address.partition('/panneau/')[2]}", SIZES["mairie"])


@soak
def test_23_an_alert_that_lapsed_is_never_shown_while_the_server_is_stopped_whatever_the_clock_does(
    browser: Browser, hands: Hands, service: Service, gate: Gate
) -> None:
    hands.enter_as(service.someone("communications"), "/desk/panels/")
    context, page = at_the_gate(browser, gate, add_screen(hands, "Écran de l’alerte", SIZES["mairie"]))
    body = page.locator("body")
    type_message(hands, "Évacuez le quai.", 20, priority="200")
    expect(body).to_have_attribute("data-state", "alert", timeout=WITHIN)
    gate.close()
    page.clock.fast_forward(15 * 60_000)
    page.reload()  # the machine restarts: its page is kept, and its list
    expect(body).to_have_attribute("data-state", "alert")
    page.clock.fast_forward(6 * 60_000)
    expect(body).not_to_have_attribute("data-state", "alert")
    for moved in (-2 * 3_600_000, -24 * 3_600_000, 3_600_000):  # its clock is set wrong, and it restarts
        page.clock.set_system_time(datetime.fromtimestamp((page.evaluate("Date.now()") + moved) / 1000, UTC))
        page.reload()
        expect(body).to_have_attribute("data-state", "idle")  # it does not know the time: it shows no message at all
        expect(page.locator("main.idle .number")).to_be_visible()
        page.clock.fast_forward(60_000)
        expect(body).not_to_have_attribute("data-state", "alert")
    context.close()
    hands.open("/desk/panels/")
    hands.page.locator("li", has_text="Évacuez le quai.").get_by_role("button").click()
    expect(hands.page.locator("#messages")).to_contain_text("Évacuez le quai.")  # it is said to be taken off


@soak
def test_a_screen_takes_a_new_version_of_its_page_by_itself(
    browser: Browser, hands: Hands, service: Service, gate: Gate
) -> None:
    hands.enter_as(service.someone("communications"), "/desk/panels/")
    context, page = at_the_gate(browser, gate, add_screen(hands, "Écran à jour", SIZES["mairie"]))
    body = page.locator("body")
    first = body.get_attribute("data-version")
    type_message(hands, "Patinoire ouverte.", 30)
    expect(body).to_have_attribute("data-state", "calm", timeout=WITHIN)
    gate.version = "0123456789ab"
    type_message(hands, "Patinoire fermée.", 30)
    page.clock.fast_forward(61_000)
    expect(body).to_have_attribute("data-version", gate.version, timeout=WITHIN)
    assert first != gate.version
    expect(body).to_have_attribute("data-state", "calm", timeout=WITHIN)
    context.close()


MODULES = """async () => {
  const at = (name) => new URL(name, document.querySelector("script[type=module]").src).href
  const { proofs } = await import(at("proof.js"))
  const { plays, townTime } = await import(at("time.js"))
  const stored = {}
  const store = { get: (name) => stored[name], set: (name, value) => (stored[name] = value) }
  const kept = proofs(store)
  for (let n = 0; n < 6000; n++) kept.add("k", `texte ${n}`, n * 1000)
  const batch = kept.batch()
  kept.sent(batch)
  const again = proofs(store)
  const zone = townTime("America/Toronto")
  const window = { hours: ["22:00", "02:15"], days: [6] }
  const on = (moment) => plays(window, zone.clock(Date.parse(moment)))
  return {
    kept: stored.proofs.length, sent: batch.length, first: batch[0][1].text, next: again.batch()[0][1].text,
    on: ["2026-03-08T01:59-05:00", "2026-03-08T03:01-04:00", "2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00",
      "2026-11-01T02:30-05:00", "2026-11-01T23:00-05:00"].map(on),
  }
}"""


@soak
def test_25_proofs_are_kept_in_a_bounded_queue_and_hours_follow_the_clocks_of_the_town(
    browser: Browser, hands: Hands, service: Service
) -> None:
    hands.enter_as(service.someone("communications"), "/desk/panels/")
    context, page = at_a_screen(browser, add_screen(hands, "Écran des preuves", SIZES["montee"]), SIZES["montee"])
    told = page.evaluate(MODULES)
    most = told["kept"] + told["sent"]
    assert told["sent"] < most < 6000, "a report holds a part of them, the queue is bounded"
    assert told["first"] == f"texte {6000 - most}", "the oldest leave first"
    assert told["next"] == f"texte {6000 - told['kept']}", "those not sent yet are found again after a restart"
    assert told["on"] == [True, False, True, True, False, False]
    context.close()
