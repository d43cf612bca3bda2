"""What screens are given, what they tell, and what their address opens: points 16, 22, 24, 25 and 26."""

import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.mail.models import Outgoing
from parvis.apps.panels.models import Item, ProofOfPlay, Screen
from parvis.apps.panels.queries import screens
from parvis.apps.panels.queries.items import proofs_of_play
from parvis.apps.panels.rules import rotation, text, windows
from parvis.apps.panels.services import items
from parvis.apps.panels.services.screens import renew_key, revoke_screen
from parvis.apps.panels.services.watching import report_silence
from parvis.lib.errors import Invalid, NotFound
from tests.factories import SmallTown
from tests.panels.makers import NINETY, at_a_screen, make_screen, ms, proof, tell

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 21, 5, tzinfo=UTC)  # 16:05 in the town


@pytest.fixture
def manager(town: SmallTown) -> User:
    return town.staff[Role.COMMUNICATIONS]


@pytest.fixture
def clock_at(settings: Settings) -> Callable[[datetime], None]:
    """clock_at(moment) holds the clock of the whole server there."""

    def hold(moment: datetime) -> None:
        settings.PARVIS_NOW = moment.isoformat()

    hold(NOW)
    return hold


def test_22_ninety_characters_are_kept_whole_and_more_are_refused_with_a_proposal(manager: User) -> None:
    assert len(NINETY) == text.MOST and text.fit(NINETY).shortened == NINETY
    proposal = text.fit(f"{NINETY} Encore.")
    assert (proposal.count, proposal.fits, len(proposal.shortened) <= 90) == (98, False, True)
    assert proposal.shortened.endswith("…") and "  " not in proposal.shortened
    with pytest.raises(Invalid) as refused:
        items.show(key="a", text_fr=f"{NINETY} Encore.", expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert "98" in str(refused.value.fields["text_fr"])


@pytest.mark.parametrize(("width", "height"), [(384, 96), (512, 128), (960, 240), (192, 64)])
def test_22_a_strip_shows_every_letter_of_the_ninety_in_pages_of_two_lines(
    manager: User, width: int, height: int, clock_at: Any
) -> None:
    screen = make_screen(manager, width=width, height=height)
    items.show(key="a", text_fr=NINETY, expires_at=NOW + timedelta(hours=1))
    slide = at_a_screen(screen).json()["items"][0]["slides"][0]
    lines = [line for page in slide["pages"] for line in page]
    assert all(len(page) <= 2 for page in slide["pages"])
    assert _letters("".join(lines)) == _letters(NINETY)


def _letters(words: str) -> str:
    return "".join(letter for letter in words.lower() if letter.isalnum() or letter in "«»’")


def test_16_a_screen_is_given_what_it_shows_now_and_later_with_when_it_lapses(manager: User, clock_at: Any) -> None:
    north, south = make_screen(manager, groups=("Nord",)), make_screen(manager, name="Aréna", groups=("sud",))
    shown_by = items.show(
        key="stationnement", text_fr="Pas de stationnement cette nuit.", expires_at=NOW + timedelta(hours=15),
        groups=["nord"],
    )  # fmt: skip
    items.show(key="demain", text_fr="Bac brun", starts_at=NOW + timedelta(hours=8), expires_at=NOW + timedelta(days=1))
    assert shown_by == ["Hôtel de ville"]
    told = at_a_screen(north)
    assert int(told.headers["Parvis-Now"]) == ms(NOW)
    assert [item["key"] for item in told.json()["items"]] == ["stationnement", "demain"]
    assert told.json()["items"][0]["expires"] == ms(NOW + timedelta(hours=15))
    assert [item["key"] for item in at_a_screen(south).json()["items"]] == ["demain"]
    mark = told.json()["mark"]
    assert at_a_screen(north, mark=mark).status_code == 204, "nothing changed"
    items.show(
        key="stationnement", text_fr="Stationnement permis.", expires_at=NOW + timedelta(hours=1), groups=["nord"]
    )
    corrected = at_a_screen(north, mark=mark)
    assert corrected.status_code == 200 and corrected.json()["items"][0]["revision"] == 2
    items.remove(key="stationnement")
    assert [item["key"] for item in at_a_screen(north).json()["items"]] == ["demain"]
    clock_at(NOW + timedelta(days=2))
    assert at_a_screen(north).json()["items"] == []


def test_16_the_picture_and_the_feed_never_outlive_what_they_show(manager: User, clock_at: Any) -> None:
    screen = make_screen(manager, width=384, height=96)
    plain = at_a_screen(screen, "image.png").content
    items.show(key="a", text_fr="Eau à bouillir", expires_at=NOW + timedelta(seconds=5), priority=rotation.ALERT)
    told, feed = at_a_screen(screen, "image.png"), at_a_screen(screen, "flux.rss")
    with Image.open(io.BytesIO(told.content)) as image:
        assert image.size == (384, 96) and told.content != plain
    titles = [row.findtext("title") for row in ElementTree.fromstring(feed.content).iter("item")]
    assert titles == ["Eau à bouillir"]
    for answer in (told, feed):
        kept = int(answer.headers["Cache-Control"].partition("max-age=")[2].partition(",")[0])
        assert kept <= 5 and "must-revalidate" in answer.headers["Cache-Control"]
    clock_at(NOW + timedelta(seconds=5))
    assert at_a_screen(screen, "image.png").content == plain
    assert list(ElementTree.fromstring(at_a_screen(screen, "flux.rss").content).iter("item")) == []


def test_the_desk_puts_back_only_what_it_typed(manager: User, clock_at: Any) -> None:
    end = NOW + timedelta(hours=1)
    items.show(key="outreach-1", text_fr="Retiré ailleurs.", expires_at=end)
    items.remove(key="outreach-1")
    with pytest.raises(NotFound):
        items.restore_item(item_id=Item.objects.get(key="outreach-1").pk, by=manager)
    items.show(key=f"{items.TYPED}1", text_fr="Bac brun.", expires_at=end, by=manager)
    item = items.remove_item(item_id=Item.objects.get(key=f"{items.TYPED}1").pk, by=manager)
    assert items.restore_item(item_id=item.pk, by=manager).pk == item.pk


def test_what_is_graver_interrupts_and_an_alert_takes_the_screen(manager: User, clock_at: Any) -> None:
    screen = make_screen(manager)
    end = NOW + timedelta(hours=1)
    for key, priority in (("a", 100), ("b", 120), ("urgent", 150), ("alert", 200), ("graver", 240)):
        items.show(key=key, text_fr=key, expires_at=end, priority=priority)
        if key == "b":
            assert [item.key for item in screens.health_of(screen).rotation] == ["b", "a"]
        if key == "urgent":
            assert [item.key for item in screens.health_of(screen).rotation] == ["urgent"]
    assert [item.key for item in screens.health_of(screen).rotation] == ["graver", "alert"]


@pytest.mark.parametrize(("at", "on"), [("23:30", True), ("02:00", True), ("06:00", False), ("12:00", False)])
def test_hours_cross_midnight(at: str, on: bool) -> None:
    assert windows.is_within(time(20), time(6), time.fromisoformat(at)) is on


def test_a_message_is_in_french_alone_unless_about_health_or_safety(manager: User, clock_at: Any) -> None:
    screen = make_screen(manager)
    end = NOW + timedelta(hours=1)
    items.show(key="a", text_fr="Fête", text_en="Party", expires_at=end)
    items.show(key="b", text_fr="Bouillir l’eau", text_en="Boil water", expires_at=end, english=True)
    slides = {item["key"]: [slide["text"] for slide in item["slides"]] for item in at_a_screen(screen).json()["items"]}
    assert slides == {"a": ["Fête"], "b": ["Bouillir l’eau", "Boil water"]}
    page = Client(headers={"Cookie": "lang=en"}).get(f"/panneau/{screen.secret}/?langue=en")
    assert 'lang="fr-CA"' in page.content.decode() and not page.cookies


def test_24_a_wrong_clock_is_told_and_what_is_late_or_from_the_future_is_no_proof(manager: User, clock_at: Any) -> None:
    screen = make_screen(manager)
    items.show(key="a", text_fr="Bac brun", expires_at=NOW + timedelta(hours=1))
    assert tell(screen, drift=-3 * 3600) == 204
    health = screens.screens()[0]
    assert health.wrong_clock and health.screen.drift == -10800
    assert tell(screen, proof("a", "Bac brun", NOW + timedelta(hours=3)), drift=12) == 204
    assert tell(screen, proof("a", "Bac brun", NOW - timedelta(days=40))) == 204
    assert not ProofOfPlay.objects.exists() and not screens.screens()[0].wrong_clock


def test_25_proofs_are_journaled_once_however_often_and_late_they_arrive(manager: User, clock_at: Any) -> None:
    screen = make_screen(manager)
    items.show(key="a", text_fr="Bac brun", expires_at=NOW + timedelta(hours=1))
    first = proof("a", "Bac brun", NOW - timedelta(minutes=50), NOW - timedelta(minutes=9))
    for _ in range(2):
        assert tell(screen, first, shows={"key": "a", "text": "Bac brun", "since": ms(NOW)}) == 204
    tell(screen, proof("a", "Bac brun", NOW - timedelta(minutes=4), NOW), proof("unknown", "Autre", NOW))
    [painted] = proofs_of_play("a")
    assert (painted.screen, painted.text) == ("Hôtel de ville", "Bac brun")
    assert (painted.first_at, painted.last_at) == (NOW - timedelta(minutes=50), NOW)
    assert proofs_of_play("unknown") == []
    items.remove(key="a")
    assert len(proofs_of_play("a")) == 1, "the journal stays"


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"clock": "now"}', '{"clock": 1e300}', '{"clock": 1, "painted": [{"key": 1}]}', '{"clock": true}',
     '{"clock": 1, "painted": 3}', '{"clock": 1, "shows": [1]}'],
)  # fmt: skip
def test_25_a_report_that_cannot_be_read_is_refused_and_changes_nothing(manager: User, body: str) -> None:
    screen = make_screen(manager)
    answer = Client().post(f"/panneau/{screen.secret}/etat", body, content_type="text/plain")
    assert answer.status_code == 422
    screen.refresh_from_db()
    assert screen.seen_at is None


