"""A worker that is killed while it publishes a message: every channel has it once, and the doubt is looked for."""

import json
import time

import pytest

from parvis.operations.fake_services.facebook import Networks
from tests.crash.shell import shell
from tests.journeys.service import Service
from tests.social.serving import serving

PUBLISH = """
from datetime import timedelta
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.services.approvals import approve, ask_for_approval
from parvis.apps.outreach.services.drafts import MessageDraft, start_message
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.social.services.accounts import connect_account
from parvis.lib.clock import now
from parvis.operations.fake_services import names
people = [one for one in User.objects.filter(is_active=True) if one.may_everywhere(Action.APPROVE_MESSAGE)][:2]
connect_account(network="facebook", name="Page", page_id=names.PAGE, token=names.PAGE_TOKEN, by=None)
draft = MessageDraft(
    channels=("site", "banner", "panels", "facebook"), expires_at=now() + timedelta(hours=9),
    versions={(BASE, "fr"): Words("Avis d’ébullition", "Faites bouillir l’eau.")},
)
message = start_message(key="crash", draft=draft, by=people[0])
ask_for_approval(message_id=message.pk, revision=message.revision, by=people[0])
approve(message_id=message.pk, revision=message.revision, by=people[1])
"""
LATER = """
from datetime import timedelta
from django_q.models import OrmQ
from parvis.apps.outreach.tasks import keep_moments, refresh_live
from parvis.apps.social.services.outgoing import send_due
from parvis.lib.clock import at, now
from parvis.lib.jobs import resolve
with at(now() + timedelta(minutes=3)):
    keep_moments()
    send_due()
    while row := OrmQ.objects.order_by("pk").first():
        resolve(row.task["func"])(*row.task["args"], **row.task["kwargs"])
        row.delete()
    refresh_live()
"""
STATES = """
import json
from parvis.apps.news.models import Banner, NewsItem
from parvis.apps.outreach.models import Delivery
from parvis.apps.panels.models import Item
states = dict(Delivery.objects.filter(message__key="crash").values_list("channel", "state"))
counts = [rows.filter(key__startswith="outreach-").count() for rows in (NewsItem.objects, Banner.objects, Item.objects)]
print(json.dumps([states, counts]))
"""
pytestmark = [pytest.mark.only("sqlite"), pytest.mark.soak("crash")]


def test_13_a_worker_killed_while_it_publishes_loses_nothing_and_posts_once(service: Service) -> None:
    networks = Networks(service.networks_port)
    with serving(networks):
        networks.faults = ["hang", "none"]
        shell(service, PUBLISH)
        service.start("worker")
        until = time.monotonic() + 60
        while not networks.items:
            assert time.monotonic() < until, service.log("worker")
            time.sleep(0.05)
        service.kill("worker")  # the network has the post, and nobody here knows it
        shell(service, LATER)
        states, counts = json.loads(shell(service, STATES))
        assert [item.text.partition("\n")[0] for item in networks.items.values()] == ["Avis d’ébullition"]
    assert states == dict.fromkeys(("agents", "site", "banner", "cap", "panels", "facebook"), "sent")
    assert counts == [1, 1, 1]
