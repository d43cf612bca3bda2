"""Routing rules and offboarding, by managers at a keyboard."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from parvis.lib.clock import today
from tests.journeys.browser import Hands, assert_accessible
from tests.journeys.marks import soak
from tests.journeys.service import Service, text_of
from tests.journeys.steps import Call, open_request, sample, select, to_desk
from tests.journeys.steps_records import Records
from tests.journeys.steps_work import Queue, Work

pytestmark = pytest.mark.usefixtures("journals_hold")


def test_the_third_wrong_door_proposes_a_rule_that_is_tried_published_and_withdrawn(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    other_hands.enter_as(town.technician, "/desk/queue/")
    reference = ""
    for rank in range(3):
        reference = open_request(hands, town, f"Porte Fausse {'ABC'[rank]}", email=f"porte{rank}@exemple.ca")
        panel = Work.open(other_hands, reference).start("x", "not-mine")
        select(other_hands, panel.locator("[name=to]"), town.colleague_in)
        work = Work(other_hands)
        work.say(panel, "Cette chaussée relève d’un autre service.")
        work.send(reference)
    road = records.case(reference).subject.title_fr

    hands.leave()
    hands.enter_as(town.publisher, "/desk/rules/")
    proposal = hands.page.locator("section[aria-labelledby=drafts-title] li", has_text=road).first
    hands.reach(proposal.locator("a").first)
    hands.press("Enter")
    expect(hands.page.locator(".trial .ways")).to_be_visible()  # the simulation over past requests
    assert_accessible(hands.page)
    rule = hands.page.url
    hands.reach(hands.page.locator("form[action$='/publish/'] button"))
    hands.press("Enter")
    expect(hands.page.locator("#messages")).not_to_be_empty()

    hands.leave()
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Porte Bonne", email="bonne@exemple.ca")
    assert records.case(reference).department.slug == town.colleague_in
    hands.leave()
    hands.enter_as(town.publisher, rule.removeprefix(service.url))
    hands.reach(hands.page.locator("form[action$='/withdraw/'] button"))
    hands.press("Enter")
    expect(hands.page.locator("#messages")).not_to_be_empty()
    hands.open("/desk/assignments/")
    expect(hands.page.locator(".receiving").first).to_be_visible()
    assert_accessible(hands.page)


@soak
def test_a_request_that_comes_and_goes_alerts_both_heads_and_says_so_to_each(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Aline Renvoi", email="aline.renvoi@exemple.ca")
    hands.leave()
    hands.enter_as(town.technician)
    other_hands.enter_as(town.colleague)
    for worker, here, to, words in (
        (hands, town.roads, town.colleague_in, "Cette chaussée est à refaire : c’est du génie."),
        (other_hands, town.colleague_in, town.roads, "Un simple trou se bouche à la voirie."),
    ):
        # The draft may be saved after the move, when the request is no longer readable.
        worker.forgive(r"^404 POST .*/draft/not-mine/$")
        queue, work = Queue(worker, here), Work(worker)
        queue.open()
        queue.go_to(reference)
        worker.press("x")  # opens the request from its row, with the form that says whose it is
        panel = work.panel("not-mine")
        expect(panel.locator("[name=words]")).to_be_focused()
        select(worker, panel.locator("[name=to]"), to, back=True)
        work.say(panel, words)
        work.send(reference)
    case = records.case(reference)
    assert (case.department.slug, case.hand_offs) == (town.roads, 2)
    for head in (town.technician, town.colleague):
        [alert] = service.mail.wait(f"{head}@exemple.ca", subject=f"va et vient : {reference}")
        assert reference in text_of(alert)
    Work.open(hands, reference)
    expect(hands.page.locator("main")).to_contain_text("va et vient")
    expect(hands.page.locator("main")).to_contain_text("Un simple trou se bouche à la voirie.")
    assert_accessible(hands.page)


def test_someone_leaves_and_what_was_theirs_has_someone_else(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(other_hands, "karim.benali")
    call = Call.begin(other_hands)
    number = call.number
    hands.enter_as(town.publisher, "/desk/offboarding/")
    hands.reach(hands.page.locator("a", has_text="Karim Benali"))
    hands.press("Enter")
    hands.reach(hands.page.locator("button[formaction$='/cut/']"))
    hands.press("Enter")
    hands.choose("button", "Continuer")  # a sample account is told that a password is asked
    expect(hands.page.locator("header .tag.bad")).to_be_visible()
    other_hands.forgive("403|401|409")
    other_hands.open("/desk/")
    expect(other_hands.page).not_to_have_url(f"{service.url}/desk/")  # the next page is refused

    heir = hands.page.locator("[name=desk]")
    select(hands, heir, town.agent)
    for department in hands.page.locator("select[name=head], select[name=editor]").all():
        select(hands, department, town.publisher)
    hands.reach(hands.page.locator(".rule-form .acts button"))
    hands.press("Enter")
    expect(hands.page.locator("#messages")).to_contain_text("Karim Benali")
    contact = records.contact(number)
    assert contact.agent is not None and contact.agent.username == town.agent


@soak
def test_someone_says_that_they_are_away_and_a_colleague_sees_it(
    hands: Hands, other_hands: Hands, service: Service
) -> None:
    town = sample(service)
    hands.enter_as(town.both, "/desk/absences/")
    page = hands.page
    assert_accessible(page)
    page.locator("[name=last_day]").fill((today() + timedelta(days=3)).isoformat())
    hands.reach(page.locator("main form.form button.main"))
    hands.press("Enter")
    expect(page.locator("#messages")).to_contain_text("l’absence est gardée")
    row = page.locator("tr", has=page.locator("form[action$='/end/']")).filter(has_text="Absence en cours")
    name = row.locator("th").inner_text().splitlines()[0]
    assert_accessible(page)
    other_hands.enter_as(town.agent, "/desk/absences/")
    theirs = other_hands.page.locator("tr", has_text=name)
    expect(theirs).to_be_visible()
    expect(theirs.locator("form")).to_have_count(0)
    hands.reach(row.locator("button"), back=True)
    hands.press("Enter")
    expect(page.locator("#messages")).to_contain_text("des requêtes peuvent revenir")
    expect(page.locator("tr", has_text=name)).to_have_count(0)