def test_25_silence_of_five_minutes_is_told_once_to_the_managers(
    manager: User, clock_at: Any, run_jobs: Callable[[], Any]
) -> None:
    screen = make_screen(manager)
    make_screen(manager, name="Jamais branché")
    tell(screen)
    clock_at(NOW + timedelta(minutes=4, seconds=50))
    assert report_silence() == 0
    clock_at(NOW + timedelta(minutes=5, seconds=10))
    assert [report_silence(), report_silence()] == [1, 0]
    assert screens.screens()[0].silent
    run_jobs()
    [letter] = Outgoing.objects.filter(renderer="parvis.apps.panels.letters.silent")
    assert letter.to == manager.email and "Hôtel de ville" in letter.subject
    tell(screen)
    assert not screens.screens()[0].silent
    clock_at(NOW + timedelta(minutes=11))
    assert report_silence() == 1, "silent again"


def test_26_the_address_of_a_screen_opens_only_that_screen_until_it_is_revoked(manager: User, clock_at: Any) -> None:
    screen, other = make_screen(manager), make_screen(manager, name="Aréna", groups=("sud",))
    paths = ("", "liste", "image.png", "flux.rss", "sw.js")
    assert {at_a_screen(screen, path).status_code for path in paths} == {200}
    client = Client()
    client.get(f"/panneau/{screen.secret}/")
    assert client.get("/desk/panels/").status_code == 302 and not client.cookies
    assert Client(headers={"Authorization": f"Bearer {screen.secret}"}).get("/api/v1/cases").status_code in (401, 403)
    former = screen.secret
    renewed = renew_key(screen_id=screen.pk, by=manager)
    assert renewed.secret != former and at_a_screen(renewed).status_code == 200
    revoke_screen(screen_id=screen.pk, by=manager)
    for secret in (former, renewed.secret, "x" * 22, "court"):
        gone = {path: Client().get(f"/panneau/{secret}/{path}").status_code for path in paths}
        assert gone == {"": 404, "liste": 410, "image.png": 404, "flux.rss": 404, "sw.js": 404}
        assert Client().post(f"/panneau/{secret}/etat", "{}", content_type="text/plain").status_code == 410
    assert at_a_screen(other).status_code == 200
    assert "no-store" in at_a_screen(other).headers["Cache-Control"]
    assert Screen.objects.filter(revoked_at=None).count() == 1


def test_screens_cost_the_same_whatever_their_number(
    manager: User, clock_at: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 11):
        while Screen.objects.count() < count:
            make_screen(manager, name=f"Écran {Screen.objects.count()}")
            items.show(key=f"k{count}{Screen.objects.count()}", text_fr="Bac brun", expires_at=NOW + timedelta(hours=1))
        with django_assert_num_queries(2):
            assert len(screens.screens()) == count
