"""Two reports of one pothole: the second is merged in one key, both citizens are answered, then unmerged."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import both_databases
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Call, RequestForm, open_request, sample, to_desk, until, write
from tests.journeys.steps_records import Records, letter
from tests.journeys.steps_work import Work, link_in

pytestmark = pytest.mark.usefixtures("journals_hold")


@both_databases
def test_one_hole_told_twice_is_answered_to_each(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    first = open_request(hands, town, "Aurèle Desmarais", email="aurele@exemple.ca", words="Un trou devant chez moi")
    receipt = letter(service, records, first, "opened")

    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.say("Le gros trou de la rue")
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new("Bruna Fiset", phone="418 555-0188")
    alike = hands.page.locator(".alike")
    expect(alike).to_contain_text(first)
    expect(alike).to_contain_text("même sujet")
    assert_accessible(hands.page)
    attach = alike.locator("li", has_text=first).locator("button")
    hands.reach(attach, back=True)
    hands.press("Enter")
    second = form.sent()
    expect(hands.page.locator(".opened")).to_contain_text(first)
    assert_accessible(hands.page)
    call.end()
    assert records.case(second).merged_into_id == records.case(first).pk
    hands.leave()

    hands.enter_as(town.technician)
    work = Work.open(hands, first)
    expect(hands.page.locator("#alike")).to_contain_text(second)
    assert_accessible(hands.page)
    work.say(work.start("r", "answer"), "Une équipe passe demain.")
    work.send(first)
    told = letter(service, records, first, "answered")
    assert "Une équipe passe demain." in text_of(told) and second not in text_of(told)
    owed = until(
        lambda: [callback for callback in records.calls(second) if "demain" in callback.reason],
        "the call of the second",
    )
    assert first not in owed[0].reason

    other_hands.open(f"/suivi/{records.case(second).secret}/")
    page = other_hands.page.locator("main")
    expect(page).to_contain_text("Une équipe passe demain.")
    expect(page).to_contain_text("Le gros trou de la rue")
    expect(page).not_to_contain_text("devant chez moi")
    expect(page).not_to_contain_text(first)
    assert_accessible(other_hands.page)
    other_hands.open(link_in(receipt, service.url))
    expect(page).not_to_contain_text("Le gros trou")

    hands.open(f"/desk/cases/{first}/")
    apart = hands.page.locator("#alike button", has_text="Séparer")
    expect(apart).to_be_visible()
    hands.reach(apart)
    hands.press("Enter")
    expect(hands.page.locator("[data-case] .ref")).to_contain_text(second)
    case = records.case(second)
    assert case.merged_into_id is None and case.state == "new"

    hands.reach(hands.page.locator("#same-as"))
    hands.type(first)
    hands.press("Enter")
    expect(hands.page.locator("h1")).to_contain_text(first)
    assert_accessible(hands.page)
    hands.page.set_viewport_size({"width": 360, "height": 740})
    for number in hands.page.locator("h1 .whole").all():
        assert number.evaluate("number => number.getClientRects().length") == 1, "a number is cut by the end of a line"
    hands.page.set_viewport_size({"width": 1440, "height": 900})
    write(hands, hands.page.locator("[name=words]"), "C’est bien le même trou")
    hands.press("Control+Enter")
    expect(hands.page.locator("[data-case] .ref")).to_contain_text(first)
    assert records.case(second).merged_into_id == records.case(first).pk
