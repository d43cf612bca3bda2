"""What the subscribed devices are told of their day, and that it is told once. OUTREACH 13, point 12."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.queries.addresses import exact
from parvis.apps.push.models import Device, OutgoingPush
from parvis.apps.push.services import devices, reminders, subscriptions
from parvis.apps.schedules.models import Declaration, RoadNotice, Stream, WinterRule
from parvis.apps.schedules.queries.collections import pickups
from parvis.apps.schedules.services.parking import declare_operation, undo_declaration
from parvis.lib import clock
from tests.counting import statements
from tests.push.browser import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_town")]
ZONE = ZoneInfo("America/Toronto")
PLACE = "2401, chemin Bellevue"


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


@pytest.fixture
def address() -> Address:
    found = exact(PLACE)
    assert found
    return found


def subscribed(address: Address, *kinds: str, language: str = "fr") -> Device:
    secret = devices.new_secret()
    device = devices.register_device(secret=secret, language=language, **Subscription().keys)
    subscriptions.choose_subjects(device=device, address=address, kinds=kinds)
    return device


def next_pickup(address: Address) -> date:
    days = [stream.day for stream in pickups(address, clock.now() + timedelta(days=2)).streams if stream.day]
    assert days
    return min(days)


def test_12_the_collections_of_tomorrow_are_told_the_evening_before_once(address: Address) -> None:
    device, english = subscribed(address, "pickups"), subscribed(address, "pickups", language="en")
    evening = next_pickup(address) - timedelta(days=1)
    assert reminders.remind(at=at(evening, 12)) == 0
    with clock.at(at(evening, 18)):
        assert reminders.remind() == 2
        assert reminders.remind() == 0
    note = OutgoingPush.objects.get(device=device)
    assert note.title.startswith("Demain")
    assert note.body == PLACE
    assert OutgoingPush.objects.get(device=english).title.startswith("Tomorrow: ")
    assert Stream.objects.exists()


def test_12_a_device_that_left_or_asked_for_something_else_is_told_nothing(address: Address) -> None:
    gone = subscribed(address, "pickups")
    devices.record_gone(tried={gone.pk: gone.endpoint})
    subscribed(address, "works")
    evening = next_pickup(address) - timedelta(days=1)
    with clock.at(at(evening, 18)):
        assert reminders.remind() == 0


def test_12_parking_is_told_once_declared_and_again_when_it_changes(address: Address) -> None:
    device = subscribed(address, "parking")
    by = declarer()
    evening = at(date(2026, 12, 10), 16)
    with clock.at(evening):
        assert reminders.remind() == 0
        declare(by, "on")
        assert reminders.remind() == 1
        assert reminders.remind() == 0
    with clock.at(evening + timedelta(minutes=30)):
        declare(by, "off")
        assert reminders.remind() == 1
    notes = list(OutgoingPush.objects.filter(device=device).order_by("pk"))
    assert len({note.topic for note in notes}) == 1, "each replaces the former"
    assert str(address.pk) in notes[0].topic
    assert [note.title for note in notes] == [
        "Cette nuit, défense de stationner dans la rue",
        "Cette nuit, stationner dans la rue est permis",
    ]


def test_12_a_withdrawn_decision_is_told_once_to_those_who_were_told_of_it(address: Address) -> None:
    device = subscribed(address, "parking")
    by = declarer()
    with clock.at(at(date(2026, 12, 10), 16)):
        declaration = declare(by, "on")
        assert reminders.remind() == 1
        subscribed(address, "parking")
        undo_declaration(declaration_id=declaration.pk, by=by)
        assert reminders.remind() == 1
        assert reminders.remind() == 0
    notes = list(OutgoingPush.objects.order_by("pk"))
    assert [note.device for note in notes] == [device, device]
    assert notes[0].topic == notes[1].topic
    assert "la décision est retirée" in notes[1].title


def declarer() -> User:
    """Who may declare a snow operation."""
    rule = WinterRule.objects.get()
    by = User.objects.filter(memberships__department=rule.owner, memberships__role="manager").first()
    assert by
    return by


def declare(by: User, word: str) -> Declaration:
    return declare_operation(night=date(2026, 12, 10), word=word, by=by)


def water(address: Address, day: date, **more: object) -> RoadNotice:
    values = {"street": address.street, "place_fr": address.street.name, "first_day": day} | more
    owner = Department.objects.filter(slug="travaux-publics").get()
    kind, what = RoadNotice.Kind.BOIL_WATER, "Avis d’ébullition"
    return RoadNotice.objects.create(key="boil", kind=kind, nature_fr=what, owner=owner, **values)


def test_12_a_water_notice_is_told_at_any_hour_and_so_is_its_end(address: Address) -> None:
    device = subscribed(address, "water", "works")
    RoadNotice.objects.all().delete()
    today = date(2026, 12, 10)
    notice = water(address, today)
    with clock.at(at(today, 3)):
        assert reminders.remind() == 1
        assert reminders.remind() == 0
    notice.lifted_at, notice.last_day = at(today, 9), today
    notice.save()
    with clock.at(at(today, 10)):
        newcomer = subscribed(address, "water")
        assert reminders.remind() == 1
    assert not OutgoingPush.objects.filter(device=newcomer).exists(), "it was not told that it was in force"
    notes = list(OutgoingPush.objects.filter(device=device).order_by("pk"))
    assert [note.kind for note in notes] == ["alert", "alert"]
    assert notes[1].title.startswith("Levé")
    assert notes[0].topic == notes[1].topic


def test_12_the_end_of_a_water_notice_is_not_news_three_days_later(address: Address) -> None:
    subscribed(address, "water")
    RoadNotice.objects.all().delete()
    notice = water(address, date(2026, 12, 10))
    with clock.at(at(date(2026, 12, 10), 3)):
        assert reminders.remind() == 1
    notice.lifted_at = at(date(2026, 12, 11), 9)
    notice.save()
    with clock.at(at(date(2026, 12, 14), 10)):
        assert reminders.remind() == 0


def test_12_the_queries_do_not_grow_with_the_subscriptions(address: Address) -> None:
    by = declarer()
    day = next_pickup(address)
    RoadNotice.objects.all().delete()
    sector = Sector.objects.order_by("kind", "pk").last()
    water(address, day - timedelta(days=1), street=None, sector=sector)
    others = list(Address.objects.exclude(pk=address.pk).order_by("street_id", "pk")[:300:60])
    counts: list[list[int]] = []
    with clock.at(at(day - timedelta(days=1), 18)):
        declare_operation(night=clock.today(), word="on", by=by)
        for many in ([address, others[0]], [address, others[0]] * 3, others[1:]):
            for one in many:
                subscribed(one, "pickups", "parking", "works", "water")
                subscribed(one, "pickups", "parking", "works", "water", language="en")
            counts.append([])
            for _time in range(2):
                with statements() as captured:
                    reminders.remind()
                counts[-1].append(len(captured))
    assert counts[0] == counts[1], "more devices"
    assert counts[0][1] == counts[2][1], "more addresses, once everything was told"
