"""Every carrier, with the stand-in that takes what it hands over."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from parvis.apps.billing import tasks as billing_tasks
from parvis.apps.billing.channels.providers import PROVIDERS
from parvis.apps.billing.channels.stripe import Stripe
from parvis.apps.billing.services.payments import start
from parvis.apps.billing.services.refunds import refund_invoice
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations import tasks as integrations_tasks
from parvis.apps.integrations.models import WebhookDelivery
from parvis.apps.integrations.services.gathering import gather_events
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.newsletter import tasks as newsletter_tasks
from parvis.apps.newsletter.models import Issue
from parvis.apps.newsletter.services.issues import send_now
from parvis.apps.open311 import tasks as open311_tasks
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.services.forwarding.cases import forward_case
from parvis.apps.outbox.models import OutboxItem
from parvis.apps.push import tasks as push_tasks
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.devices import new_secret, register_device, vapid_key
from parvis.apps.push.services.outgoing import queue_push
from parvis.apps.social import tasks as social_tasks
from parvis.apps.social.models import Account
from parvis.apps.social.services.outgoing import queue_post
from parvis.apps.telephony import tasks as texts_tasks
from parvis.apps.telephony.services.calls.outgoing import queue_call
from parvis.apps.telephony.services.carriers import Addressed
from parvis.apps.telephony.services.texts.outgoing import queue_text
from parvis.lib import clock, twilio
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.open311 import Region
from parvis.operations.fake_services.payments import KEY, PaymentProvider
from parvis.operations.fake_services.payments_http import running
from parvis.operations.fake_services.push import PushService
from parvis.operations.fake_services.voice import VoiceProvider
from tests.api.calls import Program
from tests.api.conftest import placed, program  # noqa: F401
from tests.api.receiver import Receiver, receiving
from tests.billing.conftest import in_minutes, make_household, sell_to
from tests.factories import SmallTown
from tests.newsletter.conftest import issue, mail_server, reader  # noqa: F401
from tests.newsletter.smtp import DROP, HANG, MailServer
from tests.open311.conftest import region  # noqa: F401
from tests.open311.conftest import server as outside_server  # noqa: F401
from tests.open311.test_forwarding import opened
from tests.push.browser import Subscription
from tests.push.conftest import push_service  # noqa: F401
from tests.social.conftest import networks, page  # noqa: F401
from tests.telephony.conftest import twilio as texts_provider  # noqa: F401
from tests.telephony.conftest import voice  # noqa: F401
from tests.telephony.twilio import Twilio

ANNE = "+14505550123"
NOT_NOW, TAKEN_THEN_ERROR, TAKEN_WITHOUT_A_WORD = "not now", "taken, then an error", "taken, without a word"
UNTOUCHED = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # what the database does by itself when a process is gone


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks that takes everything by default."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[PaymentProvider]:
    """The stand-in for payments, without webhooks, in the place of Stripe."""
    with running(PaymentProvider()) as served:
        base = f"http://127.0.0.1:{served.port}"
        settings.PARVIS_PAYMENTS, settings.PARVIS_STRIPE = "stripe", {"base": base, "key": KEY, "secrets": []}
        of_settings = settings.PARVIS_STRIPE
        monkeypatch.setitem(PROVIDERS, "stripe", lambda: Stripe(of_settings["base"], KEY, answer_seconds=0.3))
        yield served


class Died(BaseException):
    """The worker was killed."""


@dataclass
class Carried:
    """One carrier, and what its stand-in sees.

    `queue` queues the same thing each time that it is called. `taken`: under which identity the other side knows each
    thing that it took. `fails`: what it does with the next one. `is_asked`: it tells what it has; else a repetition
    bears the same identity, so that it can be recognised, or (`is_final`) never happens.
    """

    queue: Callable[[], OutboxItem]
    taken: Callable[[], Sequence[str]]
    fails: Callable[[str], None]
    sweep: Callable[[], object]
    run_jobs: Callable[[], int]
    settings: Settings
    is_asked: bool = True
    is_final: bool = False

    def pass_time(self, *minutes: float) -> None:
        """Does what is due after each of these waits."""
        for wait in minutes:
            self.settings.PARVIS_NOW = (clock.now() + timedelta(minutes=wait)).isoformat()
            self.sweep()
            self.run_jobs()

    def killed_once_taken(self) -> None:
        """Does what is due; the worker is killed as soon as the other side has it, before anything is recorded."""
        before = len(self.taken())

        def kill(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if len(self.taken()) > before and not sql.startswith(UNTOUCHED):
                raise Died
            return execute(sql, *rest)

        with connection.execute_wrapper(kill), pytest.raises(Died):
            self.sweep()
            self.run_jobs()


Make = Callable[[pytest.FixtureRequest], Carried]


def of_texts(request: pytest.FixtureRequest) -> Carried:
    provider: Twilio = request.getfixturevalue("texts_provider")
    provider.hang_seconds = 2.0
    faults = {NOT_NOW: "429", TAKEN_THEN_ERROR: "500", TAKEN_WITHOUT_A_WORD: "hang"}
    return Carried(
        queue=lambda: queue_text(key="one", to=ANNE, body="Bonjour"),
        taken=lambda: [message["sid"] for message in provider.messages],
        fails=lambda fault: provider.then.append(faults[fault]),
        sweep=texts_tasks.send_waiting_texts,
        **common(request),
    )


def of_calls(request: pytest.FixtureRequest) -> Carried:
    provider: VoiceProvider = request.getfixturevalue("voice")
    provider.hang_seconds = 2.0
    faults = {NOT_NOW: "429", TAKEN_THEN_ERROR: "500", TAKEN_WITHOUT_A_WORD: "hang"}
    call = Addressed("one", ANNE, "Avis d’ébullition.")
    return Carried(
        queue=lambda: queue_call(call=call),
        taken=lambda: [made.sid for made in provider.calls],
        fails=lambda fault: provider.then.append(faults[fault]),
        sweep=texts_tasks.place_waiting_calls,
        **common(request),
    )


def of_notices(request: pytest.FixtureRequest) -> Carried:
    service: PushService = request.getfixturevalue("push_service")
    faults = {NOT_NOW: "503", TAKEN_THEN_ERROR: "500", TAKEN_WITHOUT_A_WORD: "hang"}
    endpoint = service.subscribe(key=vapid_key().public)
    device = register_device(secret=new_secret(), language="fr", **Subscription(endpoint=endpoint).keys)
    note = PushNote("Ébullition", "Faites bouillir l’eau.", "/", "alert", "boil")

    def queue() -> OutboxItem:
        queue_push(device_id=device.pk, key="one", note=note)
        return device.pushes.get()

    return Carried(
        queue=queue,
        taken=lambda: [message["topic"] for message in service.messages],
        fails=lambda fault: service.faults.insert(0, faults[fault]),
        sweep=push_tasks.send_waiting,
        is_asked=False,
        **common(request),
    )


def of_posts(request: pytest.FixtureRequest) -> Carried:
    account: Account = request.getfixturevalue("page")
    site: Networks = request.getfixturevalue("networks")
    faults = {NOT_NOW: "32", TAKEN_THEN_ERROR: "500", TAKEN_WITHOUT_A_WORD: "hang"}
    return Carried(
        queue=lambda: queue_post(key="one", account_id=account.pk, text="Bonjour"),
        taken=lambda: [item.id for item in site.of("post")],
        fails=lambda fault: site.faults.insert(0, faults[fault]),
        sweep=social_tasks.send_waiting,
        **common(request),
    )


def of_webhooks(request: pytest.FixtureRequest) -> Carried:
    receiver: Receiver = request.getfixturevalue("receiver")
    caller: Program = request.getfixturevalue("program")(Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE)
    faults = {NOT_NOW: "fail", TAKEN_THEN_ERROR: "accept-then-fail", TAKEN_WITHOUT_A_WORD: "accept-then-garbage"}
    caller.post("/webhooks", {"url": receiver.url, "events": ["case.opened"]})

    def queue() -> OutboxItem:
        caller.post("/cases", {"subject": "nid-de-poule", "words": "Un trou", "place": "12 rue du Quai"})
        gather_events()
        return WebhookDelivery.objects.get()

    def sweep() -> None:
        receiver.behaviour = "accept" if receiver.calls else receiver.behaviour
        integrations_tasks.deliver_due()

    return Carried(
        queue=queue,
        taken=lambda: list(receiver.kept),
        fails=lambda fault: setattr(receiver, "behaviour", faults[fault]),
        sweep=sweep,
        is_asked=False,
        **common(request),
    )


def of_forwardings(request: pytest.FixtureRequest) -> Carried:
    outside: OutsideServer = request.getfixturevalue("outside_server")
    site: Region = request.getfixturevalue("region")
    town: SmallTown = request.getfixturevalue("town")
    faults = {TAKEN_THEN_ERROR: ["500", "none"], TAKEN_WITHOUT_A_WORD: ["drop", "none"]}
    case = opened(town)

    def leads_to(endpoint: str) -> None:
        OutsideServer.objects.update(endpoint=endpoint)

    def fails(fault: str) -> None:
        if fault == NOT_NOW:  # of what reaches them, nothing is sure
            leads_to("http://10.0.0.1/v2")
        else:
            site.faults = faults[fault]

    def sweep() -> None:
        if Forwarding.objects.filter(misses__gt=0).exists():
            leads_to(site.url)
        open311_tasks.follow_forwardings()

    return Carried(
        queue=lambda: forward_case(case_id=case.pk, server_id=outside.pk, words="Un trou", by=town.technician),
        taken=lambda: list(site.rows),
        fails=fails,
        sweep=sweep,
        **common(request),
    )


def of_letters(request: pytest.FixtureRequest) -> Carried:
    server: MailServer = request.getfixturevalue("mail_server")
    settings: Settings = request.getfixturevalue("settings")
    settings.PARVIS_MAIL_BACKEND, settings.EMAIL_TIMEOUT = "django.core.mail.backends.smtp.EmailBackend", 1
    return Carried(
        queue=lambda: queue_letter(
            key="one", to="anne@exemple.ca", language="fr", renderer="tests.mail.letters.hello", args=["Anne"]
        ),
        taken=lambda: [letter.message["Message-ID"] for letter in server.taken],
        fails=lambda fault: misbehave(server, fault),
        sweep=lambda: None,
        is_asked=False,
        **common(request),
    )


def of_newsletter(request: pytest.FixtureRequest) -> Carried:
    server: MailServer = request.getfixturevalue("mail_server")
    draft: Issue = request.getfixturevalue("issue")
    settings: Settings = request.getfixturevalue("settings")
    settings.EMAIL_TIMEOUT = 1
    request.getfixturevalue("reader")("anne@exemple.ca")

    def queue() -> OutboxItem:
        send_now(issue_id=draft.pk, by=request.getfixturevalue("town").clerk)
        return draft.deliveries.get()

    return Carried(
        queue=queue,
        taken=lambda: [letter.message["Message-ID"] for letter in server.taken],
        fails=lambda fault: misbehave(server, fault),
        sweep=newsletter_tasks.send_waiting,
        is_asked=False,
        is_final=True,
        **common(request),
    )


def of_attempts(request: pytest.FixtureRequest) -> Carried:
    bank: PaymentProvider = request.getfixturevalue("bank")
    invoice = sell_to(make_household(), 120_00)
    until = in_minutes(24 * 60)
    return Carried(
        queue=lambda: start(key="one", invoice=invoice, language="fr", pay_before=until),
        taken=lambda: [str(made["client_reference_id"]) for made in bank.state()["checkout.session"]],
        is_asked=False,
        **of_payments(request, "checkout.session"),
    )


def of_refunds(request: pytest.FixtureRequest) -> Carried:
    bank: PaymentProvider = request.getfixturevalue("bank")
    invoice = sell_to(make_household(), 120_00)
    attempt = start(key="one", invoice=invoice, language="fr", pay_before=in_minutes(24 * 60))
    request.getfixturevalue("run_jobs")()
    [session] = bank.state()["checkout.session"]
    bank.control({"pay": session["id"]})
    billing_tasks.look_at_attempt(attempt.pk)
    return Carried(
        queue=lambda: refund_invoice(key="one", invoice=invoice, cents=40_00, why="Malade")[0],
        taken=lambda: [str(made["id"]) for made in bank.state()["refund"]],
        **of_payments(request, "refund"),
    )


def of_payments(request: pytest.FixtureRequest, kind: str) -> dict[str, Any]:
    """What attempts and refunds share. Of what reaches the provider nothing is sure: not now is a closed port."""
    bank: PaymentProvider = request.getfixturevalue("bank")
    stripe: dict[str, Any] = request.getfixturevalue("settings").PARVIS_STRIPE
    faults, open_port = {TAKEN_THEN_ERROR: "500", TAKEN_WITHOUT_A_WORD: "timeout"}, stripe["base"]
    misses: list[str] = []

    def fails(fault: str) -> None:
        if fault == NOT_NOW:
            stripe["base"] = "http://127.0.0.1:9"
        else:
            bank.control({"fail_after_charging": faults[fault]})

    def sweep() -> None:
        if misses or bank.state()[kind]:
            stripe["base"] = open_port
            bank.control({"fail_after_charging": ""})
        misses.append("once")
        billing_tasks.follow()

    return {"fails": fails, "sweep": sweep, **common(request)}


def misbehave(server: MailServer, fault: str) -> None:
    """What a mail server does with the next letter, and takes afterwards."""
    if fault == NOT_NOW:
        server.rcpt["anne@exemple.ca"] = deque(["451 4.3.0 later", "250 ok"])
    else:
        server.data["anne@exemple.ca"] = deque([DROP if fault == TAKEN_THEN_ERROR else HANG, "250 taken"])


def common(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {name: request.getfixturevalue(name) for name in ("run_jobs", "settings")}


CARRIERS: dict[str, Make] = {
    "texts": of_texts,
    "calls": of_calls,
    "notices": of_notices,
    "posts": of_posts,
    "webhooks": of_webhooks,
    "forwardings": of_forwardings,
    "letters": of_letters,
    "newsletter": of_newsletter,
    "attempts": of_attempts,
    "refunds": of_refunds,
}


@pytest.fixture(params=CARRIERS)
def carried(request: pytest.FixtureRequest, town: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carried]:
    """Each carrier in turn."""
    monkeypatch.setattr(twilio, "ANSWER_SECONDS", 0.5)
    yield CARRIERS[request.param](request)
