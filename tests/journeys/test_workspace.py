"""Two people on one request see each other and their changes without reloading; then one's own work."""

import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases, soak
from tests.journeys.service import Service
from tests.journeys.steps import mark, open_request, sample, to_desk, write
from tests.journeys.steps_records import Records
from tests.journeys.steps_work import Queue, Work, told

pytestmark = pytest.mark.usefixtures("journals_hold")
SOON = 12_000  # ms: pages poll every few seconds


@both_databases
def test_each_sees_the_other_and_what_they_do(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(other_hands, town.agent)
    reference = open_request(other_hands, town, "Alphonsine Lebrun", email="alphonsine@exemple.ca")
    queue = Queue(other_hands, town.roads)
    queue.open()
    hands.enter_as(town.technician)
    work = Work.open(hands, reference)
    hands.press("t")
    told(hands.page, reference)
    name = records.case(reference).owner.display_name
    expect(queue.row(reference)).to_contain_text(name, timeout=SOON)  # the other's queue updated by itself

    theirs = Work.open(other_hands, reference)
    here = hands.page.locator("#others")
    expect(here.locator(".other")).to_have_count(1, timeout=SOON)
    expect(other_hands.page.locator("#others")).to_contain_text(name, timeout=SOON)
    panel = theirs.start("m", "note")
    theirs.say(panel, "elle rappelle jeudi ")
    expect(here).to_contain_text("mots non envoyés", timeout=SOON)
    assert "elle rappelle" not in hands.page.content(), "nobody's words are told before they are sent"
    assert_accessible(hands.page)

    hands.press("Alt+z")  # undoes the take
    expect(work.journal).to_contain_text("Repris")
    assert records.case(reference).owner is None
    words = panel.locator("textarea")
    expect(theirs.journal).to_contain_text("Repris", timeout=SOON)
    expect(words).to_have_value("elle rappelle jeudi ")
    expect(words).to_be_focused()
    expect(other_hands.page.locator("#case-news")).to_contain_text(name)
    assert_accessible(other_hands.page)
    Queue(hands, town.roads).open()

    theirs = Work.open(other_hands, reference)
    panel = theirs.start("m", "note")
    write(other_hands, panel.locator("textarea"), f"Vois-tu ça? @{town.technician[:4]}")
    expect(panel.locator(".phrases-list [role=option]").first).to_contain_text(name)
    assert_accessible(other_hands.page)
    other_hands.press("Enter")
    expect(panel.locator("textarea")).to_have_value(f"Vois-tu ça? @{town.technician} ")
    theirs.send(reference)
    counted = hands.page.locator('.bar nav a[href="/desk/mine/"] .count')
    expect(counted).to_have_text("1", timeout=2 * SOON)
    hands.press("ControlOrMeta+k")
    hands.type("mon trav")
    expect(hands.page.locator("#palette-list [aria-selected=true]")).to_contain_text("Mon travail")
    assert_accessible(hands.page)
    hands.press("Enter")
    expect(hands.page.locator(".mine")).to_contain_text("Vois-tu ça?")
    hands.choose("button", re.compile("^Vu"))
    expect(hands.page.locator(".mine")).not_to_contain_text("Vois-tu ça?")


def late(route: Route) -> None:
    """Delays the request by half a second."""
    time.sleep(0.5)
    route.continue_()


@soak
def test_a_phrase_a_reminder_and_the_keys_of_ones_own_work(hands: Hands, service: Service) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Philias Bolduc", email="philias@exemple.ca")
    hands.leave()
    hands.enter_as(town.technician, "/desk/snippets/new/")
    hands.fill("Nom court", "suivi")
    hands.fill("En français", "Bonjour {nom}, votre requête {référence} avance.")
    assert_accessible(hands.page)
    hands.press("Control+Enter")
    expect(hands.page.locator(".phrases").first).to_contain_text("::suivi")

    work = Work.open(hands, reference)
    hands.page.route("**/answer/?seen=*", late)
    hands.press("r")
    hands.type("::sui")  # before the form is loaded
    panel = work.panel("answer")
    expect(panel).to_be_visible()
    hands.page.unroute_all()
    expect(panel.locator("[role=option]").first).to_contain_text("Philias Bolduc")
    hands.press("Enter")
    words = panel.locator("textarea")
    expect(words).to_have_value(f"Bonjour Philias Bolduc, votre requête {reference} avance.")
    work.send(reference)

    hands.press("?")
    keys = hands.page.locator("#keys")
    expect(keys).to_contain_text("Faire, aller, trouver")
    expect(keys).to_contain_text("La revoir plus tard")
    hands.press("Escape")
    hands.press("ControlOrMeta+k")
    hands.type("revo")
    hands.press("Enter")
    later = hands.page.locator(".later-dialog")
    expect(later.locator("[name=on]")).to_be_focused()
    assert_accessible(hands.page)
    hands.reach(later.locator("[name=words]"))
    hands.type("Vérifier la tranchée")
    hands.press("Enter")
    told(hands.page, "reviendra sous vos yeux")
    hands.open("/desk/mine/")
    expect(hands.page.locator(".mine")).to_contain_text("Vérifier la tranchée")
    line = hands.page.locator(".mine li", has_text="Vérifier la tranchée")
    if not line.is_visible():  # what comes back on another day is folded
        hands.reach(hands.page.locator(".can-wait summary"))
        hands.press("Enter")
    hands.reach(line.locator("button"))
    hands.press("Enter")
    expect(hands.page.locator(".mine")).not_to_contain_text("Vérifier la tranchée")
    hands.press("Alt+z")
    expect(hands.page.locator(".mine")).to_contain_text("Vérifier la tranchée")

    hands.open(f"/desk/cases/{reference}/")
    hands.press("Alt+m")
    expect(hands.page.locator("#plan-drawer").locator(".plan, .quiet").first).to_be_visible()
    hands.press("Escape")
    hands.press("F7")
    expect(hands.page.locator("#person-drawer")).to_contain_text("Votre lecture")
    assert_accessible(hands.page)
    hands.press("Escape")
    expect(hands.page.locator("#person-drawer")).to_be_hidden()


def test_words_of_a_request_survive_the_tab_are_told_to_nobody_and_go_once_sent(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(other_hands, town.agent)
    reference = open_request(other_hands, town, "Alcide Morin", email="alcide@exemple.ca")
    other_hands.leave()
    hands.enter_as(town.technician)
    work = Work.open(hands, reference)
    panel = work.start("c", "close")
    mark(hands, "reason", "done", panel)
    work.say(panel, "Le trou est bouché")
    expect(panel.locator("[data-kept]")).to_have_attribute("data-state", "saved")
    assert_accessible(hands.page)
    hands.type(", la chaussée balayée")
    hands.page.close()  # before the next save: leaving the page saves the rest

    other_hands.enter_as(town.agent)
    theirs = Work.open(other_hands, reference)
    expect(theirs.panel("close")).to_have_count(0)
    assert "trou est bouché" not in other_hands.page.content()
    other_hands.leave()

    other_hands.enter_as(town.technician)
    again = Work.open(other_hands, reference)
    panel = again.panel("close")
    expect(panel.locator("[name=words]")).to_have_value("Le trou est bouché, la chaussée balayée")
    expect(panel.locator("[name=reason][value=done]")).to_be_checked()
    expect(panel.locator("[name=words]")).not_to_be_focused()  # the keys of the page still act
    assert_accessible(other_hands.page)
    other_hands.page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(other_hands.page)
    other_hands.press(str(panel.get_attribute("data-alt-key")))  # gesture buttons are hidden beside the list
    expect(panel.locator("[name=reason][value=done]")).to_be_focused()
    other_hands.page.set_viewport_size({"width": 1440, "height": 900})

    other_hands.reach(panel.locator("[data-discard]"))
    other_hands.press("Enter")
    expect(again.panel("close")).to_have_count(0)
    expect(other_hands.page.locator("html.js [data-toast]").first).to_be_visible()  # the keys of the new page act
    other_hands.press("Alt+z")
    panel = again.panel("close")
    expect(panel.locator("[name=words]")).to_have_value("Le trou est bouché, la chaussée balayée")
    write(other_hands, panel.locator("[name=proof]"), "BT-4411")
    again.send(reference)
    Work.open(other_hands, reference)
    expect(again.panel("close")).to_have_count(0)
    assert records.case(reference).state == "closed"
    assert other_hands.page.evaluate("Object.keys(localStorage).filter(one => one.startsWith('parvis-words-'))") == []


@soak
def test_words_come_back_after_the_server_was_away_and_the_browser_closed(hands: Hands, service: Service) -> None:
    hands.forgive("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|htmx:sendError")
    town = sample(service)
    to_desk(hands, town.both)
    reference = open_request(hands, town, "Rita Morin", phone="4505550188")
    work = Work.open(hands, reference)
    panel = work.start("m", "note")
    service.kill("web")
    work.say(panel, "Écrit pendant la panne.")
    expect(panel.locator("[data-kept]")).to_have_attribute("data-state", "failed")
    service.start("web")
    hands.page.reload()
    panel = work.panel("note")
    expect(panel.locator("[name=words]")).to_have_value("Écrit pendant la panne.")
    expect(panel.locator("[data-kept]")).to_contain_text(re.compile("Gardé à|Vos mots, gardés"))  # on the server
