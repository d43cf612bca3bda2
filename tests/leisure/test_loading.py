"""A season read from the town's files: its meetings, and what the product keeps."""

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from parvis.apps.leisure.loading import load_leisure
from parvis.apps.leisure.models import Activity, Group, Season
from parvis.apps.leisure.rules.meetings import meetings_on, weekly_days
from parvis.apps.leisure.schemas import LeisureFile
from tests.factories import SmallTown
from tests.leisure.making import hold, make_group, make_household
from tests.town.conftest import CARIGNAN, VILLAGE

ZONE = ZoneInfo("America/Toronto")


def read(folder: Path = VILLAGE, **changes: object) -> LeisureFile:
    raw = yaml.safe_load((folder / "leisure.yaml").read_text(encoding="utf-8"))
    return LeisureFile.model_validate(raw | changes)


def first_group(**values: object) -> LeisureFile:
    """The village's file, the first group changed."""
    raw = yaml.safe_load((VILLAGE / "leisure.yaml").read_text(encoding="utf-8"))
    raw["seasons"][0]["groups"][0] |= values
    return LeisureFile.model_validate(raw)


def test_hours_stay_the_same_by_the_clocks_of_the_town_when_they_change() -> None:
    days = weekly_days(date(2027, 3, 7), 6, 3, (), date(2027, 3, 28))

    meetings = meetings_on(days, time(9), time(9, 50), ZONE)

    assert days == [date(2027, 3, 7), date(2027, 3, 14), date(2027, 3, 21)]
    assert [starts.hour for starts, _ends in meetings] == [14, 13, 13]
    assert {starts.astimezone(ZONE).time() for starts, _ends in meetings} == {time(9)}


def test_a_skipped_week_is_made_up_at_the_end_when_there_is_room() -> None:
    skipped = [date(2027, 1, 18)]

    assert weekly_days(date(2027, 1, 11), 0, 2, skipped, date(2027, 3, 28)) == [date(2027, 1, 11), date(2027, 1, 25)]
    assert weekly_days(date(2027, 1, 11), 0, 2, skipped, date(2027, 1, 24)) == [date(2027, 1, 11)]


@pytest.mark.django_db
def test_a_season_is_loaded_once_and_no_holiday_has_a_meeting(town: SmallTown) -> None:
    first, _kept = load_leisure(leisure=read(), demo=True)
    again, kept = load_leisure(leisure=read(), demo=True)

    assert first["groups of activities"].created == 4 and not any(tally.changed for tally in again.values())
    assert kept == []
    season = Season.objects.get()
    assert season.example and season.residents_open_at == datetime(2026, 12, 8, 8, tzinfo=ZONE)
    group = Group.objects.get(slug="patin-samedi")
    assert group.price_cents == 92_50 and group.hall.address_text
    days = [moment.astimezone(ZONE).date() for moment in group.meetings.values_list("starts_at", flat=True)]
    assert date(2027, 3, 6) not in days and days[0] == date(2027, 1, 16)
    fridays = Group.objects.get(slug="chorale-vendredi").meetings.values_list("starts_at", flat=True)
    sung = [moment.astimezone(ZONE).date() for moment in fridays]
    assert sung[-1] == date(2027, 3, 19) and season.ends_on > date(2027, 3, 26), "Good Friday is left out"


@pytest.mark.django_db
def test_an_example_is_not_loaded_outside_a_demonstration(town: SmallTown) -> None:
    load_leisure(leisure=read(), demo=False)

    assert not Season.objects.exists() and not Group.objects.exists()


@pytest.mark.django_db
def test_openings_changed_in_the_product_are_kept_and_told(town: SmallTown) -> None:
    load_leisure(leisure=read(), demo=True)
    moved = datetime(2026, 12, 9, 8, tzinfo=ZONE)
    Season.objects.update(residents_open_at=moved)

    _tallies, kept = load_leisure(leisure=read(), demo=True)

    assert Season.objects.get().residents_open_at == moved
    assert kept == ["season hiver-2027: residents_open_at: openings belong to the product"]


@pytest.mark.django_db
def test_a_group_where_people_registered_keeps_its_places_and_its_meetings(town: SmallTown) -> None:
    load_leisure(leisure=read(), demo=True)
    group = Group.objects.get(slug="patin-samedi")
    Season.objects.update(residents_open_at=datetime(2020, 1, 1, tzinfo=ZONE))
    hold(make_household("Léa", born=date(2021, 1, 1)), group)

    load_leisure(leisure=first_group(capacity=1, weeks=4, price=99), demo=True)
    group.refresh_from_db()
    assert (group.capacity, group.meetings.count(), group.price_cents) == (8, 10, 99_00)

    _tallies, kept = load_leisure(leisure=read(seasons=[]), demo=True)
    assert list(Group.objects.values_list("slug", flat=True)) == ["patin-samedi"]
    assert any("patin-samedi" in line for line in kept)


@pytest.mark.django_db
def test_a_group_made_in_the_product_is_left_alone(season: Season, swimming: Activity) -> None:
    mine = make_group(season, swimming)

    load_leisure(leisure=read(), demo=True)
    load_leisure(leisure=read(seasons=[]), demo=True)

    assert list(Group.objects.all()) == [mine]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"price": 92.5}, "must be dollars"),
        ({"weekday": "sat", "days": ["2027-01-16"]}, "not both"),
        ({"first": "2027-01-15"}, "is no sat"),
        ({"hall": "gymnase"}, "names an unknown entry: 'gymnase'"),
        ({"hours": {"from": "10:00", "until": "09:00"}}, "ends after it begins"),
        ({"slug": "patin-mardi"}, "already defined"),
    ],
)
def test_a_mistake_of_the_file_is_said(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        first_group(**values)


def test_the_sample_season_has_groups_for_every_age_and_no_two_at_once_in_a_hall() -> None:
    season = read(CARIGNAN).seasons[0]

    assert len(season.groups) >= 60
    by_hall: dict[tuple[str, str], list[tuple[time, time]]] = {}
    for group in season.groups:
        if group.weekday:
            by_hall.setdefault((group.hall, group.weekday), []).append((group.hours.first, group.hours.last))
    for spans in by_hall.values():
        ordered = sorted(spans)
        assert all(first[1] <= second[0] for first, second in zip(ordered, ordered[1:], strict=False))
