"""An editor writes, a manager publishes, and the desk shows the new words within a second."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Hands
from tests.journeys.marks import both_databases, each_town, soak
from tests.journeys.service import Service
from tests.journeys.steps import Call, sample, to_desk, until
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")


def send_to_review(hands: Hands, answer: int, words: str) -> None:
    """Changes the words to say and submits the draft for review, by keyboard.

    Wagtail also saves automatically: a save that arrives after the submission is refused (400).
    """
    hands.forgive(r"^400 POST .*/edition/answers/edit/")
    hands.open(f"/edition/answers/edit/{answer}/")
    hands.reach(hands.page.locator("#id_short_fr"), most=300)
    hands.press("ControlOrMeta+a")
    hands.type(words)
    toggle = hands.page.locator("footer .w-dropdown__toggle")
    hands.reach(toggle, most=400)
    hands.press("Enter")
    submit = hands.page.locator("button[name=action-submit]")
    expect(submit).to_be_visible()
    hands.reach(submit, most=40)
    hands.press("Enter")
    expect(hands.page.locator(".messages .success")).to_be_visible()


def publish(hands: Hands, answer: int, title: str) -> None:
    """Checks that the answer is among those pending review, and publishes it."""
    hands.open("/edition/")
    expect(hands.page.locator("main")).to_contain_text(title)
    hands.open(f"/edition/answers/edit/{answer}/")
    button = hands.page.locator("footer button[name=action-publish]")
    if not button.is_visible():
        hands.reach(hands.page.locator("footer .w-dropdown__toggle"), most=400)
        hands.press("Enter")
    hands.reach(button, most=400)
    hands.press("Enter")
    confirm = hands.page.locator(".modal-content .modal-body .button, .modal-content .modal-body button").first
    expect(confirm).to_be_visible()
    expect(hands.page.locator(".modal")).to_be_focused()  # it takes the focus once its animation is over
    hands.reach(confirm, most=60)
    hands.press("Enter")
    expect(hands.page.locator(".messages .success")).to_be_visible()


@each_town
@both_databases
def test_an_answer_is_written_read_again_published_and_heard_at_the_desk(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    answer = records.answer(town.edited)
    words = "Voici les mots tout neufs de la rédaction."

    to_desk(hands, town.agent)
    call = Call.begin(hands)
    call.hear(town.edited_asked, town.edited)
    before = call.aloud.inner_text()

    other_hands.enter_as(town.editor, "/edition/")
    send_to_review(other_hands, answer.pk, words)
    expect(hands.page.locator("#notice .changed")).to_have_count(0)
    assert call.aloud.inner_text() == before, "a draft is told to nobody"
    assert records.answer(town.edited).live_revision_id == answer.live_revision_id

    other_hands.leave()
    other_hands.enter_as(town.publisher, "/edition/")
    publish(other_hands, answer.pk, answer.title_fr)

    expect(hands.page.locator("#notice .changed")).to_be_visible(timeout=10_000)
    hands.press("Enter", "r")
    expect(call.aloud).to_contain_text(words)
    call.close()

    second = Call.begin(hands)
    second.hear(town.edited_asked, town.edited)
    expect(second.aloud).to_contain_text(words)
    number = second.number
    second.close()
    assert [given.words for given in records.given(number)] == [words]


@each_town
@both_databases
@soak
def test_a_new_search_finds_the_new_words_at_once(
    hands: Hands, other_hands: Hands, service: Service, records: Records
) -> None:
    town = sample(service)
    answer = records.answer(town.edited)
    words = "On répond autrement depuis la dernière relecture."
    to_desk(hands, town.agent)
    call = Call.begin(hands)
    other_hands.enter_as(town.editor, "/edition/")
    send_to_review(other_hands, answer.pk, words)
    other_hands.leave()
    other_hands.enter_as(town.publisher, "/edition/")
    publish(other_hands, answer.pk, answer.title_fr)

    def shows_new_words() -> bool:
        call.hear(town.edited_asked, town.edited)
        return words in call.aloud.inner_text()

    until(shows_new_words, "a new search reads the new words", seconds=3)
    call.close()
