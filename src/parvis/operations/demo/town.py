"""The town of this database as stories need it: who comes, who answers, who works, what is asked, when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import may_work
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.catalogue.models import Channel, Nature, Question, Subject
from parvis.apps.directory.models import Absence, Actor, Department, User
from parvis.apps.directory.queries import language_rule, working_calendar
from parvis.apps.directory.rules.permissions import Action, Role
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import register_person, update_person
from parvis.lib.clock import now, today
from parvis.lib.errors import NotAllowed
from parvis.operations.demo.marks import MARK, NOTE
from parvis.operations.demo.people import Neighbour, Spot, familiarity, fictional_number, neighbours
from parvis.operations.demo.pictures import draw_photo
from parvis.operations.demo.texts import Theme, picked, question_words, request_words, theme_of

SHARES = {Nature.REQUEST: 1.0, Nature.COMPLAINT: 0.8, Nature.INFORMATION: 0.25, Nature.COMMENT: 0.5}


class Town:
    """Draws all that a story needs from one `rng`; NotAllowed when nobody answers in the town, or nobody works."""

    def __init__(self, people: int, rng: Random) -> None:
        self.rng, self.calendar = rng, working_calendar()
        self.english = language_rule()
        users = list(User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("pk"))
        self._users = {user.pk: user for user in users}
        self.agents = [user for user in users if user.may(Action.TAKE_CONTACT)]
        self.workers = [user for user in users if user.may(Action.WORK_CASE)]
        rows = Subject.objects.filter(active=True).select_related("department", "external_body", "answer")
        self.subjects = list(rows.prefetch_related("questions", "variants").order_by("position", "slug"))
        if not (self.agents and self.subjects and any(Role.MANAGER in user.roles for user in users)):
            raise NotAllowed("Examples need a town with subjects, and people who answer and work: load one first.")
        self.departments = list(Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL))
        self.addresses = {row.pk: row for row in Address.objects.select_related("street", "sector").order_by("pk")}
        spots = [Spot(row.pk, row.label, row.street.name) for row in self.addresses.values()]
        self.neighbours = neighbours(people, spots, rng, english=self.english.status != "off")
        for rank, reach in ((2, "paper"), (3, "phone")):  # two familiar faces without e-mail
            who = self.neighbours[rank]
            home, phones = who.home or next(iter(spots), None), who.phones or (fictional_number(rng),)
            if home or reach == "phone":
                self.neighbours[rank] = replace(who, reach=reach, email="", home=home, phones=phones)
        self._familiarity = familiarity(people)
        self._persons: dict[int, Person] = {}
        self._absences = list(Absence.objects.order_by("pk").values_list("user_id", "first_day", "last_day"))
        self._themes = {subject.pk: theme_of(subject.slug, subject.title_fr) for subject in self.subjects}
        self._alike = Counter(theme.name for theme in self._themes.values())
        self._keys = 0

    def key(self) -> str:
        """A new key, which says that what it names is invented."""
        self._keys += 1
        return f"{MARK}{self._keys}"

    # --- When ---------------------------------------------------------------------------------------------------------

    def office_hour(self, day: date, until: datetime) -> datetime:
        """A moment of a working day when the offices are open, before `until`; after its opening in any case."""
        opens = self.calendar.start_of_day(day)
        minutes = self.calendar.working_minutes_between(opens, min(self.calendar.end_of_day(day), until))
        return self.later(self.rng.uniform(0.1, 0.96) * minutes, opens)

    def any_hour(self, day: date) -> datetime:
        """A moment of a day when people write, from morning to late evening."""
        hour = self.rng.triangular(7, 23, 13)
        return datetime.combine(day, time(), self.calendar.zone).astimezone(UTC) + timedelta(hours=hour)

    def later(self, minutes: float, since: datetime | None = None) -> datetime:
        """When so many minutes of work, one at least, have passed."""
        moment = self.calendar.add_working_minutes(since or now(), max(1, round(minutes)))
        return moment.astimezone(UTC) + timedelta(seconds=self.rng.randrange(60))

    # --- Who ----------------------------------------------------------------------------------------------------------

    def neighbour(self, channel: str, reach: str = "") -> Neighbour | None:
        """Who comes by that channel, at times nobody known; with `reach`, someone who is told of things in that way."""
        if reach:
            return self.rng.choice([who for who in self.neighbours if who.reach == reach] or self.neighbours)
        if self.rng.random() < 0.15:
            return None
        chosen = self.rng.choices(self.neighbours, cum_weights=self._familiarity, k=2)
        return chosen[0] if chosen[0].email or channel in (Channel.PHONE, Channel.COUNTER) else chosen[1]

    def person(self, who: Neighbour | None) -> Person | None:
        """The file of a neighbour, made the first time that they come."""
        if who is None:
            return None
        if who.rank not in self._persons:
            person = register_person(
                name=who.name,
                phone=who.phones[0] if who.phones else "",
                email=who.email,
                language=who.language,
                audience=who.audience,
                address=self.addresses[who.home.pk] if who.home else None,
                organisation=who.organisation,
                reach=who.reach,
                note=NOTE,
                by=Actor.system(),
            )
            for phone in who.phones[1:]:
                person = update_person(person=person, phone=phone, by=Actor.system())
            self._persons[who.rank] = person
        return self._persons[who.rank]

    def forget_rolled_back(self) -> None:
        """Forgets the people whose registration was rolled back with a refused step."""
        registered = [person.pk for person in self._persons.values()]
        kept = set(Person.objects.filter(pk__in=registered).values_list("pk", flat=True))
        self._persons = {rank: person for rank, person in self._persons.items() if person.pk in kept}

    def agent(self) -> User:
        """Someone of the answering desk who is there today."""
        return self._present(self.agents)

    def worker(self, case: Case) -> User:
        """The owner of a request, else someone of its department who may work on it, else anyone who may."""
        owner = self._users.get(case.owner_id or 0)
        if owner and may_work(owner, case):
            return owner
        able = [user for user in self.workers if may_work(user, case)]
        here = [user for user in able if user.may_in(Action.WORK_CASE, case.department_id)]
        return self._present(here or able or self.workers)

    def _present(self, users: Sequence[User]) -> User:
        day = today()
        away = {user for user, first, last in self._absences if first <= day <= last}
        return self.rng.choice([user for user in users if user.pk not in away] or users)

    # --- What ---------------------------------------------------------------------------------------------------------

    def subject(self, day: date, *, routable: bool) -> Subject:
        """What is asked about on a day, by the season: in a request, or as a question to answer."""
        rows = [row for row in self.subjects if (row.routable if routable else row.answerable)] or self.subjects
        return self.rng.choices(rows, [self._weight(row, day) for row in rows])[0]

    def _weight(self, subject: Subject, day: date) -> float:
        theme = self._themes[subject.pk]
        weight = theme.usual * theme.months[day.month - 1] * SHARES[Nature(subject.nature)]
        return float(max(0.01, weight) / self._alike[theme.name] ** 0.5)

    def theme(self, subject: Subject) -> Theme:
        """The theme of one of the subjects of the town."""
        return self._themes[subject.pk]

    def language(self, who: Neighbour | None) -> tuple[str, str]:
        """In which language someone speaks, and the ground of the town's rule on which it is English."""
        if who is None or who.language == "fr":
            return "fr", ""
        grounds = [slug for slug, _name in self.english.choices("fr")]
        return "en", self.rng.choice(grounds) if grounds else ""

    def question(self, subject: Subject, lang: str) -> str:
        """A question on a subject, in the town's own variants."""
        return question_words(self._own_words(subject, lang), self._title(subject, lang), self.rng)

    def new_request(
        self, subject: Subject, channel: str, who: Neighbour | None, *, comment: bool = False
    ) -> NewRequest:
        """What someone asks about a subject now: words, answers to its questions, place, photos."""
        rng, person, (lang, ground) = self.rng, self.person(who), self.language(who)
        place = self._place(subject, who, lang)
        common: dict[str, Any] = {"channel": channel, "language": lang, "english_ground": ground, "person": person}
        common |= {"audience": who.audience if who else "resident", "place": place}
        if comment:
            words = picked("citizens", "comments", lang, rng)
            return NewRequest(self.key(), subject, nature=Nature.COMMENT, words=words, **common)
        nature = Nature(subject.nature)
        if nature in (Nature.INFORMATION, Nature.COMMENT) and rng.random() < 0.6:
            nature = Nature.REQUEST
        own, title = self._own_words(subject, lang), self._title(subject, lang)
        asked = [question for question in subject.questions.all() if question.required or rng.random() < 0.55]
        shown = subject.place != Subject.Place.NONE and channel in (Channel.WEB, Channel.EMAIL) and rng.random() < 0.3
        return NewRequest(
            self.key(),
            subject,
            nature=nature,
            words=request_words(own, title, self._themes[subject.pk], lang, rng),
            details={question.key: self._reply(question, lang) for question in asked},
            on_behalf_of=rng.choice(self.neighbours).name if who and rng.random() < 0.02 else "",
            photos=[self.photo() for _ in range(rng.randint(1, 2))] if shown else [],
            **common,
        )

    def photo(self, by: Actor | None = None) -> Attachment:
        """A photo, from a citizen unless `by` says whose."""
        return keep_photo(draw_photo("photo.jpg", self.rng), by=by or Actor.citizen())

    def _own_words(self, subject: Subject, lang: str) -> list[str]:
        variants = sorted(subject.variants.all(), key=lambda variant: variant.pk)
        own = [variant.text for variant in variants if variant.language == lang]
        return own or [variant.text for variant in variants if variant.language == "fr"]

    def _title(self, subject: Subject, lang: str) -> str:
        return subject.title_en if lang == "en" else subject.title_fr

    def _place(self, subject: Subject, who: Neighbour | None, lang: str) -> Place:
        rng, addresses = self.rng, list(self.addresses.values())
        if rng.random() >= {Subject.Place.REQUIRED: 1.0, Subject.Place.OPTIONAL: 0.5}.get(
            Subject.Place(subject.place), 0.0
        ):
            return Place()
        if who and who.home and rng.random() < 0.6:
            return Place(self.addresses[who.home.pk])
        if addresses and rng.random() < 0.75:
            return Place(rng.choice(addresses))
        streets = [rng.choice(addresses).street.name if addresses else self._title(subject, lang) for _ in range(2)]
        text = picked("citizens", "near", lang, rng).format(street=streets[0], other=streets[1])
        return Place(words=text[:1].upper() + text[1:])

    def _reply(self, question: Question, lang: str) -> str:
        rng = self.rng
        if question.kind == Question.Kind.CHOICE and question.choices:
            return str(rng.choice(question.choices)["value"])
        if question.kind == Question.Kind.YESNO:
            return rng.choice(("yes", "no"))
        if question.kind == Question.Kind.NUMBER:
            return str(rng.randint(1, 12))
        if question.kind == Question.Kind.DATE:
            return (today() - timedelta(days=rng.randint(0, 9))).isoformat()
        return picked("citizens", "details", lang, rng)
