"""The cases that make the present: late, due today, to take, waiting, reopened, a call or a letter owed, a comment."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from bench.seeding.course import Course
from bench.seeding.generator import Generator, Story
from bench.seeding.hours import utc

TRIES = 120
DAY = 86_400.0

Wanted = Callable[[Course, float, float], bool]


def _running(course: Course) -> bool:
    return not course.comment and course.state in ("new", "working")


def _due(course: Course) -> float:
    return course.due.timestamp() if course.due else 0.0


def _call_owed(course: Course, until: float, tonight: float) -> bool:
    return any(call.done_at is None and abs(call.due_at.timestamp() - until) < DAY for call in course.calls)


# What is wanted: the stage where the story is held, and what must then be true (of the story, now, and tonight).
WANTED: tuple[tuple[str, str, Wanted], ...] = (
    ("to take", "new", lambda c, now, _end: _running(c) and c.owner is None and _due(c) > now),
    ("today", "taken", lambda c, now, end: _running(c) and now < _due(c) <= end),
    ("late", "taken", lambda c, now, _end: _running(c) and now - 4 * DAY < _due(c) < now),
    ("asked", "asked", lambda c, _now, _end: c.state == "asked"),
    ("call", "call", _call_owed),
    ("today", "new", lambda c, now, end: _running(c) and now < _due(c) <= end),
    ("waiting", "waiting", lambda c, _now, _end: c.state == "waiting"),
    ("comment", "comment", lambda c, _now, _end: c.comment and c.state == "new"),
    ("to take", "new", lambda c, now, _end: _running(c) and c.owner is None and _due(c) > now),
    ("letter", "new", lambda c, now, _end: c.steps[0].told == "post" and now - c.opening.at < DAY / 2),
    ("reopened", "reopened", lambda c, _now, _end: c.level > 0 and c.state == "new"),
)


def ready(teller: Generator, count: int) -> list[Story]:
    """At most that many stories, of each kind in turn; a kind that this town or this hour cannot give is left out.

    (Nothing is due today on a Sunday.) Each is drawn again until it is what is wanted.
    """
    midnight = datetime.combine(
        utc(teller.until).astimezone(teller.house.zone).date() + timedelta(days=1), time(0), teller.house.zone
    )
    stories = (_one(teller, WANTED[n % len(WANTED)], midnight.timestamp()) for n in range(count))
    return [story for story in stories if story is not None]


def _one(teller: Generator, wanted: tuple[str, str, Wanted], tonight: float) -> Story | None:
    _name, hold, holds = wanted
    town, rng = teller.town, teller.rng
    topics = [topic for topic in teller.house.topics if topic.routable]
    for _ in range(TRIES):
        topic = rng.choices(topics, [town.liking(item) for item in topics])[0]
        back = rng.uniform(0.05, 1.3 if hold in ("new", "comment") else 14) * teller.time.day
        at, channel = teller.time.add(teller.until, -back), town.channel()
        if at >= teller.until:
            continue
        story = teller.story(town.arrival(at, channel, topic, case=True, hold=hold))
        if holds(story.course, teller.until, tonight):
            return story
    return None
