"""Kinds of matters and roles: comments, the ground for English, and an agent who is also a technician."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands
from tests.journeys.marks import each_town, soak
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Call, RequestForm, sample, to_desk
from tests.journeys.steps_records import Records, letter
from tests.journeys.steps_work import Queue, Work, link_in

pytestmark = pytest.mark.usefixtures("journals_hold")


@each_town
@soak
def test_a_comment_is_thanked_passed_on_noted_and_counted(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.kind("comment")
    expect(form.form.locator(".outlook")).to_be_visible()
    expect(form.form.locator(".outlook .hush")).to_have_count(0)  # comments have no promise
    form.say("bravo pour la nouvelle surface du chemin")
    form.locate(town.typed_place, town.place)
    form.for_someone_new("Fleurette Saint-Onge", "fleurette@exemple.ca")
    form.send()
    reference = form.sent()
    expect(hands.page.locator(".big-promise")).to_have_count(0)
    call.end()
    case = records.case(reference)
    assert (case.nature, case.due_at, case.promise) == ("comment", None, "")
    assert records.kinds(reference) == ["thanked"]
    thanks = letter(service, records, reference, "thanked")
    assert "bravo pour la nouvelle surface" in text_of(thanks)
    other_hands.open(link_in(thanks, service.url))
    expect(other_hands.page.locator("main")).to_contain_text(reference)
    expect(other_hands.page.locator(".promise")).to_have_count(0)

    hands.leave()
    hands.enter_as(town.technician, "/desk/comments/")
    report = hands.page.locator("table.grid tbody tr", has_text=case.subject.title_fr)
    received, noted = (int(report.locator("td.num").nth(rank).inner_text()) for rank in (0, 1))
    remark = hands.page.locator(".remarks > li", has_text=reference)
    expect(remark).to_contain_text("bravo pour la nouvelle surface du chemin")
    hands.reach(remark.locator("button"))
    hands.press("Enter")
    expect(remark).to_have_count(0)
    expect(report.locator("td.num").nth(1)).to_have_text(str(noted + 1))
    assert received >= noted + 1
    case = records.case(reference)
    assert (case.state, case.closing_reason) == ("closed", "passed")


@each_town
def test_english_is_read_on_its_ground_glossed_and_written_to(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    number = call.number
    hands.press("Escape", "l")  # before typing anything
    expect(hands.page.locator("#ground")).to_be_visible()
    call.hear(town.asked, town.answer)
    expect(call.read.locator('.say[lang="en-CA"]')).to_be_visible()
    ground = hands.page.locator("#ground")
    hands.reach(ground)
    hands.press("ArrowDown")
    expect(ground).to_be_hidden()
    call.close()
    contact, [given] = records.contact(number), records.given(number)
    assert contact.language == "en" and contact.english_ground
    assert given.language == "en"

    call = Call.begin(hands)
    hands.press("Escape", "l")
    expect(ground).to_be_visible()
    hands.reach(ground)
    hands.press("ArrowDown")
    expect(ground).to_be_hidden()
    hands.press("t")
    call.hear("there is a big pothole in the street in front of my house", town.road)
    expect(hands.page.locator("[data-gloss]")).to_be_visible()
    hands.press("Escape", "g")
    expect(hands.page.locator("#gloss ruby", has_text="pothole")).to_contain_text("nid-de-poule")
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new("Ann Hillcrest", "ann.hillcrest@exemple.ca")
    form.send()
    reference = form.sent()
    call.end()
    case = records.case(reference)
    assert (case.language, bool(case.english_ground)) == ("en", True)
    assert "We received your request" in text_of(letter(service, records, reference, "opened"))

    other_hands.enter_as(town.technician, f"/desk/cases/{reference}/")
    other_hands.press("g")
    expect(other_hands.page.locator("#gloss ruby", has_text="pothole")).to_contain_text("nid-de-poule")
    other_hands.press("r")
    other_hands.reach(other_hands.page.locator("#language-answer a"))
    other_hands.press("Enter")
    expect(other_hands.page.locator("#language-answer [name=language]").first).to_be_visible()


@each_town
@soak
def test_one_person_answers_at_the_desk_and_works_in_a_department(
    hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.both)
    call = Call.begin(hands)
    call.hear(town.asked, town.answer)
    call.close()
    call = Call.begin(hands)
    call.hear(town.both_asked, town.both_subject)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new("Ovila Grandmaison", "ovila@exemple.ca")
    form.send()
    reference = form.sent()
    call.end()
    hands.reach(hands.page.locator('header.bar nav a[href="/desk/queue/"]'))
    hands.press("Enter")
    expect(hands.page.locator("#queue")).to_be_visible()
    queue = Queue(hands, town.both_in)
    queue.open()
    queue.take(reference)
    case = records.case(reference)
    assert (case.owner.username, case.department.slug) == (town.both, town.both_in)
    work = Work.open(hands, reference)
    work.say(work.start("r", "answer"), "Je m'en occupe moi-même.")
    work.send(reference)
    assert "Je m'en occupe moi-même." in text_of(letter(service, records, reference, "answered"))
    hands.reach(hands.page.locator('header.bar nav a[href="/desk/"]'))
    hands.press("Enter")
    expect(hands.page.locator(".ready-word")).to_be_visible()
