"""Gives a demonstration a few news items, events and council sessions, each marked as an example."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from parvis.apps.news.models import CouncilSession, Event, NewsItem
from parvis.apps.news.rules.plain_text import paragraphs
from parvis.apps.news.services.items import note_publication
from parvis.lib import clock

MONDAY = 0
NEWS: tuple[tuple[int, str, str, str, str], ...] = (
    (
        25,
        "Le compte de taxes, expliqué ligne par ligne",
        "Une séance d’information ouverte à tous, puis les mêmes réponses sur ce site.",
        "The tax bill, explained line by line",
        "An information session open to everyone, then the same answers on this site.",
    ),
    (
        11,
        "Le stationnement de nuit : regardez la veille, dès 16 h",
        "Il est interdit seulement les nuits où l’on déneige. La page de votre adresse le dit chaque jour.",
        "Night parking: look the day before, from 4 p.m.",
        "It is forbidden only on the nights of snow removal. The page of your address tells it every day.",
    ),
    (
        6,
        "La bibliothèque prolonge ses heures le mercredi",
        "Elle ferme maintenant à 20 h, pour celles et ceux qui rentrent tard.",
        "The library stays open later on Wednesdays",
        "It now closes at 8 p.m., for those who come home late.",
    ),
    (
        1,
        "Samedi, la Ville allume la place",
        "Feu, chocolat chaud et chorale de l’école, devant l’hôtel de ville.",
        "On Saturday, the Town lights up the square",
        "Fire, hot chocolate and the school choir, in front of the town hall.",
    ),
)
EVENTS: tuple[tuple[int, str, str, str, str], ...] = (
    (5, "La place s’allume", "Place de l’hôtel de ville", "The square lights up", "Town hall square"),
    (19, "L’heure du conte", "Bibliothèque municipale", "Story time", "Municipal library"),
    (-12, "Collecte de sang", "Centre communautaire", "Blood drive", "Community centre"),
)


@transaction.atomic
def seed_news_once() -> int:
    """Publishes the examples in a demonstration that has no news, and returns how many; 0 when it is not one."""
    if not settings.PARVIS_DEMO or NewsItem.objects.exists() or Event.objects.exists():
        return 0
    rows = [*_news(), *_events(), *_sessions(timezone.localdate(clock.now()))]
    for moment, row in rows:
        row.example = True
        row.save()
        with clock.at(moment):
            row.save_revision(clean=False).publish()
            note_publication(item=row, published=True)
    return len(rows)


def _news() -> Iterable[tuple[datetime, Any]]:
    for days, title_fr, text_fr, title_en, text_en in NEWS:
        values = {"title_fr": title_fr, "summary_fr": text_fr, "body_fr": paragraphs(text_fr)}
        values |= {"title_en": title_en, "summary_en": text_en, "body_en": paragraphs(text_en)}
        yield clock.now() - timedelta(days=days, hours=2), NewsItem(**values)


def _events() -> Iterable[tuple[datetime, Any]]:
    today = timezone.localdate(clock.now())
    for days, title_fr, place_fr, title_en, place_en in EVENTS:
        starts = _at(today + timedelta(days=days), time(16))
        names = {"title_fr": title_fr, "title_en": title_en, "place_fr": place_fr, "place_en": place_en}
        yield clock.now() - timedelta(days=20), Event(**names, starts_at=starts, ends_at=starts + timedelta(hours=3))


def _sessions(today: date) -> Iterable[tuple[datetime, Any]]:
    """The first Monday of the last month, of this one and of the next two."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    for _month in range(4):
        day = first + timedelta(days=(MONDAY - first.weekday()) % 7)
        session = CouncilSession(
            title_fr="Séance ordinaire du conseil",
            title_en="Ordinary session of the council",
            starts_at=_at(day, time(19, 30)),
            place_fr="Salle du conseil, hôtel de ville",
            place_en="Council room, town hall",
        )
        yield clock.now() - timedelta(days=30), session
        first = (first + timedelta(days=32)).replace(day=1)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
