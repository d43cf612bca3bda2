"""The page of a request at the widths of the office: what decides is seen without scrolling, and nothing is covered."""

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import each_town
from tests.journeys.service import Service
from tests.journeys.steps import open_request, sample, to_desk
from tests.journeys.steps_work import Queue, Work, told

pytestmark = pytest.mark.usefixtures("journals_hold")

OFFICE = [(1440, 900), (1280, 800), (1024, 768)]
WORDS = "La chaussée se fend à l'arrêt du 14, et l'autobus de sept heures y penche depuis lundi matin, chaque fois."


def box(target: Locator) -> FloatRect:
    """Where an element is drawn, in pixels."""
    found = target.bounding_box()
    assert found is not None, target
    return found


def on_one_line(work: Work) -> None:
    """The gestures and their menu stand on one line, inside their column."""
    gestures = work.page.locator(".gestures .do .btn, .gestures summary")
    rows = gestures.evaluate_all("all => all.map(one => [one.innerText, one.getBoundingClientRect().top])")
    assert len({top for _words, top in rows}) == 1, (work.page.viewport_size, rows)
    inside = "row => row.getBoundingClientRect().right <= row.closest('.request-facts').getBoundingClientRect().right"
    assert work.page.locator(".gestures").evaluate(inside)


def in_every_office(hands: Hands, reference: str) -> None:
    for width, height in OFFICE:
        hands.page.set_viewport_size({"width": width, "height": height})
        on_one_line(Work.open(hands, reference))


@each_town
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_decides_is_seen_without_scrolling(hands: Hands, service: Service, language: str) -> None:
    town, page = sample(service), hands.page
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Honorine Charlebois", phone="450 555-0161", words=WORDS)
    hands.leave()
    hands.enter_as(town.technician)
    hands.open(f"/langue?language={language}")
    for width, height in OFFICE:
        page.set_viewport_size({"width": width, "height": height})
        work = Work.open(hands, reference)
        words, promise = page.locator(".words blockquote"), work.promise
        gestures = page.locator(".gestures .do .btn, .gestures summary")
        composer = page.locator(".composer")
        for part in (words, page.locator(".who-where"), promise, gestures.last, composer):
            seen = box(part)
            assert seen["y"] >= 0 and seen["y"] + seen["height"] <= height, (width, part)
        order = [box(part)["y"] for part in (words, page.locator(".who-where"), promise, gestures.first)]
        assert order == sorted(order), "words, person and place, promise, gestures"
        on_one_line(work)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), f"the page scrolls at {width}"
        bar = box(page.locator("header.bar"))["height"]
        assert bar <= (60 if width < 1216 else 48), f"a bar of {bar} px at {width}"
        journal, foot = box(page.locator(".flow")), box(composer)
        assert journal["y"] + journal["height"] <= foot["y"] + 1, "the composer covers nothing of the journal"
        hands.press("F7")
        drawer = page.locator("#person-drawer")
        expect(drawer).to_contain_text("Honorine Charlebois")
        assert box(work.promise) == box(promise), "the drawer pushes nothing"
        hands.press("Escape")
        expect(drawer).to_be_hidden()
    assert_accessible(page)
    hands.press("t")
    told(page, reference)
    in_every_office(hands, reference)
    work = Work.open(hands, reference)
    work.say(work.start("w", "wait"), "Le fournisseur livre mardi.")
    work.send(reference)
    in_every_office(hands, reference)
    hands.open("/langue?language=fr")  # the choice is kept with the account


@each_town
def test_the_journal_opens_at_its_newest_and_stays_above_what_is_written(hands: Hands, service: Service) -> None:
    town, page = sample(service), hands.page
    page.set_viewport_size({"width": 1440, "height": 900})
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Omer Beauchemin", email="omer@exemple.ca", words=WORDS)
    hands.leave()
    hands.enter_as(town.technician)
    for number in range(9):
        work = Work.open(hands, reference)
        work.say(
            work.start("m", "note"), f"Note numéro {number}, avec assez de mots pour tenir sur deux lignes du journal."
        )
        work.send(reference)
    work = Work.open(hands, reference)
    newest, oldest = work.journal.locator("> li").last, work.journal.locator("> li").first
    expect(newest).to_contain_text("Note numéro 8")
    expect(newest).to_be_in_viewport()
    expect(oldest).not_to_be_in_viewport()
    panel = work.start("r", "answer")
    seen, flow = box(panel), box(page.locator(".flow"))
    assert flow["height"] > 60 and flow["y"] + flow["height"] <= seen["y"] + 1, "the form stands below the journal"
    expect(newest).to_be_in_viewport()


@each_town
def test_the_keys_lead_from_one_request_of_the_list_to_the_next(hands: Hands, service: Service) -> None:
    town, page = sample(service), hands.page
    to_desk(hands, town.agent)
    references = [
        open_request(hands, town, f"Zéphirin Lachance {rank}", phone="450 555-0162", words=WORDS) for rank in range(2)
    ]
    hands.leave()
    hands.enter_as(town.technician)
    queue = Queue(hands, town.roads)
    queue.open()
    listed = queue.references()
    first = min(references, key=listed.index)
    following = listed[listed.index(first) + 1]
    queue.read(first)
    expect(page.locator(".neighbours a[rel=next]")).to_be_visible()
    hands.press("j")
    expect(page.locator("[data-case] .ref")).to_contain_text(following)
    expect(page.locator(".neighbours a[rel=prev]")).to_be_visible()
    hands.press("k")
    expect(page.locator("[data-case] .ref")).to_contain_text(first)
    hands.press(".")
    menu = page.locator(".more-gestures .menu-box")
    expect(menu).to_be_in_viewport(ratio=1)
    hands.press("Escape")
    expect(menu).to_be_hidden()
