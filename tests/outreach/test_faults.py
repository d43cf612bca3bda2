"""A thousand faults drawn from a seed, on every channel: nothing doubled, nothing lost. OUTREACH 12: 10 to 16.

25 of them in each run of the tests; a thousand in `make soak PART=outreach`. The seed is the test's parameter.
"""

from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Callable

import pytest

from parvis.apps.news.queries.alerts import cap_messages
from parvis.apps.news.queries.banners import banners_in_force
from parvis.apps.news.queries.items import item_url
from parvis.apps.newsletter.models import IssueDelivery as Letter
from parvis.apps.outreach.models import Delivery, JournalEntry, Message
from parvis.apps.outreach.queries.messages import hub
from parvis.apps.outreach.services.results import delivery_key
from parvis.apps.panels.queries.items import live_items
from tests.factories import SmallTown
from tests.heavy import amount
from tests.outreach.carriers import NUMBERS, READERS, Carriers, carriers, devices, mail_server
from tests.outreach.storm import Storm, public
from tests.push.browser import Subscription
from tests.telephony.conftest import call

__all__ = ["call", "carriers", "devices", "mail_server"]
pytestmark = [pytest.mark.django_db, pytest.mark.soak("outreach", sampled=True)]
IN_ALL, A_RUN = amount(1000, sample=25), 25
Of = Message.State


