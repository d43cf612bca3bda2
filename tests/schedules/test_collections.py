"""The next collections of an address: the same words for citizens, agents and programs."""

from datetime import date

import pytest
from django.utils import translation
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.places.models import Address, Sector
from parvis.apps.schedules.models import PickupRule
from parvis.apps.schedules.queries import collections
from parvis.apps.schedules.queries.collections import State, StreamDays
from parvis.operations.town import load
from tests.schedules.makers import local, plain
from tests.town.conftest import CARIGNAN, VILLAGE

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.PARVIS_DEMO = True


@pytest.fixture
def loaded(demo: None) -> None:
    load.load(VILLAGE, demo=True)


def at(civic: int, street: str) -> Address:
    return Address.objects.select_related("street", "sector").filter(civic=civic, street__name=street)[0]


MOULIN, LAC = (12, "place du Moulin"), (480, "rang du Lac")


def stream(where: tuple[int, str], slug: str, when: str) -> StreamDays:
    pickups = collections.pickups(at(*where), local(when))
    return next(stream_days for stream_days in pickups.streams if stream_days.stream == slug)


@pytest.mark.parametrize(
    ("where", "slug", "when", "state", "day"),
    [
        (MOULIN, "ordures", "2025-12-24 10:00", State.KNOWN, date(2025, 12, 26)),  # moved from Christmas
        (MOULIN, "ordures", "2025-12-25 10:00", State.KNOWN, date(2025, 12, 26)),
        (MOULIN, "ordures", "2025-12-27 10:00", State.KNOWN, date(2026, 1, 8)),  # across the new year
        (LAC, "ordures", "2025-12-27 10:00", State.KNOWN, date(2026, 1, 1)),  # the other Thursday
        (MOULIN, "ordures", "2026-11-26 23:59", State.KNOWN, date(2026, 11, 26)),  # the day itself, to its end
        (MOULIN, "ordures", "2026-11-27 00:00", State.KNOWN, date(2026, 12, 10)),
        (LAC, "ordures", "2026-04-17 10:00", State.KNOWN, date(2026, 5, 7)),  # 23 April is cancelled at the lake
        (MOULIN, "recyclage", "2026-11-24 10:00", State.KNOWN, date(2026, 12, 3)),
        (LAC, "recyclage", "2026-11-24 10:00", State.UNKNOWN, None),  # no calendar for the lake
        (MOULIN, "ordures", "2026-12-25 10:00", State.NOTHING, None),  # known to be the last one of the year
        (MOULIN, "ordures", "2027-01-01 10:00", State.UNKNOWN, None),  # next year's calendar is not available yet
        (MOULIN, "encombrants", "2026-05-15 10:00", State.KNOWN, date(2026, 10, 15)),
        (MOULIN, "encombrants", "2026-10-16 10:00", State.NOTHING, None),
    ],
)
def test_next_day(loaded: None, where: tuple[int, str], slug: str, when: str, state: State, day: date | None) -> None:
    stream_days = stream(where, slug, when)

    assert (stream_days.state, stream_days.day) == (state, day)


def test_words_in_both_languages(loaded: None) -> None:
    def said(lang: str, slug: str, when: str, where: tuple[int, str] = MOULIN) -> str:
        with translation.override(lang):
            return plain(stream(where, slug, when).words)

    assert (
        said("fr", "ordures", "2025-12-23 09:00") == "Ordures : vendredi 26 décembre. Déplacée du 25 décembre : Noël."
    )
    assert said("en", "ordures", "2025-12-23 09:00") == (
        "Garbage: Friday, December 26. Moved from December 25: Christmas."
    )
    assert said("fr", "ordures", "2026-11-25 09:00") == "Ordures : demain."
    assert said("en", "ordures", "2026-11-26 09:00") == "Garbage: today."
    assert said("fr", "ordures", "2027-01-05 09:00") == (
        "Ordures : le jour n’est pas connu, le dernier calendrier reçu allait jusqu’au 31 décembre 2026. Demandez à : "
        "Régie des matières résiduelles du Nord, 819 555-0150."
    )
    assert said("en", "recyclage", "2026-11-24 09:00", LAC) == (
        "Recycling: the day is not known here. Ask Northern waste board, 819 555-0150."
    )


@pytest.mark.parametrize(
    ("when", "may", "day"),
    [
        ("2026-05-05 16:59", True, date(2026, 5, 14)),  # Tuesday of the week before, one minute before 17 h
        ("2026-05-05 17:00", False, date(2026, 10, 15)),
        ("2026-10-06 12:00", True, date(2026, 10, 15)),
        ("2026-10-08 12:00", False, None),  # no later one is known
    ],
)
def test_can_i_still_book(loaded: None, when: str, may: bool, day: date | None) -> None:
    booking = stream(MOULIN, "encombrants", when).booking

    assert booking is not None and (booking.open, booking.day) == (may, day)


def test_words_of_a_reservation(loaded: None) -> None:
    with translation.override("en"):
        open_, late = (stream(MOULIN, "encombrants", f"2026-05-0{day} 09:00").booking for day in (4, 6))
    assert open_ and plain(open_.words) == (
        "Only where it is reserved, before Tuesday, May 5 at 5 p.m.: at the village front desk."
    )
    assert late and plain(late.words) == (
        "It is too late to reserve for that one. The next: the week of Thursday, October 15, reserved before "
        "Tuesday, October 6 at 5 p.m.: at the village front desk."
    )


