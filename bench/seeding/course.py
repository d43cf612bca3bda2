"""The story of one case, from its opening to the present: who did what, when, in which words. Pure.

Every step is a move that `cases.rules.states` allows, with what the services of `cases` would have changed: the state,
the clock of the promise, the owner. A story that reaches the present stops there.
"""

from datetime import UTC
from random import Random
from typing import Any

from bench.seeding.hours import utc
from bench.seeding.lifecycle_simulator import HOUR, MINUTE, LifecycleSimulator, Present, SimulatedOpinion
from parvis.apps.cases.rules.states import Transition
from parvis.apps.catalogue.rules.promises import promise
from parvis.operations.demo.texts import drawn, picked, proof_words

# How a request ends, by its nature: (reason, weight).
ENDINGS = {
    "request": (("done", 66), ("answered", 12), ("planned", 9), ("refused", 4), ("not_found", 6), ("not_ours", 3)),
    "complaint": (("done", 40), ("answered", 32), ("planned", 5), ("refused", 5), ("not_found", 14), ("not_ours", 4)),
    "information": (("answered", 92), ("not_ours", 4), ("refused", 4)),
}


class Course(LifecycleSimulator):
    """Tells one story: `steps`, `calls` and `opinions` are filled by `tell`."""

    def tell(self) -> "Course":
        """The whole story, as far as the present."""
        try:
            self._open()
            if self.comment:
                self._comment()
            else:
                self._work(self.opening.at, calm=False)
                self._come_back()
        except Present:
            pass
        self._make_calls(self.until)
        return self

    # --- The stages ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        ask = self.opening
        if not self.comment:
            self.due = self.first_due = promise(utc(ask.at), ask.topic.target, self.time.calendar).due_at
        at_once = {"phone": ("phone", "counter"), "post": ("counter",)}
        told = "" if ask.channel in at_once.get(ask.reach, ()) else ask.reach
        data = {"channel": ask.channel, "subject": ask.topic.slug, "nature": ask.nature, "rule": ask.rule}
        kind = "thanked" if self.comment else "opened"
        actor = ask.agent.pk if ask.agent else None
        self._write(kind, ask.at, actor, ask.words, told, data, {}, by_citizen=actor is None, photos=ask.photos)
        self._hold("comment" if self.comment else "new")

    def _comment(self) -> None:
        worker, lang = self._worker(self.at), self.opening.language
        words = picked("closings", "passed", lang, self.rng)
        seen = self._later(self.rng.uniform(0.3, 6) * self.time.day)
        told = self.opening.reach if words else ""
        data, changes = {"reason": "passed"}, {"closing_reason": "passed", "closed_at": utc(seen)}
        self._do(Transition.CLOSE, "closed", seen, worker, words, told, data, changes)

    def _work(self, since: float, *, calm: bool) -> None:
        """From an opening, or a reopening, to the closing that follows."""
        assert self.due is not None
        rng, share = self.rng, rng_share(self.rng, self.opening.nature)
        whole = max(HOUR, self._between(since, self.due.timestamp()))
        if not calm and rng.random() < 0.07:
            self._pass_on(self._after(since, whole * share * rng.uniform(0.05, 0.3)))
        self._take(self._after(max(since, self.at), whole * share * rng.uniform(0.05, 0.45)))
        self._hold("taken")
        waited = 0.0 if calm else self._on_the_way(since, whole * share)
        end = self._after(since, whole * share + waited)
        if rng.random() < 0.02:
            self._withdraw(self._after(self.at, rng.uniform(0.2, 0.8) * whole * share))
            return
        if self.due and end > self.due.timestamp() and rng.random() < 0.6:
            self._new_date(end)
        self._close(max(end, self.at + 10 * MINUTE))

    def _on_the_way(self, since: float, planned: float) -> float:
        """What happens between the taking and the end; returns how much longer it takes for it, in working time."""
        rng, waited, hold = self.rng, 0.0, self.opening.hold
        if rng.random() < 0.2:
            note = picked("staff", "notes", "fr", rng)
            self._do(Transition.NOTE, "noted", self._soon(planned), self._worker(self.at), note)
        if self.opening.reach and (hold == "asked" or (not hold and rng.random() < 0.12)):
            waited += self._ask()
        if hold == "waiting" or (not hold and rng.random() < 0.1):
            waited += self._wait()
        if self.opening.reach and rng.random() < 0.1:
            words = picked("staff", "progress", self.opening.language, rng)
            self._do(
                Transition.ANSWER, "answered", self._soon(planned), self._worker(self.at), words, self.opening.reach
            )
        if rng.random() < 0.02:
            self._hand_over(self._soon(planned))
        return waited

    def _take(self, at: float) -> None:
        worker = self.owner or self._worker(at)
        if self.owner is None and self.office.head and self.office.head != worker and self.rng.random() < 0.04:
            data = {"to": worker.username, "stand_in": worker.username}
            self._do(Transition.ASSIGN, "assigned", at, self.office.head, data=data, changes={"owner_id": worker.pk})
            at = self._later(self.rng.uniform(0.1, 2) * HOUR)
        self.owner = worker
        self._do(Transition.TAKE, "taken", at, worker, data={"owner": worker.username}, changes={"owner_id": worker.pk})

    def _ask(self) -> float:
        rng, lang = self.rng, self.opening.language
        words = picked("staff", "questions", lang, rng)
        at = self._later(rng.uniform(0.2, 5) * HOUR)
        self._do(Transition.ASK, "asked", at, self._worker(at), words, self.opening.reach)
        self._hold("asked")
        since = self.at
        if rng.random() < 0.15:
            at = self._later(rng.uniform(9, 13) * self.time.day)
            self._end("no_reply", at)
            raise Present
        reply = picked("citizens", "replies", lang, rng)
        if self.opening.reach == "phone":
            at = self._later(rng.uniform(0.5, 12) * HOUR)
            by, channel = self._agent(at), "phone"
        else:
            at, by, channel = self.at + rng.uniform(0.5, 90) * HOUR, None, "web"
        self._do(Transition.REPLY, "replied", at, by, reply, data={"channel": channel}, by_citizen=True)
        return self._between(since, self.at)

    def _wait(self) -> float:
        rng = self.rng
        at = self._later(rng.uniform(0.5, 6) * HOUR)
        self._do(Transition.WAIT, "waiting", at, self._worker(at), picked("staff", "waits", "fr", rng))
        self._hold("waiting")
        since = self.at
        at = self._later(rng.uniform(1, 11) * self.time.day)
        self._do(Transition.RESUME, "resumed", at, self._worker(at), picked("staff", "resumes", "fr", rng))
        return self._between(since, self.at)

    def _pass_on(self, at: float) -> None:
        others = [office for office in self.house.offices.values() if not office.outside and office is not self.office]
        if not others:
            return
        to, was = self.rng.choice(others), self.office
        worker = self._worker(at)
        self.office, self.owner, self.hand_offs = to, None, self.hand_offs + 1
        changes = {"department_id": to.pk, "owner_id": None, "hand_offs": self.hand_offs}
        data = {"from": was.slug, "to": to.slug}
        self._do(
            Transition.PASS_ON,
            "passed",
            at,
            worker,
            picked("staff", "passes", "fr", self.rng),
            data=data,
            changes=changes,
        )

    def _hand_over(self, at: float) -> None:
        if self.owner is None or self.owner not in self.office.workers:
            return
        agent, words = self._agent(at), picked("staff", "put_through", "fr", self.rng)
        data = {"to": self.owner.username}
        self._do(Transition.HAND_OVER, "handed", at, agent, words, data=data, changes={"owner_id": self.owner.pk})

    def _new_date(self, end: float) -> None:
        """An honest new date, most often before the promise breaks."""
        assert self.due is not None
        calendar = self.time.calendar
        before = self.due.timestamp() - self.rng.uniform(0.5, 20) * HOUR
        at = self._snap(max(self.at + HOUR, before if self.rng.random() < 0.7 else before + 40 * HOUR))
        day = calendar.add_working_days(calendar.local(utc(max(end, at))).date(), self.rng.randint(1, 3))
        was, due = self.due.isoformat(), calendar.end_of_day(day).astimezone(UTC)
        words = picked("staff", "new_dates", self.opening.language, self.rng)
        reach = self.opening.reach
        self._do(Transition.NEW_DATE, "promised", at, self._worker(at), words, reach, {"was": was}, {"due_at": due})
        self.due = due

    def _close(self, at: float) -> None:
        kinds = ENDINGS[self.opening.nature]
        if self.opening.topic.external_body is None:
            kinds = tuple(kind for kind in kinds if kind[0] != "not_ours")
        reason = drawn(kinds, self.rng)
        self._end(reason, at)

    def _end(self, reason: str, at: float) -> None:
        at = max(at, self.at + MINUTE)
        words = picked("closings", reason, self.opening.language, self.rng)
        demanded = self.opening.topic.proof
        proof = proof_words(self.rng) if reason == "done" and demanded != "none" else ""
        photos = int(reason == "done" and demanded == "photo" and self.rng.random() < 0.3)
        changes = {"closing_reason": reason, "closed_at": utc(at)}
        told, data = self.opening.reach, {"reason": reason}
        self._do(
            Transition.CLOSE, "closed", at, self._worker(at), words, told, data, changes, proof=proof, photos=photos
        )
        self._hold("call")

    def _withdraw(self, at: float) -> None:
        at = max(at, self.at + MINUTE)
        by = None if self.opening.reach == "email" else self._agent(at)
        changes = {"closing_reason": "withdrawn", "closed_at": utc(at)}
        words = picked("citizens", "withdrawn", self.opening.language, self.rng)
        data = {"reason": "withdrawn"}
        self._do(Transition.WITHDRAW, "closed", at, by, words, data=data, changes=changes, by_citizen=True)

    def _come_back(self) -> None:
        """ "Not fixed": the same case reopens one level up, and ends a second time."""
        last = str(self.steps[-1].data.get("reason", ""))
        closing = len(self.steps)
        likely = {"done": 0.05, "not_found": 0.08, "answered": 0.03, "planned": 0.03}.get(last, 0.01)
        if self.opening.hold != "reopened" and self.rng.random() >= likely:
            self._opine(closing)
            return
        at = self.at + self.rng.uniform(3, 200) * HOUR
        by, channel = (None, "web") if self.opening.reach == "email" else (self._agent(at), "phone")
        at = at if by is None else self._snap(at)
        up = self.house.offices.get(self.opening.topic.level_up) or self.office
        self.office, self.owner, self.level = up, up.head, self.level + 1
        due = promise(utc(at), self.opening.topic.target, self.time.calendar).due_at
        changes = {
            **{"department_id": up.pk, "owner_id": up.head.pk if up.head else None, "level": self.level},
            **{"promise": self.opening.topic.target, "due_at": due, "pauses": []},
            **{"ack_due_at": promise(utc(at), self.opening.topic.ack, self.time.calendar).due_at},
            "acknowledged_at": None,
            **{"closing_reason": "", "closed_at": None, "visit_on": None},
        }
        words = picked("citizens", "not_fixed", self.opening.language, self.rng)
        data: dict[str, Any] = {"level": self.level, "was": last, "channel": channel}
        bad = by is None and self.rng.random() < 0.6
        if bad:
            mark = self.rng.choice((1, 1, 2))
            data = {"level": self.level, "was": last, "opinion": {"solved": False, "mark": mark}}
        reach = self.opening.reach
        self._do(Transition.NOT_FIXED, "reopened", at, by, words, reach, data, changes, by_citizen=True)
        if bad:
            step = len(self.steps)
            self.opinions.append(
                SimulatedOpinion(closing, False, data["opinion"]["mark"], words, self.steps[-1].at, step)
            )
        self.due, self.pauses = due, []
        self._hold("reopened")
        self._work(at, calm=True)

    def _opine(self, closing: int) -> None:
        """A good opinion, from some of those who have the link; a bad one would have reopened the case."""
        at = self.at + self.rng.uniform(0.2, 120) * HOUR
        if self.opening.reach != "email" or self.rng.random() > 0.3 or at > self.until:
            return
        words = picked("citizens", "thanks", self.opening.language, self.rng) if self.rng.random() < 0.35 else ""
        self.opinions.append(
            SimulatedOpinion(closing, True, self.rng.choices((3, 4, 5), (12, 38, 50))[0], words, utc(at))
        )


def rng_share(rng: Random, nature: str) -> float:
    """What part of the time promised the work takes: most end before the date, one in six after it."""
    return min(6.0, rng.lognormvariate(-1.0 if nature == "information" else -0.6, 0.62))
