"""Calls are placed once, again when they are missed, and their states never go back: points 39 and 36 of outreach."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import Settings

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.channels import Outcome
from parvis.apps.outbox.models import PERHAPS_LEFT, TOO_LATE
from parvis.apps.telephony.models import Medium, NumberRefusal, OutgoingCall
from parvis.apps.telephony.queries import calls as queries
from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules import twiml
from parvis.apps.telephony.services.calls import lines, news, outgoing, placing, speaking
from parvis.apps.telephony.services.carriers import Addressed, accept, refuse
from parvis.apps.telephony.tasks import place_call
from parvis.lib import clock
from parvis.lib import twilio as api
from parvis.lib.errors import Invalid
from parvis.operations.fake_services.voice import said
from tests.factories import SmallTown, unique
from tests.telephony.voice_provider import NUMBER, SID, Post, VoiceProvider

pytestmark = pytest.mark.django_db
ANNE, BEN = "+14505550123", "+14505550124"
State = OutgoingCall.State
Ring = Callable[[], int]
After = Callable[[float], None]


def queued(to: str = ANNE, *, words: str = "Avis d’ébullition.\nAppuyez sur 1.", **more: Any) -> OutgoingCall:
    return outgoing.queue_call(call=Addressed(more.pop("key", unique()), to, words, more.pop("language", "fr")), **more)


def keys_in(language: str) -> str:
    with override(language):
        return speaking.keys()


def fresh(call: OutgoingCall) -> OutgoingCall:
    return OutgoingCall.objects.get(pk=call.pk)


def stands(call: OutgoingCall) -> str:
    return fresh(call).standing


def in_doubt(call: OutgoingCall) -> bool:
    return fresh(call).state == State.UNCERTAIN


@pytest.mark.parametrize("order", ["", "doubled", "reversed"])
@pytest.mark.parametrize(
    ("how", "ends"),
    [
        ("confirms", states.CONFIRMED),
        ("hears", states.HEARD),
        ("machine", states.MACHINE),
        ("again", states.CONFIRMED),
        ("leaves", states.REFUSED),
        ("failed", states.FAILED),
    ],
)
def test_39_what_became_of_a_call_is_known_whatever_the_order_in_which_it_is_told(
    how: str, ends: str, order: str, voice: VoiceProvider, ring: Ring, after: After
) -> None:
    voice.order = order
    voice.answer(ANNE, how)
    call = queued()
    ring()
    assert stands(call) == ends
    after(60)
    assert (ring(), len(voice.calls)) == (0, 1), "who was reached is not called again"


@pytest.mark.parametrize("order", ["", "doubled", "reversed"])
@pytest.mark.parametrize("missed", ["no_answer", "busy", "hangs_up"])
def test_39_a_missed_call_is_placed_again_twice_at_most(
    missed: str, order: str, voice: VoiceProvider, ring: Ring, after: After
) -> None:
    voice.order = order
    voice.answer(ANNE, missed)
    call = queued()
    rang = []
    for minutes in (0, 4, 2, 6, 6, 60):
        after(minutes)
        rang.append(ring())
    assert rang == [1, 0, 1, 0, 1, 0]
    assert (fresh(call).attempts, len(voice.calls)) == (3, 3)
    assert stands(call) in (states.UNANSWERED, states.BUSY, states.HUNG_UP)


def test_39_a_recall_that_is_answered_is_the_last(voice: VoiceProvider, ring: Ring, after: After) -> None:
    voice.answer(ANNE, "no_answer", "confirms")
    call = queued()
    ring()
    assert (stands(call), fresh(call).result) == (states.QUEUED, states.UNANSWERED)
    after(6)
    ring()
    after(60)
    assert (ring(), stands(call), len(voice.calls)) == (0, states.CONFIRMED, 2)


def test_39_the_words_are_said_in_the_language_of_the_person_and_said_again(voice: VoiceProvider, ring: Ring) -> None:
    voice.answer(ANNE, "again")
    queued(words="The water is safe.\nPress 1.", language="en")
    ring()
    [call] = voice.calls
    assert (call.sender, call.to) == (NUMBER, ANNE)
    message = ["en-CA: The water is safe.", "en-CA: Press 1."]
    assert call.spoken == [*message, *message, "en-CA: Thank you. Goodbye."]


def test_39_what_follows_a_key_is_said_in_french(voice: VoiceProvider, ring: Ring) -> None:
    voice.answer(ANNE, "leaves")
    queued()
    ring()
    assert voice.calls[0].spoken[-1] == "fr-CA: C’est noté : nous n’appellerons plus ce numéro. Au revoir.".replace(
        " :", "\u00a0:"
    )


def test_a_late_key_of_a_missed_attempt_cancels_the_recall(
    voice: VoiceProvider, ring: Ring, post: Post, after: After
) -> None:
    voice.answer(ANNE, "hangs_up")
    call = queued()
    ring()
    assert stands(call) == states.QUEUED
    [first] = voice.calls
    url = first.callback.replace("/status", "/keys")
    fields = {"CallSid": first.sid, "Digits": "1"}
    post((url, fields, api.signature(first.token, url, fields.items())))
    after(60)
    assert (stands(call), ring()) == (states.CONFIRMED, 0)


def test_news_of_an_earlier_attempt_do_not_end_the_present_one(
    voice: VoiceProvider, ring: Ring, post: Post, after: After, run_jobs: Callable[[], int]
) -> None:
    voice.answer(ANNE, "busy")
    call = queued()
    ring()
    after(6)
    run_jobs()
    assert (stands(call), fresh(call).attempts) == (states.PLACED, 2)
    post(voice.status_of(voice.calls[0]))
    assert stands(call) == states.PLACED


@pytest.mark.parametrize("fault", ["500", "cut", "hang"])
def test_a_call_taken_without_a_word_does_not_ring_twice(
    fault: str,
    voice: VoiceProvider,
    run_jobs: Callable[[], int],
    after: After,
    ring: Ring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "ANSWER_SECONDS", 0.5)
    voice.then, voice.hang_seconds = [fault], 2.0
    call = queued()
    run_jobs()
    assert in_doubt(call) and fresh(call).error
    after(2)
    run_jobs()
    assert (stands(call), voice.posts, fresh(call).provider_id) == (states.PLACED, 1, voice.calls[0].sid)
    ring()
    assert (stands(call), voice.posts) == (states.HEARD, 1)


def test_what_the_provider_tells_settles_a_doubt(
    voice: VoiceProvider, run_jobs: Callable[[], int], ring: Ring, after: After
) -> None:
    voice.then = ["500"]
    voice.answer(ANNE, "confirms")
    call = queued()
    ring()
    after(5)
    run_jobs()
    assert (stands(call), voice.posts) == (states.CONFIRMED, 1)


def test_what_is_told_before_the_answer_of_the_provider_stays(voice: VoiceProvider) -> None:
    call = queued()
    lines.call_due()
    assert outbox.begin(placing.CALLS, call)
    news.record_news(call_id=call.pk, attempt=1, provider_id="CA1", news=states.UNANSWERED)
    again_at = fresh(call).not_before
    for outcome in (Outcome(State.UNCERTAIN, "HTTP 500"), Outcome(values={"provider_id": "CA1", "result": ""})):
        outbox.record(placing.CALLS, call.pk, outcome)
    waits = fresh(call)
    assert (waits.state, waits.result, waits.not_before) == (State.QUEUED, states.UNANSWERED, again_at)


def test_a_server_error_is_looked_into_before_calling_again(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After
) -> None:
    voice.then = ["503"]
    call = queued()
    run_jobs()
    assert (in_doubt(call), voice.calls) == (True, [])
    after(2)
    run_jobs()
    assert (stands(call), len(voice.calls), voice.posts, fresh(call).attempts) == (states.PLACED, 1, 2, 1)


def test_while_the_provider_does_not_say_nobody_is_called_again(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After
) -> None:
    voice.then, voice.lists = ["500"], False
    call = queued()
    run_jobs()
    for _minute in range(5):
        after(2)
        run_jobs()
    assert (in_doubt(call), voice.posts) == (True, 1)
    after(25 * 60)
    assert (stands(call), fresh(call).error) == (states.FAILED, PERHAPS_LEFT)


def test_too_many_requests_wait_a_minute_and_count_as_no_attempt(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After
) -> None:
    voice.then = ["429"]
    call = queued()
    run_jobs()
    assert (stands(call), fresh(call).attempts) == (states.QUEUED, 0)
    after(2)
    run_jobs()
    assert (stands(call), fresh(call).attempts, len(voice.calls)) == (states.PLACED, 1, 1)


def test_a_number_that_is_none_is_said(voice: VoiceProvider, run_jobs: Callable[[], int]) -> None:
    voice.then = ["21211"]
    call = queued()
    run_jobs()
    assert stands(call) == states.FAILED and "21211" in fresh(call).error


def test_a_call_of_which_nothing_is_told_is_asked_about(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After, ring: Ring
) -> None:
    voice.answer(ANNE, "silent")
    voice.answer(BEN, "silent")
    heard, short = queued(), queued(BEN)
    ring()
    for call, seconds in zip(voice.calls, (40, 1), strict=True):
        call.status, call.answered_by, call.seconds = "completed", "human", seconds
    after(4)
    run_jobs()
    assert (stands(heard), stands(short), fresh(short).result) == (states.HEARD, states.QUEUED, states.HUNG_UP)


def test_no_more_calls_than_lines_ring_at_once(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int], post: Post
) -> None:
    settings.PARVIS_VOICE_LINES = 3
    rows = [Addressed(f"k{n}", f"+1450555{n:04d}", "Avis.") for n in range(8)]
    assert outgoing.queue_calls(calls=rows) == 8
    assert outgoing.queue_calls(calls=rows) == 0, "once a key"
    most = 0
    for _round in range(10):
        run_jobs()
        most = max(most, sum(call.status == "queued" for call in voice.calls))
        voice.ring(post)
    assert (most, len(voice.calls)) == (3, 8)
    assert {call.standing for call in OutgoingCall.objects.all()} == {states.HEARD}


def test_an_emergency_passes_before_what_waits(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    settings.PARVIS_VOICE_LINES = 1
    queued()
    outgoing.queue_calls(calls=[Addressed("now", BEN, "Évacuez.")], any_hour=True)
    run_jobs()
    assert [call.to for call in voice.calls] == [BEN]


def test_only_an_emergency_rings_at_night(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int], after: After
) -> None:
    night = datetime(2026, 11, 25, 23, 0, tzinfo=ZoneInfo("America/Toronto"))
    settings.PARVIS_NOW = night.isoformat()
    calm, late = queued(), queued("+14505550125", expires_at=night + timedelta(hours=8))
    outgoing.queue_calls(calls=[Addressed("now", BEN, "Évacuez.")], any_hour=True)
    run_jobs()
    assert [call.to for call in voice.calls] == [BEN]
    after(10 * 60 + 1)
    run_jobs()
    assert [call.to for call in voice.calls] == [BEN, ANNE]
    assert (stands(calm), stands(late), fresh(late).error) == (states.PLACED, states.REFUSED, TOO_LATE)


def test_a_recall_waits_for_the_morning(voice: VoiceProvider, settings: Settings, ring: Ring) -> None:
    settings.PARVIS_NOW = datetime(2026, 11, 25, 21, 28, tzinfo=ZoneInfo("America/Toronto")).isoformat()
    voice.answer(ANNE, "busy")
    call = queued()
    ring()
    waits = fresh(call).not_before
    assert waits == datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("America/Toronto"))


def test_nobody_is_called_again_after_the_end(voice: VoiceProvider, ring: Ring, after: After) -> None:
    voice.answer(ANNE, "no_answer")
    call = queued(expires_at=clock.now() + timedelta(minutes=4))
    ring()
    assert stands(call) == states.UNANSWERED
    after(6)
    assert ring() == 0


def test_a_number_that_refuses_is_not_called_until_its_owner_asks(
    voice: VoiceProvider, ring: Ring, run_jobs: Callable[[], int]
) -> None:
    voice.answer(ANNE, "leaves")
    voice.order = "doubled"
    waiting = queued(expires_at=clock.now() + timedelta(hours=1))
    ring()
    assert (stands(waiting), NumberRefusal.objects.count()) == (states.REFUSED, 1)
    assert ANNE not in str(list(NumberRefusal.objects.values())), "only its digest is kept"
    with pytest.raises(Invalid) as refusal:
        queued()
    assert refusal.value.fields.keys() == {"phone"}
    assert outgoing.queue_calls(calls=[Addressed("k", ANNE, "Avis.")]) == 0
    accept(Medium.CALL, ANNE)
    assert queries.refusing([ANNE]) == set() and queued().pk


def test_a_number_that_refuses_meanwhile_is_not_called(voice: VoiceProvider, run_jobs: Callable[[], int]) -> None:
    call = queued()
    refuse(Medium.CALL, ANNE)
    run_jobs()
    assert (stands(call), voice.posts) == (states.REFUSED, 0)


def test_a_call_that_is_called_off_does_not_ring(voice: VoiceProvider, ring: Ring, after: After) -> None:
    voice.answer(BEN, "no_answer")
    missed = queued(BEN, key="a-r1-2")
    ring()
    never = queued(key="a-r1-1")
    other = queued("+14505550125", key="b-r1-1")
    assert outgoing.call_off_calls(prefix="a-r1") == 1
    after(6)
    ring()
    assert (stands(never), stands(missed), stands(other)) == (states.REFUSED, states.UNANSWERED, states.HEARD)
    assert len(voice.calls) == 2


def test_erased_words_and_numbers_are_nowhere(voice: VoiceProvider, ring: Ring, run_jobs: Callable[[], int]) -> None:
    queued(words="Votre voisine Zénaïde.")
    ring()
    waiting = queued(words="Votre voisine Zénaïde.")
    outgoing.erase_calls(OutgoingCall.objects.filter(to=ANNE))
    run_jobs()
    kept = str(list(OutgoingCall.objects.values()))
    assert "Zénaïde" not in kept and ANNE not in kept
    assert (stands(waiting), len(voice.calls)) == (states.REFUSED, 1)


def test_a_forged_request_is_refused(voice: VoiceProvider, run_jobs: Callable[[], int]) -> None:
    call = queued()
    run_jobs()
    [taken] = voice.calls
    url = taken.callback.replace("/status", "/keys")
    path, fields = url.removeprefix("https://service.ville.example"), {"CallSid": taken.sid, "Digits": "9"}
    for signed in ("", api.signature("another token", url, fields.items()), api.signature(taken.token, url, [])):
        answer = Client(enforce_csrf_checks=True).post(path, fields, headers={"X-Twilio-Signature": signed})
        assert answer.status_code == 403
    assert (stands(call), NumberRefusal.objects.count()) == (states.PLACED, 0)


def test_what_is_told_of_a_call_that_is_not_ours_changes_nothing(voice: VoiceProvider, post: Post) -> None:
    url = "https://service.ville.example/hooks/voice/keys?call=99&attempt=1"
    fields = {"CallSid": "CA9", "Digits": "1", "AccountSid": SID}
    token = "the token of the calls"
    assert "<Hangup" in post((url, fields, api.signature(token, url, fields.items())))


def test_without_a_provider_there_is_nothing_to_call(settings: Settings, run_jobs: Callable[[], int]) -> None:
    settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT = {}, False
    for name in ("keys", "status"):
        assert Client().post(f"/hooks/voice/{name}", {}).status_code == 404
    call = queued(any_hour=True)
    run_jobs()
    place_call(call.pk)
    assert (stands(call), queries.enabled()) == (states.QUEUED, False)


def test_too_long_or_empty_is_refused(voice: VoiceProvider) -> None:
    for words in ("", "  ", "x" * 1501):
        with pytest.raises(Invalid) as refusal:
            queued(words=words)
        assert refusal.value.fields.keys() == {"words"}


def test_calls_that_wait_for_nothing_are_said_by_the_readiness_and_on_the_page_of_the_channels(
    town: SmallTown, settings: Settings, client: Client, after: After
) -> None:
    settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT = {}, False
    queued(any_hour=True)
    client.force_login(town.administrator)
    assert "1 phone calls" not in client.get("/readyz").text
    settings.PARVIS_NOW = (clock.now() + timedelta(minutes=20)).isoformat()
    assert any("1 phone calls" in words for words in client.get("/readyz").json()["warnings"])
    assert "appel en retard" in client.get("/desk/channels/").text


def test_who_heard_the_whole_message_and_hung_up_before_the_keys_is_not_called_again(
    voice: VoiceProvider, ring: Ring, after: After
) -> None:
    voice.answer(ANNE, "leaves_early")
    call = queued(words=f"{'Faites bouillir l’eau une minute. ' * 12}\n{keys_in('fr')}")
    ring()
    assert stands(call) == states.HEARD
    after(60)
    assert (ring(), len(voice.calls)) == (0, 1)


def test_any_key_says_that_someone_heard(voice: VoiceProvider, ring: Ring, after: After) -> None:
    voice.answer(ANNE, "other")
    call = queued(words="Faites bouillir l’eau une minute. " * 40)
    ring()
    assert stands(call) == states.HEARD
    after(60)
    assert ring() == 0


def test_calls_in_doubt_past_their_end_hold_no_line(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int], after: After
) -> None:
    settings.PARVIS_VOICE_LINES = 1
    voice.then, voice.lists = ["500"], False
    lost = queued(expires_at=clock.now() + timedelta(minutes=5))
    run_jobs()
    next_one = queued(BEN)
    run_jobs()
    assert (in_doubt(lost), stands(next_one), voice.posts) == (True, states.QUEUED, 1), "it may be ringing"
    after(21)
    run_jobs()
    assert (stands(lost), fresh(lost).error) == (states.FAILED, PERHAPS_LEFT)
    assert stands(next_one) == states.PLACED


def test_a_call_in_doubt_for_long_holds_no_line_even_without_an_end(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int], after: After
) -> None:
    settings.PARVIS_VOICE_LINES = 1
    voice.then, voice.lists = ["500"], False
    queued()
    run_jobs()
    waiting = queued(BEN)
    for _time in range(8):
        after(3)
        run_jobs()
    assert stands(waiting) == states.PLACED


def test_past_its_end_a_call_that_the_provider_does_not_list_is_settled(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After
) -> None:
    voice.then = ["503"]
    call = queued(expires_at=clock.now() + timedelta(minutes=1))
    run_jobs()
    after(2)
    run_jobs()
    assert (stands(call), fresh(call).error, voice.posts) == (states.FAILED, PERHAPS_LEFT, 1)


def test_a_doubt_cleared_at_night_rings_in_the_morning(
    voice: VoiceProvider, settings: Settings, run_jobs: Callable[[], int], after: After
) -> None:
    settings.PARVIS_NOW = datetime(2026, 11, 25, 21, 29, tzinfo=ZoneInfo("America/Toronto")).isoformat()
    voice.then = ["503"]
    call = queued()
    run_jobs()
    after(2)
    run_jobs()
    assert (stands(call), voice.posts) == (states.QUEUED, 1), "21:31: the hours of calls are over"
    after(11 * 60 + 30)
    run_jobs()
    assert (stands(call), voice.posts, fresh(call).attempts) == (states.PLACED, 2, 1)


def test_a_call_without_an_end_is_settled_after_a_day(
    voice: VoiceProvider, run_jobs: Callable[[], int], after: After
) -> None:
    voice.lists = False
    call = queued()
    run_jobs()
    assert stands(call) == states.PLACED
    after(24 * 60 + 1)
    run_jobs()
    assert (stands(call), fresh(call).error) == (states.FAILED, PERHAPS_LEFT)


def test_an_end_that_moves_ends_the_recalls_of_what_rings_too(
    voice: VoiceProvider, ring: Ring, after: After, run_jobs: Callable[[], int]
) -> None:
    voice.answer(ANNE, "no_answer")
    call = queued(key="a-r1-1", expires_at=clock.now() + timedelta(hours=2))
    run_jobs()
    outgoing.move_end_of_calls(prefix="a-r1-", until=clock.now() + timedelta(minutes=4))
    ring()
    after(30)
    assert (ring(), stands(call)) == (0, states.UNANSWERED)


def test_control_characters_are_not_said() -> None:
    spoken = twiml.message("fr", ("Avis\x0b\x00 du jour",), "https://a.example/keys")
    assert said(spoken) == ["fr-CA: Avis du jour"]


@pytest.mark.parametrize("number", ["+881612345678", "+19005550123", "+18765550123", "+15149761234"])
def test_a_number_that_costs_more_is_never_called_even_when_it_was_kept_before(
    number: str, voice: VoiceProvider, ring: Ring
) -> None:
    with pytest.raises(Invalid) as refusal:
        outgoing.queue_call(call=Addressed("one", number, "Avis."))
    assert "phone" in refusal.value.fields
    outgoing.queue_calls(calls=[Addressed("many", number, "Avis.")])
    ring()
    assert not voice.calls and OutgoingCall.objects.get().standing == states.FAILED
