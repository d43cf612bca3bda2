"""Playlists: what they play where and when, in which order; and who may take the whole screen."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.panels.models import Item, PanelRequest, Playlist, Screen
from parvis.apps.panels.queries import playlists, screens
from parvis.apps.panels.queries.items import live_items
from parvis.apps.panels.rules import rotation, windows
from parvis.apps.panels.services import items
from parvis.apps.panels.services.items import Slot
from parvis.apps.panels.services.playlists import add_playlist, close_playlist, move_item, reopen_playlist
from parvis.lib.errors import Invalid, NotAllowed
from tests.factories import SmallTown
from tests.panels.makers import at_a_screen, make_screen

TOWN = ZoneInfo("America/Toronto")
NOW = datetime(2026, 12, 1, 21, 5, tzinfo=UTC)  # a Tuesday, 16:05 in the town
END = NOW + timedelta(days=10)


@pytest.fixture
def manager(town: SmallTown, settings: Settings) -> User:
    settings.PARVIS_NOW = NOW.isoformat()
    return town.staff[Role.COMMUNICATIONS]


@pytest.fixture
def desk(manager: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(manager)


def add(playlist: Playlist, key: str, by: User, **slot: Any) -> Item:
    items.show_typed(key=key, text_fr=key, expires_at=END, slot=Slot(playlist.pk, **slot), by=by)
    return Item.objects.get(key=f"{items.TYPED}{key}")


def shown(screen: Screen) -> list[str]:
    return [item.text_fr for item in screens.health_of(Screen.objects.get(pk=screen.pk)).rotation]


@pytest.mark.django_db
def test_a_screen_plays_its_playlist_in_order_with_the_common_messages_and_an_alert_interrupts(manager: User) -> None:
    arena = add_playlist(name="Aréna", by=manager)
    other = add_playlist(name="Bibliothèque", by=manager)
    screen = make_screen(manager, playlist_id=arena.pk)
    plain = make_screen(manager, name="Montée", groups=("rue",))
    items.show(key="commun", text_fr="Bac brun", expires_at=END)
    first, second = add(arena, "Patin libre", manager), add(arena, "Hockey", manager)
    add(other, "Heure du conte", manager)
    assert shown(screen) == ["Bac brun", "Patin libre", "Hockey"] and shown(plain) == ["Bac brun"]
    move_item(item_id=second.pk, later=False, by=manager)
    move_item(item_id=second.pk, later=False, by=manager)
    assert shown(screen) == ["Bac brun", "Hockey", "Patin libre"]
    told = {item["key"]: item["rank"] for item in at_a_screen(screen).json()["items"]}
    assert told[second.key] < told[first.key], "the screen is told the order too"
    items.show(key="alerte", text_fr="Eau à bouillir", expires_at=END, priority=rotation.ALERT)
    assert shown(screen) == ["Eau à bouillir"]
    items.remove(key="alerte")
    close_playlist(playlist_id=arena.pk, by=manager)
    assert shown(screen) == ["Bac brun"]
    reopen_playlist(playlist_id=arena.pk, by=manager)
    assert shown(screen) == ["Bac brun", "Hockey", "Patin libre"], "where it was"


@pytest.mark.django_db
def test_a_message_of_a_playlist_is_shown_on_its_days_between_its_hours(manager: User, settings: Settings) -> None:
    playlist = add_playlist(name="Aréna", by=manager)
    screen = make_screen(manager, playlist_id=playlist.pk)
    add(playlist, "Matin", manager, from_hour=time(6), to_hour=time(12))
    add(playlist, "Soir", manager, from_hour=time(16), to_hour=time(1), days=(2,))
    add(playlist, "Samedi", manager, days=(6,))
    assert shown(screen) == ["Soir"]
    for moment, words in (
        ("2026-12-02T00:30:00-05:00", ["Soir"]),  # still Tuesday's evening
        ("2026-12-02T08:00:00-05:00", ["Matin"]),
        ("2026-12-02T16:30:00-05:00", []),
        ("2026-12-05T23:00:00-05:00", ["Samedi"]),
    ):
        settings.PARVIS_NOW = moment
        assert shown(screen) == words, moment
    told = at_a_screen(screen).json()["items"]
    assert [(item["hours"], item["days"]) for item in told] == [
        (["06:00", "12:00"], []),
        (["16:00", "01:00"], [2]),
        ([], [6]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"from_hour": time(6)}, "to_hour"),
        ({"from_hour": time(6), "to_hour": time(6)}, "to_hour"),
        ({"days": (8,)}, "days"),
    ],
)
def test_hours_and_days_that_mean_nothing_are_refused(manager: User, values: dict[str, Any], field: str) -> None:
    playlist = add_playlist(name="Aréna", by=manager)
    with pytest.raises(Invalid) as refused:
        add(playlist, "Patin", manager, **values)
    assert list(refused.value.fields) == [field] and not Item.objects.exists()
    with pytest.raises(Invalid):
        add_playlist(name=" arena ", by=manager)


class Window:
    """A window of hours of one item, in the town's time."""

    def __init__(self, start: time | None, end: time | None, *days: int) -> None:
        self.from_hour, self.to_hour, self.days = start, end, days


