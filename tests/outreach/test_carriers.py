"""Letters and texts of an alert: who is told that it is withdrawn, and nothing after its end."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from parvis.apps.newsletter.models import IssueDelivery
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.services import ending, results
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.tasks import send_text, send_waiting_texts
from parvis.lib.clock import at, now
from tests.factories import SmallTown
from tests.outreach.conftest import Way

pytestmark = pytest.mark.django_db


def told(town: SmallTown, channel: str, target: str) -> int:
    origin = Origin("counter", evidence="a dit oui", clerk=town.agent)
    return enrol(channel=channel, target=target, language="fr", wanted=Wanted(alerts=True), origin=origin).pk


def test_only_those_to_whom_it_left_are_told_that_it_is_withdrawn(
    town: SmallTown, publish: Way, run_jobs: Callable[[], int]
) -> None:
    readers = [told(town, "email", f"{name}@exemple.ca") for name in "abc"]
    numbers = ["+14505550141", "+14505550142"]
    for number in numbers:
        told(town, "text", number)
    message = publish(kind="safety", urgency="urgent", channels=("letters", "texts"))
    assert OutgoingText.objects.count() == 2 and IssueDelivery.objects.count() == 3
    IssueDelivery.objects.filter(point=readers[0]).update(state=IssueDelivery.State.SENT)
    IssueDelivery.objects.filter(point=readers[1]).update(state=IssueDelivery.State.UNCERTAIN)
    IssueDelivery.objects.filter(point=readers[2]).update(state=IssueDelivery.State.FAILED)
    OutgoingText.objects.filter(to=numbers[0]).update(state=OutgoingText.State.SENT, result="delivered")
    OutgoingText.objects.filter(to=numbers[1]).update(state=OutgoingText.State.FAILED)
    ending.withdraw(message_id=message.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    ends = IssueDelivery.objects.filter(issue__key__endswith="-end")
    assert {row.point_id for row in ends} == set(readers[:2])
    assert [row.to for row in OutgoingText.objects.filter(key__contains="-end-")] == numbers[:1]
    other = publish(kind="safety", urgency="urgent", channels=("letters", "texts"))
    IssueDelivery.objects.exclude(issue__key__endswith="-end").update(state=IssueDelivery.State.FAILED)
    OutgoingText.objects.exclude(key__contains="-end-").update(state=OutgoingText.State.FAILED)
    ending.withdraw(message_id=other.pk, words="Mauvais secteur", by=town.communications)
    run_jobs()
    assert IssueDelivery.objects.filter(issue__key__endswith="-end").count() == 2  # nobody new to tell
    assert OutgoingText.objects.filter(key__contains="-end-").count() == 1


def test_a_text_past_its_end_stays_and_its_delivery_says_why(town: SmallTown, publish: Way) -> None:
    told(town, "text", "+14505550141")
    message = publish(kind="safety", urgency="urgent", channels=("texts",))
    OutgoingText.objects.update(state=OutgoingText.State.QUEUED, sent_at=None, attempts=0, provider_id="")
    text = OutgoingText.objects.get()
    assert text.expires_at == message.live_until
    with at(now() + timedelta(hours=13)):
        send_text(text.pk)
        text.refresh_from_db()
        assert text.state == OutgoingText.State.EXPIRED
        OutgoingText.objects.update(state=OutgoingText.State.QUEUED)
        send_waiting_texts()
        text.refresh_from_db()
        assert text.state == OutgoingText.State.EXPIRED
    row = Delivery.objects.get(channel="texts")
    assert "Sa fin était passée" in results.outcomes_of([row])[row.pk].failures[0].why
