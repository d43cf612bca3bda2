"""Three years of a town, from the first day to the present, told into a ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from bench.seeding.arrivals import Arrival, Request, Town
from bench.seeding.course import Course
from bench.seeding.hours import WorkTime, utc
from bench.seeding.ledger import Happened, Ledger, Posted
from bench.seeding.lifecycle_simulator import Call, Opening, Step, agent_at
from bench.seeding.reading import Rows, Speaking
from bench.seeding.town_data import Staff, TownData
from parvis.apps.cases.models import Case, Checkpoint, Entry
from parvis.apps.cases.queries.destinations import Destination, route_for
from parvis.apps.cases.services.journal import EntryDraft, draft
from parvis.apps.cases.services.opening.details import checked
from parvis.apps.cases.services.opening.numbers import next_numbers
from parvis.apps.catalogue.models import Question, Subject
from parvis.apps.catalogue.queries.subjects import rules
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import Actor
from parvis.apps.directory.queries import assignee_for
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Address
from parvis.lib.ids import make_reference
from parvis.operations.demo.marks import MARK
from parvis.operations.demo.people import Neighbour
from parvis.operations.demo.texts import drawn, picked

GROUNDS = ("before-2021", "eligible", "newcomer", "outside", "safety")
OUTCOMES = (("answered", 84), ("transfer", 5), ("callback", 4), ("not_ours", 4), ("none", 3))
LENGTHS = {"phone": (70, 420), "counter": (150, 900), "email": (120, 500), "web": (40, 300)}


@dataclass(frozen=True)
class Story:
    """A case to be: who came, what they asked, where it went, how it went."""

    arrival: Arrival
    request: Request
    way: Destination
    course: Course


class Generator:
    """Turns arrivals into rows."""

    def __init__(
        self, town_data: TownData, rows: Rows, worktime: WorkTime, town: Town, ledger: Ledger, until: float
    ) -> None:
        self.house, self.rows, self.time, self.town, self.ledger, self.until = (
            town_data,
            rows,
            worktime,
            town,
            ledger,
            until,
        )
        self.rng: Random = town.rng
        self.recorded = utc(until) if Checkpoint.objects.exists() else None  # what was signed before stays as it was
        self.speaking = Speaking(utc(until).astimezone(town_data.zone).date())
        self._named: dict[tuple[int, int, date], Staff | None] = {}
        self._asked: dict[int, list[Question]] = {}
        self._ways: dict[tuple[int, int | None, str, str], Destination] = {}
        heard = [rule for rule in rules()[0] if rule.words]
        named = {slug for rule in heard for slug in rule.subjects}
        everywhere = any(not rule.subjects for rule in heard)
        self._by_words = {topic.slug for topic in town_data.topics if everywhere or topic.slug in named}
        self._staff = {worker.pk: worker for office in town_data.offices.values() for worker in office.workers}

    def generate(self, first: date, cases: int, questions: int, ready: Sequence[Story]) -> None:
        """Everything in the order of time; `ready` are stories told beforehand, which count among the cases."""
        coming = sorted(ready, key=lambda story: story.arrival.at)
        for day in self.town.days(first, self.until, cases - len(ready), questions):
            upto = day[-1].at if day else 0.0
            told = [self.story(arrival) for arrival in day if arrival.case]
            while coming and (coming[0].arrival.at <= upto):
                told.append(coming.pop(0))
            self._day([arrival for arrival in day if not arrival.case], told)
        self._day([], coming)
        self.ledger.close(utc(self.until))

    def _day(self, questions: Sequence[Arrival], stories: Sequence[Story]) -> None:
        moments: list[tuple[float, int, Arrival | Story]] = []
        moments += [(one.at, n, one) for n, one in enumerate(questions)]
        moments += [(one.arrival.at, len(questions) + n, one) for n, one in enumerate(stories)]
        moments.sort(key=lambda item: item[:2])
        if not moments:
            return
        self.ledger.settle(utc(moments[0][0]))
        numbers = self._numbers([story.arrival.at for story in stories])
        for at, _n, arrival in moments:
            if isinstance(arrival, Story):
                year = utc(at).astimezone(self.house.zone).year
                self._case(arrival, make_reference(year, next(numbers[year])))
            else:
                self._question(arrival)

    def _numbers(self, moments: Sequence[float]) -> dict[int, Iterator[int]]:
        years = [utc(at).astimezone(self.house.zone).year for at in moments]
        return {year: iter(next_numbers(year, years.count(year))) for year in dict.fromkeys(years)}

    # --- A case ---------------------------------------------------------------------------------------------------

    def story(self, arrival: Arrival) -> Story:
        """What someone asks, where the town's rules send it, and all that follows."""
        request = self.town.request(arrival)
        address = self.rows.addresses[request.spot.pk] if request.spot else None
        subject = self.rows.subjects[arrival.topic.pk]
        way = self._way(subject, address, request.words, arrival.audience, request.nature)
        opening = Opening(
            topic=arrival.topic,
            nature=request.nature,
            channel=arrival.channel,
            language=arrival.language,
            words=request.words,
            at=arrival.at,
            agent=arrival.agent,
            office=self.house.offices[way.department.slug],
            owner=self._owner(way, arrival.at),
            urgent=subject.urgent or way.urgent,
            rule=way.rule_name,
            reach=_reach(arrival.neighbour),
            photos=request.photos,
            hold=arrival.hold,
        )
        return Story(arrival, request, way, Course(opening, self.house, self.time, self.rng, self.until).tell())

    def _way(self, subject: Subject, address: Address | None, words: str, audience: str, nature: str) -> Destination:
        """As `cases.queries.destinations.route_for`, asked once where the words change nothing."""
        if subject.slug in self._by_words:
            return route_for(subject, address, words, audience, nature)
        known = (subject.pk, address.pk if address else None, audience, nature)
        if known not in self._ways:
            self._ways[known] = route_for(subject, address, words, audience, nature)
        return self._ways[known]

    def _owner(self, way: Destination, at: float) -> Staff | None:
        if way.owner is None:
            return None
        asked = (way.department.pk, way.owner.pk, utc(at).astimezone(self.house.zone).date())
        if asked not in self._named:
            user = assignee_for(way.department, owner=way.owner, on=asked[2])
            self._named[asked] = self._staff.get(user.pk) if user else None
        return self._named[asked]

    def _case(self, story: Story, reference: str) -> None:
        ledger, arrival, opening = self.ledger, story.arrival, story.course.opening
        at, number = utc(arrival.at), self.ledger.next_case
        person = ledger.person(arrival.neighbour, at)
        subject = self.rows.subjects[arrival.topic.pk]
        due, way, request = story.course.steps[0], story.way, story.request
        questions = [] if story.course.comment else self._questions(subject)
        case = Case(
            reference=reference,
            key=f"{MARK}{ledger.label}:{number}",
            secret=ledger.secret(),
            code=ledger.code(),
            subject=subject,
            nature=request.nature,
            audience=arrival.audience,
            channel=arrival.channel,
            language=arrival.language,
            words=request.words,
            details=checked(questions, request.answers),
            address=self._address(request),
            place_text=request.place_text,
            person_id=person,
            on_behalf_of=request.on_behalf_of,
            department_id=way.department.pk,
            owner_id=opening.owner.pk if opening.owner else None,
            external_body_id=way.external_body.pk if way.external_body else None,
            why_here_fr=way.why_fr,
            why_here_en=way.why_en,
            urgent=opening.urgent,
            promise="" if story.course.comment else subject.target,
            due_at=story.course.first_due,
            ack_due_at=None if story.course.comment else promise(due.at, subject.ack, self.house.calendar).due_at,
            opened_at=due.at,
            changed_at=due.at,
        )
        case.pk = number
        for happened in self._journal(case, story):
            ledger.happened(happened)
        ledger.case(case)
        name = arrival.neighbour.name if arrival.neighbour else ""
        parts = [case.reference, case.title, subject.title_fr, subject.title_en, case.words, case.full_place, name]
        ledger.index("case", number, " ".join(parts))
        self._door(story, number, at)

    def _questions(self, subject: Subject) -> list[Question]:
        if subject.pk not in self._asked:
            self._asked[subject.pk] = list(subject.questions.all())
        return self._asked[subject.pk]

    def _address(self, request: Request) -> Address | None:
        return self.rows.addresses[request.spot.pk] if request.spot else None

    def _journal(self, case: Case, story: Story) -> Iterator[Happened]:
        course, numbers = story.course, dict[int, int]()
        calls = {call.step: call for call in course.calls}
        said = {opinion.reopening or opinion.closing: opinion for opinion in course.opinions}
        closed_by = case.department_id
        for number, step in enumerate(course.steps, 1):
            photos = [self.ledger.photo(step.at, step.actor) for _ in range(step.photos)]
            entry = draft(
                case,
                self._line(step, photos),
                at=step.at,
                recorded_at=self.recorded,
                opening=number == 1,
                changes=step.changes,
                salt=self.rng.randbytes(16).hex(),
            )
            case.changed_at = step.at
            if step.kind == "closed":
                closed_by = case.department_id
            kept, who = [photo.pk for photo in photos], story.arrival.neighbour
            posted = self._posted(step.at) if step.told == "post" else None
            yield Happened(entry, kept, calls.get(number), said.get(number), case, who, numbers, closed_by, posted)

    def _posted(self, asked: datetime) -> Posted:
        """When a letter on paper was printed and posted: in one to four working days, unless that is still to come."""
        at = self.time.add(asked.timestamp(), self.rng.uniform(1, 4) * self.time.day)
        return Posted(utc(at), agent_at(self.house, at, self.rng).pk) if at <= self.until else Posted()

    def _line(self, step: Step, photos: Sequence[Attachment]) -> EntryDraft:
        return EntryDraft(
            Entry.Kind(step.kind),
            by=Actor.staff(self.rows.users[step.actor]) if step.actor else Actor.system(),
            body=step.body,
            proof=step.proof,
            notified_via=step.told,
            by_citizen=step.by_citizen,
            data=dict(step.data),
            photos=photos,
        )

    def _door(self, story: Story, number: int, at: datetime) -> None:
        """The contact in which the case was asked, with at times a question beside it."""
        arrival, request, way = story.arrival, story.request, story.way
        agent = arrival.agent.pk if arrival.agent else None
        contact = self._contact(arrival, at, request.words)
        self.ledger.matter(
            contact,
            "case",
            at,
            agent,
            words=request.words,
            subject=arrival.topic.pk,
            nature=request.nature,
            case=number,
            department=way.department.pk,
        )

    def _contact(self, arrival: Arrival, at: datetime, words: str) -> int:
        shortest, longest = LENGTHS[arrival.channel]
        seconds = int(self.rng.triangular(shortest, longest, shortest * 2))
        ended, agent = min(at + timedelta(seconds=20), utc(self.until)), arrival.agent.pk if arrival.agent else None
        contact = self.ledger.contact(
            *(ended, seconds, arrival.channel, agent, arrival.neighbour, arrival.language),
            ground=self.rng.choice(GROUNDS) if self.house.english == "exception" else "",
            audience=arrival.audience,
            text=words if arrival.channel in ("email", "web") else "",
        )
        if arrival.channel == "counter":
            began, waited = ended - timedelta(seconds=seconds), int(self.rng.triangular(5, 1500, 120))
            day = began.astimezone(self.house.zone).date()
            self.ledger.visit(contact, day, waited, began, agent, arrival.language)
        return contact

    # --- A question -------------------------------------------------------------------------------------------------

    def _question(self, arrival: Arrival) -> None:
        """Someone who is answered on the spot, put through, called back, shown the right door, or not helped."""
        at, topic, ledger = utc(arrival.at), arrival.topic, self.ledger
        outcome = drawn(OUTCOMES, self.rng)
        if topic.slug not in self.speaking and outcome == "answered":
            outcome = "transfer"
        if outcome == "not_ours" and topic.external_body is None:
            outcome = "answered" if topic.slug in self.speaking else "transfer"
        agent = arrival.agent.pk if arrival.agent else None
        contact = self._contact(arrival, at, "")
        if outcome == "none":
            ledger.matter(
                contact, "none", at, agent, words=picked("citizens", "unanswered", arrival.language, self.rng)
            )
            return
        words, values = self.town.question(arrival), {}
        if outcome == "transfer":
            office = self.house.offices[topic.office]
            office = self.house.desk if office.outside else office
            values = {"department": office.pk, "receiver": None, "note": picked("staff", "put_through", "fr", self.rng)}
            inside = [worker for worker in office.workers if office is not self.house.desk]
            values["receiver"] = self.rng.choice(inside).pk if inside else None
        elif outcome == "not_ours":
            values = {"department": topic.external_body}
        matter = ledger.matter(contact, outcome, at, agent, words=words, subject=topic.pk, **values)
        if outcome == "answered":
            spoken = self.speaking.say(topic.slug, arrival.language, arrival.audience)
            ledger.say(matter, spoken, at, {"text": words, "audience": arrival.audience})
        elif outcome == "callback":
            self._promise_call(arrival, contact, matter)

    def _promise_call(self, arrival: Arrival, contact: int, matter: int) -> None:
        rng, who = self.rng, arrival.neighbour
        due = self.time.add(arrival.at, rng.uniform(2, 10) * 3600)
        made = self.time.add(arrival.at, rng.uniform(0.5, 9) * 3600)
        phone = who.phones[0] if who and who.phones else f"+1450555{rng.randint(100, 199):04d}"
        call = Call(0, utc(due), picked("staff", "reasons_to_call", arrival.language, rng))
        if made <= self.until:
            call.done_at, call.done_by = utc(made), agent_at(self.house, made, rng).pk
            call.note = picked("staff", "calls", arrival.language, rng)
        self.ledger.owe(matter, contact, who, phone, call)


def _reach(who: Neighbour | None) -> str:
    """As `cases.services.transitions.notification_channel` says it."""
    if who is None or who.reach == "none":
        return ""
    if who.reach == "email" and who.email:
        return "email"
    if who.reach == "paper" and who.home:
        return "post"
    return "phone" if who.phones else ""
