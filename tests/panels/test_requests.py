"""The requests of local bodies, and the pages of the desk: point 27."""

import re
from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.mail.models import Outgoing
from parvis.apps.panels.models import Item, PanelRequest, Screen
from parvis.apps.panels.queries import items, requests, screens
from parvis.apps.panels.services.screens import revoke_screen
from tests.factories import SmallTown
from tests.panels.makers import make_screen

pytestmark = pytest.mark.django_db
FORM = "/panneaux/demande/"
FIELDS = {
    "body": "Club d’échecs", "text": "Tournoi ouvert à tous. Aréna, samedi 10 h.", "first_day": "2026-12-16",
    "last_day": "2026-12-19", "contact": "Line Huot", "email": "line@club.exemple.ca", "phone": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-12-01T16:05:00-05:00"


@pytest.fixture
def manager(town: SmallTown, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(town.staff[Role.COMMUNICATIONS])


_hosts = count(1)


def send(host: str = "", **changes: str) -> Any:
    """Sends the form from another network unless `host` is given, with a fresh key unless one is given."""
    page = Client().get(FORM).content.decode()
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert key
    return Client(REMOTE_ADDR=host or f"10.{next(_hosts)}.0.1").post(FORM, FIELDS | {"key": key[1]} | changes)


def words_of(response: Any) -> str:
    return str(response.content.decode()).replace("\u00a0", " ")


def test_27_a_body_asks_is_approved_with_words_and_its_message_is_shown_on_its_days(
    manager: Client, town: SmallTown, run_jobs: Callable[[], Any], settings: Settings
) -> None:
    make_screen(town.staff[Role.COMMUNICATIONS], groups=("nord",))
    page = words_of(Client().get(FORM))
    assert "15 décembre 2026" in page, "the first day that can be asked is told before"
    answer = send()
    assert answer.status_code == 302
    assert "1 sur 4" in words_of(Client().get(answer["Location"]))
    row = PanelRequest.objects.get()
    assert "Club d’échecs" in manager.get("/desk/panels/requests/").content.decode()
    unsure = manager.post(f"/desk/panels/requests/{row.pk}/", {"text_fr": row.text, "decision": "approve"})
    assert unsure.status_code == 422 and not Item.objects.exists(), "a letter leaves at once: it is confirmed"
    decided = manager.post(
        f"/desk/panels/requests/{row.pk}/",
        {
            "text_fr": "Tournoi d’échecs. Aréna, samedi 10 h.",
            "groups": ["nord"],
            "words": "Bon tournoi!",
            "sure": "on",
            "decision": "approve",
        },
    )
    assert decided.status_code == 302
    [item] = Item.objects.all()
    assert (item.text_fr, item.groups) == ("Tournoi d’échecs. Aréna, samedi 10 h.", ["nord"])
    assert (item.starts_at.isoformat(), item.expires_at.isoformat()) == (
        "2026-12-16T05:00:00+00:00",
        "2026-12-20T05:00:00+00:00",
    )
    run_jobs()
    letters = {letter.renderer.rpartition(".")[2]: letter.text for letter in Outgoing.objects.all()}
    assert set(letters) == {"received", "decided"} and "Bon tournoi!" in letters["decided"]
    again = manager.post(
        f"/desk/panels/requests/{row.pk}/", {"text_fr": "x", "words": "Non", "sure": "on", "decision": "refuse"}
    )
    assert again.status_code == 302 and Item.objects.count() == 1
    settings.PARVIS_NOW = "2026-12-17T12:00:00-05:00"
    assert [shown.key for shown in screens.screens()[0].rotation] == [f"panel-request:{row.pk}"]


def test_27_a_refusal_needs_words_and_gives_the_body_its_turn_back(
    manager: Client, run_jobs: Callable[[], Any]
) -> None:
    send()
    row = PanelRequest.objects.get()
    path = f"/desk/panels/requests/{row.pk}/"
    silent = manager.post(path, {"text_fr": row.text, "words": " ", "sure": "on", "decision": "refuse"})
    assert silent.status_code == 422 and "Écrivez pourquoi" in silent.content.decode()
    words = "Réservé aux activités gratuites."
    manager.post(path, {"text_fr": row.text, "words": words, "sure": "on", "decision": "refuse"})
    run_jobs()
    assert requests.quota("club d'echecs", 2026).used == 0
    refusal = Outgoing.objects.get(renderer__endswith="decided")
    assert words in refusal.text and not Item.objects.exists()


def test_27_the_quota_and_the_delay_are_told_as_they_are(town: SmallTown) -> None:
    for day in ("16", "17", "18", "21"):
        assert send(first_day=f"2026-12-{day}", last_day=f"2026-12-{day}", body="Club d’Échecs ").status_code == 302
    refused = send()
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "4" in page and "2026" in page and "Tournoi ouvert" in page, "what was typed stays"
    assert send(first_day="2027-01-11", last_day="2027-01-12").status_code == 302, "another year"
    early = send(first_day="2026-12-14", last_day="2026-12-14", body="École des Quais")
    assert early.status_code == 422 and "15 décembre 2026" in words_of(early)
    long = send(text="a" * 91, body="École des Quais")
    assert long.status_code == 422 and "91" in long.content.decode()


def test_27_a_form_sent_twice_asks_once_and_a_robot_asks_nothing() -> None:
    page = Client().get(FORM).content.decode()
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert key
    for _ in range(2):
        assert send(key=key[1]).status_code == 302
    assert send(website="http://spam").status_code == 422
    assert send(key="forged").status_code == 422
    assert PanelRequest.objects.count() == 1
    assert [send("10.0.0.9", body=f"Club {n}").status_code for n in range(4)].count(429) >= 1, "without a proof of work"


def test_the_delay_and_the_quota_are_the_towns(settings: Settings) -> None:
    settings.PARVIS_PANEL_NOTICE_DAYS, settings.PARVIS_PANEL_YEARLY = 0, 1
    assert requests.rules().earliest == date(2026, 12, 1)
    assert send(first_day="2026-12-01", last_day="2026-12-01").status_code == 302
    assert send(first_day="2026-12-02", last_day="2026-12-02").status_code == 422


def test_a_manager_adds_a_screen_types_a_message_takes_it_off_and_puts_it_back(manager: Client) -> None:
    sizes = {"width": "384", "height": "96", "groups": "Nord, Rive Sud"}
    made = manager.post(
        "/desk/panels/new/", {"name": "Montée", "kind": "page", **sizes, "on_at": "06:00", "off_at": "23:00"}
    )
    screen = Screen.objects.get()
    assert made["Location"] == f"/desk/panels/{screen.pk}/" and screen.groups == ["nord", "rive-sud"]
    assert screen.secret in manager.get(made["Location"]).content.decode()
    half = manager.post(
        "/desk/panels/new/", {"name": "", "kind": "page", "width": "1", "height": "96", "on_at": "06:00"}
    )
    assert half.status_code == 422 and Screen.objects.count() == 1
    message = {"key": "k1", "text_fr": "Cuisines fermées", "priority": "100", "expires_at": "2026-12-01T20:00"}
    for _ in range(2):
        assert manager.post("/desk/panels/message/", message).status_code == 302
    item = Item.objects.get()
    page = manager.get("/desk/panels/").content.decode()
    assert "Cuisines fermées" in page and "Jamais vu" in page
    past = manager.post("/desk/panels/message/", message | {"key": "k2", "expires_at": "2026-11-30T20:00"})
    assert past.status_code == 422 and "est passé" in past.content.decode()
    manager.post(f"/desk/panels/messages/{item.pk}/remove/")
    assert items.live_items() == []
    manager.post(f"/desk/panels/messages/{item.pk}/restore/")
    assert [item.key for item in items.live_items()] == ["desk:k1"]
    preview = manager.get(f"/panneau/{screen.secret}/image.png?apercu")
    screen.refresh_from_db()
    assert preview.status_code == 200 and screen.seen_at is None, "a preview is no sign of life"


def test_who_does_not_manage_the_panels_reads_them_without_their_addresses(
    town: SmallTown, signed_in: Callable[[User], Client], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    screen = make_screen(town.staff[Role.COMMUNICATIONS])
    client = signed_in(town.agent)
    page = client.get("/desk/panels/").content.decode()
    assert screen.name in page and screen.secret not in page and "/desk/panels/new/" not in page
    with pytest.raises(Exception, match="."):
        revoke_screen(screen_id=screen.pk, by=town.agent)
