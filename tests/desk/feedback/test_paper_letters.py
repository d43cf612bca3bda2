"""Postal letters: listed, printed in the language of the case, posted, undone."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, PaperLetter
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.cases.services.postal_letters import print_instead
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import AccessLogEntry, Actor, Town, User
from parvis.apps.residents.models import Person
from parvis.lib.ids import show_code
from parvis.ui import printing
from tests.factories import SmallTown, make_person, unique
from tests.paper import pages

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def agent(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.agent)


def opened(town: SmallTown, language: str = "fr", name: str = "Rose Cyr", person: Person | None = None) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Il fait noir.",
        person=person or make_person(name, reach="paper", address_text="14, rang du Nord"), language=language,
        english_ground="eligible",
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


def test_nothing_to_print_says_what_would_appear(agent: Client) -> None:
    assert "Aucune lettre à imprimer" in text(agent.get("/desk/letters/"))


def test_a_letter_is_printed_in_the_language_of_its_case(agent: Client, town: SmallTown) -> None:
    french, english = opened(town), opened(town, "en", "Ann Lee")
    ids = list(PaperLetter.objects.order_by("pk").values_list("pk", flat=True))
    page = text(agent.post("/desk/letters/print/", {"letter": ids, "as": "page"}))
    for case in (french, english):
        assert case.reference in page and show_code(case.code) in page
    assert "Bonjour Rose Cyr," in page and "Hello Ann Lee," in page
    assert page.count('<article class="sheet"') == 2 and '<article class="sheet" lang="en-CA">' in page
    assert "14, rang du Nord" in page and "1, rue du Quai" in page and "418 555-0100" in page
    assert AccessLogEntry.objects.filter(user__username="alice.cote", subject="case").count() == 2


def test_a_letter_speaks_of_what_one_can_do_with_paper(
    agent: Client, client: Client, town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_URL = "https://service.anse.example"
    french, english = opened(town), opened(town, "en", "Ann Lee")
    ids = list(PaperLetter.objects.order_by("pk").values_list("pk", flat=True))
    page = text(agent.post("/desk/letters/print/", {"letter": ids, "as": "page"}))
    assert "lien" not in page and "link" not in re.sub(r"<[^>]+>", "", page)
    assert page.count('<b class="link">service.anse.example/suivi</b>') == 2, "an address that one can type"
    assert client.get("/suivi", follow=True).status_code == 200
    for case in (french, english):
        assert page.count(f">{case.reference}<") == 1 and page.count(show_code(case.code)) == 1
        assert case.secret not in page


def test_a_letter_names_the_days_it_is_read_later_than_it_is_written(agent: Client, town: SmallTown) -> None:
    town.streetlight.ack, town.streetlight.target = "4h", "2d"
    town.streetlight.save()
    opened(town), opened(town, "en", "Ann Lee")
    ids = list(PaperLetter.objects.order_by("pk").values_list("pk", flat=True))
    page = text(agent.post("/desk/letters/print/", {"letter": ids, "as": "page"}))
    assert "le mardi 24 novembre avant 15 h" in page and "d’ici le jeudi 26 novembre</dd>" in page
    assert "on Tuesday, November 24 before 3 p.m." in page and "by Thursday, November 26</dd>" in page
    assert "aujourd’hui" not in page and "today" not in page


def test_the_address_ends_with_its_postal_code(agent: Client, town: SmallTown) -> None:
    town.address.postal = "G0C 1A0"
    town.address.save()
    person = make_person("Rose Cyr", reach="paper", address=town.address)
    opened(town, person=person)
    letter = PaperLetter.objects.get()
    path = f"/desk/letters/print/?letter={letter.pk}&as=page"
    assert re.search(r"ANSE-AUX-BOULEAUX QC  G0C 1A0</p>", text(agent.get(path)))
    letter.address = "14, rang du Nord"  # where they lived when it was written
    letter.save()
    assert "14, rang du Nord<br>ANSE-AUX-BOULEAUX QC</p>" in text(agent.get(path))


def test_the_address_names_the_municipality_once_and_not_its_rank(agent: Client, town: SmallTown) -> None:
    Town.objects.update(name_fr="Ville d’Anse-aux-Bouleaux")
    opened(town)
    letter = PaperLetter.objects.get()
    path = f"/desk/letters/print/?letter={letter.pk}&as=page"
    assert "Rose Cyr<br>14, rang du Nord<br>ANSE-AUX-BOULEAUX QC</p>" in text(agent.get(path))
    letter.address = "8, rue du Lac\nAutreville QC  J0A 1B0"  # they live elsewhere, and wrote the whole address
    letter.save()
    assert "8, rue du Lac<br>Autreville QC  J0A 1B0</p>" in text(agent.get(path))


def test_it_is_a_pdf_where_pango_is(agent: Client, town: SmallTown) -> None:
    opened(town), opened(town, "en", "Ann Lee")
    ids = ",".join(str(letter.pk) for letter in PaperLetter.objects.all())
    response = agent.get(f"/desk/letters/print/?letter={ids}")
    if printing.available():
        assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
        assert pages(response.content) == 2, "each letter holds on one sheet, with its number and its code"
    else:
        assert "Bonjour Rose Cyr," in text(response)


def test_posted_then_taken_back(agent: Client, town: SmallTown) -> None:
    opened(town)
    letter = PaperLetter.objects.get()
    page = text(agent.post("/desk/letters/posted/", {"letter": letter.pk}, follow=True))
    assert "1 lettre postée." in page and "Aucune lettre à imprimer" in page and "Postées récemment" in page
    page = text(agent.post(f"/desk/letters/back/?letter={letter.pk}", follow=True))
    assert f'value="{letter.pk}"' in page and "Postées récemment" not in page


def test_nothing_ticked_prints_and_posts_nothing(agent: Client, town: SmallTown) -> None:
    opened(town)
    assert "Cochez les lettres à imprimer." in text(agent.post("/desk/letters/print/", follow=True))
    assert "Cochez les lettres qui ont été postées." in text(agent.post("/desk/letters/posted/", follow=True))
    assert PaperLetter.objects.filter(posted_at=None).count() == 1
    assert agent.get("/desk/letters/print/?letter=98765").status_code == 404
    assert agent.head("/desk/letters/print/?letter=98765").status_code == 405
    many = agent.post("/desk/letters/print/", {"letter": range(1, 25)}, follow=True)
    assert "Cochez 20 lettres au plus" in text(many)


def test_words_erased_by_law_are_no_longer_printed(agent: Client, town: SmallTown) -> None:
    case = opened(town)
    erase_words(case_id=case.pk, seq=1, ground="A-2.1, a. 28", by=town.privacy_officer)
    assert "Aucune lettre à imprimer" in text(agent.get("/desk/letters/"))
    assert agent.get(f"/desk/letters/print/?letter={PaperLetter.objects.get().pk}").status_code == 404


def test_an_agent_says_how_someone_wishes_to_be_reached(agent: Client, town: SmallTown) -> None:
    person = make_person(phone="+14185550123", reach="phone")
    page = text(agent.post(f"/desk/people/{person.pk}/reach/", {"reach": "paper", "address": ""}))
    assert "Une lettre demande une adresse postale." in page
    sent = agent.post(f"/desk/people/{person.pk}/reach/", {"reach": "paper", "address": "14, rang du Nord"})
    assert sent.status_code == 302
    person.refresh_from_db()
    opened(town, person=person)
    assert PaperLetter.objects.get().address == "14, rang du Nord"


def test_a_case_that_nobody_could_be_told_of_wears_it(town: SmallTown, signed_in: SignIn) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    print_instead(entry_id=case.entries.get().pk, refusal="550 No such user")
    technician = signed_in(town.technician)
    for address in (f"/desk/cases/{case.reference}/", "/desk/queue/voirie/"):
        assert "personne n’a pu être prévenu" in text(technician.get(address))


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_costs_the_same_at_1_and_50(
    agent: Client, town: SmallTown, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _time in range(number):
        opened(town)
    agent.get("/desk/letters/")
    with django_assert_max_num_queries(9):
        agent.get("/desk/letters/")
