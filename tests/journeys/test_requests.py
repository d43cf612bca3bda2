"""A call that opens a request: place, questions, promise, reference read aloud; submitting twice opens one."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands
from tests.journeys.marks import both_databases, each_town, soak
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Call, RequestForm, mark, sample, to_desk, write
from tests.journeys.steps_records import Records, letter
from tests.journeys.steps_work import link_in

pytestmark = pytest.mark.usefixtures("journals_hold")


@each_town
@both_databases
def test_a_call_becomes_a_request_once(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    hands.forgive("^422 POST")
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.say("un trou large comme la table, devant la boîte aux lettres")
    mark(hands, "case-who", "new")
    form.send()
    summary = form.form.locator(".summary")
    expect(summary).to_be_focused()
    assert summary.locator("li a").count() >= 3, "the place, the questions and the name are missing"
    expect(form.form.locator(".wrong")).not_to_have_count(0)
    for name in ("place", "name"):
        expect(form.field(name)).to_have_attribute("aria-invalid", "true")
    expect(form.field("words")).to_have_value("un trou large comme la table, devant la boîte aux lettres")
    hands.reach(summary.locator("li a").first)
    hands.press("Enter")

    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new("Rosalie Bienvenue", "rosalie@exemple.ca", "450 555-0143")
    expect(form.form.locator(".outlook-word")).to_have_text(re.compile(r"\w{3,}.*\w{2,}"))
    button = form.form.locator("button.main[data-key=F4]")
    hands.reach(button)
    with hands.page.expect_request(lambda request: request.method == "POST" and "/case/" in request.url) as sent:
        hands.press("Enter", "Enter")
    reference = form.sent()
    promised = hands.page.locator(".big-promise").inner_text()
    assert promised.strip()

    # going back leads to a submitted page: the browser offers to submit it again, as follows
    again = hands.page.request.post(
        sent.value.url, data=sent.value.post_data or "", headers={"Content-Type": sent.value.headers["content-type"]}
    )
    assert again.ok and reference in again.text()
    number = call.number
    hands.open(f"/desk/contacts/{number}/")
    call.end()

    [case] = records.cases(person__email="rosalie@exemple.ca")
    [matter] = records.matters(number)
    assert case.reference == reference and matter.case == case and matter.outcome == "case"
    assert (case.department.slug, case.state, case.channel) == (town.roads, "new", "phone")
    assert case.address is not None and town.place in case.address.label
    assert case.due_at is not None and case.details and case.words.startswith("un trou large")
    assert records.kinds(reference) == ["opened"]
    message = letter(service, records, reference, "opened")
    assert link_in(message, service.url).endswith(f"/suivi/{case.secret}/")
    assert reference in text_of(message) and reference in message["Subject"]
    assert len(service.mail.messages("rosalie@exemple.ca")) == 1


@each_town
@both_databases
@soak
def test_nobody_known_and_on_behalf_of_someone(hands: Hands, service: Service, records: Records) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    call = Call.begin(hands, "c")
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.anonymous()
    form.behalf("sa voisine, madame Lespérance")
    form.send()
    reference = form.sent()
    call.end()
    case = records.case(reference)
    assert (case.person, case.on_behalf_of, case.channel) == (None, "sa voisine, madame Lespérance", "counter")
    assert records.letters(reference) == []


@each_town
@both_databases
def test_the_caller_is_put_through_to_someone_who_is_there(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    other_hands.enter_as(town.technician)
    expect(other_hands.page.locator("#queue")).to_be_visible()
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new("Ulysse Quirion", phone="450 555-0177")
    form.send()
    reference = form.sent()
    room = call.open_pane("F8", "transfer")
    department = f'input[name="transfer-department"][value="{town.roads}"]'
    name = next(str(person["name"]) for person in service.staff if person["username"] == town.technician)
    theirs = room.locator(".room", has=hands.page.locator(department))
    receiver = theirs.locator("label", has_text=name).locator("input[name=transfer-receiver]")
    mark(hands, "transfer-receiver", str(receiver.get_attribute("value")), theirs)
    expect(room.locator(department)).to_be_checked()
    write(hands, room.locator("[name=transfer-note]"), "il attend en ligne, le trou grandit")
    number = call.number
    hands.press("F8")
    hands.page.wait_for_url(lambda url: f"/contacts/{number}/" not in url)
    handed = records.entries(reference)[-1]
    assert handed.kind == "handed" and handed.data["to"] == town.technician
    assert handed.body == "il attend en ligne, le trou grandit"
    assert records.case(reference).owner.username == town.technician
    assert [matter.outcome for matter in records.matters(number)] == ["case", "transfer"]
    assert records.contact(number).state == "done"
