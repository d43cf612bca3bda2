"""How soon a message is everywhere: `python -m bench.sending_outreach [LETTERS TEXTS PUSHES CALLS] [URL]`.

The whole product runs; the mail server, the networks, the providers of texts and of calls and the push services are
stand-ins of this machine. One message is approved to every channel, then corrected, then withdrawn. The banner is read
on the home page and the list of a panel at its address every half second, as a browser and a screen read them. Writes
as JSON the seconds from each order to each channel: the carrier has handed all of it over, and its stand-in has it; a
call was answered. A delivery that failed is named, and its channel has -1.
"""

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bench import inside
from tests.journeys.service import free_port
from tests.telephony import twilio

SIZES = [int(word) for word in sys.argv[1:] if word.isdigit()]
URL = next((word for word in sys.argv[1:] if "://" in word), "")
LETTERS, TEXTS, PUSHES, CALLS = SIZES or (500, 100, 200, 50)
PORT, SMTP, NETWORKS, PUSH, VOICE = (free_port() for _ in range(5))
STACK = ExitStack()
ACCOUNT = STACK.enter_context(twilio.serving())
FOLDER = inside.prepare(
    "outreach",
    URL,
    {
        "PARVIS_URL": f"http://127.0.0.1:{PORT}",
        "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{SMTP}",
        "PARVIS_TEXTS_URL": ACCOUNT.url,
        "PARVIS_VOICE_URL": f"twilio+http://AC1:secret@127.0.0.1:{VOICE}?from=%2B15145550100",
        "PARVIS_VOICE_HOURS": "0:00-23:59 0:00-23:59",  # measured at any hour
        "PARVIS_GRAPH_URL": f"http://127.0.0.1:{NETWORKS}",
        "PARVIS_PUSH_SERVICES": f"http://127.0.0.1:{PUSH}",
        "PORT": str(PORT),
    },
)

from django.db.models import Q  # noqa: E402

from parvis.apps.directory.models import User  # noqa: E402
from parvis.apps.directory.rules.permissions import Role  # noqa: E402
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol  # noqa: E402
from parvis.apps.outreach.channels.registry import CHANNELS, public_channels  # noqa: E402
from parvis.apps.outreach.models import Delivery, Message  # noqa: E402
from parvis.apps.outreach.rules.content import BASE, SHORT, Words  # noqa: E402
from parvis.apps.outreach.services import approvals, drafts, ending, publishing, results  # noqa: E402
from parvis.apps.outreach.services.drafts import MessageDraft  # noqa: E402
from parvis.apps.panels.models import Screen  # noqa: E402
from parvis.apps.panels.services.screens import ScreenValues, add_screen  # noqa: E402
from parvis.apps.places.models import Address  # noqa: E402
from parvis.apps.push.services.devices import register_device  # noqa: E402
from parvis.apps.push.services.subscriptions import choose_subjects  # noqa: E402
from parvis.apps.social.services.accounts import connect_account  # noqa: E402
from parvis.lib.clock import now  # noqa: E402
from parvis.operations.fake_services import names  # noqa: E402
from tests.push.browser import Subscription  # noqa: E402

LONGEST = 150.0  # seconds for each order; a channel that is not there then is told as -1
APART = 0.5
TITLE, FIXED = "Avis d’ébullition de l’eau", "Avis d’ébullition de l’eau, secteur nord"
TEXT, SAID = "Faites bouillir l’eau une minute avant de la boire.", "Faites bouillir l’eau."
State = Delivery.State


def fill(by: User) -> None:
    """The subscribers, the devices, the panel and the accounts."""
    origin, wanted = Origin("counter", words="oui", evidence="oui", clerk=by), Wanted(alerts=True)
    for rank in range(LETTERS):
        enrol(channel="email", target=f"r{rank}@exemple.ca", language="fr", wanted=wanted, origin=origin)
    for rank in range(TEXTS):
        enrol(channel="text", target=f"514{2_000_000 + rank}", language="fr", wanted=wanted, origin=origin)
    for rank in range(CALLS):
        enrol(channel="voice", target=f"514{3_000_000 + rank}", language="fr", wanted=wanted, origin=origin)
    address = Address.objects.order_by("pk")[0]
    for rank in range(PUSHES):
        asked = urllib.request.Request(f"http://127.0.0.1:{PUSH}/subscriptions", method="POST")
        with urllib.request.urlopen(asked) as answer:
            keys = Subscription(endpoint=json.load(answer)["endpoint"]).keys
        device = register_device(secret=str(rank), language="fr", **keys)
        choose_subjects(device=device, address=address, kinds=("alerts",))
    add_screen(values=ScreenValues(name="Hôtel de ville"), by=by)
    connect_account(
        network="facebook", name=names.PAGE_NAME, page_id=names.PAGE, token=names.PAGE_TOKEN, by=None, check=False
    )
    connect_account(
        network="mastodon",
        name="@ville",
        page_id=names.MASTODON,
        token=names.MASTODON_TOKEN,
        server=f"http://127.0.0.1:{NETWORKS}",
        by=None,
        check=False,
    )


class Reader(threading.Thread):
    """Reads an address every half second until its answer is as wanted; `seconds` until then, -1 when it never is."""

    def __init__(self, url: str, wanted: Callable[[str], bool]) -> None:
        super().__init__(daemon=True)
        self.url, self.wanted, self.seconds = url, wanted, -1.0
        self.began = time.perf_counter()

    def run(self) -> None:
        while time.perf_counter() - self.began < LONGEST:
            try:
                with urllib.request.urlopen(self.url, timeout=30) as answer:
                    read = _words(answer.read().decode())
            except (urllib.error.URLError, OSError):
                read = ""
            if read and self.wanted(read):
                self.seconds = round(time.perf_counter() - self.began, 1)
                return
            time.sleep(APART)


