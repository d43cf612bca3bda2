"""Ends that move, areas that widen, lines that leave the band, what is removed by hand, an account alive again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from parvis.apps.cases.services.incidents.incident_news import send_update
from parvis.apps.cases.services.incidents.incidents import Words as IncidentWords
from parvis.apps.cases.services.incidents.incidents import open_incident
from parvis.apps.catalogue.models import Subject
from parvis.apps.newsletter.models import Issue
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, manual_removals, publishing
from parvis.apps.outreach.services.incident_updates import clear_past_ends
from parvis.apps.outreach.tasks import keep_moments, refresh_live
from parvis.apps.social.models import Account
from parvis.apps.social.services.accounts import connect_account
from parvis.apps.telephony.models import OutgoingText
from parvis.lib.clock import at, now
from parvis.lib.errors import Conflict, Invalid
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import PAGE_TOKEN
from tests.factories import SmallTown, unique
from tests.outreach.conftest import Way, draft_of
from tests.outreach.test_carriers import told

pytestmark = pytest.mark.django_db
In = Callable[..., Client]


def test_01_a_later_end_goes_to_the_letters_and_texts_that_still_wait(town: SmallTown, publish: Way) -> None:
    told(town, "email", "a@exemple.ca"), told(town, "text", "+14505550141"), told(town, "text", "+14505550142")
    message = publish(kind="safety", urgency="urgent", channels=("letters", "texts"))
    waits, left = OutgoingText.objects.order_by("pk")
    OutgoingText.objects.filter(pk=waits.pk).update(state=OutgoingText.State.QUEUED, sent_at=None)
    OutgoingText.objects.filter(pk=left.pk).update(state=OutgoingText.State.SENT, result="delivered")
    later = now() + timedelta(hours=30)
    ending.extend(message_id=message.pk, until=later, by=town.editor)
    assert Issue.objects.get().expires_at == later
    waits.refresh_from_db()
    left.refresh_from_db()
    assert waits.expires_at == later and left.expires_at != later
    assert OutgoingText.objects.count() == 2  # and nothing leaves a second time
    sooner = now() + timedelta(minutes=5)
    ending.extend(message_id=message.pk, until=sooner, by=town.editor)
    waits.refresh_from_db()
    assert Issue.objects.get().expires_at == sooner == waits.expires_at


def test_01_an_end_is_never_erased_so_that_what_waits_always_has_one(town: SmallTown, publish: Way) -> None:
    message = publish(channels=("site", "texts"))
    draft = draft_of(channels=("site", "texts"), expires_at=None)
    message = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=town.editor)
    with pytest.raises(Invalid) as refusal:
        publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    assert "expires" in refusal.value.fields


def test_02_another_subject_reaches_other_people_so_that_its_correction_is_approved(
    town: SmallTown, publish: Way
) -> None:
    def corrected(message: Message, subject: Subject | None) -> Message:
        draft = draft_of(channels=("letters",), subject_id=subject.pk if subject else None)
        message = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=town.editor)
        return publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)

    message = publish(channels=("letters",), subject_id=town.pothole.pk)
    for subject in (town.streetlight, None):
        with pytest.raises(Invalid) as refusal:
            corrected(message, subject)
        assert set(refusal.value.fields) == {"subject"}
        message.refresh_from_db()
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    whole = publish(channels=("letters",))
    assert corrected(whole, town.pothole).is_out  # fewer people than before


@pytest.mark.parametrize("how", ["lift", "withdraw"])
def test_03_the_line_of_a_lifted_message_leaves_its_incident_after_the_day(
    town: SmallTown, publish: Way, run_jobs: Callable[[], int], how: str
) -> None:
    words = IncidentWords("Bris d’aqueduc", "Main break", "On répare.", "Being fixed.", street=town.address.street)
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.manager)
    message = publish(incident=incident, channels=("site",))
    if how == "lift":
        ending.lift(message_id=message.pk, by=town.editor)
    else:
        ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)

    def shown() -> str:
        incident.notice.refresh_from_db()
        return incident.notice.news_fr

    begins = {"lift": "Levé", "withdraw": "Retiré"}[how]
    assert clear_past_ends() == 0 and shown().startswith(begins)
    tomorrow = timezone.localtime(now()).replace(hour=0, minute=1) + timedelta(days=1)
    with at(tomorrow):
        keep_moments()
        assert shown() == "" and clear_past_ends() == 0


def test_03_a_later_update_of_the_incident_stays(town: SmallTown, publish: Way) -> None:
    words = IncidentWords("Bris d’aqueduc", "Main break", "On répare.", "Being fixed.", street=town.address.street)
    incident = open_incident(key=unique(), words=words, department=town.works, by=town.manager)
    message = publish(incident=incident, channels=("site",))
    ending.lift(message_id=message.pk, by=town.editor)
    send_update(
        incident_id=incident.pk, key=unique(), words_fr="Encore une fuite.", words_en="A leak.", by=town.manager
    )
    with at(now() + timedelta(days=2)):
        clear_past_ends()
    incident.notice.refresh_from_db()
    assert incident.notice.news_fr == "Encore une fuite."


def test_04_what_was_removed_by_hand_is_noted_and_leaves_the_list_and_comes_back(
    town: SmallTown, publish: Way, signed_in: In
) -> None:
    message = publish(channels=("site",))
    ending.lift(message_id=message.pk, by=town.editor)
    message.deliveries.filter(channel="site").update(
        task=Delivery.Task.WITHDRAW, state=Delivery.State.FAILED, words="Refusé."
    )
    editor, address = signed_in(town.editor), f"/desk/outreach/{message.pk}"
    assert 'id="left-h"' in editor.get("/desk/outreach/").content.decode()
    assert f'{address}/removed/"' in editor.get(f"{address}/follow/").content.decode()
    assert editor.post(f"{address}/removed/", {"note": " "}).status_code == 422
    answer = editor.post(f"{address}/removed/", {"note": "Effacée à la main dans Facebook"}, follow=True)
    assert 'id="left-h"' not in answer.content.decode() and f"{address}/removed/undo/" in answer.content.decode()
    line = message.journal.get(what="handled")
    assert (line.words, line.by) == ("Effacée à la main dans Facebook", town.editor)
    with pytest.raises(Conflict):
        manual_removals.note_removed(message_id=message.pk, words="Encore", by=town.editor)
    editor.post(f"{address}/removed/undo/")
    assert 'id="left-h"' in editor.get("/desk/outreach/").content.decode()
    assert signed_in(town.agent).post(f"{address}/removed/", {"note": "Non"}).status_code == 403


def test_04_what_was_removed_by_hand_is_looked_at_no_more_until_that_is_undone(
    town: SmallTown, page: Account, networks: Networks, publish: Way, run_jobs: Callable[[], int]
) -> None:
    message = publish(channels=("facebook",))
    networks.dead = 463
    ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    refresh_live()
    row = message.deliveries.get(channel="facebook")
    assert row.state == Delivery.State.FAILED
    manual_removals.note_removed(message_id=message.pk, words="Effacée à la main", by=town.editor)
    networks.dead = 0
    connect_account(network="facebook", name=page.name, page_id=page.page_id, token=PAGE_TOKEN, by=None)
    run_jobs()
    refresh_live()
    row.refresh_from_db()
    assert row.state == Delivery.State.FAILED
    manual_removals.take_back_removed(message_id=message.pk, by=town.editor)
    refresh_live()
    row.refresh_from_db()
    assert row.state == Delivery.State.QUEUED, "its network is connected again, and is asked again"


def test_05_a_dead_account_is_named_with_what_to_do_and_alive_again_it_is_tried_again(
    town: SmallTown,
    page: Account,
    networks: Networks,
    publish: Way,
    run_jobs: Callable[[], int],
    signed_in: In,
) -> None:
    networks.dead = 463
    message = publish(channels=("site", "facebook"))
    delivering.refresh(message_id=message.pk)
    manager, address = signed_in(town.communications), f"/desk/outreach/{message.pk}/follow/"
    dead = manager.get(address).content.decode()
    assert page.name in dead and 'href="/desk/social/"' in dead.partition('id="where"')[2]
    networks.dead = 0
    connect_account(network="facebook", name=page.name, page_id=page.page_id, token=PAGE_TOKEN, by=None)
    assert 'href="/desk/social/"' not in manager.get(address).content.decode().partition('id="where"')[2]
    row = message.deliveries.get(channel="facebook")
    manager.post(f"/desk/outreach/{message.pk}/retry/{row.pk}/")
    run_jobs()
    delivering.refresh(message_id=message.pk)
    row.refresh_from_db()
    assert row.state == Delivery.State.SENT and len(networks.of("post")) == 1
