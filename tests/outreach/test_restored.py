"""After a backup is restored, nothing that may have left since is sent again by itself. OUTREACH 12: 8."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from parvis.apps.outreach.models import Message
from parvis.apps.outreach.services import approvals, delivering, publishing, scheduled
from parvis.apps.push.models import OutgoingPush
from parvis.apps.social import tasks as posts
from parvis.apps.social.models import Post
from parvis.apps.telephony import tasks as of_texts
from parvis.apps.telephony.models import OutgoingCall, OutgoingText
from parvis.apps.telephony.services.calls.outgoing import queue_call
from parvis.apps.telephony.services.carriers import Addressed
from parvis.lib.clock import now
from parvis.operations.backup.restoring import hold_or_doubt as restored
from tests.factories import SmallTown
from tests.outreach.carriers import NUMBERS, Carriers, carriers, devices, mail_server
from tests.outreach.conftest import Way
from tests.push.browser import Subscription
from tests.telephony.conftest import after, post, ring, voice
from tests.telephony.voice_provider import NUMBER, SID, TOKEN, VoiceProvider

__all__ = ["after", "carriers", "devices", "mail_server", "post", "ring", "voice"]
pytestmark = pytest.mark.django_db
State = Message.State


def approved(town: SmallTown, message: Message) -> Message:
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    return approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)


def test_08_a_message_whose_moment_passed_since_the_backup_asks_even_when_it_is_hardly_late(
    town: SmallTown, write: Way, carriers: Carriers, run_jobs: Callable[[], int], later: Callable[..., None]
) -> None:
    overdue = approved(town, write(starts_at=now() + timedelta(minutes=10), channels=("facebook", "texts")))
    coming = approved(town, write(starts_at=now() + timedelta(hours=2), channels=("facebook",)))
    later(minutes=12)
    restored()
    assert scheduled.start_due() == 0
    run_jobs()
    overdue.refresh_from_db()
    coming.refresh_from_db()
    assert (overdue.state, coming.state) == (State.HELD, State.SCHEDULED)
    assert "sauvegarde" in overdue.held_reason and carriers.networks.items == {} and carriers.twilio.posts == 0
    publishing.publish(message_id=overdue.pk, by=town.communications)
    run_jobs()
    assert len(carriers.networks.of("post")) == 1 and len(carriers.twilio.messages) == len(NUMBERS)


def test_08_what_waited_at_its_carrier_is_looked_for_before_it_is_sent_again(
    town: SmallTown, write: Way, carriers: Carriers, later: Callable[..., None], run_jobs: Callable[[], int]
) -> None:
    message = approved(town, write(channels=("facebook", "texts")))
    for row in message.deliveries.exclude(channel="agents"):
        delivering.deliver(delivery_id=row.pk)  # the backup is made here: queued at the carriers, not sent
    post, first = Post.objects.get(), OutgoingText.objects.order_by("pk")[0]
    # Since then, these two left.
    carriers.twilio.take({"To": first.to, "From": "+15145550100", "Body": first.body, "StatusCallback": ""})
    carriers.networks.write("post", post.text, link=post.link)
    restored()
    later(minutes=2)
    for _ in range(3):
        run_jobs()
        posts.send_waiting()
        of_texts.send_waiting_texts()
        later(minutes=2)
    run_jobs()
    assert len(carriers.networks.of("post")) == 1
    assert sorted(one["to"] for one in carriers.twilio.messages) == sorted(NUMBERS)
    delivering.refresh(message_id=message.pk)
    assert {row.state for row in message.deliveries.all()} == {"sent"}


def test_08_who_was_called_since_the_backup_is_not_called_again(
    voice: VoiceProvider, ring: Callable[[], int], after: Callable[[float], None]
) -> None:
    waits = queue_call(call=Addressed("waits", NUMBERS[0], "Avis."))
    rings = queue_call(call=Addressed("rings", NUMBERS[1], "Avis."))
    of = OutgoingCall.State
    for row in (waits, rings):  # the backup is made here: one waits, one rings
        heard = {"To": row.to, "From": NUMBER, "Twiml": "<Response/>", "StatusCallback": "https://a.example/"}
        taken = voice.take(heard, SID, TOKEN)
        taken.status, taken.answered_by, taken.seconds = "completed", "human", 40
    voice.calls[1].status = "no-answer"  # and what was placed again since was heard: we cannot know it
    OutgoingCall.objects.filter(pk=rings.pk).update(
        state=of.SENT, attempts=1, provider_id=voice.calls[1].sid, sent_at=now()
    )
    restored()
    for minutes in (2, 6, 11, 30):
        after(minutes)
        ring()
    assert voice.posts == 0
    waits.refresh_from_db()
    rings.refresh_from_db()
    assert (waits.standing, rings.standing) == ("heard", "unanswered")


def test_08_a_call_that_never_rang_is_placed_after_its_provider_was_asked(
    voice: VoiceProvider, ring: Callable[[], int], after: Callable[[float], None]
) -> None:
    call = queue_call(call=Addressed("waits", NUMBERS[0], "Avis."))
    restored()
    after(2)
    ring()
    call.refresh_from_db()
    assert (call.standing, call.attempts, voice.posts) == ("heard", 1, 1)


def test_08_a_notice_to_a_device_that_waited_does_not_leave(
    town: SmallTown, write: Way, carriers: Carriers, devices: dict[int, Subscription], run_jobs: Callable[[], int]
) -> None:
    message = approved(town, write(channels=("push",)))
    [row] = message.deliveries.filter(channel="push")
    delivering.deliver(delivery_id=row.pk)
    assert OutgoingPush.objects.filter(state=OutgoingPush.State.QUEUED).count() == len(devices)
    restored()
    run_jobs()
    assert set(OutgoingPush.objects.values_list("state", flat=True)) == {OutgoingPush.State.EXPIRED}
    assert carriers.push.messages == []
