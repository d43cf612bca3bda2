"""From one closing to the next: the letter, the two questions, a bad mark, the reopening, all in the journal."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands
from tests.journeys.marks import both_databases
from tests.journeys.service import Service, text_of
from tests.journeys.steps import mark, open_request, sample, to_desk, write
from tests.journeys.steps_records import Records, letter
from tests.journeys.steps_work import Work, link_in

pytestmark = pytest.mark.usefixtures("journals_hold")


def close(hands: Hands, reference: str, words: str) -> None:
    """Closes as answered, which needs no proof."""
    work = Work.open(hands, reference)
    panel = work.start("c", "close")
    mark(hands, "reason", "answered", panel)
    work.say(panel, words)
    work.send(reference)


def give(hands: Hands, *, solved: str, score: str, words: str) -> None:
    """Answers the two questions of the page, by keyboard."""
    form = hands.page.locator('form[action$="/opinion/"]')
    mark(hands, "solved", solved, form)
    mark(hands, "mark", score, form)
    write(hands, form.locator("textarea"), words)
    hands.reach(form.locator("button"))
    hands.press("Enter")
    expect(hands.page.locator("#messages")).not_to_be_empty()


@both_databases
def test_a_bad_mark_reopens_and_both_closings_stay(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    reference = open_request(hands, town, "Ludivine Charbonneau", email="ludivine@exemple.ca")
    hands.leave()
    hands.enter_as(town.technician)
    close(hands, reference, "Une réponse un peu courte.")
    told = letter(service, records, reference, "closed")
    assert "deux questions" in text_of(told)
    link = link_in(told, service.url)

    citizen = other_hands
    citizen.open(link)
    expect(citizen.page.locator("#opinion")).to_contain_text("Votre avis")
    give(citizen, solved="yes", score="2", words="On m'a répondu sèchement.")
    expect(citizen.page.locator(".journal").first).to_contain_text("On m'a répondu sèchement.")
    expect(citizen.page.locator("#opinion")).to_have_count(0)
    case = records.case(reference)
    assert (case.state, case.level) == ("new", 1)
    assert "le service a été mauvais" in text_of(letter(service, records, reference, "reopened"))

    hands.leave()
    hands.enter_as(service.someone("manager", case.department.slug))
    hands.open(f"/desk/cases/{reference}/")
    expect(hands.page.locator("[data-case]")).to_contain_text("On m'a répondu sèchement.")
    close(hands, reference, "Avec nos excuses, voici la réponse complète.")

    citizen.open(link)
    give(citizen, solved="yes", score="5", words="Merci, cette fois c'est clair.")
    expect(citizen.page.locator("#opinion")).to_contain_text("Merci, cette fois c'est clair.")
    assert records.kinds(reference) == ["opened", "closed", "reopened", "closed"]
    hands.open("/desk/opinions/?since=all")
    expect(hands.page.locator(".opinion-words")).to_contain_text("Merci, cette fois c'est clair.")
    hands.page.set_viewport_size({"width": 320, "height": 740})
    assert hands.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    citizen.open(f"{link}tout/")
    for words in ("Une réponse un peu courte.", "On m'a répondu sèchement.", "Avec nos excuses"):
        expect(citizen.page.locator("main")).to_contain_text(words)
