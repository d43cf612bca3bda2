"""The stops near an address and the next departures, from a timetable in the GTFS format."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.places.models import Address
from parvis.apps.places.queries.plan import plan
from parvis.apps.schedules.loading.transit import FeedFileError, load_gtfs
from parvis.apps.schedules.models import Feed, StopTime, TransitInfo, TransitStop
from parvis.apps.schedules.queries import transit
from parvis.apps.schedules.queries.transit import Departures, State
from parvis.cli.main import main
from parvis.operations.town import load
from tests.factories import SmallTown, make_address
from tests.schedules.feeds import TABLES, write_feed
from tests.schedules.makers import local, plain
from tests.town.conftest import CARIGNAN
from tools import example_gtfs

pytestmark = pytest.mark.django_db
TUESDAY = "2026-11-24"


@pytest.fixture
def quai(town: SmallTown) -> Address:
    """12, rue du Quai, with coordinates."""
    Address.objects.filter(pk=town.address.pk).update(latitude=48.0, longitude=-66.0)
    return Address.objects.select_related("street").get(pk=town.address.pk)


@pytest.fixture
def feed(quai: Address, tmp_path: Path) -> Path:
    path = write_feed(tmp_path / "anse.zip")
    load_gtfs(path)
    return path


def times(departures: Departures) -> list[tuple[str, str, list[str]]]:
    return [(line.short, line.stop.name, [f"{when:%d %H:%M}" for when in line.times]) for line in departures.lines]


@pytest.mark.parametrize(
    ("when", "state", "expected"),
    [
        (f"{TUESDAY} 07:00", State.KNOWN, [("1", ["24 08:02", "24 17:02", "25 01:10"]), ("9", ["24 12:00"])]),
        (f"{TUESDAY} 08:02", State.KNOWN, [("1", ["24 08:02", "24 17:02", "25 01:10"]), ("9", ["24 12:00"])]),
        (f"{TUESDAY} 08:03", State.KNOWN, [("9", ["24 12:00"]), ("1", ["24 17:02", "25 01:10"])]),
        (f"{TUESDAY} 23:00", State.KNOWN, [("1", ["25 01:10"])]),  # after midnight is still today's service
        ("2026-11-25 00:30", State.KNOWN, [("1", ["25 01:10", "25 08:02", "25 17:02"]), ("9", ["25 12:00"])]),
        ("2026-11-28 00:30", State.KNOWN, [("1", ["28 01:10"])]),  # Friday's night, on a Saturday without service
        ("2026-11-28 02:00", State.NOTHING, []),
        ("2026-11-29 12:00", State.NOTHING, []),  # a Sunday
        ("2026-12-25 09:00", State.KNOWN, [("1", ["25 10:00"])]),  # Christmas has a service of its own
        ("2026-12-25 10:01", State.NOTHING, []),
        ("2026-12-31 23:30", State.KNOWN, [("1", ["01 01:10"])]),  # the last night of the timetable
        ("2027-01-01 12:00", State.EXPIRED, []),
        ("2026-08-23 12:00", State.NOT_YET, []),
    ],
)
def test_next_departures(quai: Address, feed: Path, when: str, state: State, expected: list[object]) -> None:
    departures = transit.departures(quai, local(when))

    assert departures.state == state
    assert [(line, hours) for line, _stop, hours in times(departures)] == expected


def test_each_line_is_told_from_its_nearest_stop_and_a_last_stop_is_no_departure(quai: Address, feed: Path) -> None:
    departures = transit.departures(quai, local(f"{TUESDAY} 07:00"))

    assert [(stop.name, stop.number, stop.metres) for stop in departures.stops] == [
        ("Quai / Anse", "101", 111),
        ("Quai / Église", "102", 334),
    ]
    assert {stop for _line, stop, _hours in times(departures)} == {"Quai / Anse"}
    assert not any(line.headsign == "Quai" for line in departures.lines)  # it only puts people down here
    assert StopTime.objects.filter(stop__code="FAR", route__short="1").count() == 1


def test_words_in_both_languages_and_the_taxi_that_must_be_reserved(quai: Address, feed: Path, town: SmallTown) -> None:
    TransitInfo.objects.create(
        contact_point=town.police,
        book_fr="Réservez la veille.",
        book_en="Reserve the day before.",
        verified_on=date(2026, 1, 1),
    )
    with translation.override("en"):
        departures = transit.departures(quai, local(f"{TUESDAY} 09:00"))
        sunday = transit.departures(quai, local("2026-11-29 12:00"))
        over = transit.departures(quai, local("2027-01-01 12:00"))
    assert plain(departures.words) == (
        "Taxi 9 to Rang, only if reserved: noon, from Quai / Anse, 111 m away. "
        "Line 1 to Gare: 5:02 p.m. and 1:10 a.m., from Quai / Anse, 111 m away. Reserve the day before."
    )
    assert [(line.short, line.on_request) for line in departures.lines] == [("9", True), ("1", False)]
    assert plain(sunday.words) == (
        "Nothing more leaves today from the stops within 500 m. For another day, ask Police, 418 555-0199."
    )
    assert plain(over.words) == (
        "The timetable held here ended on December 31, 2026: the hours of today are not known. "
        "Ask Police, 418 555-0199."
    )
    with translation.override("fr"):
        words = plain(transit.departures(quai, local(f"{TUESDAY} 16:00")).words)
    assert words == "Ligne 1 vers Gare : 17 h 02 et 1 h 10, de l’arrêt Quai / Anse, à 111 m."


def test_a_line_that_the_town_says_is_reserved(quai: Address, feed: Path, town: SmallTown) -> None:
    TransitInfo.objects.create(contact_point=town.police, on_request=["1"])
    departures = transit.departures(quai, local(f"{TUESDAY} 16:00"))
    assert [line.on_request for line in departures.lines] == [True]


@pytest.mark.parametrize(
    ("latitude", "state"),
    [(48.0060, State.KNOWN), (47.99651, State.KNOWN), (47.9965, State.FAR), (None, State.UNPLACED)],
)
def test_five_hundred_metres_and_no_more(quai: Address, feed: Path, latitude: float | None, state: State) -> None:
    # The stop A is at 48.0010: 47.99651 is 499.3 m south of it, and 47.9965 is 500.4 m.
    place = make_address(14, latitude=latitude, longitude=None if latitude is None else -66.0)
    departures = transit.departures(place, local(f"{TUESDAY} 07:00"))
    assert departures.state == state


def test_without_a_timetable_or_with_an_invented_one_outside_the_demonstration(
    quai: Address, tmp_path: Path, settings: Settings
) -> None:
    with translation.override("en"):
        assert plain(transit.departures(quai).words) == "No timetable is held here. Ask Accueil, 418 555-0100."
    load_gtfs(write_feed(tmp_path / "f.zip"), key="example", example=True)
    shown = transit.departures(quai, local(f"{TUESDAY} 07:00"))
    assert shown.state == State.KNOWN and shown.example
    settings.PARVIS_DEMO = False
    assert transit.departures(quai, local(f"{TUESDAY} 07:00")).state == State.UNKNOWN
    settings.PARVIS_DEMO = True
    load_gtfs(write_feed(tmp_path / "real.zip", routes=TABLES["routes"].replace("r1,1,", "r1,11,")))
    true = transit.departures(quai, local(f"{TUESDAY} 16:00"))  # a real timetable replaces the invented one
    assert [line.short for line in true.lines] == ["11"] and not true.example


# --- Loading -------------------------------------------------------------------------------------------------------


def test_loading_again_replaces_the_timetable_and_the_same_file_changes_nothing(quai: Address, feed: Path) -> None:
    before = Feed.objects.get()
    again = load_gtfs(feed)
    assert again.unchanged and Feed.objects.get() == before
    stops = TABLES["stops"].replace("Quai / Anse", "Quai / Phare")
    changed = load_gtfs(write_feed(feed, stops=stops))
    assert not changed.unchanged and Feed.objects.count() == 1
    assert TransitStop.objects.filter(name="Quai / Phare").count() == 1


def test_stops_near_addresses_that_came_since_the_plan_was_drawn_are_kept(quai: Address, tmp_path: Path) -> None:
    assert not plan().holds((49.018, -66.0))
    make_address(40, "rue du Nord", latitude=49.018, longitude=-66.0)
    stops = TABLES["stops"].replace("48.0180", "49.0180")
    assert load_gtfs(write_feed(tmp_path / "f.zip", stops=stops)).stops == 3


def test_only_what_is_near_the_town_is_kept(quai: Address, tmp_path: Path) -> None:
    stops = TABLES["stops"].replace("48.0180", "49.0180")
    report = load_gtfs(write_feed(tmp_path / "f.zip", stops=stops))
    assert (report.stops, report.routes, report.stop_times) == (2, 2, 8)
    assert not TransitStop.objects.filter(code="FAR").exists()


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("stop_times", "8:02:00,A", "8h02,A", "stop_times.txt, line 3: '8h02' is no time of GTFS"),
        ("stop_times", ",stop_sequence", ",rank", "stop_times.txt: the column stop_sequence is missing"),
        ("calendar", "20261231", "2026-12-31", "calendar.txt, line 2: '2026-12-31' is no date of GTFS"),
        ("stops", "48.0010", "north", "stops.txt, line 2: could not convert string to float: 'north'"),
        ("stops", "48.", "12.", "stops.txt: none of its stops is within 3 km of the town"),
        ("agency", "America/Toronto", "Amérique", "agency.txt: 'Amérique' is no time zone"),
        ("trips", "r1,week,t1", "r7,week,t1", "stop_times.txt: the trip 't1' has no line"),
        ("routes", ",3\nr9", ",bus\nr9", "routes.txt, line 2: invalid literal"),
    ],
)
def test_a_mistake_is_named_and_the_timetable_in_force_stays(
    quai: Address, feed: Path, tmp_path: Path, table: str, old: str, new: str, said: str
) -> None:
    assert old in TABLES[table]
    wrong = write_feed(
        tmp_path / "wrong.zip", **{table: TABLES[table].replace(old, new, -1 if table == "stops" else 1)}
    )
    with pytest.raises(FeedFileError) as refused:
        load_gtfs(wrong)
    assert said in str(refused.value)
    assert StopTime.objects.count() == 9 and Feed.objects.count() == 1


def test_a_file_that_is_no_feed_is_refused(quai: Address, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("bonjour")
    for path in (tmp_path / "a.zip", tmp_path / "none.zip"):
        with pytest.raises(FeedFileError, match="is no GTFS file"):
            load_gtfs(path)
    with pytest.raises(FeedFileError, match=r"agency\.txt is missing"):
        load_gtfs(write_feed(tmp_path / "b.zip", agency=None))
    with pytest.raises(FeedFileError, match="says when anything runs"):
        load_gtfs(write_feed(tmp_path / "c.zip", calendar=None, calendar_dates=None))


def test_a_dry_run_changes_nothing(quai: Address, tmp_path: Path) -> None:
    report = load_gtfs(write_feed(tmp_path / "f.zip"), dry_run=True)
    assert report.stop_times == 9 and not Feed.objects.exists()


def test_asking_costs_the_same_for_one_departure_or_many(
    quai: Address, feed: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for when in ("2026-12-25 10:00", f"{TUESDAY} 07:00"):
        transit.departures(quai, local(when))
        with django_assert_num_queries(6):
            transit.departures(quai, local(when))


# --- The invented timetable of the sample town ---------------------------------------------------------------------


def test_the_example_of_the_sample_town_is_small_marked_and_written_by_its_tool() -> None:
    content = (CARIGNAN / "gtfs-exemple.zip").read_bytes()
    assert content == example_gtfs.written() and len(content) < 100_000


def test_the_sample_town_has_its_invented_timetable_in_the_demonstration_only() -> None:
    load.load(CARIGNAN, demo=True)
    hall = Address.objects.select_related("street").get(civic=2555, street__name="chemin Bellevue")
    with translation.override("fr"):
        departures = transit.departures(hall, local(f"{TUESDAY} 15:00"))
    assert departures.example and "EXEMPLE" in Feed.objects.get().name
    assert "CC BY 4.0" in departures.sources[0].title
    assert {(line.short, line.on_request) for line in departures.lines} >= {("381", True), ("685", False)}
    assert "Un taxi collectif se réserve d’avance auprès d’exo." in plain(departures.words)
    load.load(CARIGNAN, demo=False)
    assert not Feed.objects.exists()


def test_the_command_loads_a_file_and_says_when_it_is_over(
    quai: Address, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(write_feed(tmp_path / "f.zip"))
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    assert main(["load-gtfs", file]) == 0
    assert capsys.readouterr().out == (
        "Transport de l'Anse: 3 stops, 2 lines, 9 departures, from 2026-08-24 to 2026-12-31.\n"
    )
    settings.PARVIS_NOW = "2027-02-01T12:00:00-05:00"
    assert main(["load-gtfs", file, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["last_day"], report["expired"], report["unchanged"]) == ("2026-12-31", True, True)
    assert main(["load-gtfs", str(tmp_path / "none.zip")]) == 1
    assert "is no GTFS file" in capsys.readouterr().err
