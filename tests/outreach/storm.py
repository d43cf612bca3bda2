"""A storm: the messages of the town, published, corrected and ended while workers die and every carrier misbehaves.

`Storm` draws what happens from one seed; `settle` mends the carriers and lets the people retry; `Witness` then reads
what the stand-ins of the carriers hold, and what the site shows.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django_q.models import OrmQ

from parvis.apps.newsletter import tasks as letters
from parvis.apps.newsletter.models import IssueDelivery as Letter
from parvis.apps.outreach import tasks
from parvis.apps.outreach.models import Delivery, JournalEntry, Message
from parvis.apps.outreach.rules.content import BASE, SHORT, Words
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, publishing, results
from parvis.apps.push import tasks as pushes
from parvis.apps.social import tasks as posts
from parvis.apps.social.models import Post
from parvis.apps.telephony import tasks as texts
from parvis.apps.telephony.models import OutgoingText
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Refused
from parvis.lib.jobs import resolve
from tests.factories import SmallTown, unique
from tests.newsletter.smtp import DROP, HANG
from tests.outreach.carriers import EVERYWHERE, Carriers
from tests.outreach.conftest import draft_of

OF_NETWORKS = ("190", "460", "368", "500", "500", "503", "hang", "lost", "slow")
OF_TEXTS = ("500", "500", "cut", "503", "429", "hang")
OF_PUSH = ("429", "413", "500", "503", "hang")
OF_MAIL = ("450 4.2.1 busy", "421 4.3.2 closing", "554 5.7.1 refused", "451 4.7.1 slow down", DROP, HANG)
SCHEDULED = (
    *(tasks.keep_moments, tasks.refresh_live, posts.send_waiting, texts.send_waiting_texts),
    *(pushes.send_waiting, letters.send_waiting),
)
UNTOUCHED = ("SAVEPOINT", "RELEASE", "ROLLBACK")  # what the database does by itself when a process is gone
State = Message.State
Later = Callable[..., None]


class Died(BaseException):
    """The worker was killed."""


@contextmanager
def dying(at: int) -> Iterator[None]:
    """Kills what the block does before its statement number `at`: nothing that follows reaches the database."""
    count = 0

    def count_down(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal count
        if not sql.startswith(UNTOUCHED):
            count += 1
            if count >= at:
                raise Died
        return execute(sql, *rest)

    with connection.execute_wrapper(count_down):
        yield


@dataclass
class Storm:
    """What happens, drawn from a seed. `said`: what was done, to read when something went wrong; `faults`: how many."""

    seed: int
    town: SmallTown
    carriers: Carriers
    later: Later
    call: Callable[[Any], int]
    said: list[str] = field(default_factory=list)
    faults: int = 0
    sent_again: Counter[tuple[str, str]] = field(default_factory=Counter)  # unknown letters that a person sent again
    acts: Counter[tuple[int, str]] = field(default_factory=Counter)  # what the journal must hold, by message

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311

    def rage(self, faults: int) -> None:
        """Goes on until so many faults were met."""
        while self.faults - sum(self.to_play().values()) < faults:
            step = self.draw.choices(list(self.steps), weights=[weight for _, weight in self.steps.values()])[0]
            act, _weight = self.steps[step]
            try:
                done = act()
            except Refused as refusal:
                done = f"refused: {refusal}"
            self.said.append(f"{step}: {done}")

    @property
    def steps(self) -> dict[str, tuple[Callable[[], object], int]]:
        return {
            "publish": (self.publish, 2),
            "correct": (self.correct, 3),
            "extend": (self.extend, 1),
            "lift": (self.lift, 1),
            "withdraw": (self.withdraw, 1),
            "retry": (self.retry, 3),
            "statuses": (self.statuses, 3),
            "misbehave": (self.misbehave, 5),
            "work": (self.work, 6),
            "tick": (self.tick, 3),
        }

    # --- What people do ----------------------------------------------------------------------------------------------

    def publish(self) -> object:
        """A message, approved; three at most are live."""
        if Message.objects.filter(state__in=(State.SENDING, State.LIVE)).count() >= 3:  # noqa: PLR2004
            return "enough"
        town, draw = self.town, self.draw
        channels = [slug for slug in EVERYWHERE if draw.random() < 0.8] or ["site"]  # noqa: PLR2004
        values: dict[str, Any] = {
            "kind": "safety",
            "urgency": draw.choice(["normal", "urgent"]),
            "channels": channels,
            "expires_at": now() + timedelta(hours=draw.choice([2, 30])),
        }
        message = drafts.start_message(key=unique("storm"), draft=draft_of(**values), by=town.editor)
        message = self._rewrite(message, values)
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
        self.acts[message.pk, "published"] += 1
        return message.pk, channels

    def _rewrite(self, message: Message, values: dict[str, Any]) -> Message:
        """Saves words that name the message and its revision."""
        mark = f"Avis {message.pk}, texte {message.revision + 1}."
        versions = {(BASE, "fr"): Words(mark, f"Le texte. {mark}"), (SHORT, "fr"): Words("", f"Court. {mark}")}
        draft = draft_of(**values | {"versions": versions})
        return drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=self.town.editor)

    def _one_live(self) -> Message | None:
        live = list(Message.objects.filter(state__in=(State.SENDING, State.LIVE)).order_by("pk"))
        return self.draw.choice(live) if live else None

    def correct(self) -> object:
        message = self._one_live()
        if message is None:
            return "nothing"
        values = {"kind": message.kind, "urgency": message.urgency, "channels": message.channels}
        message = self._rewrite(message, values | {"expires_at": message.expires_at})
        with_letters = self.draw.random() < 0.4  # noqa: PLR2004
        publishing.correct(
            message_id=message.pk, revision=message.revision, with_letters=with_letters, by=self.town.editor
        )
        self.acts[message.pk, "corrected"] += 1
        return message.pk, message.revision, with_letters

    def extend(self) -> object:
        message = self._one_live()
        if message is None or message.expires_at is None:
            return "nothing"
        until = message.expires_at + timedelta(hours=1)
        ending.extend(message_id=message.pk, until=until, by=self.town.editor)
        self.acts[message.pk, "extended"] += 1
        self.acts[message.pk, "corrected"] += 1
        return message.pk

    def lift(self) -> object:
        message = self._one_live()
        if message is None:
            return "nothing"
        ending.lift(message_id=message.pk, by=self.town.editor)
        self.acts[message.pk, "lifted"] += 1
        return message.pk

    def withdraw(self) -> object:
        message = self._one_live()
        if message is None:
            return "nothing"
        ending.withdraw(message_id=message.pk, words="Erreur", by=self.town.communications)
        self.acts[message.pk, "withdrawn"] += 1
        return message.pk

    def retry(self) -> object:
        rows = list(Delivery.objects.filter(message__published_at__isnull=False).order_by("pk"))
        return self._retry(self.draw.choice(rows)) if rows else "nothing"

    def _retry(self, row: Delivery) -> object:
        doubtful = Letter.objects.filter(issue__key=f"{row.key}-r{row.release.revision}", state=Letter.State.UNCERTAIN)
        named = list(doubtful.values_list("to", "issue__title_fr"))
        delivering.retry(delivery_id=row.pk, by=self.town.editor)
        self.sent_again.update(named)
        self.acts[row.message_id, "retried"] += 1
        return row.key

    # --- What the carriers and the machine do ------------------------------------------------------------------------

    def misbehave(self) -> object:
        """One carrier has one or two faults to show, when it has shown its last ones."""
        carriers, draw = self.carriers, self.draw
        which = draw.choice(["networks", "networks", "texts", "push", "mail"])
        some = draw.randint(1, 2)
        if self.to_play()[which]:
            return which, "not yet"
        if which == "networks":
            names = draw.choices(OF_NETWORKS, k=some)
            carriers.networks.faults = [*names, "none"]
        elif which == "texts":
            names = carriers.twilio.then = draw.choices(OF_TEXTS, k=some)
        elif which == "push":
            names = draw.choices(OF_PUSH, k=some)
            carriers.push.faults = [*names, "none"]
        else:
            names = draw.choices(OF_MAIL, k=some)
            carriers.mail.data["*"] = deque([*names, "250 taken"])
        self.faults += some
        return which, list(names)

    def to_play(self) -> dict[str, int]:
        """The faults that each carrier did not show yet."""
        carriers = self.carriers
        mail = carriers.mail.data.get("*", ["250 taken"])
        return {
            "networks": len(carriers.networks.faults) - 1,
            "texts": len(carriers.twilio.then),
            "push": len(carriers.push.faults) - 1,
            "mail": len(mail) - 1,
        }

    def statuses(self) -> object:
        """The provider tells the states of a text, doubled and in any order."""
        if not self.carriers.twilio.messages:
            return "nothing"
        message = self.draw.choice(self.carriers.twilio.messages)
        fate = message.setdefault("fate", "delivered" if self.draw.random() < 0.9 else "undelivered")  # noqa: PLR2004
        told = ["sent", fate, fate]
        self.draw.shuffle(told)
        self.faults += 1
        return message["to"], [(one, self.call(self.carriers.twilio.status(message, one))) for one in told]

    def tick(self) -> object:
        """Time passes, and what is scheduled runs; then the worker goes on."""
        gap = self.draw.choice([5, 45, 70, 180, 600, 1500])
        self.later(seconds=gap)
        for task in SCHEDULED:
            self._run(task)
        return gap, self.work()

    def work(self) -> object:
        """The worker takes its jobs, until there are none or it dies; some are given to it twice."""
        done = []
        while row := OrmQ.objects.order_by("pk").first():
            task = row.task
            name, arguments = task["func"].removeprefix("parvis.apps."), task["args"]
            lives = self._run(resolve(task["func"]), *arguments)
            done.append(f"{name}{arguments}" + ("" if lives else " DIED"))
            if lives and self.draw.random() < 0.95:  # noqa: PLR2004
                row.delete()
            elif lives:
                continue  # it is given twice
            elif self.draw.random() < 0.5:  # noqa: PLR2004
                row.delete()  # its last attempt: what is left behind is for the sweeps
                break
            else:
                break  # it was not acknowledged, and is given again
        return done

    def _run(self, task: Callable[..., object], *arguments: object) -> bool:
        """Runs a job, or a part of it; False when it failed or its worker died."""
        dies = self.draw.random() < 0.12  # noqa: PLR2004
        try:
            with dying(at=self.draw.randint(1, 60) if dies else 1_000_000):
                task(*arguments)
        except Died:
            self.faults += 1
            return False
        return True

    # --- The calm after ----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """The carriers are mended, and people try again what failed, as long as something changes."""
        self.carriers.mend()
        self.later(minutes=3)
        for minutes in (2, 4, 4, 4, 20, 20, 60, 60, 60, 60):
            self._calm()
            for held in Message.objects.filter(state=State.HELD):
                publishing.publish(message_id=held.pk, by=self.town.communications)
            asked = [self._asked_again(row) for row in Delivery.objects.select_related("message", "release")]
            waiting = Delivery.objects.filter(state__in=("queued", "failed")).exists()
            if not any(asked) and not waiting:
                return
            self.later(minutes=minutes)

    def _calm(self) -> None:
        for task in SCHEDULED:
            task()
        while row := OrmQ.objects.order_by("pk").first():
            task = row.task
            resolve(task["func"])(*task["args"])
            row.delete()
        tasks.refresh_live()

    def _asked_again(self, row: Delivery) -> bool:
        outcome = results.outcomes_of([row])[row.pk]
        if row.channel == "panels" or not (
            outcome.state in ("failed", "unknown") or any(failure.again for failure in outcome.failures)
        ):
            return False
        try:
            self._retry(row)
        except Conflict as refusal:
            self.said.append(f"{row.key} is not tried again: {refusal}")
            return False
        return True

    def waits(self, key: str) -> object:
        """What its carrier holds of a delivery."""
        found: list[object] = [
            *Letter.objects.filter(issue__key__startswith=key).values("to", "state", "not_before", "issue__state")
        ]
        found += [*Post.objects.filter(key=key).values("state", "error", "not_before", "account__waits_until")]
        found += [*OutgoingText.objects.filter(key__startswith=key).values("to", "state", "error")]
        _way, message, channel, *_rest = key.split("-")
        said = JournalEntry.objects.filter(message=int(message), channel=channel)
        return [*found, *[*said.values_list("words", flat=True)][-3:]]


def public(path: str) -> tuple[int, str]:
    """The status and the page that anyone reads."""
    answer = Client().get(path)
    return answer.status_code, answer.content.decode()
