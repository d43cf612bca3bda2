"""Every carrier of a message, by its stand-in, with two people on each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.push.channels import web_push
from parvis.apps.push.services.devices import new_secret, register_device
from parvis.apps.push.services.subscriptions import choose_subjects
from parvis.apps.social.channels import http
from parvis.apps.social.models import Account
from parvis.apps.social.services.accounts import connect_account
from parvis.lib import clock
from parvis.lib import twilio as twilio_api
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import MASTODON, MASTODON_TOKEN, PAGE, PAGE_TOKEN
from parvis.operations.fake_services.push import PushService
from tests.factories import SmallTown
from tests.newsletter.conftest import mail_server
from tests.newsletter.smtp import MailServer
from tests.push.browser import Subscription
from tests.telephony.twilio import Twilio

__all__ = ["mail_server"]
EVERYWHERE = ("site", "banner", "cap", "panels", "push", "letters", "texts", "facebook", "mastodon")
READERS = ("anne@exemple.ca", "luc@exemple.ca")
NUMBERS = ("+14505550141", "+14505550142")


@dataclass
class Carriers:
    """The stand-ins, and the town's accounts there."""

    networks: Networks
    push: PushService
    twilio: Twilio
    mail: MailServer
    wait_for: Callable[[float], None]  # how many seconds their answers are waited for

    def mend(self) -> None:
        """They take everything from now on, and are waited for; the town connected its accounts again."""
        self.wait_for(20)
        self.networks.faults, self.networks.dead, self.push.faults, self.twilio.then = ["none"], 0, ["none"], []
        self.mail.data.clear()
        for account in Account.objects.filter(dead_at__isnull=False):
            self.connect(account.network)

    def connect(self, network: str) -> None:
        """The town gives the token of its account."""
        if network == "facebook":
            connect_account(network=network, name="Page", page_id=PAGE, token=PAGE_TOKEN, by=None)
        else:
            where = self.networks.origin
            connect_account(
                network=network, name="@ville", page_id=MASTODON, token=MASTODON_TOKEN, server=where, by=None
            )


@pytest.fixture
def carriers(
    town: SmallTown,
    networks: Networks,
    push_service: PushService,
    twilio: Twilio,
    mail_server: MailServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Carriers:
    """Every carrier, impatient, with two people on each."""
    settings.PARVIS_NOW = clock.now().isoformat()
    settings.PARVIS_PUSH_SERVICES = [push_service.origin]
    settings.PARVIS_URL = "https://service.ville.example"

    def wait_for(seconds: float) -> None:
        settings.EMAIL_TIMEOUT = seconds
        for module, name in ((http, "SECONDS"), (web_push, "ANSWER_SECONDS"), (twilio_api, "ANSWER_SECONDS")):
            monkeypatch.setattr(module, name, seconds)

    wait_for(0.3)
    twilio.wall_clock, twilio.hang_seconds = lambda: clock.now().timestamp(), 0.6
    every = Carriers(networks, push_service, twilio, mail_server, wait_for)
    every.connect("facebook")
    every.connect("mastodon")
    origin = Origin("counter", evidence="a dit oui", clerk=town.agent)
    for channel, target in [*(("email", one) for one in READERS), *(("text", one) for one in NUMBERS)]:
        enrol(channel=channel, target=target, language="fr", wanted=Wanted(alerts=True), origin=origin)
    return every


@pytest.fixture
def devices(town: SmallTown, carriers: Carriers) -> dict[int, Subscription]:
    """Two devices told of the alerts, with the keys by which they read."""
    found = {}
    for _ in range(2):
        browser = Subscription(endpoint=carriers.push.subscribe())
        device = register_device(secret=new_secret(), language="fr", **browser.keys)
        choose_subjects(device=device, address=town.address, kinds=("alerts",))
        found[device.pk] = browser
    return found
