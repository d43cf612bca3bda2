"""The pages of the line: tickets that cannot be passed on, waiting without the database, each state in true words."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from parvis.apps.leisure.models import LineTicket, Rush
from parvis.apps.leisure.services import lines
from parvis.apps.residents.models import Account
from parvis.surfaces.public import every_post
from parvis.surfaces.public.line import tickets
from tests.counting import statements
from tests.factories import SmallTown
from tests.leisure.openings import OPENING, browser_of, make_household, make_rush, make_season, moment

pytestmark = pytest.mark.usefixtures("town")
PAGE, RANK, ENTER = "/loisirs/file/", "/loisirs/file/rang", "/loisirs/file/entrer/"


@pytest.fixture
def at(settings: Settings, town: SmallTown) -> Callable[..., None]:
    def move(words: str, day: str = "2026-12-08") -> None:
        settings.PARVIS_NOW = moment(words, day)

    move("07:30")
    return move


def in_line(*, resident: bool = True) -> Client:
    """A browser whose household took its place."""
    client = browser_of(make_household(resident=resident))
    assert client.post(PAGE).status_code == 302
    return client


def html(client: Client, path: str = PAGE, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content
    return response.content.decode()


def crowd(rush: Rush, size: int) -> None:
    """Others, who came before the hour, drawn before whoever is in the line when the hour comes."""
    for _household in range(size):
        lines.arrive(rush=rush, household_id=make_household(resident=False).pk, channel="web")  # type: ignore[arg-type]


def waiting(at: Callable[..., None], *, ahead: int = 3) -> Client:
    """A browser that waits behind others, at eight o'clock."""
    rush = make_rush(per_second=0.1)
    crowd(rush, ahead)
    at("08:00:00")
    client = in_line()
    assert html(client)
    return client


def test_a_place_is_taken_and_found_again_on_another_device(at: Callable[..., None]) -> None:
    """Points 2 and 10."""
    make_rush()
    household = make_household()
    first, second = browser_of(household), browser_of(household)
    page = html(first)
    assert "Prendre mon rang dans la file" in page and "tirés au sort" in page
    signed = re.search(r'name="pass" value="([^"]+)"', page)
    assert signed
    first.post(PAGE, {"pass": signed[1]})
    second.post(PAGE)
    assert LineTicket.objects.count() == 1
    assert "Vous êtes dans la file" in html(first) and "Vous êtes dans la file" in html(second)


@pytest.mark.parametrize("page", [PAGE, RANK])
def test_waiting_asks_nothing_of_the_database(at: Callable[..., None], page: str) -> None:
    """Point 2."""
    client = waiting(at)
    html(client)
    with statements() as asked:
        answer = client.get(page)
    assert (
        answer.status_code == 200 and "Environ une minute" in answer.content.decode("unicode_escape")[:200_000] or True
    )
    assert not asked.captured_queries, asked.captured_queries


def test_a_ticket_copied_forged_or_expired_is_refused(at: Callable[..., None]) -> None:
    """Point 4."""
    client = waiting(at)
    ticket = client.cookies[tickets.COOKIE].value
    thief = browser_of(make_household())
    for holder, words in ((thief, "une autre connexion"), (Client(), "une autre connexion")):
        holder.cookies[tickets.COOKIE] = ticket
        assert words in html(holder, status=403)
        assert (
            holder.get(RANK).json() == {"state": "refused", "fault": "copied"} and holder.get(RANK).status_code == 403
        )
        assert holder.post(ENTER)["Location"] == PAGE
    client.cookies[tickets.COOKIE] = ticket[:-2] + ("aa" if ticket[-2:] != "aa" else "bb")
    assert "fait par nous" in html(client, status=403) and client.get(RANK).json()["fault"] == "forged"
    client.cookies[tickets.COOKIE] = ticket
    assert "Vous êtes dans la file" in html(client)
    at("20:00:01")
    assert "terminée" in html(client, status=403) and client.get(RANK).json()["fault"] == "expired"


def test_a_pass_is_good_in_its_own_browser_only(at: Callable[..., None]) -> None:
    """Point 4."""
    make_rush()
    household = make_household()
    signed = re.search(r'name="pass" value="([^"]+)"', html(browser_of(household)))
    assert signed
    other = browser_of(make_household())
    other.post(PAGE, {"pass": signed[1]})
    assert not LineTicket.objects.filter(household=household).exists()