def _words(read: str) -> str:
    """A page as it is; JSON with its letters as they are painted."""
    return json.dumps(json.loads(read), ensure_ascii=False) if read.startswith("{") else read


def order(message: Message, asked: Callable[[], object], wanted: Callable[[str], bool]) -> dict[str, float]:
    """Gives an order; the seconds until each channel has done it, by slug, -1 for one that did not or that failed."""
    screen = Screen.objects.get(name="Hôtel de ville")
    site = f"http://127.0.0.1:{PORT}"
    readers = {"banner": Reader(f"{site}/", wanted), "panels": Reader(f"{site}/panneau/{screen.secret}/liste", wanted)}
    began, times = time.perf_counter(), dict[str, float]()
    asked()
    for reader in readers.values():
        reader.began = began
        reader.start()
    while time.perf_counter() - began < LONGEST:
        rows = list(message.deliveries.filter(~Q(channel__in=readers)))
        states = {row.pk: results.outcomes_of([row])[row.pk].state for row in rows}
        late = {row.channel for row in rows if states[row.pk] == State.QUEUED}
        failed = {row.channel for row in rows if states[row.pk] == State.FAILED}
        moment = round(time.perf_counter() - began, 1)
        times |= {row.channel: moment for row in rows if row.channel not in late | times.keys()}
        times |= dict.fromkeys(failed, -1.0)
        if not late:
            break
        time.sleep(APART)
    for reader in readers.values():
        reader.join(LONGEST)
    every = {slug: times.get(slug, -1.0) for slug in message.deliveries.values_list("channel", flat=True)}
    every |= {slug: reader.seconds for slug, reader in readers.items()}
    return every


def main() -> dict[str, object]:
    """Prepares, then gives the three orders."""
    people = list(User.objects.filter(is_active=True))
    editor = next(user for user in people if Role.EDITOR in user.roles)
    manager = next(user for user in people if Role.MANAGER in user.roles)
    taken = Path(FOLDER) / "letters"
    with ExitStack() as stack:
        stack.enter_context(inside.started(["bench.smtp_sink", str(SMTP), str(taken)]))
        for name, port in (("push", PUSH), ("facebook", NETWORKS), ("voice", VOICE)):
            stack.enter_context(inside.started(["parvis.cli.main", "standin", name, "--port", str(port)]))
            inside.wait_for(port)
        fill(manager)
        _port, pids = stack.enter_context(inside.running(dict(os.environ)))
        draft = MessageDraft(
            kind=Message.Kind.SAFETY,
            urgency=Message.Urgency.URGENT,
            channels=[channel.slug for channel in public_channels()],
            versions={(BASE, "fr"): Words(TITLE, TEXT), (SHORT, "fr"): Words("", SAID)},
            expires_at=now() + timedelta(hours=6),
        )
        message = drafts.start_message(key="bench", draft=draft, by=editor)
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=editor)
        result = dict[str, object]()

        def approve() -> object:
            return approvals.approve(message_id=message.pk, revision=message.revision, by=manager)

        failed = list[str]()
        result["published"] = order(message, approve, lambda read: SAID in read or TITLE in read)
        failed += failures(message)
        message.refresh_from_db()
        texts, letters, calls = len(ACCOUNT.messages), taken.stat().st_size, placed()
        sizes = inside.sizes(pids[1:])  # what the carriers load the first time is there
        changed = MessageDraft(**{**vars(draft), "versions": {**draft.versions, **_fixed()}})
        message = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=changed, by=editor)

        def correct() -> object:
            return publishing.correct(message_id=message.pk, revision=message.revision, by=editor)

        result["corrected"] = order(message, correct, lambda read: FIXED in read or "secteur nord" in read)

        failed += failures(message)

        def withdraw() -> object:
            return ending.withdraw(message_id=message.pk, words="Fausse alerte", by=manager)

        result["withdrawn"] = order(message, withdraw, lambda read: TITLE not in read and SAID not in read)
        failed += failures(message)
        grew = inside.growth(sizes, inside.sizes(pids[1:]))
    taken_by = {"letters": letters, "texts": texts, "calls": calls}
    return result | taken_by | {"failed": failed, "states": states_of(message), "growth_mb": grew}


def placed() -> int:
    """How many numbers the provider of calls was asked to call."""
    with urllib.request.urlopen(f"http://127.0.0.1:{VOICE}/") as answer:
        return len({call["to"] for call in json.load(answer)["calls"]})


def failures(message: Message) -> list[str]:
    """The channels of which a delivery has failed, and why."""
    rows = list(message.deliveries.order_by("pk"))
    outcomes = results.outcomes_of(rows)
    return [f"{row.channel}: {outcomes[row.pk].words}" for row in rows if outcomes[row.pk].state == State.FAILED]


def states_of(message: Message) -> dict[str, str]:
    """What became of each delivery, by the name of its channel."""
    return {
        f"{CHANNELS[row.channel].label}": results.outcomes_of([row])[row.pk].state for row in message.deliveries.all()
    }


def _fixed() -> dict[tuple[str, str], Words]:
    return {(BASE, "fr"): Words(FIXED, TEXT), (SHORT, "fr"): Words("", f"{SAID[:-1]}, secteur nord.")}


if __name__ == "__main__":
    try:
        print(json.dumps(main()))
    finally:
        inside.remove(FOLDER)
        STACK.close()