@pytest.mark.parametrize(
    ("at", "plays"),
    [
        ("2026-03-08T01:59:00-05:00", True),  # the night when 2:00 is 3:00
        ("2026-03-08T03:01:00-04:00", False),
        ("2026-11-01T01:30:00-04:00", True),  # the night when 1:30 comes twice
        ("2026-11-01T01:30:00-05:00", True),
        ("2026-11-01T02:30:00-05:00", False),
    ],
)
def test_hours_are_those_of_the_clocks_of_the_town_when_they_change(at: str, plays: bool) -> None:
    window = Window(time(22), time(2, 15))
    local = datetime.fromisoformat(at).astimezone(TOWN)
    assert windows.plays(window, local) is plays
    if plays:
        end = windows.window_end(window, local)
        assert end is not None and timedelta(0) < end.astimezone(UTC) - local.astimezone(UTC) < timedelta(hours=2)


@pytest.mark.django_db
def test_playlists_cost_the_same_whatever_their_number(
    manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 6):
        while Playlist.objects.count() < count:
            playlist = add_playlist(name=f"Liste {Playlist.objects.count()}", by=manager)
            make_screen(manager, name=playlist.name, playlist_id=playlist.pk)
            add(playlist, playlist.name, manager)
        with django_assert_num_queries(3):
            assert [len(row.items) for row in playlists.playlists()] == [1] * count
        with django_assert_num_queries(2):
            assert [len(health.rotation) for health in screens.screens()] == [1] * count


@pytest.mark.django_db
def test_at_the_desk_a_playlist_is_made_filled_changed_closed_and_opened_again(desk: Client, manager: User) -> None:
    made = desk.post("/desk/panels/playlists/", {"name": "Aréna"})
    playlist = Playlist.objects.get()
    here = f"/desk/panels/playlists/{playlist.pk}/"
    assert made["Location"] == here
    assert "Une autre liste porte ce nom" in desk.post("/desk/panels/playlists/", {"name": "ARENA"}).content.decode()
    form = {"width": "1920", "height": "1080", "kind": "page", "name": "Hall", "playlist_id": str(playlist.pk)}
    desk.post("/desk/panels/new/", form)
    item = {"key": "k1", "text_fr": "Patin libre", "expires_at": "2026-12-20T20:00"}
    wrong = desk.post(here, item | {"from_hour": "13:00"})
    assert wrong.status_code == 422 and "Patin libre" in wrong.content.decode(), "what was typed stays"
    assert desk.post(here, item | {"from_hour": "13:00", "to_hour": "15:00", "days": ["6", "7"]}).status_code == 302
    row = Item.objects.get()
    assert (row.days, row.from_hour, row.rank) == ([6, 7], time(13), 1)
    page = desk.get(f"{here}?item={row.pk}").content.decode()
    assert 'value="13:00"' in page and 'value="k1"' in page and "samedi" in page.lower()
    desk.post(here, item | {"text_fr": "Patin pour tous"})
    row.refresh_from_db()
    assert (row.text_fr, row.from_hour, row.days, row.rank, row.revision) == ("Patin pour tous", None, [], 1, 2)
    desk.post(f"/desk/panels/messages/{row.pk}/remove/")
    assert live_items() == []
    desk.post(f"/desk/panels/messages/{row.pk}/restore/")
    assert [one.text_fr for one in live_items()] == ["Patin pour tous"]
    desk.post(f"{here}close/")
    assert live_items() == [] and "Aréna" in desk.get("/desk/panels/playlists/").content.decode()
    closed = desk.post(here, item | {"key": "k2"})
    assert closed.status_code == 422 and Item.objects.count() == 1
    desk.post(f"{here}open/")
    assert len(live_items()) == 1
    desk.post(f"{here}name/", {"name": "Aréna Nord"})
    playlist.refresh_from_db()
    assert playlist.name == "Aréna Nord"