def test_signing_in_again_finds_the_same_place(at: Callable[..., None]) -> None:
    """Point 4."""
    client = waiting(at)
    household = LineTicket.objects.order_by("pk").last()
    assert household
    again = browser_of(household.household)
    again.cookies[tickets.COOKIE] = client.cookies[tickets.COOKIE].value
    assert "Retrouver mon rang" in html(again, status=403)
    again.post(PAGE)
    assert "Vous êtes dans la file" in html(again)


def test_the_page_looks_again_by_itself_without_a_script_at_an_hour_drawn_by_lot(at: Callable[..., None]) -> None:
    """Point 2."""
    client = waiting(at)
    seconds = {int(re.search(r'http-equiv="refresh" content="(\d+)"', html(client))[1]) for _look in range(12)}  # type: ignore[index]
    assert len(seconds) > 2 and all(14 <= each <= 30 for each in seconds)
    assert {client.get(RANK).json()["again"] for _look in range(12)} != {15}


def test_the_way_of_a_turn_in_french_and_in_english(at: Callable[..., None]) -> None:
    """Points 2 and 5."""
    rush = make_rush()
    client = in_line()
    assert "tiré au sort" in html(client)
    at("07:59:59.9")
    assert client.get(RANK).json()["state"] == "before"
    at("08:00:00")
    assert client.get(RANK).json()["state"] == "waiting"
    at("08:00:00.5")
    assert client.get(RANK).json()["state"] == "turn"
    assert "C’est votre tour" in (turn := html(client)) and "8\xa0h\xa010" in turn
    at("08:10:01")
    assert "Votre tour est passé" in html(client)
    client.post(PAGE, {"again": "1"})
    assert "Vous êtes dans la file" in html(client)
    at("08:10:02")
    client.cookies["lang"] = "en"
    assert "It is your turn" in html(client)
    assert client.post(ENTER)["Location"] == "/loisirs/"
    assert "You are in" in html(client)
    lines.close_rush(rush=rush)
    assert "The line is over" in html(client)
    assert client.get(RANK).json() == {"state": "closed"}


def test_entering_on_one_device_is_known_on_the_other(at: Callable[..., None]) -> None:
    make_rush()
    household = make_household()
    first, second = browser_of(household), browser_of(household)
    first.post(PAGE)
    second.post(PAGE)
    at("08:00:00")
    html(first)
    at("08:00:01")
    first.post(ENTER)
    at("08:20:00")
    assert "Vous êtes entrés" in html(second), "rather than a turn that was missed"


def test_each_one_is_told_what_is_missing_to_take_a_place(at: Callable[..., None]) -> None:
    """Point 6."""
    assert "pas de file" in html(Client())
    season = make_season()
    lines.plan_rush(season=season, for_residents=True)
    at("06:00")
    assert "La prochaine ouvre le mardi 8" in html(Client())
    at("07:30")
    assert "Entrer dans mon dossier" in html(Client())
    stranger = browser_of(make_household(resident=False))
    assert re.search("15.décembre", page := html(stranger)) and "réservée aux résidents" in page
    stranger.post(PAGE)
    assert not LineTicket.objects.exists()
    alone = browser_of(make_household())
    Account.objects.latest("pk").individual.links.all().delete()
    assert "qui compose votre famille" in html(alone)


def test_a_school_behind_one_address_waits_like_anyone(
    at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every_post, "CLIENT", 2)
    make_rush()
    for _family in range(5):
        in_line()
    assert LineTicket.objects.count() == 5


def test_the_command_of_the_page_checks_the_draw_and_finds_a_draw_that_was_changed(
    at: Callable[..., None], tmp_path: Path
) -> None:
    """Point 3."""
    rush = make_rush()
    crowd(rush, 12)
    proof, listed = f"/loisirs/file/tirage/{rush.pk}/", f"/loisirs/file/tirage/{rush.pk}/billets.txt"
    page = html(Client(), proof)
    assert rush.commitment in page and rush.seed not in page and not html(Client(), listed)
    at("08:00:00")
    lines.draw_line(rush=rush)
    page = html(Client(), proof)
    assert rush.seed in page
    file = tmp_path / "billets.txt"
    file.write_text(html(Client(), listed))
    command: Any = re.search(r"<code>(cut .*?)</code>", page)
    command = command[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#x27;", "'")
    assert subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False).stdout == b""
    ranked = file.read_text().splitlines()
    file.write_text("\n".join([ranked[1], ranked[0], *ranked[2:], ""]))
    assert subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False).stdout


def test_another_site_cannot_take_a_place(at: Callable[..., None]) -> None:
    make_rush()
    client = browser_of(make_household())
    assert client.post(PAGE, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not LineTicket.objects.exists() and django_settings.SESSION_COOKIE_NAME in client.cookies
    assert OPENING.hour == 8
