"""The way of a text: the link of a request sent from the call by one key, and the reply that comes to it."""

import re
from random import randint

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import NARROW, WIDE, Hands, assert_accessible, assert_narrow_enough
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import Call, RequestForm, sample, to_desk, until, write

pytestmark = pytest.mark.usefixtures("journals_hold")

LEAVES_WITHIN = 40_000  # ms: the time to take it back, then the worker
SENT = {"fr": "envoyé", "en": "sent"}
QUEUED = {"fr": "attend de partir", "en": "waiting to leave"}
PAUSE = {"fr": "Mettre les textos en pause", "en": "Pause the texts"}
PAUSED = {"fr": "Les textos sont en pause", "en": "Texts are paused"}
JOURNAL = {"fr": "Qui les a mis en pause", "en": "Who paused them"}


def look(hands: Hands) -> None:
    """Checks that the page is accessible, without horizontal overflow."""
    assert_narrow_enough(hands.page)
    assert_accessible(hands.page)


def reply(hands: Hands, number: str, words: str) -> None:
    """Writes to the town from a phone, by the demonstration's form."""
    hands.open("/dev/texts/write/")
    write(hands, hands.page.locator("#id_sender"), number)
    write(hands, hands.page.locator("#id_words"), words)
    hands.reach(hands.page.locator("form button.main"))
    hands.press("Enter")
    hands.page.wait_for_url("**/dev/texts/")


@pytest.mark.parametrize(("language", "size"), [("fr", NARROW), pytest.param("en", WIDE, marks=soak)])
def test_the_link_of_a_request_leaves_by_one_key_and_the_reply_joins_it(
    language: str, size: dict[str, int], hands: Hands, service: Service
) -> None:
    town, number = sample(service), f"450 555-{randint(2000, 9999)}"
    to_desk(hands, town.agent)
    hands.open(f"/desk/?stay=1&langue={language}")
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.locate(town.typed_place, town.place)
    form.answer_questions()
    form.for_someone_new(f"Jeanne {number[-4:]}", "", number)
    form.send()
    reference = form.sent()
    hands.page.set_viewport_size(size)  # type: ignore[arg-type]
    hands.press("x")
    expect(hands.page.locator("#id_text-phone")).to_have_value(re.compile(number[-4:]))
    expect(hands.page.locator("[name=text-what]:checked")).to_have_value(re.compile("^follow:"))
    look(hands)
    hands.press("x")
    line = hands.page.locator("#texts li", has_text=reference)
    expect(line).to_contain_text(QUEUED[language])
    expect(hands.page.locator(".big-ref")).to_have_attribute("aria-label", reference)
    hands.press("u")
    expect(line).to_have_attribute("data-state", "cancelled")
    hands.press("x")
    expect(hands.page.locator("#id_text-phone")).to_be_visible()
    hands.press("x")
    second = hands.page.locator("#texts li[data-state=queued]")
    expect(second).to_be_visible()
    look(hands)
    expect(hands.page.locator("#texts li[data-state=sent]")).to_contain_text(SENT[language], timeout=LEAVES_WITHIN)
    call.end()
    reply(hands, number, f"C’est devant le garage {number[-4:]}.")

    def joined() -> bool:
        hands.open(f"/desk/cases/{reference}/?langue={language}")
        return hands.page.get_by_text(f"devant le garage {number[-4:]}").count() > 0

    until(joined, "the reply in the journal", 20)
    hands.open("/desk/?stay=1&langue=fr")


@soak
def test_short_words_are_counted_and_what_is_missing_is_said(hands: Hands, service: Service) -> None:
    town = sample(service)
    to_desk(hands, town.agent)
    hands.open("/desk/?stay=1&langue=fr")
    call = Call.begin(hands)
    hands.press("Escape", "x")
    expect(hands.page.locator("#id_text-phone")).to_be_focused()
    write(hands, hands.page.locator("#id_text-words"), "Nous ouvrons à 8 h 30.")
    expect(hands.page.locator("#text-count")).to_have_text("22 / 480")
    hands.forgive("422 POST")
    hands.press("Control+Enter")
    expect(hands.page.locator("#pane .error").first).to_contain_text("numéro")
    expect(hands.page.locator("#id_text-words")).to_have_value("Nous ouvrons à 8 h 30.")
    look(hands)
    write(hands, hands.page.locator("#id_text-phone"), "450 555-0177")
    hands.press("Control+Enter")
    expect(hands.page.locator("#texts")).to_contain_text("Nous ouvrons à 8 h 30.")
    expect(hands.page.locator("#read")).to_be_visible()
    hands.press("u")
    expect(hands.page.locator("#texts li")).to_have_attribute("data-state", "cancelled")
    hands.press("Alt+x")
    write(hands, hands.page.locator("#id_text-words"), "Nous ouvrons à 8 h.")
    hands.press("Control+Enter")
    expect(hands.page.locator("#texts li[data-state=sent]")).to_contain_text("à 8 h.", timeout=LEAVES_WITHIN)
    call.end()


@pytest.mark.parametrize(("language", "size"), [("fr", NARROW), pytest.param("en", WIDE, marks=soak)])
def test_a_manager_pauses_the_texts_and_lets_them_leave_again_by_keys_alone(
    language: str, size: dict[str, int], hands: Hands, service: Service
) -> None:
    hands.enter_as(service.someone("administrator"))
    hands.page.set_viewport_size(size)  # type: ignore[arg-type]
    hands.open(f"/desk/channels/?langue={language}")
    section = hands.page.locator("#texts")
    hands.reach(section.locator("summary", has_text=PAUSE[language]))
    hands.press("Enter")
    look(hands)
    hands.reach(section.locator("button[value=danger]"))
    hands.press("Enter")
    expect(section.get_by_role("alert")).to_contain_text(PAUSED[language])
    look(hands)
    hands.reach(section.locator("button[value=all]"))
    hands.press("Enter")
    expect(section.get_by_role("alert")).to_have_count(0)
    hands.reach(section.locator("summary", has_text=JOURNAL[language]))
    hands.press("Enter")
    look(hands)
