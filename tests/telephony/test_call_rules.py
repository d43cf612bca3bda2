"""Which news moves a call on, when it is placed again, at which hours, how long words last."""

from datetime import datetime, time
from itertools import permutations
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured

from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules import hours, speech, twiml
from parvis.apps.telephony.rules.call_states import Policy
from parvis.config.env_urls import voice_hours, voice_provider, voice_recalls

TOWN = ZoneInfo("America/Toronto")
SPANS = voice_hours("9:00-21:30 10:00-18:00")


def test_news_in_any_order_end_in_the_same_state() -> None:
    for told in permutations((states.PLACED, states.HUNG_UP, states.HEARD, states.CONFIRMED)):
        state = states.QUEUED
        for news in told * 2:
            if states.moves_on(state, news):
                state = news
        assert state == states.CONFIRMED


def test_a_message_left_on_a_machine_is_not_one_heard_by_someone() -> None:
    for first, second in ((states.HEARD, states.MACHINE), (states.MACHINE, states.HEARD)):
        state = first
        state = second if states.moves_on(state, second) else state
        assert state == states.MACHINE


def test_what_another_attempt_missed_changes_nothing_and_its_key_counts() -> None:
    assert not states.moves_on(states.PLACED, states.BUSY, same_attempt=False)
    assert states.moves_on(states.PLACED, states.CONFIRMED, same_attempt=False)
    assert states.moves_on(states.PLACED, states.REFUSED, same_attempt=False)


@pytest.mark.parametrize("missed", [states.UNANSWERED, states.BUSY, states.HUNG_UP])
def test_a_missed_call_is_placed_again_twice_at_most(missed: str) -> None:
    policy = Policy((5, 10))
    assert [states.recall_minutes(missed, attempts, policy) for attempts in (1, 2, 3, 4)] == [5, 10, None, None]
    assert states.recall_minutes(missed, 1, policy, most=0) is None
    assert states.recall_minutes(missed, 1, Policy(())) is None


@pytest.mark.parametrize("state", [states.CONFIRMED, states.HEARD, states.MACHINE, states.FAILED, states.REFUSED])
def test_who_was_reached_or_refuses_is_not_called_again(state: str) -> None:
    assert states.recall_minutes(state, 1, Policy((5, 10))) is None


def test_a_machine_is_called_again_when_the_town_says_so() -> None:
    assert states.recall_minutes(states.MACHINE, 1, Policy((5, 10), machines=True)) == 5


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-25T08:59", "2026-11-25T09:00"),
        ("2026-11-25T09:00", "2026-11-25T09:00"),
        ("2026-11-25T21:29", "2026-11-25T21:29"),
        ("2026-11-25T21:30", "2026-11-26T09:00"),
        ("2026-11-27T22:00", "2026-11-28T10:00"),
        ("2026-11-28T18:00", "2026-11-29T10:00"),
        ("2026-11-29T19:00", "2026-11-30T09:00"),
        ("2026-10-31T23:00", "2026-11-01T10:00"),  # the clocks change that night
    ],
)
def test_the_hours_of_calls(moment: str, opens: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=TOWN)
    assert hours.next_allowed(local, SPANS) == datetime.fromisoformat(opens).replace(tzinfo=TOWN)


def test_a_second_town_has_its_own_hours() -> None:
    spans = voice_hours("8:00-20:00 12:00-17:00")
    assert spans == ((time(8), time(20)), (time(12), time(17)))
    sunday = datetime(2026, 11, 29, 10, 30, tzinfo=ZoneInfo("America/Blanc-Sablon"))
    assert hours.next_allowed(sunday, spans).hour == 12


@pytest.mark.parametrize("wrong", ["", "9:00-21:30", "21:30-9:00 10:00-18:00", "9-21 10-18", "9:00-21:30 10:00-25:00"])
def test_wrong_hours_prevent_the_start(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PARVIS_VOICE_HOURS"):
        voice_hours(wrong)


@pytest.mark.parametrize("wrong", ["1 2 3", "0", "-5", "soon", ""])
def test_wrong_recalls_prevent_the_start(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PARVIS_VOICE_RECALLS"):
        voice_recalls(wrong)
    assert voice_recalls("none") == () and voice_recalls("5 10") == (5, 10)


@pytest.mark.parametrize("sender", ["12345", "MG0123456789"])
def test_only_a_phone_number_may_call(sender: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PARVIS_VOICE_URL"):
        voice_provider(f"twilio://AC1:secret@api.twilio.com?from={sender}")


def test_words_last_longer_with_more_of_them_and_with_figures() -> None:
    words = "Avis d’ébullition de l’eau dans le secteur Nord."
    assert speech.seconds("") == 0
    assert speech.seconds(words) < speech.seconds(f"{words} {words}")
    assert speech.seconds("450 555-0123") > speech.seconds("abc def-ghij")
    assert 3 <= speech.seconds(words) <= 6


def test_a_proposal_keeps_whole_sentences_within_the_limit() -> None:
    text = "Faites bouillir l’eau une minute. " * 40
    shorter = speech.within(text)
    assert speech.seconds(shorter) <= speech.LONGEST and shorter.endswith("minute.")
    endless = "eau " * 1000
    assert 0 < speech.seconds(speech.within(endless)) <= speech.LONGEST


def test_what_is_said_is_well_formed_whatever_the_words() -> None:
    words = 'Rue <b>"Saint-Jean" & l’Église\u2028'
    spoken = ET.fromstring(twiml.message("en", (words, "Deux"), "https://a.example/keys?call=1&attempt=2"))
    gather = spoken.find("Gather")
    assert gather is not None and gather.get("action") == "https://a.example/keys?call=1&attempt=2"
    assert [(say.get("language"), say.text) for say in gather.iter("Say")] == [("en-CA", words), ("en-CA", "Deux")]
    assert len(twiml.message("fr", ("é" * 1500,), "https://a.example/")) < twiml.LONGEST
