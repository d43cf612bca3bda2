"""Calls answered at once: matched while typing, read aloud, closed in one key, corrected; no typed words are lost."""

import re
import time

import pytest
from playwright.sync_api import Route, expect

from parvis.apps.calculators.rules.guide import UNKNOWN
from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases, each_town, soak
from tests.journeys.service import Service
from tests.journeys.steps import Call, RequestForm, mark, sample, select, to_desk, until, write
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")


@each_town
@both_databases
def test_a_call_is_answered_on_the_spot_then_put_right(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    number = call.number
    words = town.asked.split(" ")
    hands.type(words[0])
    expect(call.ranked.first).to_be_visible()  # answers appear while typing
    with hands.page.expect_response("**/suggest?*"):
        hands.type(" " + " ".join(words[1:]))
    expect(call.answer(town.answer)).to_be_visible()
    expect(call.aloud).to_be_visible()
    aloud = call.aloud.inner_text()
    call.close()
    expect(hands.page.locator("[data-done]")).to_contain_text(re.compile(r"\d:\d\d"))

    contact = records.contact(number)
    [matter] = records.matters(number)
    [given] = records.given(number)
    assert (contact.state, contact.channel, contact.person_id) == ("done", "phone", None)
    assert contact.seconds is not None and contact.ended_at is not None
    assert (matter.subject.slug, matter.outcome, matter.words) == (town.answer, "answered", town.asked)
    assert _same_words(given.words, aloud)
    assert given.revision_id and given.inputs["text"] == town.asked

    hands.press("m")
    row = hands.page.locator(f"#contact-{number}")
    summary = row.locator(".ten-matter summary")
    hands.reach(summary)
    hands.press("Enter")
    select(hands, row.locator("select[name$=subject]"), town.other_answer)
    hands.reach(row.locator(".ten-matter button"))
    hands.press("Enter")
    expect(row.locator(".ten-trace")).to_be_visible()
    trace = row.locator(".ten-trace li").first
    expect(trace.locator("s")).to_have_text(matter.subject.title_fr)
    [matter] = records.matters(number)
    [correction] = records.corrections(number)
    assert matter.subject.slug == town.other_answer
    assert "subject_id" in correction.before and correction.by.username == town.agent
    assert _same_words(records.given(number)[0].words, aloud), "what was said stays as it was said"


def _same_words(item: str, other: str) -> bool:
    """The mark of an example is in brackets in the record, and a small label on the screen."""
    return re.findall(r"\w+", item) == re.findall(r"\w+", other)


@each_town
@soak
def test_a_permit_is_checked_with_the_person_on_the_line(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    number = call.number
    call.hear(town.asked, town.answer)
    hands.press("Enter", "k")
    form, told = call.pane.locator("[data-work-form]"), call.pane.locator("#work-told")
    expect(form).to_be_visible()
    while not told.count():  # the questions appear one by one
        groups = form.locator("input[type=radio]").evaluate_all("all => [...new Set(all.map(one => one.name))]")
        for name in groups:
            if not form.locator(f'[name="{name}"]:checked').count():
                mark(hands, name, UNKNOWN, form)
        with hands.page.expect_response("**/pane/work?*"):
            hands.reach(form.locator("button"))
            hands.press("Enter")
        expect(form.or_(told).first).to_be_visible()
    expect(told).to_be_focused()
    assert_accessible(hands.page)
    aloud = told.locator(".say").inner_text()
    hands.press("F2")
    expect(hands.page.locator("[data-done]")).to_be_visible()
    [given] = records.given(number)
    assert (given.inputs["computed"], given.inputs["subject"]) == ("permit", town.answer)
    assert _same_words(given.words, aloud) and set(given.inputs["answers"].values()) == {UNKNOWN}


@each_town
def test_one_call_holds_several_matters(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    number = call.number
    call.hear(town.asked, town.answer)
    hands.press("Enter", "+")
    expect(hands.page.locator("[data-done]")).to_be_visible()
    expect(call.said).to_have_value("")
    call.hear(town.other_asked, town.other_answer)
    hands.press("Shift+F2")
    expect(hands.page.locator(".matters li")).to_have_count(3)  # two settled, and a new one
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.send()
    form.sent()
    call.end()
    matters = records.matters(number)
    assert [matter.outcome for matter in matters] == ["answered", "answered", "case"]
    assert [matter.subject.slug for matter in matters] == [town.answer, town.other_answer, town.road]
    assert len(records.given(number)) == 2 and records.contact(number).state == "done"


@each_town
@both_databases
def test_two_calls_at_once_lose_no_character(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    first = Call.begin(hands)
    numbers = [first.number]
    hands.type("première personne, un ")
    second = Call.begin(hands, "Alt+n")
    numbers.append(second.number)
    hands.type("seconde personne, un ")
    said = {1: "première personne, un ", 2: "seconde personne, un "}
    for turn, rank in enumerate((1, 2, 1, 2), start=1):
        hands.press(f"Alt+{rank}")
        hands.page.wait_for_url(f"**/contacts/{numbers[rank - 1]}/")
        expect(second.said).to_have_value(said[rank])
        second.ready()
        piece = f"mot {turn} "
        hands.type(piece)
        said[rank] += piece
    form = RequestForm.open(second)
    form.say("dit par la seconde")
    hands.press("Alt+1")
    hands.page.wait_for_url(f"**/contacts/{numbers[0]}/")
    expect(first.said).to_have_value(said[1])
    hands.press("Alt+2")
    hands.page.wait_for_url(f"**/contacts/{numbers[1]}/")
    expect(hands.page.locator("html.js")).to_be_attached()
    expect(form.field("words")).to_have_value("dit par la seconde")
    hands.press("Escape")
    expect(form.form).to_be_hidden()
    expect(second.said).to_have_value(said[2])
    for number in numbers:
        hands.open(f"/desk/contacts/{number}/")
        second.ready()
        second.hear(town.asked, town.answer)
        hands.press("F2")
        hands.page.wait_for_url(lambda url, here=number: f"/contacts/{here}/" not in url)  # type: ignore[misc]
    assert [records.contact(number).state for number in numbers] == ["done", "done"]


@both_databases
def test_what_is_typed_survives_the_browser_and_the_server(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    number = call.number
    call.hear("il y a un trou devant chez elle")
    form = RequestForm.open(call)
    form.say("ses propres mots")
    call.wait_until_kept()
    hands.page.close()

    other_hands.enter_as(town.agent)
    other_hands.open(f"/desk/contacts/{number}/")
    expect(other_hands.page.locator("html.js")).to_be_attached()
    call, form = Call(other_hands), RequestForm(Call(other_hands))
    expect(call.said).to_have_value("il y a un trou devant chez elle")
    expect(form.field("words")).to_have_value("ses propres mots")

    write(other_hands, form.field("words"), "ses propres mots, reçus")
    call.wait_until_kept()
    service.kill("web")
    other_hands.type(" et d'autres, écrits pendant la panne")
    expect(call.kept).to_have_attribute("data-state", "failed")
    assert records.contact(number).draft["fields"]["case-words"] == "ses propres mots, reçus"
    service.start("web")
    other_hands.page.reload()
    whole = "ses propres mots, reçus et d'autres, écrits pendant la panne"
    expect(form.field("words")).to_have_value(whole)
    until(lambda: records.contact(number).draft["fields"]["case-words"] == whole, "the server has the words too")
    other_hands.press("Escape")
    call.hear(town.asked, town.answer)
    call.close()


def test_a_save_refused_once_the_call_was_sent_undoes_nothing(hands: Hands, service: Service) -> None:
    """It was on its way when the call was closed, and the server refuses it before it answers the closing."""
    town, page = sample(service), hands.page
    saves: list[Route] = []

    def hold(route: Route) -> None:
        saves.append(route)

    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.asked, town.answer)
    call.wait_until_kept()
    page.route("**/draft", hold)
    page.route("**/answered/", lambda route: route.fulfill(status=204))  # a page without an answer stays
    with page.expect_request("**/draft"):
        hands.type(", encore")
    with page.expect_response("**/answered/"):
        hands.press("F2")
    saves[0].fulfill(status=409, json={})
    page.wait_for_timeout(300)
    expect(call.kept).to_have_attribute("data-state", "unsaved")
    assert page.evaluate("Object.values(localStorage).some(kept => kept.includes(', encore'))")


@both_databases
@soak
def test_f2_pressed_twice_never_closes_the_next_contact(hands: Hands, service: Service, records: Records) -> None:
    hands.forgive("^409 POST ")  # on a slow machine the key may precede the script: the server itself refuses
    town = sample(service)
    to_desk(hands, town.agent)
    waiting = Call.begin(hands)
    waiting.hear(town.other_asked, town.other_answer)
    waiting.wait_until_kept()
    other = waiting.number
    call = Call.begin(hands, "Alt+n")
    call.hear(town.asked, town.answer)
    number = call.number
    hands.page.route("**/answered/", late)
    hands.press("F2", "F2")
    hands.page.wait_for_url(f"**/contacts/{other}/*")
    expect(hands.page.locator("html.js")).to_be_attached()
    hands.press("F2", "F2", "Shift+F2")
    expect(hands.page.locator("#notice")).to_contain_text("F2")
    assert_accessible(hands.page)
    assert [records.contact(item).state for item in (number, other)] == ["done", "progress"]
    assert not records.matters(other) and len(records.matters(number)) == 1
    waiting.hear(town.other_asked, town.other_answer)
    waiting.close()
    assert records.contact(other).state == "done"


@soak
def test_no_key_acts_behind_an_open_dialog(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.asked, town.answer)
    call.wait_until_kept()
    sheet = hands.page.locator("dialog#keys")
    for opened_by, dialog in (("?", sheet), ("ControlOrMeta+k", hands.page.locator("dialog#palette"))):
        hands.press("t", "Enter", opened_by)
        expect(dialog).to_be_visible()
        before = hands.page.url
        hands.press("Shift+F2", "F2", "F4", "F8", "F9", "Alt+i", "Alt+n", "ControlOrMeta+Enter")
        expect(dialog).to_be_visible()
        assert hands.page.url == before and call.pane.is_hidden()
        assert not records.matters(call.number) and records.contact(call.number).state == "progress"
        hands.press("Escape")
        expect(dialog).to_be_hidden()
    call.close()


def late(route: Route) -> None:
    """Delays the request by half a second."""
    time.sleep(0.5)
    route.continue_()