@pytest.mark.django_db
def test_a_message_that_ended_since_its_page_was_shown_is_not_moved_and_the_page_says_so(
    desk: Client, manager: User, settings: Settings
) -> None:
    playlist = add_playlist(name="Aréna", by=manager)
    first, _second = add(playlist, "Patin libre", manager), add(playlist, "Hockey", manager)
    settings.PARVIS_NOW = (END + timedelta(minutes=1)).isoformat()
    answer = desk.post(f"/desk/panels/messages/{first.pk}/move/", {"later": "1"}, follow=True)
    assert answer.status_code == 200 and "Ce message est terminé" in answer.content.decode()


@pytest.mark.django_db
def test_27_a_body_s_message_enters_a_playlist_only_once_approved(manager: User, desk: Client) -> None:
    playlist = add_playlist(name="Aréna", by=manager)
    screen, plain = make_screen(manager, playlist_id=playlist.pk), make_screen(manager, name="Montée")
    row = PanelRequest.objects.create(
        key="r", body="Club", body_key="club", contact="Line", email="line@club.exemple.ca", text="Tournoi",
        first_day="2026-12-01", last_day="2026-12-04", made_at=NOW,
    )  # fmt: skip
    assert shown(screen) == []
    values = {"text_fr": "Tournoi samedi", "playlist": str(playlist.pk), "sure": "on", "decision": "approve"}
    assert desk.post(f"/desk/panels/requests/{row.pk}/", values).status_code == 302
    assert shown(screen) == ["Tournoi samedi"] and shown(plain) == []
    desk.post(f"/desk/panels/messages/{Item.objects.get().pk}/remove/")
    assert shown(screen) == [], "taken off at the desk that approved it"


ALERT = {"key": "a", "text_fr": "Évacuez", "priority": str(rotation.ALERT), "expires_at": "2026-12-01T20:00"}


@pytest.mark.django_db
@pytest.mark.parametrize(("deciders", "may"), [(["communications"], True), ([], False), (["editor"], False)])
def test_who_manages_panels_alone_takes_no_screen_without_being_a_decider_of_emergencies(
    desk: Client, manager: User, settings: Settings, deciders: list[str], may: bool
) -> None:
    settings.PARVIS_EMERGENCY_DECIDERS = deciders
    screen = make_screen(manager)
    offered = f'value="{rotation.ALERT}"' in desk.get("/desk/panels/").content.decode()
    sent = desk.post("/desk/panels/message/", ALERT)
    assert (offered, sent.status_code, shown(screen)) == ((True, 302, ["Évacuez"]) if may else (False, 422, []))
    if may:
        item = Item.objects.get()
        assert item.made_by == manager, "who did it alone is written"
        items.remove_item(item_id=item.pk, by=manager)
        settings.PARVIS_EMERGENCY_DECIDERS = []
        with pytest.raises(NotAllowed):
            items.restore_item(item_id=item.pk, by=manager)
        with pytest.raises(NotAllowed):
            items.show_typed(key="a", text_fr="Calme", expires_at=END, by=manager)
    assert desk.post("/desk/panels/message/", ALERT | {"key": "b", "priority": "150"}).status_code == 302


@pytest.mark.django_db
def test_22_the_desk_counts_draws_and_proposes_and_shortens_nothing_by_itself(desk: Client, manager: User) -> None:
    make_screen(manager, name="Montée", width=384, height=96)
    make_screen(manager)
    short = desk.post("/desk/panels/preview/", {"text_fr": "Été à Noël.  Bac brun"}).content.decode()
    assert "20 / 90" in short and "data:image/png" in short and "384 × 96" in short and "1920 × 1080" in short
    assert "panel-proposal" not in short
    long = desk.post("/desk/panels/preview/", {"text_fr": "Bac brun demain matin. " * 5}).content.decode()
    assert "114 / 90" in long and "panel-proposal" in long and "…" in long
    assert desk.post("/desk/panels/preview/", {}).status_code == 200
    refused = desk.post("/desk/panels/message/", ALERT | {"text_fr": "Bac brun demain matin. " * 5, "priority": "100"})
    assert refused.status_code == 422 and not Item.objects.exists()
