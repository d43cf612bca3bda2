"""What each channel publishes, corrects, retries and removes. OUTREACH 12: 9 to 16, 18, 40."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django_q.models import OrmQ

from parvis.apps.cases.models import Update
from parvis.apps.cases.services.incidents.incidents import Words as IncidentWords
from parvis.apps.cases.services.incidents.incidents import open_incident
from parvis.apps.news.models import AlertMessage
from parvis.apps.news.queries.banners import banners_in_force
from parvis.apps.news.queries.items import item_url
from parvis.apps.newsletter.queries.points import page_url
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, publishing, scheduled
from parvis.apps.outreach.services.results import delivery_key, outcomes_of
from parvis.apps.panels.queries.items import live_items
from parvis.apps.push.models import OutgoingPush
from parvis.apps.social.models import Account
from parvis.apps.social.services.accounts import connect_account
from parvis.apps.telephony.models import OutgoingText, SendingDecision
from parvis.apps.telephony.rules import parts as sms
from parvis.apps.telephony.services.texts.pausing import decide_sending
from parvis.lib import clock, ttl_cache
from parvis.lib.clock import now
from parvis.lib.errors import Conflict
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import PAGE_TOKEN
from parvis.operations.fake_services.push import PushService
from parvis.surfaces.desk.outreach.screen import rows_of
from tests.counting import statements
from tests.factories import SmallTown, make_address, unique
from tests.outreach.conftest import TEXT, TITLE, Way, draft_of
from tests.telephony.twilio import Twilio

pytestmark = pytest.mark.django_db
EVERYWHERE = ("site", "banner", "cap", "panels", "push", "facebook")
State, Out = Delivery.State, OutgoingPush.State
Device = Callable[..., int]


def states(message: Message) -> dict[str, str]:
    return dict(message.deliveries.values_list("channel", "state"))


def test_14_a_correction_replaces_the_words_everywhere_and_15_a_withdrawal_removes_them(
    town: SmallTown, publish: Way, run_jobs: Callable[[], int]
) -> None:
    message = publish(kind="safety", urgency="urgent", channels=("site", "banner", "cap", "panels"))
    page = item_url(delivery_key(message.pk, "site"))
    assert TITLE in Client().get(page).content.decode()
    assert [row.title_fr for row in banners_in_force()] == [TITLE]
    (item,) = live_items()
    fixed = draft_of(
        kind="safety",
        urgency="urgent",
        channels=("site", "banner", "cap", "panels"),
        versions={(BASE, "fr"): Words("Corrigé, jusqu’à 8 h", TEXT)},
    )
    message = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=fixed, by=town.editor)
    assert TITLE in Client().get(page).content.decode()  # the public reads what was approved until then
    publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    run_jobs()
    assert item_url(delivery_key(message.pk, "site")) == page
    assert "Corrigé, jusqu’à 8 h" in Client().get(page).content.decode()
    assert [row.title_fr for row in banners_in_force()] == ["Corrigé, jusqu’à 8 h"]
    assert [row.kind for row in AlertMessage.objects.order_by("pk")] == ["Alert", "Update"]
    ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    assert Client().get(page).status_code == 410
    assert banners_in_force() == [] and live_items() == [] and item.key
    assert AlertMessage.objects.order_by("pk").last().kind == "Cancel"  # type: ignore[union-attr]
    assert set(states(message).values()) == {State.WITHDRAWN}


def test_10_a_dead_account_is_named_the_others_do_not_wait_and_12_only_it_is_tried_again(
    town: SmallTown, page: Account, networks: Networks, device: Device, publish: Way, run_jobs: Callable[[], int]
) -> None:
    device()
    networks.dead = 463
    message = publish(channels=("site", "push", "facebook"))
    delivering.refresh(message_id=message.pk)
    assert states(message) == {"agents": "sent", "site": "sent", "push": "sent", "facebook": "failed"}
    message.refresh_from_db()
    assert message.state == Message.State.LIVE
    worst = rows_of(message, town.editor)[0]
    assert worst.delivery.label == page.name and worst.may_retry and worst.outcome.failures[0].why
    with pytest.raises(Conflict, match="compte"):
        delivering.retry(delivery_id=worst.delivery.pk, by=town.editor)
    assert states(message)["facebook"] == "failed"
    networks.dead = 0
    connect_account(network="facebook", name=page.name, page_id=page.page_id, token=PAGE_TOKEN, by=None)
    delivering.retry(delivery_id=worst.delivery.pk, by=town.editor)
    run_jobs()
    delivering.refresh(message_id=message.pk)
    assert set(states(message).values()) == {"sent"}
    (there,) = networks.of("post")
    assert TITLE in there.text and OutgoingPush.objects.count() == 1


def test_11_taken_and_answered_by_500_is_unknown_looked_for_and_there_is_one_post(
    town: SmallTown,
    page: Account,
    networks: Networks,
    publish: Way,
    run_jobs: Callable[[], int],
    later: Callable[..., None],
) -> None:
    run_jobs()
    networks.faults = ["500", "none"]
    message = publish(channels=("facebook",))
    delivering.refresh(message_id=message.pk)
    row = message.deliveries.get(channel="facebook")
    assert row.state == State.UNKNOWN and row.words
    later(seconds=90)
    delivering.retry(delivery_id=row.pk, by=town.editor)
    run_jobs()
    delivering.refresh(message_id=message.pk)
    row.refresh_from_db()
    assert row.state == State.SENT and len(networks.of("post")) == len(networks.items) == 1
    with pytest.raises(Conflict):
        delivering.retry(delivery_id=row.pk, by=town.editor)


def test_12_what_succeeded_meanwhile_has_nothing_to_try_again(
    town: SmallTown, page: Account, networks: Networks, publish: Way
) -> None:
    message = publish(channels=("facebook",))
    row = message.deliveries.get(channel="facebook")
    assert CHANNELS["facebook"].retry(row, town.editor) and len(networks.of("post")) == 1


def test_12_only_the_pushes_that_failed_leave_again(
    town: SmallTown, device: Device, push_service: PushService, publish: Way, run_jobs: Callable[[], int]
) -> None:
    device(), device()
    push_service.faults = ["none", "413", "none"]
    message = publish(channels=("push",))
    delivering.refresh(message_id=message.pk)
    row = message.deliveries.get(channel="push")
    assert (row.state, row.reached, row.total) == (State.SENT, 1, 2)
    assert "413" in outcomes_of([row])[row.pk].failures[0].why
    told = set(OutgoingPush.objects.filter(state=Out.SENT).values_list("device_id", flat=True))
    delivering.retry(delivery_id=row.pk, by=town.editor)
    waiting = OutgoingPush.objects.filter(state=Out.QUEUED).values_list("device_id", flat=True)
    assert len(told) == len(waiting) == 1 and told.isdisjoint(waiting)
    run_jobs()
    assert len(push_service.messages) == 2 and {one["state"] for one in OutgoingPush.objects.values("state")} == {
        Out.SENT
    }


def test_15_a_removal_that_one_of_several_devices_missed_is_done_and_says_which_did_not_hear(
    town: SmallTown, device: Device, push_service: PushService, publish: Way, run_jobs: Callable[[], int]
) -> None:
    device(), device()
    message = publish(channels=("push",))
    push_service.faults = ["413", "none"]
    ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    delivering.refresh(message_id=message.pk)
    row = message.deliveries.get(channel="push")
    assert (row.state, row.reached, row.total) == (State.WITHDRAWN, 1, 2)
    assert "413" in outcomes_of([row])[row.pk].failures[0].why
    other = publish(channels=("push",))
    push_service.faults = ["413"]
    ending.withdraw(message_id=other.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    delivering.refresh(message_id=other.pk)
    assert other.deliveries.get(channel="push").state == State.FAILED


def test_13_a_delivery_whose_worker_died_is_asked_for_again_and_done_once(
    town: SmallTown, device: Device, write: Way, run_jobs: Callable[[], int]
) -> None:
    device()
    message = write(channels=("push",))
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    row = message.deliveries.get(channel="push")
    OrmQ.objects.all().delete()  # taken by workers that died
    assert scheduled.ask_again() == 0  # not yet: a job may be about to do it
    with clock.at(now() + timedelta(minutes=3)):
        assert scheduled.ask_again() > 0
        delivering.deliver(delivery_id=row.pk)  # another worker was as quick
        run_jobs()
        assert scheduled.ask_again() == 0
    assert OutgoingPush.objects.count() == 1


def test_16_what_is_published_judges_its_own_end_where_it_is_read(publish: Way) -> None:
    message = publish(channels=("banner", "panels"), kind="notice")
    with clock.at(now() + timedelta(hours=13)):  # no job ran
        assert live_items() == []
        ttl_cache.forget_all()
        assert banners_in_force() == []
    assert message.is_out


def test_18_a_message_from_an_incident_tells_its_followers_each_text_once(
    town: SmallTown, publish: Way, run_jobs: Callable[[], int]
) -> None:
    words = IncidentWords("Bris d’aqueduc", "Main break", "On répare.", "Being fixed.", street=town.address.street)
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.manager)
    message = publish(incident=incident, channels=("site",))
    fixed = draft_of(channels=("site",), versions={(BASE, "fr"): Words("Corrigé", TEXT)})
    message = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=fixed, by=town.editor)
    publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    run_jobs()
    assert [update.words_fr for update in Update.objects.order_by("pk")] == [f"{TITLE}. {TEXT}", f"Corrigé. {TEXT}"]


def test_29_a_device_is_told_once_in_its_sector_only(town: SmallTown, device: Device, publish: Way) -> None:
    near = device("alerts", "parking")
    device("alerts", address=make_address(4, "rue du Large", sector=None))
    publish(channels=("push",), sectors=[town.address.sector_id])
    assert list(OutgoingPush.objects.values_list("device_id", flat=True)) == [near]


def test_40_a_drill_goes_the_whole_way_and_disturbs_nobody(
    page: Account, networks: Networks, device: Device, publish: Way
) -> None:
    device()
    message = publish(drill=True, kind="safety", urgency="urgent", channels=EVERYWHERE)
    assert message.state == Message.State.LIVE
    assert not OutgoingPush.objects.exists() and networks.items == {}
    assert banners_in_force() == [] and live_items() == [] and not item_url(delivery_key(message.pk, "site"))
    assert "<status>Exercise</status>" in AlertMessage.objects.get().xml


def test_lists_cost_the_same_number_of_queries_at_one_row_and_at_ten(
    town: SmallTown, write: Way, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(town.editor)
    write()
    client.get("/desk/outreach/")
    with statements() as one:
        client.get("/desk/outreach/")
    for _ in range(9):
        write()
    with statements() as ten:
        client.get("/desk/outreach/")
    assert len(ten) == len(one)


def test_40_a_text_leads_to_the_choices_of_its_reader_when_that_costs_nothing(
    town: SmallTown, twilio: Twilio, publish: Way
) -> None:
    origin = Origin("phone", words="oui", evidence="oui", clerk=town.agent)
    point = enrol(channel="text", target="450 555-0144", language="fr", wanted=Wanted(alerts=True), origin=origin)
    choices = page_url(point.secret)
    publish(channels=("texts",), versions={("texts", "fr"): Words("", "Eau a bouillir.")})
    publish(channels=("texts",), versions={("texts", "fr"): Words("", "Eau a bouillir. " * 8)})
    near, full = [text.body for text in OutgoingText.objects.order_by("pk")]
    assert near.endswith(f"Vos choix : {choices}") and sms.count(near).parts == 1
    assert choices not in full
    assert Client().get(choices.partition("ville.example")[2]).status_code == 200


def test_a_pause_of_the_texts_holds_ordinary_messages_and_says_so_while_those_of_safety_leave(
    town: SmallTown, twilio: Twilio, publish: Way, run_jobs: Callable[[], int]
) -> None:
    origin = Origin("phone", words="oui", evidence="oui", clerk=town.agent)
    enrol(channel="text", target="450 555-0144", language="fr", wanted=Wanted(alerts=True), origin=origin)
    decide_sending(mode=SendingDecision.Mode.DANGER, by=town.administrator)
    works = publish(kind="works", channels=("texts",), versions={("texts", "fr"): Words("", "Rue fermée.")})
    publish(kind="water", channels=("texts",), versions={("texts", "fr"): Words("", "Faites bouillir l’eau.")})
    run_jobs()
    [sent] = twilio.messages
    assert "Faites bouillir" in sent["body"]
    [outcome] = outcomes_of(works.deliveries.filter(channel="texts")).values()
    assert outcome.state == State.QUEUED and "en pause" in outcome.words


def test_the_hub_leads_to_every_page_of_communications_and_back(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    for person, count in ((town.communications, 6), (town.editor, 4), (town.clerk, 4), (town.agent, 3)):
        client = signed_in(person)
        hub = client.get("/desk/outreach/").content.decode()
        links = re.findall(r'href="([^"]+)"', hub.partition("<main")[2].partition("</nav>")[0])
        others = [link for link in links if not link.startswith("/desk/outreach/")]
        assert len(others) == count
        for link in others:
            page = client.get(link).content.decode()
            shown = page if link.startswith("/edition/") else page.partition("<main")[2]
            assert "/desk/outreach/" in shown, link
