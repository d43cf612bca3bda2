"""A drill with every channel set and people on each: the whole chain, and nobody is disturbed. OUTREACH 12: 40."""

from collections.abc import Callable

import pytest

from parvis.apps.outreach.models import Message
from parvis.apps.outreach.services import ending
from parvis.lib.clock import now
from tests.factories import SmallTown
from tests.outreach.carriers import EVERYWHERE, NUMBERS, READERS, Carriers, carriers, devices, mail_server
from tests.outreach.conftest import Way
from tests.outreach.storm import SCHEDULED
from tests.push.browser import Subscription

__all__ = ["carriers", "devices", "mail_server"]
pytestmark = pytest.mark.django_db


def test_40_a_drill_counts_who_it_would_reach_on_every_channel_and_sends_nothing(
    town: SmallTown,
    carriers: Carriers,
    devices: dict[int, Subscription],
    publish: Way,
    run_jobs: Callable[[], int],
) -> None:
    message = publish(drill=True, kind="safety", urgency="urgent", channels=EVERYWHERE)
    for task in SCHEDULED:
        task()
    run_jobs()
    message.refresh_from_db()
    assert message.state == Message.State.LIVE and message.live_at and message.live_at <= now()
    rows = {row.channel: row for row in message.deliveries.all()}
    assert set(rows) == {"agents", *EVERYWHERE} and {row.state for row in rows.values()} == {"sent"}
    assert [rows[slug].total for slug in ("push", "letters", "texts")] == [len(devices), len(READERS), len(NUMBERS)]
    assert {rows[slug].reached for slug in ("push", "letters", "texts")} == {0}
    ending.withdraw(message_id=message.pk, words="Fin de l’exercice", by=town.communications)
    run_jobs()
    for task in SCHEDULED:
        task()
    run_jobs()
    assert carriers.networks.items == {} and carriers.networks.writes == 0
    assert carriers.push.posts == carriers.twilio.posts == 0 and carriers.mail.taken == []
