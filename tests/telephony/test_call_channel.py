"""Calls as a channel of a message: points 39 and 40 of outreach, and what is shared with the other channels."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.queries import town as town_of_the_desk
from parvis.apps.newsletter.models import Consent, ContactPoint
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.outreach.channels.base import Outcome, Testable, Tester
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, publishing, results
from parvis.apps.telephony.models import OutgoingCall
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.operations.fake_services.voice import said
from tests.counting import statements
from tests.factories import SmallTown
from tests.outreach.conftest import SHORT_TEXT, Way, publish, write
from tests.telephony.voice_provider import Post, VoiceProvider

__all__ = ["publish", "write"]
pytestmark = pytest.mark.django_db
State = Delivery.State
NUMBERS = [f"+1450555014{n}" for n in range(6)]
BOTH = {
    (BASE, "fr"): Words("Avis d’ébullition", "Faites bouillir l’eau une minute."),
    (BASE, "en"): Words("Boil your water", "Boil the water for one minute."),
}
WATER: dict[str, Any] = {"kind": "water", "urgency": "urgent", "channels": ("voice",), "versions": BOTH}
Ring = Callable[[], int]
After = Callable[[float], None]


def told(town: SmallTown, number: str, language: str = "fr", **wanted: Any) -> ContactPoint:
    origin = Origin("phone", words="Je le demande.", evidence="a dit oui", clerk=town.agent)
    wish = Wanted(alerts=True, **wanted)
    return enrol(channel="voice", target=number, language=language, wanted=wish, origin=origin)


def known(message: Message) -> Outcome:
    [row] = message.deliveries.select_related("release").filter(channel="voice")
    return results.outcomes_of([row])[row.pk]


def test_39_the_preview_is_what_is_said_and_how_long_it_lasts(town: SmallTown, write: Way) -> None:
    told(town, NUMBERS[0])
    preview = CHANNELS["voice"].preview(content_of(write(**WATER)))
    first, *middle, last = preview.text.split("\n")
    assert first == f"{town_of_the_desk().name_fr}." and "ébullition" in middle[0]
    assert last == "Appuyez sur le 1 pour confirmer. Sur le 2 pour réécouter. Sur le 9 pour ne plus être appelé."
    assert preview.text_en.split("\n")[-1].startswith("Press 1 to confirm")
    assert preview.count is not None and not preview.count.over and 0 < preview.count.used <= preview.count.most
    assert preview.reach == f"1 numéro, {preview.count.used} secondes parlées"


def test_39_a_message_too_long_to_be_heard_gets_a_shorter_proposal(town: SmallTown, write: Way) -> None:
    long = "Faites bouillir l’eau une minute avant de la boire. " * 30
    message = write(**WATER | {"versions": {(BASE, "fr"): Words("Avis", "Texte"), ("voice", "fr"): Words("", long)}})
    preview = CHANNELS["voice"].preview(content_of(message))
    assert preview.count is not None and preview.count.over
    assert preview.proposal and preview.proposal in " ".join(long.split())
    whole = write(**WATER | {"versions": {(BASE, "fr"): Words("Avis", long), ("short", "fr"): Words("", SHORT_TEXT)}})
    assert SHORT_TEXT in CHANNELS["voice"].preview(content_of(whole)).text


def test_39_each_person_is_called_in_their_language_and_outcomes_are_counted(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring, after: After
) -> None:
    hows = ("confirms", "hears", "machine", "no_answer", "failed", "leaves")
    for number, how in zip(NUMBERS, hows, strict=True):
        told(town, number, "en" if how == "confirms" else "fr")
        voice.answer(number, how)
    message = publish(**WATER)
    ring()
    english = next(call for call in voice.calls if call.to == NUMBERS[0])
    assert "en-CA: Boil your water." in english.spoken
    assert "fr-CA: Avis d’ébullition." in voice.calls[1].spoken
    outcome = known(message)
    assert (outcome.state, outcome.reached, outcome.total) == (State.QUEUED, 3, 6)
    for minutes in (6, 11, 30):
        after(minutes)
        ring()
    outcome = known(message)
    assert (outcome.state, outcome.reached, outcome.total) == (State.SENT, 3, 6)
    assert outcome.words == "1 confirmé, 1 écouté, 1 sur répondeur, 1 sans réponse, 1 en échec.", outcome.words
    why = {failure.name: (failure.why, failure.again) for failure in outcome.failures}
    assert why[quebec.phone(NUMBERS[3])] == ("sans réponse", True)
    assert why[quebec.phone(NUMBERS[5])][1] is False
    [row] = message.deliveries.filter(channel="voice")
    assert CHANNELS["voice"].confirmed([row]) == {row.pk: 1}  # type: ignore[attr-defined]


def test_39_a_key_leaves_the_calls_and_nothing_else(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring
) -> None:
    voice.order = "doubled"
    point = told(town, NUMBERS[0])
    origin = Origin("phone", words="Oui", evidence="a dit oui", clerk=town.agent)
    enrol(channel="text", target=NUMBERS[0], language="fr", wanted=Wanted(alerts=True), origin=origin)
    voice.answer(NUMBERS[0], "leaves")
    publish(**WATER)
    ring()
    assert recipients(kind="alerts", channel="voice") == []
    assert [row.target for row in recipients(kind="alerts", channel="text")] == [NUMBERS[0]]
    [proof] = Consent.objects.filter(point=point, action="withdrawn")
    assert (proof.via, "touche 9" in proof.evidence) == ("phone", True)
    told(town, NUMBERS[0])
    assert len(recipients(kind="alerts", channel="voice")) == 1, "asked for again, by their own words"


def test_39_only_those_of_the_sector_are_called(town: SmallTown, publish: Way, voice: VoiceProvider) -> None:
    told(town, NUMBERS[0], places=[town.address])
    told(town, NUMBERS[1])
    publish(**WATER | {"streets": [town.address.street_id]})
    assert {call.to for call in voice.calls} == set(NUMBERS[:2])


def test_40_an_exercise_rings_nowhere(town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring) -> None:
    told(town, NUMBERS[0])
    message = publish(**WATER | {"drill": True})
    assert (ring(), voice.posts, OutgoingCall.objects.count()) == (0, 0, 0)
    assert known(message).words.endswith(": 1 appel, non placé.")


def test_without_a_provider_the_setting_is_named(
    town: SmallTown, publish: Way, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT = {}, False
    told(town, NUMBERS[0])
    outcome = known(publish(**WATER))
    assert outcome.state == State.FAILED and "PARVIS_VOICE_URL" in outcome.words


def test_12_trying_again_calls_only_those_who_were_missed(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring, settings: Settings
) -> None:
    settings.PARVIS_VOICE_RECALLS = ()
    for number, how in zip(NUMBERS[:4], ("confirms", "busy", "failed", "leaves"), strict=True):
        told(town, number)
        voice.answer(number, how, "hears")
    message = publish(**WATER)
    ring()
    row = message.deliveries.get(channel="voice")
    delivering.retry(delivery_id=row.pk, by=town.editor)
    ring()
    assert sorted(call.to for call in voice.calls[4:]) == NUMBERS[1:3]
    assert (known(message).state, known(message).reached) == (State.SENT, 3)
    message.refresh_from_db()
    assert message.live_until is not None
    settings.PARVIS_NOW = (message.live_until + timedelta(minutes=1)).isoformat()
    OutgoingCall.objects.filter(to=NUMBERS[1]).update(state=OutgoingCall.State.FAILED)
    with pytest.raises(Conflict):
        delivering.retry(delivery_id=row.pk, by=town.editor)


def test_a_doubtful_call_is_not_known_and_not_called_again_by_trying_again(
    town: SmallTown, publish: Way, voice: VoiceProvider, run_jobs: Callable[[], int], ring: Ring, after: After
) -> None:
    told(town, NUMBERS[0])
    voice.then, voice.lists = ["500"], False
    message = publish(**WATER)
    assert known(message).state == State.UNKNOWN
    delivering.retry(delivery_id=message.deliveries.get(channel="voice").pk, by=town.editor)
    run_jobs()
    assert voice.posts == 1
    voice.lists = True
    after(2)
    ring()
    assert (voice.posts, known(message).state, known(message).reached) == (1, State.SENT, 1)


def test_12_trying_again_leaves_the_calls_that_wait(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring, settings: Settings, post: Post
) -> None:
    settings.PARVIS_VOICE_LINES = 1
    for number in NUMBERS[:3]:
        told(town, number)
    voice.answer(NUMBERS[0], "leaves")
    message = publish(**WATER)
    assert voice.ring(post) == 1
    with pytest.raises(Conflict):
        delivering.retry(delivery_id=message.deliveries.get(channel="voice").pk, by=town.editor)
    for _line in range(3):
        ring()
    assert [call.to for call in voice.calls] == NUMBERS[:3]


def test_12_what_was_told_to_one_and_not_to_the_others_is_tried_again_only_there(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring, settings: Settings, post: Post
) -> None:
    settings.PARVIS_VOICE_LINES = 1
    for number in NUMBERS[:3]:
        told(town, number)
    voice.answer(NUMBERS[0], "failed", "hears")
    message = publish(**WATER)
    voice.ring(post)
    delivering.retry(delivery_id=message.deliveries.get(channel="voice").pk, by=town.editor)
    for _line in range(5):
        ring()
    assert sorted(call.to for call in voice.calls) == [NUMBERS[0], *NUMBERS[:3]]
    assert (known(message).state, known(message).reached) == (State.SENT, 3)


def test_39_english_too_long_to_be_heard_is_refused_before_the_approval(town: SmallTown, write: Way) -> None:
    words = dict(BOTH) | {("voice", "en"): Words("", "Boil the water for one minute before you drink it. " * 30)}
    message = write(**WATER | {"versions": words})
    with pytest.raises(Invalid) as refusal:
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    assert "secondes" in str(refusal.value.fields["short_en"])


def test_15_withdrawn_what_did_not_ring_never_rings_and_nobody_is_called_back(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring, after: After, settings: Settings
) -> None:
    settings.PARVIS_VOICE_LINES = 2
    for number in NUMBERS[:4]:
        told(town, number)
    voice.answer(NUMBERS[0], "busy")
    message = publish(**WATER)
    assert len(voice.calls) == 2
    ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)
    ring()
    for minutes in (6, 11):
        after(minutes)
        ring()
    row = message.deliveries.get(channel="voice")
    assert (len(voice.calls), row.state, row.words) == (2, State.WITHDRAWN, "2 appels n’ont pas été placés.")


def test_14_a_correction_calls_again_only_when_asked_for(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring
) -> None:
    told(town, NUMBERS[0])
    message = publish(**WATER)
    ring()
    for with_letters, rang in ((False, 1), (True, 2)):
        message.refresh_from_db()
        words = dict(BOTH) | {(BASE, "fr"): Words("Avis d’ébullition", f"Une minute. {with_letters}")}
        draft = drafts.MessageDraft(**WATER | {"versions": words}, expires_at=message.expires_at)
        saved = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=town.editor)
        publishing.correct(message_id=message.pk, revision=saved.revision, with_letters=with_letters, by=town.editor)
        ring()
        assert len(voice.calls) == rang
    assert "fr-CA: Une minute. True." in voice.calls[-1].spoken


def test_an_emergency_rings_at_night_and_an_urgent_notice_in_the_morning(
    town: SmallTown, publish: Way, voice: VoiceProvider, settings: Settings, after: After, ring: Ring
) -> None:
    told(town, NUMBERS[0])
    settings.PARVIS_NOW = "2026-11-25T23:00:00-05:00"
    calm = publish(**WATER | {"expires_at": now() + timedelta(hours=30)})
    assert (len(voice.calls), known(calm).state) == (0, State.QUEUED)
    publish(**WATER | {"urgency": "emergency", "expires_at": now() + timedelta(hours=30)})
    assert len(voice.calls) == 1
    ring()
    after(10 * 60 + 1)
    ring()
    assert len(voice.calls) == 2


def test_a_test_calls_the_phone_of_who_asks_and_nobody_else(
    town: SmallTown, write: Way, voice: VoiceProvider, ring: Ring, settings: Settings
) -> None:
    told(town, NUMBERS[0])
    channel, content = CHANNELS["voice"], content_of(write(**WATER))
    assert isinstance(channel, Testable)
    settings.PARVIS_NOW = "2026-11-25T23:00:00-05:00"
    words = channel.send_test(content, Tester("", NUMBERS[5], "en"))
    assert NUMBERS[5] not in words and "0145" in words
    voice.answer(NUMBERS[5], "no_answer")
    ring()
    assert [call.to for call in voice.calls] == [NUMBERS[5]]
    assert said(voice.calls[0].twiml)[0] == "en-CA: This is a test."
    assert OutgoingCall.objects.get().standing == "unanswered", "a test is not placed again"
    with pytest.raises(Invalid, match="heures"):  # it is night for everybody else
        channel.send_test(content, Tester("", NUMBERS[4], "fr", is_typed=True))
    assert ring() == 0
    with pytest.raises(Invalid):
        channel.send_test(content, Tester("moi@ville.example", "", "fr"))
    settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT = {}, False
    with pytest.raises(Invalid, match="PARVIS_VOICE_URL"):
        channel.send_test(content, Tester("", NUMBERS[5], "fr"))


def test_the_outcome_costs_the_same_whatever_the_number_of_calls(
    town: SmallTown, publish: Way, voice: VoiceProvider, ring: Ring
) -> None:
    costs = []
    for number in NUMBERS[:3]:
        told(town, number)
        message = publish(**WATER)
        ring()
        with statements() as queries:
            known(message)
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs


def test_39_the_composer_offers_to_hear_what_is_said_in_each_language(
    town: SmallTown, write: Way, client: Client
) -> None:
    client.force_login(town.editor)
    page = client.get(f"/desk/outreach/{write(**WATER).pk}/").text
    for language, words in (("fr", "Faites bouillir l’eau une minute."), ("en", "Boil the water for one minute.")):
        said_there = page.partition(f'id="spoken-{language}" lang="{language}-CA"')[2].partition("</div>")[0]
        assert words in said_there and f'data-listen-to="spoken-{language}"' in page
    shown = page.partition("data-listen ")[2]
    assert shown.startswith("hidden"), "only a browser that speaks shows the buttons"
    assert "desk/listen" in page and "data-listen-stop" in page
