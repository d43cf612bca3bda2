"""The race for the last place, over HTTP, by programs that ask at the same moment a house of several processes.

Four programs race 30 times in each run of the tests, 10,000 times in `make soak PART=leisure`.
"""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier

import pytest
import requests

from tests.crash.shell import shell
from tests.crash.test_nothing_is_lost import rows
from tests.heavy import amount
from tests.journeys.service import Service
from tests.settings import ON_POSTGRES, SERVER

HANDS, LANES = 4, 2
RACES = amount(10_000, sample=30)
pytestmark = pytest.mark.soak("leisure", sampled=True)

OPEN = f"""
import json
from datetime import timedelta
from django.db.transaction import atomic
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.keys import make_key
from parvis.lib.clock import now, today
from tests.leisure.making import make_activity, make_group, make_season
opened, later = now() - timedelta(hours=1), now() + timedelta(days=9)
season = make_season(
    "essai", residents_open_at=opened, everyone_opens_at=opened, closes_at=later,
    starts_on=today() + timedelta(days=30), ends_on=today() + timedelta(days=90), rule_date=today(),
)
activity = make_activity("essai")
with atomic():
    for rank in range({RACES}):
        make_group(season, activity, weeks=0, capacity=1, slug=f"course-{{rank}}")
people = User.objects.filter(is_active=True)
manager = next(user for user in people if user.may(Action.MANAGE_KEYS) and user.may(Action.REGISTER_OTHERS))
values = dict(scopes=["registrations:write"], last_day=today() + timedelta(days=30), by=manager)
values |= dict(per_minute=6000, per_day=1_000_000)
names = [f"Programme {{rank}}" for rank in range({HANDS * LANES})]
print(json.dumps([make_key(submission=name, name=name, **values).secret for name in names]))
"""


@dataclass
class Hand:
    """A program with a key, and the child that it registers."""

    url: str
    secret: str
    session: requests.Session = field(default_factory=requests.Session)
    child: str = ""

    def __post_init__(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.secret}"
        people = [{"name": "Léa Gagné", "born": "2018-05-02"}]
        made = self.session.post(f"{self.url}/households", json={"people": people, "resident": True}, timeout=30)
        assert made.status_code == 201, made.text
        [self.child] = made.json()["people"]

    def ask(self, slug: str) -> tuple[str, str]:
        """What it got of the last place ("held", "full"), and the identifier of its registration."""
        body = {"group": slug, "participants": [self.child], "together": False, "wait": False}
        headers = {"Idempotency-Key": f"{slug}-{self.child}"}
        answer = self.session.post(f"{self.url}/registrations", json=body, headers=headers, timeout=60)
        told = answer.json()
        return (told["state"], told["id"]) if answer.status_code == 201 else (told["code"], "")

    def give_back(self, registration_id: str) -> None:
        """Gives its place back, so that its cart stays as small as that of a family."""
        answer = self.session.delete(f"{self.url}/registrations/{registration_id}", timeout=60)
        assert answer.status_code == 204, answer.text


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service("val-des-aulnes", tmp_path / "house", SERVER if ON_POSTGRES else "")
    try:
        running.prepare()
        yield running
    finally:
        running.stop()


def race(hands: list[Hand], ranks: range) -> Counter[tuple[str, ...]]:
    """What the hands got in each of these races, sorted, and how many times. The winner then gives its place back."""
    gate, got = Barrier(len(hands)), Counter[tuple[str, ...]]()

    def run(hand: Hand, slug: str) -> tuple[str, str]:
        gate.wait(60)
        return hand.ask(slug)

    with ThreadPoolExecutor(len(hands)) as pool:
        for rank in ranks:
            answers = list(pool.map(run, hands, [f"course-{rank}"] * len(hands)))
            got[tuple(sorted(state for state, _id in answers))] += 1
            for hand, (_state, registration_id) in zip(hands, answers, strict=True):
                if registration_id:
                    hand.give_back(registration_id)
    return got


def test_the_last_place_has_one_winner_whatever_the_number_of_processes(service: Service) -> None:
    """Point 1."""
    secrets = json.loads(shell(service, OPEN))
    service.start("web")
    hands = [Hand(f"{service.url}/api/v1", secret) for secret in secrets]
    teams = [hands[lane::LANES] for lane in range(LANES)]
    with ThreadPoolExecutor(LANES) as pool:
        lanes = list(pool.map(race, teams, [range(lane, RACES, LANES) for lane in range(LANES)]))
    assert sum(lanes, Counter()) == {("full",) * (HANDS - 1) + ("held",): RACES}
    kept = "SELECT count(*), count(DISTINCT group_id) FROM leisure_registration WHERE state = 'cancelled'"
    assert rows(service, kept) == [(RACES, RACES)]
