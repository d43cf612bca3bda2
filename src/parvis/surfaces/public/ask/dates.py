"""The next dates of the home page: those of the subjects, the council sessions, the events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from parvis.apps.content.queries.snapshot import Family, SubjectCard
from parvis.apps.news.models import CouncilSession, Event
from parvis.apps.news.queries.snapshot import next_gatherings
from parvis.lib import clock, quebec
from parvis.surfaces.public.ask.screen import all_cards

DATES = 4


@dataclass(frozen=True)
class NextDate:
    """One date: `near` is "tomorrow" or the day of the week; `mark` is not empty for an example."""

    when: date
    words: str
    url: str
    mark: str = ""
    example: bool = False

    @property
    def near(self) -> str:
        days = (self.when - clock.today()).days
        lang = get_language() or "fr"
        return (
            quebec.relative_day(self.when, clock.today(), lang) if days in (0, 1) else quebec.weekday(self.when, lang)
        )

    @property
    def is_near(self) -> bool:
        return (self.when - clock.today()).days <= 1


@dataclass(frozen=True)
class AnsweredFamily:
    """The subjects of a family that have an answer, and the nearest of their dates, if any."""

    slug: str
    title: str
    cards: tuple[SubjectCard, ...]

    @property
    def next_date(self) -> NextDate | None:
        return min(filter(None, map(_of_card, self.cards)), key=lambda each: each.when, default=None)


def answered(families: Iterable[Family]) -> list[AnsweredFamily]:
    """The families, without the subjects that may only be requested; those left empty are dropped."""
    rows = [
        AnsweredFamily(family.slug, family.title, tuple(card for card in family.cards if card.kind != "request"))
        for family in families
    ]
    return [row for row in rows if row.cards]


def next_dates() -> list[NextDate]:
    """The DATES nearest dates; a date shared by several subjects appears once. No query while caches are current."""
    cards = map(_of_card, reversed(all_cards()))
    dated = {(each.when, each.words): each for each in cards if each}
    dates = [*dated.values(), *(_of_gathering(each) for each in next_gatherings())]
    return sorted(dates, key=lambda each: (each.when, each.words))[:DATES]


def _of_card(card: SubjectCard) -> NextDate | None:
    following = card.next_date
    if following is None:
        return None
    return NextDate(following.when, following.label, reverse("public:answer", args=[card.slug]), following.mark)


def _of_gathering(gathering: Event | CouncilSession) -> NextDate:
    local, lang = timezone.localtime(gathering.starts_at), get_language() or "fr"
    name = "event" if isinstance(gathering, Event) else "session"
    words = f"{gathering.title}, {quebec.hour(local, lang)}"
    return NextDate(local.date(), words, reverse(f"public:{name}", args=[gathering.pk]), "", gathering.example)
