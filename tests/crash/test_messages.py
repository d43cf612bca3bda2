"""Workers killed while they hand over a message to the public: nothing is lost; what may be doubled is named."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable

from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import PAGE, PAGE_TOKEN
from tests.crash.shell import shell
from tests.journeys.service import Service
from tests.newsletter.smtp import HANG
from tests.newsletter.smtp import serving as mail_server
from tests.social.serving import serving as networks_served
from tests.telephony.twilio import serving as twilio_served

READERS, NUMBERS, KILLS = 6, 6, 3
FILL = f"""
from datetime import timedelta
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.services.approvals import approve, ask_for_approval
from parvis.apps.outreach.services.drafts import MessageDraft, start_message
from parvis.apps.outreach.rules.content import BASE, SHORT, Words
from parvis.apps.social.services.accounts import connect_account
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.lib.clock import now
people = list(User.objects.filter(is_active=True).order_by("pk"))
writer = next(one for one in people if one.may_everywhere(Action.WRITE_MESSAGE))
reader = next(one for one in people if one.may_everywhere(Action.APPROVE_MESSAGE) and one != writer)
origin = Origin("counter", words="oui", evidence="oui", clerk=reader)
for rank in range({READERS}):
    enrol(channel="email", target=f"r{{rank}}@exemple.ca", language="fr", wanted=Wanted(alerts=True), origin=origin)
for rank in range({NUMBERS}):
    enrol(channel="text", target=f"+1450555014{{rank}}", language="fr", wanted=Wanted(alerts=True), origin=origin)
connect_account(network="facebook", name="Page", page_id="{PAGE}", token="{PAGE_TOKEN}", by=None, check=False)
versions = {{(BASE, "fr"): Words("Neige", "Il neige."), (SHORT, "fr"): Words("", "Il neige.")}}
draft = MessageDraft(
    kind="safety", urgency="urgent", channels=("letters", "texts", "facebook"), versions=versions,
    expires_at=now() + timedelta(hours=12),
)
message = start_message(key="crash", draft=draft, by=writer)
ask_for_approval(message_id=message.pk, revision=message.revision, by=writer)
approve(message_id=message.pk, revision=message.revision, by=reader)
"""
# What the service does by itself in the minutes that follow, without waiting for them.
LATER = """
from datetime import timedelta
from django_q.models import OrmQ
from parvis.apps.newsletter import tasks as letters
from parvis.apps.outreach import tasks
from parvis.apps.social import tasks as posts
from parvis.apps.telephony import tasks as texts
from parvis.lib.clock import at, now
from parvis.lib.jobs import resolve
OrmQ.objects.all().delete()  # no job is given again: what is left behind is for what is scheduled
for minutes in range(3, 15, 3):
    with at(now() + timedelta(minutes=minutes)):
        for task in (tasks.keep_moments, posts.send_waiting, texts.send_waiting_texts, letters.send_waiting):
            task()
        while row := OrmQ.objects.order_by("pk").first():
            resolve(row.task["func"])(*row.task["args"])
            row.delete()
        tasks.refresh_live()
"""
STATES = """
import json
from parvis.apps.directory.models import User
from parvis.apps.newsletter.models import IssueDelivery as Letter
from parvis.apps.outreach.models import Delivery
from parvis.apps.telephony.models import OutgoingText
print(json.dumps({
    "letters": dict(Letter.objects.values_list("to", "state")),
    "texts": dict(OutgoingText.objects.values_list("to", "state")),
    "staff": list(User.objects.values_list("email", flat=True)),
    "channels": dict(Delivery.objects.values_list("channel", "state")),
}))
"""


def killed_once(service: Service, reached: Callable[[], bool], what: str) -> None:
    """A worker at work, killed as soon as something was reached."""
    service.start("worker")
    deadline = time.monotonic() + 150
    while not reached():
        assert time.monotonic() < deadline, f"{what} was not reached\n{service.log('worker')}"
        time.sleep(0.02)
    service.kill("worker")


def test_13_workers_killed_while_they_hand_over_lose_nothing_and_name_what_may_be_doubled(service: Service) -> None:
    networks = Networks(service.networks_port)
    with networks_served(networks), mail_server() as mail, twilio_served() as twilio:
        service.smtp_port = mail.port
        service.extra["PARVIS_TEXTS_URL"] = twilio.url
        networks.faults, twilio.then, twilio.hang_seconds = ["hang", "none"], ["hang"], 60.0
        mail.data["r3@exemple.ca"] = deque([HANG])
        shell(service, FILL)
        killed_once(service, lambda: bool(networks.items), "the post")
        killed_once(service, lambda: bool(twilio.messages), "a text")
        killed_once(service, mail.hanging.is_set, "the letter")
        shell(service, LATER)
        states = json.loads(shell(service, STATES))
    assert len(networks.of("post")) == len(networks.items) == 1
    assert Counter(one["to"] for one in twilio.messages) == dict.fromkeys(states["texts"], 1)
    letters = Counter(one.to for one in mail.taken if one.to not in states["staff"])  # who approves is told too
    assert len(states["texts"]) == NUMBERS and len(states["letters"]) == READERS
    # Letters leave beside the posts and the texts: each of the three kills may have met one that was being handed over.
    named = {address for address, state in states["letters"].items() if state == "uncertain"}
    sent = {address for address, state in states["letters"].items() if state == "sent"}
    assert sent | named == set(states["letters"]) and "r3@exemple.ca" in named and len(named) <= KILLS
    assert sent <= set(letters) and max(letters.values()) == 1, "what is said to be sent was taken, once"
    assert set(states["texts"].values()) == {"sent"}
    assert states["channels"] == {"agents": "sent", "letters": "unknown", "texts": "sent", "facebook": "sent"}
