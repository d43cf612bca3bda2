"""Stories of requests: opened by a channel, then worked on step by step until the town closes them, or the present."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.rules.states import Transition, allows
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.citizen.opinions import asks_opinion, give_opinion, last_closing
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.transitions import channel_to
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact
from parvis.apps.intake.services import contacts, matters, requests
from parvis.apps.intake.services.counter import visits
from parvis.apps.intake.services.matters import MatterInput
from parvis.apps.intake.services.requests import NewRequest
from parvis.lib import clock
from parvis.lib.clock import now
from parvis.operations.demo.people import FIRST
from parvis.operations.demo.play import Story
from parvis.operations.demo.texts import drawn, picked, proof_words
from parvis.operations.demo.town import Town

# Seconds that a contact lasts: least, most, usual.
LENGTHS = {
    Channel.PHONE: (70, 420, 140),
    Channel.COUNTER: (150, 900, 300),
    Channel.EMAIL: (120, 500, 240),
    Channel.WEB: (40, 300, 80),
}
# How a request ends, by its nature: (reason, weight).
ENDINGS = {
    Nature.REQUEST: (("done", 66), ("answered", 12), ("planned", 9), ("refused", 4), ("not_found", 6), ("not_ours", 3)),
    Nature.COMPLAINT: (("done", 40), ("answered", 32), ("planned", 5), ("refused", 5), ("not_found", 14)),
    Nature.INFORMATION: (("answered", 92), ("refused", 4), ("not_ours", 4)),
    Nature.COMMENT: (("passed", 1),),
}
# What happens to a request after its opening, and how often. A step that its state does not allow is skipped.
COURSES = (
    (("take", "close", "opinion"), 34),
    (("take", "note", "close", "opinion"), 14),
    (("take", "ask", "reply", "close", "opinion"), 9),
    (("take", "ask", "no_reply"), 2),
    (("take", "wait", "resume", "close", "opinion"), 9),
    (("take", "answer", "close", "opinion"), 7),
    (("pass_on", "take", "close", "opinion"), 6),
    (("assign", "take", "note", "close"), 3),
    (("take", "new_date", "close", "opinion"), 5),
    (("take", "visit", "close", "opinion"), 3),
    (("take", "hand_over", "close"), 2),
    (("take", "withdraw"), 2),
    (("take", "close", "not_fixed", "take", "close"), 2),
    (("take", "close", "bad_opinion", "take", "close"), 2),
)


def answer_contact(town: Town, channel: str, **values: Any) -> tuple[Contact, User]:
    """A contact that an agent has in hand, begun some time ago and about to end; `values` are those of `Arrival`."""
    agent, length = town.agent(), timedelta(seconds=int(town.rng.triangular(*LENGTHS[Channel(channel)])))
    arrival = replace(Arrival(channel, town.key(), by=Actor.staff(agent), at=now() - length), **values)
    if channel != Channel.COUNTER:
        return contacts.receive(arrival), agent
    name = arrival.person.name if arrival.person else town.rng.choice(FIRST)
    with clock.at(now() - length - timedelta(seconds=town.rng.triangular(5, 1500, 120))):
        visit = visits.write_in(name=name, key=arrival.key, language=arrival.language, by=agent)
    with clock.at(now() - length):
        visit = visits.call_one(visit_id=visit.pk, window=town.rng.randint(1, 2), key=arrival.key, by=agent)
    assert visit.contact is not None
    return visit.contact, agent


def open_request(town: Town, asked: NewRequest) -> Case:
    """Opens a request as the screens do: alone on the site, or in a contact with an agent, which ends with it."""
    if asked.channel == Channel.WEB:
        seconds = int(town.rng.triangular(*LENGTHS[Channel.WEB]))
        return requests.open_request(replace(asked, seconds=seconds)).case
    heard = {name: getattr(asked, name) for name in ("person", "language", "english_ground", "audience")}
    text = asked.words if asked.channel == Channel.EMAIL else ""
    contact, agent = answer_contact(town, asked.channel, text=text, **heard)
    in_hand = replace(asked, by=Actor.staff(agent), contact_id=contact.pk, finish=True)
    return requests.open_request(in_hand).case


def request(
    town: Town,
    subject: Subject,
    channel: str,
    steps: Sequence[str],
    *,
    comment: bool = False,
    reach: str = "",
    hours: float = 0.0,
) -> Story:
    """One request, opened now, and its steps, spread over so many `hours` of work, or else over what was promised.

    `reach` asks for someone who is told of things in that way.
    """
    case = open_request(town, town.new_request(subject, channel, town.neighbour(channel, reach), comment=comment))
    plan = hours * 60 or _plan(town, case)
    for name in steps:
        step = STEPS[name]
        yield step.moment(town, plan)
        case = Case.objects.select_related("subject", "department", "owner", "person").get(pk=case.pk)
        if allows(step.transition, case.state, comment=case.is_comment):
            step.act(town, case)


def dated_request(town: Town, subject: Subject, channel: str, *, given: datetime, due: date) -> Story:
    """A request whose promise moved by itself, and to which a person then gives a date, kept or not."""
    case = open_request(town, town.new_request(subject, channel, town.neighbour(channel)))
    yield town.later(town.rng.uniform(30, 400))
    _take(town, case)
    yield given
    case.refresh_from_db()
    words = picked("staff", "new_dates", case.language, town.rng)
    handling.new_date(case_id=case.pk, due=due, words=words, by=town.worker(case))


def merged_requests(town: Town, subject: Subject) -> Story:
    """The same thing told by two people: the second request is merged into the first, and closed with it."""
    first = open_request(town, town.new_request(subject, Channel.PHONE, town.neighbour(Channel.PHONE)))
    yield town.later(town.rng.uniform(60, 300))
    told = town.new_request(subject, Channel.WEB, town.neighbour(Channel.WEB))
    if first.address:
        told = replace(told, place=Place(first.address))
    second = open_request(town, told)
    yield town.later(town.rng.uniform(20, 120))
    _take(town, first)
    first.refresh_from_db()
    words = picked("staff", "merges", "fr", town.rng)
    merging.merge(case_id=second.pk, into_id=first.pk, words=words, by=Actor.staff(town.worker(first)))
    yield town.later(town.rng.uniform(300, 1500))
    first.refresh_from_db()
    _close(town, first)


def _plan(town: Town, case: Case) -> float:
    """Minutes of work until a request closes: most end before the date, one in seven after it."""
    if case.due_at is None:
        return town.rng.uniform(120, 2500)
    promised = town.calendar.working_minutes_between(case.opened_at, case.due_at)
    return min(8000.0, max(60, promised) * town.rng.lognormvariate(-0.75, 0.6))


# --- Steps ----------------------------------------------------------------------------------------------------------


def _take(town: Town, case: Case) -> None:
    handling.take(case_id=case.pk, by=town.worker(case))


def _assign(town: Town, case: Case) -> None:
    workers = [user for user in town.workers if user.may_in(Action.WORK_CASE, case.department_id)]
    if workers:
        handling.assign(case_id=case.pk, to=town.rng.choice(workers), by=town.worker(case))


def _note(town: Town, case: Case) -> None:
    handling.note(case_id=case.pk, words=picked("staff", "notes", "fr", town.rng), by=town.worker(case))


def _ask(town: Town, case: Case) -> None:
    if channel_to(case):
        words = picked("staff", "questions", case.language, town.rng)
        handling.ask(case_id=case.pk, words=words, by=town.worker(case))


def _reply(town: Town, case: Case) -> None:
    if case.state != State.ASKED:
        return
    by, channel = _speaker(town, case)
    words = picked("citizens", "replies", case.language, town.rng)
    citizen.reply(case_id=case.pk, words=words, by=by, channel=channel)


def _answer(town: Town, case: Case) -> None:
    words = picked("staff", "progress", case.language, town.rng)
    handling.answer(case_id=case.pk, words=words, by=town.worker(case))


def _wait(town: Town, case: Case) -> None:
    handling.wait(case_id=case.pk, words=picked("staff", "waits", "fr", town.rng), by=town.worker(case))


def _resume(town: Town, case: Case) -> None:
    handling.resume(case_id=case.pk, words=picked("staff", "resumes", "fr", town.rng), by=town.worker(case))


def _pass_on(town: Town, case: Case) -> None:
    others = [department for department in town.departments if department.pk != case.department_id]
    if others:
        words, to = picked("staff", "passes", "fr", town.rng), town.rng.choice(others)
        handling.pass_on(case_id=case.pk, department=to, words=words, by=town.worker(case))


def _new_date(town: Town, case: Case) -> None:
    first = town.calendar.local(max(now(), case.due_at or now())).date()
    due = town.calendar.add_working_days(first, town.rng.randint(1, 3))
    words = picked("staff", "new_dates", case.language, town.rng)
    handling.new_date(case_id=case.pk, due=due, words=words, by=town.worker(case))


def _visit(town: Town, case: Case) -> None:
    day = town.calendar.add_working_days(town.calendar.local(now()).date(), town.rng.randint(1, 4))
    words = picked("staff", "visits", case.language, town.rng)
    handling.plan_visit(case_id=case.pk, day=day, words=words, by=town.worker(case))


def _hand_over(town: Town, case: Case) -> None:
    """The citizen phones, and is put through to whoever has their request."""
    if case.owner is None or case.department_id not in case.owner.department_ids:
        return
    contact, agent = answer_contact(town, Channel.PHONE, person=case.person, language=case.language)
    words, note = town.question(case.subject, case.language), picked("staff", "put_through", "fr", town.rng)
    matter = MatterInput(contact.pk, town.key(), by=agent, words=words, subject=case.subject, note=note, finish=True)
    matters.settle_transfer(matter, department=case.department, receiver=case.owner, case=case)


def _withdraw(town: Town, case: Case) -> None:
    words = picked("citizens", "withdrawn", case.language, town.rng)
    citizen.withdraw(case_id=case.pk, words=words, by=_speaker(town, case)[0])


def _close(town: Town, case: Case) -> None:
    reason = drawn(ENDINGS[Nature(case.nature)], town.rng)
    _end(town, case, "answered" if reason == "not_ours" and case.external_body_id is None else reason)


def _no_reply(town: Town, case: Case) -> None:
    if case.state == State.ASKED:
        _end(town, case, "no_reply")


def _end(town: Town, case: Case, reason: str) -> None:
    rng, by, asked = town.rng, town.worker(case), case.subject.proof
    done, other = reason == "done", "fr" if case.language == "en" else "en"
    handling.close(
        case_id=case.pk,
        reason=reason,
        words=picked("closings", reason, case.language, rng),
        by=by,
        other=picked("closings", reason, other, rng) if case.merged_count else "",  # for those merged into it
        proof=proof_words(rng) if done and asked != Subject.Proof.NONE else "",
        photos=[town.photo(Actor.staff(by))] if done and asked == Subject.Proof.PHOTO and rng.random() < 0.3 else [],
    )


def _not_fixed(town: Town, case: Case) -> None:
    by, channel = _speaker(town, case)
    words = picked("citizens", "not_fixed", case.language, town.rng)
    citizen.not_fixed(case_id=case.pk, words=words, by=by, channel=channel)


def _opinion(town: Town, case: Case) -> None:
    """A good opinion, from some of those who were written to."""
    if town.rng.random() < 0.35:
        words = picked("citizens", "thanks", case.language, town.rng) if town.rng.random() < 0.35 else ""
        _give_opinion(case, True, drawn(((3, 12), (4, 38), (5, 50)), town.rng), words)


def _bad_opinion(town: Town, case: Case) -> None:
    words = picked("citizens", "not_fixed", case.language, town.rng)
    _give_opinion(case, False, town.rng.choice((1, 1, 2)), words)


def _give_opinion(case: Case, solved: bool, mark: int, words: str) -> None:
    closing, written_to = last_closing(case), case.person and case.person.email
    if closing and written_to and asks_opinion(case):
        give_opinion(
            case_id=case.pk, closing=closing.seq, solved=solved, mark=mark, words=words, language=case.language
        )


def _speaker(town: Town, case: Case) -> tuple[Actor, str]:
    """Who writes down what a citizen says of their request, and by which channel it came."""
    if case.person and case.person.email:
        return Actor.citizen(), Channel.WEB
    return Actor.staff(town.agent()), Channel.PHONE


@dataclass(frozen=True)
class Step:
    """A transition of a request, after a delay between `least` and `most`: shares of the plan, or hours when `hours`.

    Hours are those of the clock for what the citizen does, and are moved to the offices' for someone without e-mail.
    """

    transition: Transition
    act: Callable[[Town, Case], None]
    least: float
    most: float
    hours: bool = False

    def moment(self, town: Town, plan: float) -> datetime:
        """When the step comes, after the present moment."""
        amount = town.rng.uniform(self.least, self.most)
        return town.later(amount * 60 if self.hours else amount * plan)


STEPS = {
    "take": Step(Transition.TAKE, _take, 0.05, 0.4),
    "assign": Step(Transition.ASSIGN, _assign, 0.02, 0.1),
    "note": Step(Transition.NOTE, _note, 0.05, 0.25),
    "ask": Step(Transition.ASK, _ask, 0.02, 0.2),
    "reply": Step(Transition.REPLY, _reply, 0.5, 20, hours=True),
    "no_reply": Step(Transition.CLOSE, _no_reply, 63, 90, hours=True),
    "answer": Step(Transition.ANSWER, _answer, 0.05, 0.25),
    "wait": Step(Transition.WAIT, _wait, 0.02, 0.2),
    "resume": Step(Transition.RESUME, _resume, 5, 50, hours=True),
    "pass_on": Step(Transition.PASS_ON, _pass_on, 0.02, 0.2),
    "new_date": Step(Transition.NEW_DATE, _new_date, 0.1, 0.4),
    "visit": Step(Transition.VISIT, _visit, 0.05, 0.2),
    "hand_over": Step(Transition.HAND_OVER, _hand_over, 0.05, 0.25),
    "withdraw": Step(Transition.WITHDRAW, _withdraw, 0.05, 0.4),
    "close": Step(Transition.CLOSE, _close, 0.25, 0.6),
    "pass_comment": Step(Transition.CLOSE, _close, 2, 40, hours=True),
    "not_fixed": Step(Transition.NOT_FIXED, _not_fixed, 2, 50, hours=True),
    "opinion": Step(Transition.NOT_FIXED, _opinion, 0.5, 40, hours=True),
    "bad_opinion": Step(Transition.NOT_FIXED, _bad_opinion, 2, 50, hours=True),
}
