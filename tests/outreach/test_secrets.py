"""No page, export, journal or line of log holds the secret of a carrier, of a panel or of a reader."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.outreach.models import Delivery, JournalEntry, Message
from parvis.apps.panels.models import Screen
from parvis.apps.social.models import Post
from parvis.apps.telephony.models import OutgoingText
from parvis.operations.fake_services.names import APP_SECRET, MASTODON_TOKEN, PAGE_TOKEN
from tests.confirming import confirm
from tests.factories import SmallTown
from tests.outreach.carriers import EVERYWHERE, Carriers, carriers, mail_server
from tests.outreach.conftest import Way
from tests.outreach.storm import SCHEDULED
from tests.panels.makers import make_screen
from tests.telephony.twilio import TOKEN

__all__ = ["carriers", "mail_server"]
pytestmark = pytest.mark.django_db
BEGIN = (
    "/desk/outreach/",
    "/desk/panels/",
    "/desk/newsletter/",
    "/desk/social/",
    "/desk/subscribers/",
    "/",
    "/nouvelles/",
)
LINK = re.compile(r'(?:href|src|action)="(/[^"#?]*)')
NOT_READ = ("/static/", "/staff/", "/admin/", "/media/")


def pages(client: Client, most: int = 80) -> Iterator[tuple[str, str]]:
    """What a person may open from the pages of communications and of the site: (path, text)."""
    waiting, seen = list(BEGIN), set(BEGIN)
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        answer = client.get(path)
        text = b"".join(answer) if answer.streaming else answer.content
        yield path, f"{answer.headers}{text.decode(errors='replace')}"
        if path.startswith(BEGIN[:5]):
            found = set(LINK.findall(text.decode(errors="replace"))) - seen
            waiting += sorted(one for one in found if one.startswith(BEGIN[:5]) and not one.startswith(NOT_READ))
            seen |= found


def test_the_secrets_of_carriers_panels_and_readers_are_shown_nowhere(
    town: SmallTown,
    carriers: Carriers,
    publish: Way,
    run_jobs: Callable[[], int],
    signed_in: Callable[[User], Client],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    screen = make_screen(town.communications)
    carriers.networks.faults, carriers.twilio.then = ["500", "200", "hang"], ["500", "hang"]
    message = publish(kind="safety", urgency="urgent", channels=EVERYWHERE)
    carriers.networks.dead = 463
    for task in SCHEDULED:
        task()
    run_jobs()
    assert carriers.networks.writes and carriers.twilio.posts and carriers.mail.taken  # the secrets were in use
    carried = [PAGE_TOKEN, MASTODON_TOKEN, APP_SECRET, TOKEN]
    readers = list(ContactPoint.objects.values_list("secret", flat=True))
    assert readers and Screen.objects.get().secret == screen.secret
    read = list[str]()
    for who in (town.communications, town.editor, town.agent):
        for path, text in pages(confirm(signed_in(who))):
            read.append(path)
            of_panels = [screen.secret] if not who.may(Action.MANAGE_PANELS) else []
            hidden = [*carried, *readers, *of_panels]
            assert [one for one in hidden if one in text] == [], (who.username, path)
    assert "/desk/outreach/english.csv" in read and f"/desk/outreach/{message.pk}/follow/" in read
    kept = [str(row) for table in (JournalEntry, Delivery, Message) for row in table.objects.values_list()]
    kept += [str(row) for row in Post.objects.values_list("text", "posted_text", "error", "url")]
    kept += [str(row) for row in OutgoingText.objects.values_list("error", "provider_id")]
    logged = [f"{line.getMessage()} {line.exc_text or ''} {line.args}" for line in caplog.records]
    assert [one for one in [*carried, *readers, screen.secret] if any(one in text for text in [*kept, *logged])] == []