@pytest.mark.parametrize("seed", range(IN_ALL // A_RUN))
def test_10_to_16_whatever_fails_nothing_is_doubled_and_nothing_is_lost(
    seed: int,
    town: SmallTown,
    carriers: Carriers,
    devices: dict[int, Subscription],
    later: Callable[..., None],
    call: Callable[..., int],
) -> None:
    storm = Storm(seed, town, carriers, later, call)
    storm.publish()
    storm.rage(A_RUN)
    storm.settle()
    wrong = [*doubled(storm), *lost(storm, devices), *remaining(storm, devices), *unsaid(storm)]
    assert not wrong, "\n".join([f"seed {seed}", *map(str, storm.said), "---", *wrong])


def last_words(message: Message) -> str:
    """The mark of what was last published."""
    release = message.releases.order_by("-pk").first()
    assert release is not None
    return release.words.title("site", "fr")


def doubled(storm: Storm) -> list[str]:
    """Two posts of one message in one network; one person told twice of the same words."""
    wrong = []
    posts = Counter((item.kind, _message_of(item.text)) for item in storm.carriers.networks.items.values())
    wrong += [f"posted {n} times: {what}" for what, n in posts.items() if n > 1]
    arrived = [one for one in storm.carriers.twilio.messages if one.get("fate") != "undelivered"]
    told = Counter((one["to"], one["body"]) for one in arrived)
    wrong += [f"texted {n} times: {what}" for what, n in told.items() if n > 1]
    letters = Counter((one.to, str(one.message["Subject"])) for one in storm.carriers.mail.taken)
    wrong += [f"written {n} times: {what}" for what, n in letters.items() if n > 1 + storm.sent_again[what]]
    return wrong


def _message_of(text: str) -> str:
    return text.partition("Avis ")[2].partition(",")[0]


def lost(storm: Storm, devices: dict[int, Subscription]) -> list[str]:
    """What a live message does not show, or did not tell."""
    wrong = []
    networks = storm.carriers.networks
    for message in Message.objects.filter(published_at__isnull=False):
        rows = {row.channel: row for row in message.deliveries.select_related("release")}
        wrong += [
            f"{row.key} still waits: {row.words} {storm.waits(row.key)}"
            for row in rows.values()
            if row.state == Delivery.State.QUEUED
        ]
        wrong += [
            f"{row.key} failed: {row.words} {storm.waits(row.key)}"
            for row in rows.values()
            if row.state == Delivery.State.FAILED
        ]
        if message.state not in (Of.LIVE, Of.SENDING):
            continue
        wrong += [] if message.state == Of.LIVE else [f"{message.pk} is not live"]
        words = last_words(message)
        shown = {
            "site": words in public(item_url(delivery_key(message.pk, "site")))[1],
            "banner": words in [row.title_fr for row in banners_in_force()],
            "cap": any(words in str(vars(one)) for one in cap_messages()),
            "panels": any(words in item.text_fr for item in live_items()),
            "facebook": any(words in item.text for item in networks.of("post")),
            "mastodon": any(words in item.text for item in networks.of("status")),
            "push": all(words in _standing(storm, message, browser) for browser in devices.values()),
            "texts": all(_texted(storm, rows["texts"], one) for one in NUMBERS) if "texts" in rows else True,
            "letters": all(_written(storm, rows["letters"], one) for one in READERS) if "letters" in rows else True,
        }
        wrong += [f"{words} is lost: {slug}" for slug in message.channels if not shown[slug]]
    return wrong


def _texted(storm: Storm, row: Delivery, number: str) -> bool:
    """Whether the last text that a number got of a message is that of the words asked for."""
    of = [one for one in storm.carriers.twilio.messages if one["to"] == number]
    of = [one for one in of if _message_of(one["body"]) == str(row.message_id)]
    return bool(of) and row.release.words.title("texts", "fr") in of[-1]["body"]


def _written(storm: Storm, row: Delivery, reader: str) -> bool:
    subjects = [str(letter.message["Subject"]) for letter in storm.carriers.mail.to(reader)]
    of = [one for one in subjects if _message_of(one) == str(row.message_id)]
    unknown = Letter.objects.filter(to=reader, issue__key__startswith=row.key, state=Letter.State.UNCERTAIN).exists()
    return (bool(of) and row.release.words.title("letters", "fr") in of[-1]) or unknown


def _standing(storm: Storm, message: Message, browser: Subscription) -> str:
    """What the device shows of a message: the last one that its push service took under its topic."""
    token = browser.endpoint.rpartition("/")[2]
    shown = ""
    for one in storm.carriers.push.messages:
        if one["token"] == token:
            said = browser.read(urlsafe_b64decode(one["body"]))["notification"]
            if _message_of(said["title"]) == str(message.pk):
                shown = said["title"]
    return shown


def remaining(storm: Storm, devices: dict[int, Subscription]) -> list[str]:
    """What is over and still shown, unless the hub names it."""
    wrong = []
    named = {row.pk for row in hub().unremoved}
    banners, panels = [row.title_fr for row in banners_in_force()], [item.text_fr for item in live_items()]
    over = Message.objects.filter(state__in=(Of.ENDED, Of.WITHDRAWN)).exclude(pk__in=named)
    for message in over:
        mark = f"Avis {message.pk},"
        networks = storm.carriers.networks
        wrong += [
            f"{mark} remains: {kind}" for kind in ("post", "status") if any(mark in i.text for i in networks.of(kind))
        ]
        wrong += [f"{mark} remains: banner"] if any(mark in title for title in banners) else []
        wrong += [f"{mark} remains: panels"] if any(mark in text for text in panels) else []
        path = item_url(delivery_key(message.pk, "site"))
        if message.journal.filter(what__in=("lifted", "withdrawn")).exists():
            wrong += [f"{mark} remains: page"] if path and public(path)[0] != 410 else []  # noqa: PLR2004
            shown = [_standing(storm, message, browser) for browser in devices.values()]
            wrong += [f"{mark} remains on a device: {one}" for one in shown if one and ":" not in one]
        elif path:
            feed = public("/nouvelles/flux.atom")[1]
            wrong += [f"{mark} remains: feed"] if mark in feed else []
    return wrong


def unsaid(storm: Storm) -> list[str]:
    """What the journal does not tell: who did what, and what became of each channel."""
    wrong = []
    for (message_id, what), times in storm.acts.items():
        lines = JournalEntry.objects.filter(message=message_id, what=what, by__isnull=False)
        wrong += [f"{message_id} {what} {times} times, told {lines.count()}"] if lines.count() < times else []
    for row in Delivery.objects.exclude(state=Delivery.State.QUEUED):
        last = row.message.journal.filter(what="delivered", channel=row.channel).last()
        if last is None or last.data.get("state") != row.state:
            wrong.append(f"{row.key} is {row.state}; its journal says {last.data if last else 'nothing'}")
    return wrong
