"""Opinion figures for managers: shares with their counts, small counts marked."""

import csv
import html
import io
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import Actor, User
from tests.confirming import confirm
from tests.factories import SmallTown, unique

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def manager(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.manager)


def opinion(
    town: SmallTown, mark: int, *, solved: bool = True, words: str = "", subject: Subject | None = None,
    channel: str = "web",
) -> Case:  # fmt: skip
    new_case = NewCase(
        key=unique(), subject=subject or town.streetlight, nature=Nature.REQUEST, channel=channel, words="Noir."
    )
    case = open_case(new_case, by=Actor.citizen()).case
    handling.close(case_id=case.pk, reason="answered", words="Voilà.", by=town.manager)
    give_opinion(case_id=case.pk, closing=2, solved=solved, mark=mark, words=words)
    return case


def text(response: object) -> str:
    page = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_no_opinion_yet_says_where_they_come_from(manager: Client) -> None:
    page = text(manager.get("/desk/opinions/"))
    assert "Aucun avis durant cette période" in page and "deux questions" in page


def test_a_share_stands_beside_its_number_and_a_small_one_is_no_share(manager: Client, town: SmallTown) -> None:
    for mark in (5, 4, 4, 3, 1):
        opinion(town, mark)
    opinion(town, 5, subject=town.shed, channel="phone")
    shown = manager.get("/desk/opinions/?by=subject")
    page = text(shown)
    assert 'class="whole"' not in shown.content.decode(), "that class keeps words on one line, wider than a phone"
    assert "Lampadaire éteint 5 60 % 3 sur 5 100 % 5 sur 5 1" in page
    assert "Cabanon 1 1 sur 1 satisfaits, 1 sur 1 réglés : trop peu pour conclure 0" in page
    assert "67 % de satisfaits, sur 6 réponses" in page


@pytest.mark.parametrize(
    ("axis", "seen"),
    [("department", "Voirie 1"), ("channel", "Site web 1"), ("month", "novembre 2026 1"), ("subject", "Lampadaire")],
)
def test_each_way_of_looking(manager: Client, town: SmallTown, axis: str, seen: str) -> None:
    opinion(town, 5)
    assert seen in text(manager.get(f"/desk/opinions/?by={axis}"))


def test_a_bad_opinion_counts_for_the_department_that_had_closed(manager: Client, town: SmallTown) -> None:
    town.streetlight.level_up = town.planning
    town.streetlight.save()
    opinion(town, 1)
    page = text(manager.get("/desk/opinions/?by=department"))
    assert "Voirie 1" in page and "Batiment 1" not in page


def test_a_period_leaves_out_what_is_older(manager: Client, town: SmallTown, settings: Settings) -> None:
    opinion(town, 5, words="Il y a longtemps.")
    settings.PARVIS_NOW = "2027-03-24T10:00:00-04:00"
    assert "Aucun avis" in text(manager.get("/desk/opinions/?since=month"))
    assert "Il y a longtemps." in text(manager.get("/desk/opinions/?since=year"))
    assert "Il y a longtemps." in text(manager.get("/desk/opinions/?since=n'importe+quoi&by=x"))


def test_the_latest_words_lead_to_their_request(manager: Client, town: SmallTown) -> None:
    case = opinion(town, 5, words="Merci <b>à tous</b>")
    page = manager.get("/desk/opinions/").content.decode()
    assert f"/desk/cases/{case.reference}/" in page and "&lt;b&gt;à tous" in page


def test_the_export_has_one_line_for_each_and_runs_nothing(manager: Client, town: SmallTown) -> None:
    case = opinion(town, 2, words="=HYPERLINK(1)\nDeux lignes, et une virgule")
    opinion(town, 5)
    response = confirm(manager).get("/desk/opinions/opinions.csv")
    body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert len(rows) == 2
    bad = rows[1]
    assert (bad["reference"], bad["mark"], bad["solved"], bad["reopened"]) == (case.reference, "2", "yes", "yes")
    assert bad["words"] == "'=HYPERLINK(1)\nDeux lignes, et une virgule"


def test_the_case_shows_its_opinions(manager: Client, town: SmallTown) -> None:
    case = opinion(town, 1, words="Personne n’a répondu.")
    page = text(manager.get(f"/desk/cases/{case.reference}/"))
    assert "1/5" in page and "Personne n’a répondu." in page
    assert "Mauvais service : rouverte un niveau plus haut" in page


@pytest.mark.parametrize("number", [1, 50])
def test_the_page_costs_the_same_at_1_and_50(
    manager: Client, town: SmallTown, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _time in range(number):
        opinion(town, 5, words="Bien.")
    manager.get("/desk/opinions/")
    with django_assert_max_num_queries(8):
        manager.get("/desk/opinions/")
