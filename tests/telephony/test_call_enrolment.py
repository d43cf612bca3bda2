"""Who asks to be called, confirms by a key, is enrolled by an agent, and leaves: points 36 and 37 of outreach."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import Consent, ContactPoint
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services import subscriber_erasure as erasing
from parvis.apps.newsletter.services import subscribing
from parvis.apps.telephony.models import NumberRefusal, OutgoingCall
from parvis.apps.telephony.services.calls.outgoing import queue_call
from parvis.apps.telephony.services.carriers import Addressed
from parvis.lib.clock import at, now
from tests.factories import SmallTown
from tests.telephony.voice_provider import VoiceProvider

pytestmark = pytest.mark.django_db
ANNE = "+14505550123"
FORM = {"email": "", "calls": "450 555-0123", "alerts": "on", "address": "", "website": ""}
Ring = Callable[[], int]


def called() -> list[str]:
    return [row.target for row in recipients(kind="alerts", channel="voice")]


def test_36_a_number_asked_for_on_the_site_is_called_and_confirmed_by_a_key(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    asked = client.post("/abonnement/", FORM)
    assert asked.status_code == 200 and "appuyez sur le 1" in asked.text
    assert called() == []
    voice.answer(ANNE, "confirms")
    voice.order = "doubled"
    ring()
    [call] = voice.calls
    assert call.spoken[0].startswith("fr-CA: ") and "1, rue du Quai" in call.spoken[1]
    assert called() == [ANNE]
    proof = list(Consent.objects.order_by("pk").values_list("action", "via"))
    assert proof == [("asked", "web"), ("given", "phone")]
    given = Consent.objects.get(action="given")
    assert "1, rue du Quai" in given.words and given.evidence == f"touche 1 pendant l’appel {call.sid}"


@pytest.mark.parametrize("how", ["hears", "hangs_up", "machine", "no_answer", "leaves"])
def test_36_a_number_whose_owner_presses_nothing_is_never_told_anything(
    how: str, town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring, after: Callable[[float], None]
) -> None:
    client.post("/abonnement/", FORM)
    voice.answer(ANNE, how)
    ring()
    after(60)
    assert (ring(), len(voice.calls), called()) == (0, 1, []), "it asks once"
    if how == "leaves":
        refused = client.post("/abonnement/", FORM)
        assert refused.status_code == 200, "whoever types the number learns nothing of its owner"
        assert (ring(), len(voice.calls)) == (0, 1)


def test_36_what_is_typed_wrong_is_said_beside_the_field_and_kept(
    town: SmallTown, client: Client, voice: VoiceProvider
) -> None:
    wrong = client.post("/abonnement/", FORM | {"calls": "555-0123"})
    assert wrong.status_code == 422 and "numéro de téléphone complet" in wrong.text
    assert 'value="555-0123"' in wrong.text
    nothing = client.post("/abonnement/", FORM | {"alerts": ""})
    assert nothing.status_code == 422 and OutgoingCall.objects.count() == 0


@pytest.mark.parametrize("typed", ["900 555-0123", "+33 6 12 34 56 78", "876 555-0123", "450 000-0000"])
def test_36_a_number_that_costs_more_than_an_ordinary_call_is_refused(
    typed: str, town: SmallTown, client: Client, voice: VoiceProvider
) -> None:
    refused = client.post("/abonnement/", FORM | {"calls": typed})
    assert refused.status_code == 422 and "numéros ordinaires" in refused.text
    assert f'value="{typed}"' in refused.text and OutgoingCall.objects.count() == 0


def test_36_whoever_asks_a_number_is_called_three_times_a_day_at_most(
    town: SmallTown,
    client: Client,
    voice: VoiceProvider,
    ring: Ring,
    after: Callable[[float], None],
    settings: Settings,
) -> None:
    voice.answer(ANNE, "no_answer")
    settings.PARVIS_NOW = "2026-11-25T09:30:00-05:00"
    for _hour in range(8):
        client.post("/abonnement/", FORM)
        ring()
        after(61)
    assert len(voice.calls) == 3


def test_36_at_night_one_call_alone_waits(
    town: SmallTown,
    client: Client,
    voice: VoiceProvider,
    ring: Ring,
    after: Callable[[float], None],
    settings: Settings,
) -> None:
    settings.PARVIS_NOW = "2026-11-25T22:00:00-05:00"
    for _hour in range(4):
        client.post("/abonnement/", FORM)
        after(61)
    after(8 * 60)
    assert ring() == 1


@pytest.mark.parametrize("way", ["leave", "leave_all"])
def test_37_who_leaves_is_called_no_more(
    way: str, town: SmallTown, voice: VoiceProvider, ring: Ring, after: Callable[[float], None]
) -> None:
    origin = subscribing.Origin("counter", evidence="oui", clerk=town.agent)
    wanted = subscribing.Wanted(alerts=True)
    point = subscribing.enrol(channel="voice", target=ANNE, language="fr", wanted=wanted, origin=origin)
    voice.answer(ANNE, "busy")
    queue_call(call=Addressed("missed", ANNE, "Avis."))
    ring()
    queue_call(call=Addressed("waits", ANNE, "Avis."))
    if way == "leave":
        subscribing.leave(secret=point.secret, kind="alerts", origin=subscribing.Origin())
    else:
        subscribing.leave_all(secret=point.secret, origin=subscribing.Origin())
    after(6)
    assert (ring(), len(voice.calls)) == (0, 1)


def test_37_leaving_before_the_call_to_confirm_calls_it_off(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    client.post("/abonnement/", FORM)
    subscribing.leave_all(secret=ContactPoint.objects.get(channel="voice").secret, origin=subscribing.Origin())
    assert ring() == 0


def test_without_a_provider_calls_are_not_offered(town: SmallTown, client: Client, settings: Settings) -> None:
    settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT = {}, False
    assert 'name="calls"' not in client.get("/abonnement/").text


def test_36_an_agent_enrols_a_number_and_the_proof_is_printed(
    town: SmallTown, client: Client, voice: VoiceProvider, run_jobs: Callable[[], int]
) -> None:
    client.force_login(town.agent)
    form = {"channel": "voice", "target": "450 555-0123", "language": "fr", "alerts": "on", "via": "phone"}
    assert client.post("/desk/newsletter/subscribers/", form).status_code == 422, "without what was answered"
    made = client.post("/desk/newsletter/subscribers/", form | {"evidence": "a dit oui au téléphone"}, follow=True)
    assert made.status_code == 200 and called() == [ANNE]
    point = ContactPoint.objects.get(channel="voice")
    printed = client.get(f"/desk/newsletter/subscribers/{point.pk}/proof/").text
    assert "a dit oui au téléphone" in printed and "Appel" in printed
    run_jobs()
    assert voice.posts == 0, "nothing has to be confirmed"


def test_36_an_agent_who_hears_them_ask_again_lifts_their_refusal(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    client.post("/abonnement/", FORM)
    voice.answer(ANNE, "leaves")
    ring()
    assert NumberRefusal.objects.count() == 1
    client.force_login(town.agent)
    form = {"channel": "voice", "target": ANNE, "language": "fr", "alerts": "on", "via": "counter", "evidence": "oui"}
    client.post("/desk/newsletter/subscribers/", form)
    assert (called(), NumberRefusal.objects.count()) == ([ANNE], 0)


def test_37_the_page_of_choices_shows_the_number_and_removes_it(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring, run_jobs: Callable[[], int]
) -> None:
    client.post("/abonnement/", {"email": "anne@exemple.ca", "alerts": "on", "address": "", "website": ""})
    run_jobs()
    letter = Outgoing.objects.get(to="anne@exemple.ca")
    path = re.search(r"https?://[^/\s]+(/abonnement/\S+/)", letter.text)
    assert path
    client.post(f"{path[1]}confirmer/")
    client.post(f"{path[1]}ajouter/", {"calls": "450 555-0123", "website": ""})
    assert "••• 0123" in client.get(path[1]).text
    voice.answer(ANNE, "confirms")
    ring()
    point = ContactPoint.objects.get(channel="voice")
    assert called() == [ANNE] and point.subscriber.points.count() == 2
    stranger = ContactPoint.objects.create(
        subscriber=subscribing.enrol(
            channel="text",
            target="+14505550177",
            language="fr",
            wanted=subscribing.Wanted(alerts=True),
            origin=subscribing.Origin("phone", evidence="oui", clerk=town.agent),
        ).subscriber,
        channel="voice",
        target="+14505550177",
        digest="x",
        secret="s",
        created_at=now(),
        confirmed_at=now(),
    )
    assert client.post(f"{path[1]}retirer/{stranger.pk}/").status_code == 404
    assert client.get(f"{path[1]}retirer/{point.pk}/").status_code == 405
    for _twice in range(2):
        assert client.post(f"{path[1]}retirer/{point.pk}/").status_code == 302
    left = client.get(path[1]).text
    assert called() == [] and "••• 0123" not in left and "555-0123" not in left and "5550123" not in left
    assert [row.target for row in recipients(kind="alerts", channel="email")] == ["anne@exemple.ca"]
    assert Consent.objects.filter(point=point, action="withdrawn", via="web").count() == 1


def test_a_call_to_confirm_asked_for_at_night_rings_in_the_morning(
    town: SmallTown,
    client: Client,
    voice: VoiceProvider,
    ring: Ring,
    after: Callable[[float], None],
    settings: Settings,
) -> None:
    settings.PARVIS_NOW = "2026-11-25T23:00:00-05:00"
    client.post("/abonnement/", FORM)
    assert ring() == 0
    voice.answer(ANNE, "confirms")
    after(10 * 60 + 1)
    assert (ring(), called()) == (1, [ANNE])


def test_one_call_an_hour_asks_to_confirm_whoever_asks(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    for _time in range(3):
        client.post("/abonnement/", FORM)
    assert ring() == 1


def test_erased_by_law_the_number_and_what_was_said_to_it_are_nowhere(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    client.post("/abonnement/", FORM)
    voice.answer(ANNE, "confirms")
    ring()
    point = ContactPoint.objects.get(channel="voice")
    erasing.erase_subscriber(point_id=point.pk, ground="A-2.1, a. 28", by=town.privacy_officer)
    kept = str([*OutgoingCall.objects.values(), *ContactPoint.objects.values(), *Consent.objects.values()])
    assert ANNE not in kept and called() == []


def test_a_number_never_confirmed_is_purged_with_its_call(
    town: SmallTown, client: Client, voice: VoiceProvider, ring: Ring
) -> None:
    client.post("/abonnement/", FORM)
    ring()
    with at(now() + timedelta(days=31)):
        erasing.purge()
    assert ContactPoint.objects.count() == 0
    assert ANNE not in str(list(OutgoingCall.objects.values()))