def test_an_address_whose_sector_is_not_known_says_so_and_hands_over(loaded: None) -> None:
    new = at(*MOULIN)
    new.sector = new.latitude = new.longitude = None
    district = at(*MOULIN)
    district.latitude = district.longitude = None
    district.sector = Sector.objects.create(slug="q", kind="quartier", name_fr="Q", name_en="Q")
    with translation.override("en"):
        for address in (new, district):
            pickups = collections.pickups(address, local("2026-11-24 09:00"))
            assert not pickups.known and pickups.streams == ()
            assert plain(pickups.words) == (
                "The collection days of 12, place du Moulin are not known here. Ask Northern waste board, 819 555-0150."
            )
            assert collections.calendar_of_address(address, "fr") is None
    assert collections.calendar_of_sector("nowhere", "fr") is None


def test_outside_the_demonstration_an_invented_sector_or_rule_counts_as_missing(
    loaded: None, settings: Settings
) -> None:
    settings.PARVIS_DEMO = False
    assert not collections.pickups(at(*MOULIN), local("2026-11-24 09:00")).known
    Sector.objects.update(example=False)
    assert collections.pickups(at(*MOULIN), local("2026-11-24 09:00")).known
    PickupRule.objects.filter(stream__slug="ordures").update(example=True)
    PickupRule.objects.filter(stream__slug="recyclage").update(verified_on=None)
    pickups = collections.pickups(at(*MOULIN), local("2026-11-24 09:00"))
    assert [stream_days.state for stream_days in pickups.streams[:2]] == [State.UNKNOWN, State.UNKNOWN]
    settings.PARVIS_DEMO = True
    with translation.override("fr"):
        assert "(Exemple, à ne dire à personne.)" in stream(MOULIN, "ordures", "2026-11-24 09:00").words


def test_the_sample_town_knows_2024_ignores_2025_and_invents_2026(demo: None) -> None:
    load.load(CARIGNAN, demo=True)
    bellevue = (2555, "chemin Bellevue")

    assert stream(bellevue, "ordures", "2024-12-05 09:00").day == date(2024, 12, 27)
    assert not stream(bellevue, "ordures", "2024-12-05 09:00").example
    assert stream(bellevue, "ordures", "2025-06-01 09:00").state == State.UNKNOWN
    assert stream(bellevue, "ordures", "2026-11-24 09:00").example
    branches = stream(bellevue, "branches", "2026-05-08 11:59")
    assert branches.day == date(2026, 5, 11) and branches.booking is not None and branches.booking.open
    assert stream(bellevue, "branches", "2026-05-14 09:00").day == date(2026, 5, 11)  # the week goes on until Friday
    assert stream(bellevue, "branches", "2026-05-16 09:00").day != date(2026, 5, 11)


def test_asking_costs_the_same_for_one_stream_or_many(
    loaded: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = at(*MOULIN)
    collections.pickups(address)
    with django_assert_num_queries(5):
        collections.pickups(address)


# --- The calendar to subscribe to ----------------------------------------------------------------------------------


def events(address: Address, lang: str = "fr") -> dict[str, tuple[date, str]]:
    file = collections.calendar_of_address(address, lang)
    assert file is not None and file.content_type == "text/calendar; charset=utf-8"
    read = Calendar.from_ical(file.content)
    return {str(event["uid"]): (event.decoded("dtstart"), str(event["summary"])) for event in read.walk("VEVENT")}


def test_the_calendar_of_an_address_holds_the_days_to_come_and_those_of_its_sector(
    loaded: None, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T09:00:00-05:00"
    result = sorted(events(at(*MOULIN)).values())

    ahead = [(day.isoformat(), title) for day, title in result if day >= date(2026, 11, 24)]
    assert ahead == [
        ("2026-11-26", "Ordures"),
        ("2026-12-03", "Recyclage"),
        ("2026-12-10", "Ordures"),
        ("2026-12-17", "Recyclage"),
        ("2026-12-24", "Ordures"),
        ("2026-12-31", "Recyclage"),
    ]
    sector = collections.calendar_of_sector("village", "en")
    assert sector is not None and sector.name == "collections-the-village.ics"
    assert b"X-WR-CALNAME:Collections\\, The village" in sector.content
    assert {str(e["uid"]) for e in Calendar.from_ical(sector.content).walk("VEVENT")} == set(events(at(*MOULIN)))


def test_a_day_that_moves_keeps_its_name_in_the_calendars_that_subscribed(loaded: None, settings: Settings) -> None:
    settings.PARVIS_NOW = "2025-12-20T09:00:00-05:00"
    before = events(at(*MOULIN))
    assert (date(2025, 12, 26), "Ordures") in before.values()
    uid = next(uid for uid, (day, _) in before.items() if day == date(2025, 12, 26))
    PickupRule.objects.get(stream__slug="ordures", rank=0).stream.changes.all().delete()

    after = events(at(*MOULIN))

    assert after.keys() == before.keys()
    assert after[uid][0] == date(2025, 12, 25)


def test_the_same_calendar_asked_twice_is_the_same_to_the_byte(loaded: None) -> None:
    calendar_file, two = (collections.calendar_of_address(at(*MOULIN), "en") for _ in range(2))
    assert calendar_file and two and calendar_file.content == two.content
