"""An incident opened by one agent, joined by another without reloading, approved by an editor, ended; a distress alert
seen by a colleague.
"""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.service import Service
from tests.journeys.steps import Call, sample, tick, to_desk

pytestmark = pytest.mark.usefixtures("journals_hold")


def test_one_key_opens_it_one_key_joins_it_and_it_ends(hands: Hands, other_hands: Hands, service: Service) -> None:
    hands.forgive("^422 POST .*/incident/$")  # without a place, then without confirming the whole town
    town = sample(service)
    to_desk(hands, town.agent)
    to_desk(other_hands, town.both)
    theirs = Call.begin(other_hands)
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    hands.press("Alt+i")
    title = hands.page.locator("[name=incident-title_fr]")
    expect(title).to_be_focused()
    hands.type("Affaissement du quai")
    expect(title).to_have_value("Affaissement du quai")  # replaces the suggested title
    hands.reach(hands.page.locator("[name=incident-title_en]"))
    hands.press("ControlOrMeta+a")
    hands.type("Sunken quay")
    assert_accessible(hands.page)
    hands.press("Alt+i")  # a second press publishes nothing
    expect(hands.page.locator("[name=incident-title_en]")).to_be_focused()
    expect(hands.page.locator("[name=incident-title_fr]")).to_have_value("Affaissement du quai")
    hands.press("ControlOrMeta+Enter", "ControlOrMeta+Enter")
    expect(hands.page.locator("#pane .summary")).to_contain_text("Dites où")  # refused without a place
    whole = hands.page.locator("[name=incident-whole_town]")
    expect(whole).not_to_be_checked()
    expect(hands.page.locator("[name=incident-title_en]")).to_have_value("Sunken quay")
    tick(hands, whole)
    hands.press("ControlOrMeta+Enter")
    sure = hands.page.locator("[name=incident-sure]")
    expect(sure).not_to_be_checked()
    assert_accessible(hands.page)
    expect(other_hands.page.locator("#alarms .alarm")).to_have_count(0)
    tick(hands, sure)
    hands.press("ControlOrMeta+Enter")
    expect(hands.page.locator(".undo-bar")).to_be_visible()
    bar = other_hands.page.locator("#alarms .alarm")
    expect(bar).to_contain_text("Affaissement du quai", timeout=10_000)  # without reloading
    theirs.hear(town.broken, town.road)
    expect(other_hands.page.locator(".incident-here .say")).to_contain_text("Affaissement du quai")
    assert_accessible(other_hands.page)
    other_hands.press("Alt+j")
    expect(other_hands.page.locator("#alarms .alarm")).to_contain_text("2 personnes")
    hands.open("/")
    expect(hands.page.locator("main")).not_to_contain_text("Affaissement du quai")  # one agent alone wrote it
    hands.leave()
    hands.enter_as(town.editor, "/desk/incidents/")
    hands.reach(hands.page.locator(".incidents a", has_text="Affaissement du quai"))
    hands.press("Enter")
    expect(hands.page.locator("button[value=approve]")).to_be_visible()
    assert_accessible(hands.page)
    hands.reach(hands.page.locator("button[value=approve]"))
    hands.press("Enter")
    expect(hands.page.locator("#messages .toast")).to_contain_text("le public le lit")
    hands.open("/")
    expect(hands.page.locator(".notice-now")).to_contain_text("Affaissement du quai")
    assert_accessible(hands.page)
    hands.leave()
    hands.enter_as(town.technician, "/desk/incidents/")
    hands.reach(hands.page.locator(".incidents a", has_text="Affaissement du quai"))
    hands.press("Enter")
    expect(hands.page.locator(".big-figures dd").first).to_have_text("2")
    assert_accessible(hands.page)
    hands.reach(hands.page.locator("summary", has_text="C’est terminé"))
    hands.press("Enter")
    hands.reach(hands.page.locator("#end-words_fr"))
    hands.type("Le quai est solide.")
    hands.reach(hands.page.locator("button", has_text="Mettre fin à l’incident"))
    hands.press("Enter")
    expect(hands.page.locator(".alarm")).to_have_count(0)


def test_a_distress_reaches_a_colleague_who_did_not_reload(hands: Hands, other_hands: Hands, service: Service) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    to_desk(other_hands, town.both)
    call = Call.begin(hands)
    call.hear("je veux mourir")
    expect(hands.page.locator("#danger .help-lines")).to_contain_text("1 866 APPELLE")
    hands.page.set_viewport_size({"width": 360, "height": 740})
    expect(hands.page.locator("#danger .danger-say")).to_be_in_viewport(ratio=1)  # above the answers, on a phone too
    assert_accessible(hands.page)
    hands.page.set_viewport_size({"width": 1440, "height": 900})
    assert_accessible(hands.page)
    hands.press("Alt+s")
    expect(call.pane.locator(".help-lines")).to_contain_text("1 866 APPELLE")
    assert_accessible(hands.page)
    hands.reach(hands.page.locator("button[value=distress]"))
    hands.press("Enter")
    bar = other_hands.page.locator(".alert-bar")
    expect(bar).to_be_visible(timeout=20_000)
    other_hands.reach(bar.locator("button"))
    other_hands.press("Enter")
    expect(other_hands.page.locator(".alerts")).to_contain_text("s’en occupe")
    assert_accessible(other_hands.page)
    expect(other_hands.page.locator(".alert-bar")).to_have_count(0)
