"""The technician's gestures and the citizen's letters: take, ask, answer, pass on, close with proof, reopen."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.browser import Hands
from tests.journeys.marks import both_databases, each_town, soak
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Sample, mark, open_request, sample, select, to_desk, until, write
from tests.journeys.steps_records import Records, letter
from tests.journeys.steps_work import Queue, Work, link_in, say_on_page

pytestmark = pytest.mark.usefixtures("journals_hold")


def reaches_the_technician(hands: Hands, town: Sample, name: str, email: str) -> str:
    """The desk opens a request for that person, then the technician signs in; returns its reference."""
    to_desk(hands, town.agent)
    reference = open_request(hands, town, name, email=email)
    hands.leave()
    hands.enter_as(town.technician)
    return reference


@each_town
@both_databases
def test_a_request_is_asked_about_answered_closed_and_reopened(
    hands: Hands, other_hands: Hands, service: Service, records: Records, tmp_path: Path
) -> None:
    town = sample(service)
    hands.forgive("^422 POST")
    reference = reaches_the_technician(hands, town, "Aurèle Desmarais", "aurele@exemple.ca")
    queue = Queue(hands, town.roads)
    queue.open()
    shown = queue.references()
    due = [records.case(item).due_at for item in shown]
    assert due == sorted(due, key=lambda moment: moment.timestamp()), "what is promised first comes first"
    queue.take(reference)
    case = records.case(reference)
    assert (case.owner.username, case.state) == (town.technician, "working")

    work = queue.read(reference)
    promised = case.due_at
    panel = work.start("d", "ask")
    work.say(panel, "De quel côté de la rue est-ce?")
    work.send(reference)
    assert (records.case(reference).state, records.case(reference).is_paused) == ("asked", True)
    asked = letter(service, records, reference, "asked")
    assert "De quel côté de la rue est-ce?" in text_of(asked)

    link = link_in(asked, service.url)
    other_hands.open(link)
    expect(other_hands.page.locator("main")).to_contain_text("De quel côté de la rue est-ce?")
    say_on_page(other_hands, "reply", "Du côté des numéros impairs.")
    case = records.case(reference)
    assert (case.state, case.is_paused) == ("working", False) and case.due_at >= promised

    work = Work.open(hands, reference)
    expect(work.journal).to_contain_text("Du côté des numéros impairs.")
    work.say(work.start("r", "answer"), "Une équipe passe demain.")
    work.send(reference)
    assert "Une équipe passe demain." in text_of(letter(service, records, reference, "answered"))

    panel = work.start("c", "close")
    mark(hands, "reason", "done", panel)
    work.say(panel, "Le trou est comblé.")
    hands.press("Control+Enter")
    expect(panel.locator(".summary")).to_be_focused()
    expect(panel.locator("[name=words]")).to_have_value("Le trou est comblé.")
    expect(panel.locator("input[name=reason][value=done]")).to_be_checked()
    expect(panel.locator("[name=proof]")).to_have_attribute("aria-invalid", "true")
    photo = tmp_path / "comble.jpg"
    Image.new("RGB", (320, 240), "#777").save(photo)
    with hands.page.expect_file_chooser() as chooser:
        hands.reach(panel.locator("input[type=file]"))
        hands.press("Enter")
    chooser.value.set_files(photo)
    work.send(reference)
    assert records.case(reference).state == "closed"
    closed = letter(service, records, reference, "closed")
    assert "Le trou est comblé." in text_of(closed) and link_in(closed, service.url) == link

    other_hands.open(link)
    expect(other_hands.page.locator(".photos img").first).to_be_visible()
    say_on_page(other_hands, "not-fixed", "Le trou est revenu avec la pluie.")
    case = records.case(reference)
    assert (case.state, case.level, case.closing_reason) == ("new", 1, "")
    subject = case.subject
    assert case.department_id == (subject.level_up_id or case.department_id)
    assert records.kinds(reference) == ["opened", "taken", "asked", "replied", "answered", "closed", "reopened"]
    assert link_in(letter(service, records, reference, "reopened"), service.url) == link


@each_town
@soak
def test_a_request_is_passed_on_with_its_reason(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    reference = reaches_the_technician(hands, town, "Zénon Archambault", "zenon@exemple.ca")
    work = Work.open(hands, reference)
    promised = records.case(reference).due_at
    panel = work.start("p", "pass-on")
    select(hands, panel.locator("select[name=department]"), town.colleague_in)
    work.say(panel, "Le ponceau dessous est à refaire.")
    work.send(reference)
    case = records.case(reference)
    assert (case.department.slug, case.owner, case.hand_offs, case.due_at) == (town.colleague_in, None, 1, promised)
    hands.leave()
    hands.enter_as(town.colleague)
    queue = Queue(hands, town.colleague_in)
    queue.open()
    queue.take(reference)
    work = queue.read(reference)
    expect(work.journal).to_contain_text("Le ponceau dessous est à refaire.")
    assert records.case(reference).owner.username == town.colleague


@each_town
def test_someone_without_email_is_called(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    hands.forgive("^422 POST")
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Imelda Courtemanche", phone="450 555-0122")
    assert records.letters(reference) == []
    hands.leave()
    hands.enter_as(town.technician)
    work = Work.open(hands, reference)
    work.say(work.start("r", "answer"), "Dites-lui que la réparation est prévue jeudi.")
    work.send(reference)
    until(lambda: records.calls(reference), "the worker makes the call that the answer owes")

    hands.leave()
    hands.enter_as(town.agent, "/desk/callbacks/")
    call = hands.page.locator(".calls > li", has_text=reference)
    expect(call).to_contain_text("Imelda Courtemanche")
    expect(call).to_contain_text("Dites-lui que la réparation est prévue jeudi.")
    hands.reach(call.locator("summary"))
    hands.press("Enter")
    hands.reach(call.locator("details button"))
    hands.press("Enter")
    expect(hands.page.locator(".summary")).to_be_focused()
    expect(call.locator("textarea")).to_have_attribute("aria-invalid", "true")
    write(hands, call.locator("textarea"), "Elle est contente, elle sera là.")
    hands.reach(call.locator("details button"))
    hands.press("Enter")
    expect(call).to_have_count(0)
    [made] = records.calls(reference)
    assert made.done_by.username == town.agent and made.note == "Elle est contente, elle sera là."
    assert records.kinds(reference) == ["opened", "answered", "called"]


@each_town
def test_what_was_typed_when_the_session_ended_comes_back_after_the_sign_in(
    hands: Hands, service: Service, records: Records
) -> None:
    # The draft is saved, and the page asks for what is new, after the session ended.
    hands.forgive(r"^401 (POST .*/draft/note/$|GET .*/(live|news)\?)")
    town = sample(service)
    reference = reaches_the_technician(hands, town, "Yvonne Latulippe", "yvonne@exemple.ca")
    work = Work.open(hands, reference)
    work.say(work.start("m", "note"), "La clé est chez le voisin.")
    hands.page.context.clear_cookies(name="parvis")
    hands.press("Control+Enter")
    hands.reach(hands.page.locator(f'button[formaction$="/{town.technician}/"]'))
    hands.press("Enter")
    panel = work.panel("note")
    expect(panel.locator("textarea")).to_have_value("La clé est chez le voisin.")
    assert records.kinds(reference) == ["opened"]
    hands.reach(panel.locator("textarea"))
    hands.press("Control+Enter")
    expect(work.journal).to_contain_text("La clé est chez le voisin.")
    hands.open(f"/desk/cases/{reference}/")
    expect(hands.page.locator("[data-case] .ref")).to_contain_text(reference)
    assert not hands.page.evaluate("sessionStorage.getItem('parvis.unsent')"), "nothing is kept of what was sent"
