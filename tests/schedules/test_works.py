"""Road and water notices: whom they affect, who may publish and lift them, and their history."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import Town, User
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.schedules.models import RoadNotice, RoadNoticeEntry
from parvis.apps.schedules.queries.works import Touching, entries_of, works_now_with_owner, works_touching
from parvis.apps.schedules.rules.affected_area import Stage
from parvis.apps.schedules.services.works import NewRoadNotice, correct_works, lift_works, publish_works, restore_works
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.operations.town import load
from tests.factories import SmallTown, make_address, unique
from tests.schedules.makers import local, plain
from tests.town.conftest import Change

pytestmark = pytest.mark.django_db
TODAY = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def place(town: SmallTown, settings: Settings) -> SmallTown:
    settings.PARVIS_NOW = TODAY
    return town


def notice(**values: Any) -> NewRoadNotice:
    """Paving of rue du Quai, from November 30 to December 4."""
    defaults: dict[str, Any] = {
        "kind": "works",
        "nature_fr": "Pavage",
        "nature_en": "Paving",
        "street": Street.objects.get(name="rue du Quai"),
        "first_day": date(2026, 11, 30),
        "last_day": date(2026, 12, 4),
    }
    return NewRoadNotice(**defaults | values)


def publish(town: SmallTown, **values: Any) -> RoadNotice:
    return publish_works(notice=notice(**values), owner=town.works, key=unique(), by=town.technician)


def touching(address: Address, first: str, last: str = "", at: str = "2026-11-24 10:00") -> Touching:
    until = date.fromisoformat(last) if last else None
    return works_touching(address, date.fromisoformat(first), until, at=local(at))


@pytest.mark.parametrize(
    ("first", "last", "item"),
    [
        ("2026-11-29", "", 0),
        ("2026-11-30", "", 1),  # the first day
        ("2026-12-04", "", 1),  # the last day
        ("2026-12-05", "", 0),
        ("2026-11-01", "2026-11-30", 1),
        ("2026-12-04", "2027-01-31", 1),  # across the new year
        ("2026-12-05", "2027-01-31", 0),
    ],
)
def test_the_period_asked_for_counts_both_ends(place: SmallTown, first: str, last: str, item: int) -> None:
    publish(place)
    assert len(touching(place.address, first, last).notices) == item


def test_neighbours_across_the_street_and_around_the_corner_are_not_touched(place: SmallTown) -> None:
    publish(place, civic_from=10, civic_to=20, side="even")
    corner = make_address(12, "rue de l'Anse")

    assert len(touching(place.address, "2026-12-01").notices) == 1
    assert touching(make_address(13), "2026-12-01").notices == ()
    assert touching(make_address(22), "2026-12-01").notices == ()
    assert touching(corner, "2026-12-01").notices == ()


def test_words_in_both_languages(place: SmallTown) -> None:
    publish(
        place,
        civic_from=20,
        civic_to=10,
        side="even",
        closure="full",
        detour_fr="par la rue de l'Anse",
        detour_en="by rue de l'Anse",
        parking_fr="déplacez votre auto avant 7 h",
        collection_fr="inscrivez votre adresse sur le bac",
        weather=True,
    )
    with translation.override("fr"):
        result = touching(place.address, "2026-12-01")
    assert plain(result.words) == "Pavage, rue du Quai, du 10 au 20 (numéros pairs) : du 30 novembre au 4 décembre."
    assert [plain(line) for line in result.notices[0].lines] == [
        "Rue fermée à la circulation.",
        "Détour : par la rue de l'Anse",
        "Stationnement : déplacez votre auto avant 7 h",
        "Collectes : inscrivez votre adresse sur le bac",
        "Les dates dépendent de la météo.",
    ]
    assert result.notices[0].contact_point.phone == "+14185550100"
    with translation.override("en"):
        result = touching(place.address, "2026-12-01")
        none = touching(place.address, "2027-02-01")
    assert plain(result.words) == "Paving, rue du Quai, from 10 to 20 (even numbers): November 30 to December 4."
    assert plain(none.words) == (
        "No published notice touches 12, rue du Quai, Monday, February 1, 2027. Something may have happened since: "
        "ask if in doubt."
    )


def boiling(**values: Any) -> dict[str, Any]:
    zone = Sector.objects.get(slug="nord")
    texts = {"details_fr": "Faites bouillir l'eau.", "details_en": "Boil the water."}
    where = {"street": None, "sector": zone, "first_day": date(2026, 11, 24), "last_day": None}
    return {"kind": "boil_water", "nature_fr": "Avis d'ébullition", "nature_en": "Boil water"} | texts | where | values


def test_a_notice_to_boil_water_comes_first_and_lasts_until_it_is_lifted(place: SmallTown, settings: Settings) -> None:
    publish(place, first_day=date(2026, 11, 20))
    water = publish(place, **boiling())

    first, second = touching(place.address, "2026-11-24").notices
    assert first.urgent and first.pk == water.pk and not second.urgent
    assert touching(place.address, "2027-06-01").notices[0].pk == water.pk
    settings.PARVIS_NOW = "2026-11-26T08:05:00-05:00"
    lift_works(works_id=water.pk, by=place.manager)

    def said(day: str) -> list[tuple[Stage, str]]:
        with translation.override("en"):
            result = touching(place.address, day, at=f"{day} 12:00").notices
        return [(notice_told.stage, plain(notice_told.words)) for notice_told in result if notice_told.pk == water.pk]

    assert said("2026-11-26") == [(Stage.LIFTED, "Lifted, Thursday, November 26 at 8:05 a.m.: Boil water, North.")]
    assert said("2026-11-27") == []
    assert len(touching(place.address, "2026-11-25", at="2026-11-27 12:00").notices) == 2  # its value that day


def test_an_address_without_sector_nor_point_may_be_touched_and_is_told_so(place: SmallTown) -> None:
    publish(place, **boiling())
    new = make_address(40, "rue Neuve", sector=None)
    with translation.override("en"):
        result = touching(new, "2026-11-24").notices
    assert not result[0].sure and result[0].words.startswith("To be checked for this address. Boil water, North:")
    elsewhere = Sector.objects.create(slug="sud", kind="quartier", name_fr="Sud", name_en="South")
    assert touching(make_address(41, "rue Neuve", sector=elsewhere), "2026-11-24").notices == ()


def test_what_is_published_corrected_lifted_and_put_back_leaves_its_trace(place: SmallTown) -> None:
    works = publish(place)
    correct_works(works_id=works.pk, notice=notice(last_day=date(2026, 12, 11)), by=place.manager)
    correct_works(works_id=works.pk, notice=notice(last_day=date(2026, 12, 11)), by=place.manager)
    lift_works(works_id=works.pk, by=place.technician)
    lift_works(works_id=works.pk, by=place.technician)
    with pytest.raises(Conflict):
        correct_works(works_id=works.pk, notice=notice(), by=place.manager)
    restore_works(works_id=works.pk, by=place.technician)

    assert [
        (road_notice_entry.what, road_notice_entry.by, road_notice_entry.before.get("last_day"))
        for road_notice_entry in entries_of(works)
    ] == [
        ("published", place.technician, None),
        ("corrected", place.manager, "2026-12-04"),
        ("lifted", place.technician, None),
        ("restored", place.technician, None),
    ]
    assert [notice.last_day for notice, _owner in works_now_with_owner()] == [date(2026, 12, 11)]


def test_the_same_form_sent_twice_publishes_once(place: SmallTown) -> None:
    road_notice, two = (
        publish_works(notice=notice(), owner=place.works, key="k", by=place.technician) for _ in range(2)
    )
    assert road_notice == two and RoadNoticeEntry.objects.count() == 1


@pytest.mark.parametrize("who", ["agent", "agent_and_technician", "planner", "editor", "privacy_officer", "citizen"])
def test_who_may_not_publish_in_a_department_that_is_not_theirs(place: SmallTown, who: str) -> None:
    works, person = publish(place), getattr(place, who)
    assert isinstance(person, User)
    with pytest.raises(NotAllowed):
        publish_works(notice=notice(), owner=place.works, key=unique(), by=person)
    with pytest.raises(NotAllowed):
        correct_works(works_id=works.pk, notice=notice(), by=person)
    with pytest.raises(NotAllowed):
        lift_works(works_id=works.pk, by=person)
    with pytest.raises(NotAllowed):
        restore_works(works_id=works.pk, by=person)
    assert RoadNoticeEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"nature_fr": "  "}, "nature_fr"),
        ({"street": None}, "street"),
        ({"last_day": None}, "last_day"),
        ({"last_day": date(2026, 11, 29)}, "last_day"),
        ({"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 23)}, "last_day"),  # over already
        ({"from_hour": local("2026-11-24 07:00").time()}, "until_hour"),
        ({"kind": "parade"}, "kind"),
        ({"closure": "half"}, "closure"),
        ({"detour_fr": "x" * 201}, "detour_fr"),
    ],
)
def test_what_cannot_be_published_is_refused_by_name(place: SmallTown, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        publish(place, **values)
    assert list(refused.value.fields) == [field]
    assert not RoadNotice.objects.exists()


def test_a_notice_to_boil_water_is_refused_without_what_to_do_in_both_languages(place: SmallTown) -> None:
    with pytest.raises(Invalid) as refused:
        publish(place, **boiling(nature_en="", details_en=" "))
    assert set(refused.value.fields) == {"nature_en", "details_en"}
    with pytest.raises(NotFound):
        lift_works(works_id=987654, by=place.technician)


def test_outside_the_demonstration_an_invented_notice_is_not_told(place: SmallTown, settings: Settings) -> None:
    works = publish(place)
    RoadNotice.objects.filter(pk=works.pk).update(example=True)
    assert len(touching(place.address, "2026-12-01").notices) == 1
    settings.PARVIS_DEMO = False
    assert touching(place.address, "2026-12-01").notices == ()
    assert works_now_with_owner() == []


def test_asking_costs_the_same_with_one_notice_or_ten(
    place: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = Address.objects.select_related("street").get(pk=place.address.pk)
    for _ in range(10):
        publish(place)
    works_touching(address, date(2026, 12, 1))
    with django_assert_num_queries(2):  # the notices, the desk
        works_touching(address, date(2026, 12, 1))


# --- The notices of a town's files ---------------------------------------------------------------------------------


def test_notices_of_a_file_touch_a_street_and_a_polygon(village: Path) -> None:
    load.load(village, demo=True)
    lake = Address.objects.select_related("street", "sector").filter(street__name="rang du Lac")[0]
    mill = Address.objects.select_related("street", "sector").get(civic=12, street__name="place du Moulin")
    far = Address.objects.select_related("street", "sector").get(civic=3, street__name="rue des Aulnes")

    assert [notice_told.title for notice_told in touching(lake, "2026-11-24").notices] == ["Réfection du pont"]
    assert touching(mill, "2026-11-24").notices[0].urgent
    assert touching(mill, "2026-11-25").notices == ()
    assert touching(far, "2026-11-24").notices == ()


def test_a_notice_changed_in_the_product_is_kept_and_named_by_the_next_load(village: Path, change: Change) -> None:
    load.load(village, demo=True)
    bridge = RoadNotice.objects.get(key="file:rang-du-lac")
    lift_works(works_id=bridge.pk, by=User.objects.get(username="jean.huot"))
    change("works.yaml", "Réfection du pont", "Reconstruction du pont")
    change("works.yaml", "Coupure d'eau", "Interruption de l'eau")

    report = load.load(village, demo=True)

    bridge.refresh_from_db()
    assert bridge.lifted_at and bridge.nature_fr == "Réfection du pont"
    assert "notice rang-du-lac: changed in the product since it was loaded" in report.kept
    assert RoadNotice.objects.get(key="file:village-eau").nature_fr == "Interruption de l'eau"
    (village / "works.yaml").unlink()
    Town.objects.update(folder_hash="")
    load.load(village, demo=True)
    assert list(RoadNotice.objects.values_list("key", flat=True)) == ["file:rang-du-lac"]


def test_a_notice_of_a_street_that_the_files_no_longer_name_keeps_its_words(place: SmallTown) -> None:
    publish(place)
    Address.objects.all().delete()
    Street.objects.all().delete()
    assert works_now_with_owner()[0][0].place == "rue du Quai"
