"""What is known of the week of many subscribers at their address: worked out once for each sector."""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst

from parvis.apps.newsletter.models import WatchedPlace
from parvis.apps.newsletter.rules.week import Day, Week
from parvis.apps.places.models import Sector
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.schedules.queries.collections import pickups_in
from parvis.apps.schedules.queries.sectors import collection_sector
from parvis.lib import clock, quebec

AHEAD = timedelta(days=7)


class Weeks:
    """The weeks of the subscribers who watch an address. The queries depend on the sectors, not on the subscribers."""

    def __init__(self) -> None:
        self._places: dict[int, WatchedPlace] = {}
        self._read: set[int] = set()
        self._sectors: SectorMap | None = None
        self._days: dict[tuple[int, str], list[Day]] = {}

    def read(self, subscribers: Collection[int]) -> None:
        """Reads the addresses of these subscribers."""
        new = set(subscribers) - self._read
        self._read |= new
        rows = WatchedPlace.objects.filter(subscriber__in=new, address__isnull=False).order_by("-pk")
        self._places |= {row.subscriber_id: row for row in rows.select_related("address__street", "address__sector")}

    def of(self, subscriber_id: int, language: str) -> Week | None:
        """The week of a subscriber that was read; None without an address, or when nothing is known of its days."""
        place = self._places.get(subscriber_id)
        if place is None or place.address is None:
            return None
        if self._sectors is None:
            self._sectors = SectorMap()
        sector = collection_sector(place.address, self._sectors)
        if sector is None:
            return None
        if (sector.pk, language) not in self._days:
            with translation.override(language):
                self._days[sector.pk, language] = _days(sector, language)
        days = self._days[sector.pk, language]
        url = settings.PARVIS_URL + reverse("public:my_address", args=[place.address.pk])
        return Week(place.address.street.name, days, url) if days else None


def _days(sector: Sector, language: str) -> list[Day]:
    today = clock.today()
    streams = pickups_in(sector).streams
    shown = [stream for stream in streams if settings.PARVIS_DEMO or not stream.example]
    soon = sorted((stream.day, stream.title, stream.note) for stream in shown if stream.day)
    return [
        Day(capfirst(quebec.day_short(day, language, today=today)), title, note)
        for day, title, note in soon
        if today <= day <= today + AHEAD
    ]
