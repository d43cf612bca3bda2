"""How one step of a case is written: the move checked, the clock of the promise kept, the calls made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.seeding.hours import WorkTime, utc
from bench.seeding.town_data import Office, Staff, Topic, TownData
from parvis.apps.cases.rules.states import ACKNOWLEDGING, Transition, after, allows, stops_clock
from parvis.apps.catalogue.rules.clocks import Clock
from parvis.apps.catalogue.rules.promises import parse_duration, promise
from parvis.operations.demo.texts import picked

HOUR, MINUTE = 3600.0, 60.0
TIME_TO_CALL = "1d"


@dataclass(frozen=True)
class Opening:
    """A case as it is opened. `reach` is how its person is told ("email", "phone", "post", ""); `agent` is None when
    the citizen wrote it alone. `hold` stops the story at a stage: "new", "taken", "asked", "waiting", "reopened",
    "call".
    """

    topic: Topic
    nature: str
    channel: str
    language: str
    words: str
    at: float
    agent: Staff | None
    office: Office
    owner: Staff | None
    urgent: bool
    rule: str
    reach: str
    photos: int = 0
    hold: str = ""


@dataclass(frozen=True)
class Step:
    """One entry to be: its kind and content, and the attributes of the case that it sets."""

    kind: str
    at: datetime
    actor: int | None
    by_citizen: bool
    body: str
    proof: str
    told: str
    data: Mapping[str, Any]
    changes: Mapping[str, Any]
    photos: int = 0


@dataclass
class Call:
    """The call that a step owes to someone without e-mail. `done_at` is None while it is owed."""

    step: int
    due_at: datetime
    reason: str
    attempts: list[dict[str, str]] = field(default_factory=list)
    done_at: datetime | None = None
    done_by: int | None = None
    note: str = ""


@dataclass(frozen=True)
class SimulatedOpinion:
    """What the citizen thinks of the closing that is step `closing`; `reopening` is the step that it made, if bad."""

    closing: int
    solved: bool
    mark: int
    words: str
    at: datetime
    reopening: int | None = None


@dataclass(frozen=True)
class Owed:
    """When a call will be made, by whom, and when it is tried in vain before."""

    at: float
    agent: Staff
    call: Call
    missed: float | None


class Present(Exception):
    """The story reached the present, or the stage where it is held."""


class LifecycleSimulator:
    """Writes the steps of one story, and remembers where its case stands."""

    def __init__(self, opening: Opening, town_data: TownData, time: WorkTime, rng: Random, until: float) -> None:
        self.opening, self.house, self.time, self.rng, self.until = opening, town_data, time, rng, until
        self.steps: list[Step] = []
        self.calls: list[Call] = []
        self.opinions: list[SimulatedOpinion] = []
        self._owed: list[Owed] = []
        self.comment = opening.nature == "comment"
        self.state, self.at = "new", opening.at
        self.office, self.owner = opening.office, opening.owner
        self.due: datetime | None = None
        self.first_due: datetime | None = None
        self.pauses: list[list[str | None]] = []
        self.level = self.hand_offs = 0
        self.charged = False

    def _do(
        self,
        move: Transition,
        kind: str,
        at: float,
        by: Staff | None,
        body: str = "",
        told: str = "",
        data: Mapping[str, Any] | None = None,
        changes: Mapping[str, Any] | None = None,
        *,
        proof: str = "",
        by_citizen: bool = False,
        photos: int = 0,
    ) -> None:
        at = max(at, self.at + MINUTE)
        if at > self.until:
            raise Present
        self._make_calls(at)
        at = max(at, self.at + 1)
        assert allows(move, self.state, comment=self.comment), (move, self.state)
        state = after(move, self.state)
        whole = {"state": state, **self._clock(state, utc(at)), **(changes or {})}
        self.state = state
        actor = by.pk if by else None
        if move is Transition.NOT_FIXED:
            self.charged = False
        elif by and not by_citizen and move in ACKNOWLEDGING and not (self.charged or self.comment):
            self.charged = True
            whole["acknowledged_at"] = utc(at)
        self._write(kind, at, actor, body, told, data or {}, whole, proof=proof, by_citizen=by_citizen, photos=photos)

    def _write(
        self,
        kind: str,
        at: float,
        actor: int | None,
        body: str,
        told: str,
        data: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        proof: str = "",
        by_citizen: bool = False,
        photos: int = 0,
    ) -> None:
        self.at, moment = at, utc(at)
        self.steps.append(Step(kind, moment, actor, by_citizen, body, proof, told, data, changes, photos))
        if told == "phone":
            call = Call(len(self.steps), promise(moment, TIME_TO_CALL, self.time.calendar).due_at, body)
            self.calls.append(call)
            when = self.time.add(at, self.rng.uniform(0.3, 9) * HOUR)
            missed = self.time.add(at, 0.2 * HOUR) if self.rng.random() < 0.2 else None
            self._owed.append(Owed(when, self._agent(when), call, missed))

    def _make_calls(self, until: float) -> None:
        """The calls made by then, each told in the journal; the others stay owed."""
        kept = []
        for owed in self._owed:
            call, agent = owed.call, owed.agent
            if owed.missed is not None and owed.missed <= until and not call.attempts:
                note = picked("staff", "missed", "fr", self.rng)
                call.attempts.append({"at": utc(owed.missed).isoformat(), "by": agent.username, "note": note})
            if owed.at > until or (self.opening.hold == "call" and self.state == "closed"):
                kept.append(owed)
                continue
            call.note = picked("staff", "calls", self.opening.language, self.rng)
            at = max(owed.at, self.at + MINUTE / 2)
            call.done_at, call.done_by = utc(at), agent.pk
            self._write("called", at, agent.pk, call.note, "", {}, {"state": self.state})
        self._owed = kept

    def _clock(self, state: str, moment: datetime) -> dict[str, Any]:
        """What `cases.services.transitions` does to the promise when the state changes."""
        paused = bool(self.pauses) and self.pauses[-1][1] is None
        if self.due is None or stops_clock(state) == paused:
            return {}
        if stops_clock(state):
            self.pauses = [*self.pauses, [moment.isoformat(), None]]
            return {"pauses": self.pauses}
        since = str(self.pauses[-1][0])
        self.pauses = [*self.pauses[:-1], [since, moment.isoformat()]]
        if state == "closed":
            return {"pauses": self.pauses}
        clock = Clock(self.due, parse_duration(self.opening.topic.target), datetime.fromisoformat(since))
        self.due = clock.resume(moment, self.time.calendar).due_at
        return {"pauses": self.pauses, "due_at": self.due}

    def _hold(self, stage: str) -> None:
        if self.opening.hold == stage:
            raise Present

    # --- Moments and people -------------------------------------------------------------------------------------

    @property
    def _day_and_night(self) -> bool:
        return self.opening.topic.target.endswith("H")

    def _between(self, since: float, until: float) -> float:
        """Time between two moments, as this promise counts it."""
        return until - since if self._day_and_night else self.time.worked(until) - self.time.worked(since)

    def _after(self, since: float, seconds: float) -> float:
        return since + seconds if self._day_and_night else self.time.add(since, seconds)

    def _later(self, seconds: float) -> float:
        """A moment of work after the last step."""
        return self.time.add(self.at, max(seconds, MINUTE))

    def _soon(self, planned: float) -> float:
        return self._after(self.at, planned * self.rng.uniform(0.05, 0.25))

    def _snap(self, moment: float) -> float:
        """The moment itself when the offices are open, else one soon after they open again."""
        return self.time.add(moment, self.rng.uniform(0.05, 0.5) * HOUR)

    def _worker(self, at: float) -> Staff:
        """The owner when they work there, else someone of the department who is not away."""
        if self.owner is not None and self.owner in self.office.workers:
            return self.owner
        day = (utc(at) - timedelta(hours=5)).date()
        here = [worker for worker in self.office.workers if not self.house.is_away(worker, day)]
        return self.rng.choice(here or self.office.workers)

    def _agent(self, at: float) -> Staff:
        return agent_at(self.house, at, self.rng)


def agent_at(town_data: TownData, at: float, rng: Random) -> Staff:
    """Who answers at the desk at that moment: those who give it their whole time more often."""
    day = (utc(at) - timedelta(hours=5)).date()
    here = [agent for agent in town_data.agents if not town_data.is_away(agent, day)] or list(town_data.agents)
    return rng.choices(here, [staff.share for staff in here])[0]
