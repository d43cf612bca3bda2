"""The catalogue of leisure: what is read, filtered and cached."""

from datetime import time

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.leisure.models import Group, Season
from parvis.lib.ttl_cache import forget_all
from tests.leisure.making import hold, make_activity, make_group, make_household

pytestmark = pytest.mark.django_db
PAGE = "/loisirs/"


def text(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode().replace("\xa0", " ").replace("&nbsp;", " ")


def test_each_line_says_when_for_whom_how_much_and_what_is_left(client: Client, group: Group) -> None:
    hold(make_household("Léa"), group)

    page = text(client, PAGE)

    assert "mar. 18 h" in page and "10 cours dès le 12 janvier" in page
    assert "6 à 9 ans" in page and "120 $" in page
    assert "Reste 1 place" in page and "sur 2" in page
    assert page.count('<i class="t"></i>') == 1


def test_it_is_read_in_english_too(client: Client, group: Group) -> None:
    page = text(client, f"{PAGE}?langue=en")

    assert "Swimming 3" in page and "2 places left" in page and "6 to 9 years" in page and "$120" in page


def test_the_filters_are_plain_addresses(client: Client, season: Season, group: Group) -> None:
    make_group(season, make_activity("chorale", title_fr="Chorale", title_en="Choir", min_age=16), begins=time(19))

    assert "Chorale" not in text(client, f"{PAGE}?age=8")
    assert "Natation 3" not in text(client, f"{PAGE}?mots=chorale")
    assert "Natation 3" not in text(client, f"{PAGE}?jour=5")
    assert "Rien ne correspond" in text(client, f"{PAGE}?mots=plongée")
    assert "Natation 3" in text(client, f"{PAGE}?age=abc&jour=99&genre=&places=")


def test_a_full_group_says_so_and_who_waits(client: Client, group: Group) -> None:
    hold(make_household("Léa", "Tom"), group)
    hold(make_household("Zoé"), group, wait=True)

    assert "Complet" in (page := text(client, PAGE)) and "1 personne attend" in page
    assert "Complet" not in text(client, f"{PAGE}?places=1")


def test_before_the_opening_it_says_when_for_whom(client: Client, settings: Settings, group: Group) -> None:
    settings.PARVIS_NOW = "2026-12-01T12:00:00-05:00"

    page = text(client, PAGE)

    assert "Pas encore ouvert" in page
    assert "ouvre mardi 8 décembre à 8 h" in page and "ouvre mardi 15 décembre à 8 h" in page


def test_the_page_is_the_same_for_everyone_and_is_sent_once(client: Client, group: Group) -> None:
    first = client.get(PAGE)

    again = client.get(PAGE, headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 304 and "Set-Cookie" not in first and "sessionid" not in client.cookies
    assert "csrfmiddlewaretoken" not in first.content.decode()


def test_the_time_of_the_count_is_said(client: Client, settings: Settings, group: Group) -> None:
    settings.PARVIS_NOW = "2026-12-15T08:04:10-05:00"

    assert "Places comptées à 8 h 04 min 10 s" in text(client, PAGE)


def test_the_cost_does_not_grow_with_the_groups(
    client: Client, season: Season, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def cost() -> int:
        forget_all()
        with django_assert_max_num_queries(40) as counted:
            client.get(PAGE)
        return len(counted)

    client.get(PAGE)
    few = cost()
    for number in range(12):
        make_group(season, make_activity(f"sport-{number}", title_fr=f"Sport {number}"))

    assert cost() == few


def test_without_a_season_the_page_says_so_and_the_header_has_no_link(client: Client, opened: None) -> None:
    assert "Aucune saison n’est annoncée" in text(client, PAGE)
    assert 'href="/loisirs/"' not in text(client, "/signaler/").split("</nav>")[0]


def test_the_header_and_the_sitemap_lead_to_leisure_while_a_season_is_published(client: Client, group: Group) -> None:
    assert 'href="/loisirs/"' in text(client, "/signaler/").split("</nav>")[0]
    assert "/loisirs/natation-mardi/" in text(client, "/sitemap.xml")
