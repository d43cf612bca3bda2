"""What comes in, day after day: when, by which channel, from whom, about what. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from bench.seeding import seasons
from bench.seeding.hours import WorkTime, utc
from bench.seeding.lifecycle_simulator import agent_at
from bench.seeding.town_data import Asking, Staff, Topic, TownData
from parvis.operations.demo.people import CHANNELS, Neighbour, Spot
from parvis.operations.demo.texts import drawn, picked, question_words, request_words, theme_of

COMMENTS = 0.05
LEFT = (("new", "taken", "asked", "waiting"), (8, 5, 1, 1))  # where a request that nobody ends stops, and how often
ASKED_ALONE = 0.45  # how many of those who only ask are written down as someone known


@dataclass(frozen=True)
class Arrival:
    """Someone who comes in. `case`: what they ask becomes a request, otherwise it is a question. `agent` is None when
    they write alone; `hold` is for `course.Opening`.
    """

    at: float
    case: bool
    channel: str
    topic: Topic
    neighbour: Neighbour | None
    language: str
    audience: str
    agent: Staff | None
    hold: str = ""


@dataclass(frozen=True)
class Request:
    """What is asked in a case: the words, the answers to the questions by key, the place."""

    nature: str
    words: str
    answers: dict[str, str]
    spot: Spot | None
    place_text: str
    on_behalf_of: str
    photos: int


class Town:
    """Draws arrivals. `people` and `known` (their cumulative weights) are those of `people`; `left` is the share of the
    requests that nobody ends.
    """

    def __init__(
        self,
        town_data: TownData,
        worktime: WorkTime,
        people: Sequence[Neighbour],
        known: Sequence[float],
        rng: Random,
        left: float = 0.0,
    ) -> None:
        self.house, self.time, self.people, self.known, self.rng = town_data, worktime, people, known, rng
        self.left = left
        self.theme = {topic.slug: theme_of(topic.slug, topic.titles["fr"]) for topic in town_data.topics}
        shared = Counter(theme.name for theme in self.theme.values())
        self._part = {topic.slug: 1 / shared[self.theme[topic.slug].name] ** 0.5 for topic in town_data.topics}
        self._routable = [topic for topic in town_data.topics if topic.routable]
        self._answerable = [topic for topic in town_data.topics if topic.answerable]
        self._share = {"request": 1.0, "complaint": 0.8, "information": 0.25, "comment": 0.5}

    def days(self, first: date, until: float, cases: int, questions: int) -> Iterator[list[Arrival]]:
        """The arrivals of each day in order, from the first day to the present: so many cases, so many questions."""
        today = utc(until).astimezone(self.house.zone).date()
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        storms = seasons.storms_between(first, today, self.rng)
        weights = [self._weight(day, first, today, until) for day in days]
        answered = [weight * self.time.is_worked(day) for day, weight in zip(days, weights, strict=True)]
        counts = [
            Counter(self.rng.choices(range(len(days)), many, k=n)) if sum(many) else Counter[int]()
            for n, many in ((cases, weights), (questions, answered))
        ]
        for n, day in enumerate(days):
            storm = storms.get(day, {})
            result = [
                self._arrival(day, today, until, pool, case)
                for pool, case, count in (
                    (self._pool(self._routable, day, storm, case=True), True, counts[0][n]),
                    (self._pool(self._answerable or self._routable, day, storm, case=False), False, counts[1][n]),
                )
                for _ in range(count)
            ]
            yield sorted(result, key=lambda arrival: arrival.at)

    def _weight(self, day: date, first: date, today: date, until: float) -> float:
        weight = seasons.day_weight(day, worked=self.time.is_worked(day), years=(day - first).days / 365)
        if day != today:
            return weight
        start = self._midnight(day)
        whole = self.time.worked(start + 86_400) - self.time.worked(start)
        done = self.time.worked(until) - self.time.worked(start)
        return max(0.001, weight * (done / whole if whole else (until - start) / 86_400))

    def _midnight(self, day: date) -> float:
        return datetime.combine(day, time(0), self.house.zone).timestamp()

    def _pool(
        self, topics: Sequence[Topic], day: date, storm: dict[str, float], *, case: bool
    ) -> tuple[Sequence[Topic], list[float]]:
        weights = (
            seasons.weight(self.theme[topic.slug], day, storm)
            * self._part[topic.slug]
            * (self._share[topic.nature] if case else 1.0)
            for topic in topics
        )
        return topics, list(accumulate(weights))

    def _arrival(
        self, day: date, today: date, until: float, pool: tuple[Sequence[Topic], list[float]], case: bool
    ) -> Arrival:
        rng = self.rng
        topic = rng.choices(pool[0], cum_weights=pool[1])[0]
        at, channel = self._moment(day, today, until, case)
        held = case and self.left and rng.random() < self.left
        return self.arrival(at, channel, topic, case=case, hold=rng.choices(*LEFT)[0] if held else "")

    def arrival(self, at: float, channel: str, topic: Topic, *, case: bool, hold: str = "") -> Arrival:
        """Someone who comes in at that moment, by that channel, about that subject.

        Held at a call that is owed, it is someone without e-mail.
        """
        rng = self.rng
        who = self._who(channel, case)
        while hold == "call" and (who is None or who.reach != "phone") and rng.random() < 0.97:
            who = self._who(channel, case)
        agent = None if channel == "web" else agent_at(self.house, at, rng)
        language = who.language if who else ("en" if self.house.english != "off" and rng.random() < 0.05 else "fr")
        audience = who.audience if who else "resident"
        return Arrival(at, case, channel, topic, who, language, audience, agent, hold)

    def _moment(self, day: date, today: date, until: float, case: bool) -> tuple[float, str]:
        """When, and by which channel: nobody answers when the offices are closed, and people still write.

        Who only asks does not write on the site, where the answers are.
        """
        rng, start = self.rng, self._midnight(day)
        last = until if day == today else start + 86_400
        worked = self.time.worked(last) - self.time.worked(start)
        table = CHANNELS if worked > 0 else seasons.CLOSED_CHANNELS
        channel = drawn(table, rng)
        if not case and channel in ("web", "email"):
            channel = "phone"
        if channel in ("phone", "counter"):
            if day == today:
                return self.time.add(start, worked * rng.uniform(0.02, 0.99)), channel
            return self.time.moment_of(day, rng), channel
        hour = drawn(seasons.WRITING_HOURS, rng)
        at = start + (hour + rng.random()) * 3600
        at = at if at < last else start + (last - start) * rng.random()
        handled = self.time.add(at, rng.uniform(0.1, 2) * 3600) if channel == "email" else at
        return (handled, channel) if handled < last else (at, "web")

    def liking(self, topic: Topic) -> float:
        """How often that subject becomes a case, whatever the season."""
        return float(self.theme[topic.slug].usual * self._part[topic.slug] * self._share[topic.nature])

    def channel(self) -> str:
        """A channel on a day when the offices open."""
        return str(drawn(CHANNELS, self.rng))

    def _who(self, channel: str, case: bool) -> Neighbour | None:
        known = (0.88 if channel in ("email", "web") else 0.8) if case else ASKED_ALONE
        if self.rng.random() >= known:
            return None
        who = self.rng.choices(self.people, cum_weights=self.known)[0]
        if channel in ("email", "web") and not who.email:  # who writes has an address: another of them
            who = self.rng.choices(self.people, cum_weights=self.known)[0]
        return who

    # --- What is asked --------------------------------------------------------------------------------------------

    def request(self, arrival: Arrival) -> Request:
        """What someone asks when it becomes a case."""
        rng, topic, lang = self.rng, arrival.topic, arrival.language
        comment = (
            arrival.hold == "comment" or (not arrival.hold and rng.random() < COMMENTS) or topic.nature == "comment"
        )
        if comment:
            words = picked("citizens", "comments", lang, rng)
            return Request("comment", words, {}, None, "", "", 0)
        nature = topic.nature
        if nature == "information" and rng.random() < 0.6:
            nature = "request"
        words = request_words(topic.own_words(lang), topic.titles[lang], self.theme[topic.slug], lang, rng)
        spot, place = self._where(arrival)
        behalf = "" if rng.random() > 0.02 or not arrival.neighbour else f"{self.rng.choice(self.people).name}"
        asked = [ask for ask in topic.questions if ask.required or rng.random() < 0.55]
        answers = {ask.key: self._answer(ask, arrival.at, lang) for ask in asked}
        shown = topic.place != "none" and arrival.channel in ("web", "email") and rng.random() < 0.3
        return Request(nature, words, answers, spot, place, behalf, rng.randint(1, 2) if shown else 0)

    def question(self, arrival: Arrival) -> str:
        """What someone asks when it is answered on the spot."""
        topic, lang = arrival.topic, arrival.language
        return question_words(topic.own_words(lang), topic.titles[lang], self.rng)

    def _where(self, arrival: Arrival) -> tuple[Spot | None, str]:
        rng, spots = self.rng, self.house.spots
        wanted = {"required": 1.0, "optional": 0.5}.get(arrival.topic.place, 0.0)
        if rng.random() >= wanted:
            return None, ""
        if not spots or rng.random() < 0.1:
            streets = [rng.choice(spots).street for _ in range(2)] if spots else [self.house.name] * 2
            text = picked("citizens", "near", "fr" if arrival.agent else arrival.language, rng).format(
                street=streets[0], other=streets[1]
            )
            return None, text[:1].upper() + text[1:]
        home = arrival.neighbour.home if arrival.neighbour else None
        return (home if home and rng.random() < 0.65 else rng.choice(spots)), ""

    def _answer(self, ask: Asking, at: float, lang: str) -> str:
        rng = self.rng
        if ask.kind == "choice" and ask.values:
            return rng.choice(ask.values)
        if ask.kind == "yesno":
            return rng.choice(("yes", "no"))
        if ask.kind == "number":
            return str(rng.randint(1, 12))
        if ask.kind == "date":
            return (utc(at).date() - timedelta(days=rng.randint(0, 9))).isoformat()
        return picked("citizens", "details", lang, rng)
