"""The page behind the private link: what a citizen reads and sends there, and what is hidden from them."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.language_choice import LanguageChoice
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from tests.factories import SmallTown, make_person, unique


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Il fait noir.",
        address=town.address, person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


def read(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def since(page: str) -> str:
    match = re.search(r'name="since" value="(\d+)"', page)
    assert match
    return match[1]


def test_the_promise_and_the_journal_are_told_in_words(client: Client, case: Case, town: SmallTown) -> None:
    handling.answer(case_id=case.pk, words="Le poteau sera remplacé.", by=town.technician)
    page = read(client, f"/suivi/{case.secret}/").replace("\u00a0", " ")
    assert "Promis d’ici le lundi 30 novembre" in page
    assert "Le poteau sera remplacé." in page and "Tina Caron" in page
    assert "Il fait noir." in page


def test_a_request_of_long_ago_says_its_year(client: Client, case: Case) -> None:
    path = f"/suivi/{case.secret}/"
    assert "Reçue le 23 novembre<" in client.get(path).content.decode().replace("\u00a0", " ")
    Case.objects.filter(pk=case.pk).update(opened_at="2024-01-05T10:00:00-05:00")
    assert "Reçue le 5 janvier 2024<" in client.get(path).content.decode().replace("\u00a0", " ")


def test_what_is_said_between_colleagues_never_shows(client: Client, case: Case, town: SmallTown) -> None:
    handling.note(case_id=case.pk, words="Dame difficile.", by=town.technician)
    handling.pass_on(case_id=case.pk, department=town.planning, words="Pas à nous, paresse.", by=town.technician)
    page = read(client, f"/suivi/{case.secret}/")
    assert "difficile" not in page and "paresse" not in page
    assert town.planning.name_fr in page


def test_a_question_is_answered_there_and_the_clock_runs_again(client: Client, case: Case, town: SmallTown) -> None:
    handling.ask(case_id=case.pk, words="Quel numéro?", by=town.technician)
    page = read(client, f"/suivi/{case.secret}/")
    assert "Quel numéro?" in page
    form = {"words": "H-22", "since": since(page)}
    for _click in range(2):
        assert client.post(f"/suivi/{case.secret}/reply/", form).status_code == 302
    assert Entry.objects.filter(case=case, kind=Entry.Kind.REPLIED).count() == 1, "two clicks are one reply"
    case.refresh_from_db()
    assert case.state == "working" and not case.is_paused


def test_an_empty_message_is_refused_beside_the_field(client: Client, case: Case) -> None:
    response = client.post(f"/suivi/{case.secret}/reply/", {"words": " "})
    assert response.status_code == 422
    assert "aria-invalid" in response.content.decode()
    too_long = client.post(f"/suivi/{case.secret}/reply/", {"words": "a" * 6000})
    assert too_long.status_code == 422 and "a" * 6000 in too_long.content.decode(), "what was typed is kept"


def test_not_fixed_reopens_one_level_up_and_only_once(
    client: Client, case: Case, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)
    page = read(client, f"/suivi/{case.secret}/")
    assert "Ampoule changée." in page and page.count("Close\u00a0: fait") == 2, "at the head, and in what happened"
    for _click in range(2):
        assert client.post(f"/suivi/{case.secret}/not-fixed/", {"words": "Toujours noir"}).status_code == 302
    case.refresh_from_db()
    assert (case.level, case.is_open) == (1, True)


def test_words_written_while_it_closed_are_kept_and_may_reopen_it(client: Client, case: Case, town: SmallTown) -> None:
    handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.technician)
    response = client.post(f"/suivi/{case.secret}/reply/", {"words": "Il reste un fil qui pend", "since": "1"})
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    form = page[page.index("/not-fixed/") :]
    assert "Il reste un fil qui pend" in form[: form.index("</form>")]


def test_withdrawing_closes_it(client: Client, case: Case) -> None:
    client.post(f"/suivi/{case.secret}/withdraw/")
    case.refresh_from_db()
    assert case.closing_reason == "withdrawn"
    page = client.get(f"/suivi/{case.secret}/").content.decode()
    assert "Vous avez changé d’avis?" in page and "Pas réglé?" not in page, "nothing was done that may be badly done"
    assert "Vous avez retiré votre requête" in page and "Retirée par le citoyen" not in page


def test_who_had_withdrawn_it_and_asks_again_is_not_said_to_have_complained(
    client: Client, case: Case, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    client.post(f"/suivi/{case.secret}/withdraw/")
    client.post(f"/suivi/{case.secret}/not-fixed/", {"words": "Finalement, il fait encore noir."})
    page = read(client, f"/suivi/{case.secret}/")
    assert "Vous avez changé d’avis\u00a0: rouverte, un niveau plus haut" in page
    assert "Vous avez dit que ce n’est pas réglé" not in page
    run_jobs()
    letter = Outgoing.objects.filter(key__startswith=f"{case.reference}/").latest("pk").text
    assert "Vous aviez retiré votre requête." in letter and "pas réglé" not in letter


@pytest.mark.parametrize(
    ("person", "told"),
    [
        ({"email": "j@exemple.ca"}, "nous vous écrirons avant"),
        ({"email": "", "phone": "+14185550133", "reach": "phone"}, "nous vous téléphonerons avant"),
        ({"email": "j@exemple.ca", "reach": "none"}, "cette page le dira avant"),
        ({"email": "", "address_text": "14, rang du Nord"}, "nous vous écrirons avant"),
        ({"email": ""}, "cette page le dira avant"),
        (None, "cette page le dira avant"),
    ],
)
def test_the_page_promises_news_only_in_a_way_that_reaches_the_person(
    client: Client, town: SmallTown, person: dict[str, str] | None, told: str
) -> None:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
        address=town.address, person=make_person(**person) if person else None,
    )  # fmt: skip
    opened = open_case(new_case, by=Actor.citizen()).case
    page = read(client, f"/suivi/{opened.secret}/")
    assert told in page and page.count("avant.") == 1
    Case.objects.filter(pk=opened.pk).update(quiet_at=now())
    assert "cette page le dira avant" in read(client, f"/suivi/{opened.secret}/")


def test_the_page_says_how_its_person_is_reached_and_never_by_a_way_that_is_not_known(
    client: Client, town: SmallTown
) -> None:
    for typed, expected in (
        ({"email": "j@exemple.ca"}, "Un courriel à chaque étape"),
        ({"email": "", "phone": "+14185550133"}, "Par téléphone"),
        ({"email": "", "address_text": "14, rang du Nord"}, "Par lettre, à chaque étape"),
        ({"email": "j@exemple.ca", "reach": "none"}, "Vous avez demandé"),
        ({"email": ""}, "Cette page vous dit tout."),
    ):
        new_case = NewCase(
            key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
            address=town.address, person=make_person(**typed),
        )  # fmt: skip
        page = read(client, f"/suivi/{open_case(new_case, by=Actor.citizen()).case.secret}/")
        assert expected in page.partition("On vous joint par")[2].partition("</section>")[0]


def test_unknown_forged_and_wrong_look_the_same(client: Client, case: Case) -> None:
    wrong = client.post("/suivi/", {"reference": case.reference, "code": "0000000000"})
    absent = client.post("/suivi/", {"reference": "26-9999-A", "code": case.code})
    forged = client.get(f"/suivi/{'x' * 22}/")
    refused = client.post(f"/suivi/{'x' * 22}/reply/", {"words": "?"})
    assert {page.status_code for page in (wrong, absent, forged, refused)} == {404}
    titles = {re.findall("<h1>(.*?)</h1>", page.content.decode())[0] for page in (wrong, absent, forged, refused)}
    assert len(titles) == 1


def test_a_reference_and_its_code_lead_to_the_page(client: Client, case: Case) -> None:
    typed = {"reference": case.reference.lower().replace("-", " "), "code": case.code.lower()}
    response = client.post("/suivi/", typed)
    assert response.status_code == 302 and response["Location"] == f"/suivi/{case.secret}/"


def test_guessing_is_slowed_down(client: Client, case: Case) -> None:
    tries = [client.post("/suivi/", {"reference": case.reference, "code": f"{n:010}"}).status_code for n in range(15)]
    assert tries[:5] == [404] * 5 and tries[-1] == 429
    page = client.post("/suivi/", {"reference": case.reference, "code": "0" * 10})
    assert "/suivi/tout/" in page.text, "a new link is offered by e-mail"


def test_the_right_code_opens_whatever_wrong_ones_others_tried(client: Client, case: Case) -> None:
    for n in range(30):
        Client(REMOTE_ADDR=f"203.0.113.{n}").post("/suivi/", {"reference": case.reference, "code": f"{n:010}"})
        client.post("/suivi/", {"reference": case.reference, "code": f"{n:010}"})
    right = client.post("/suivi/", {"reference": case.reference, "code": case.code})
    assert right.status_code == 302 and right["Location"] == f"/suivi/{case.secret}/"


def test_another_spelling_of_the_reference_is_no_new_chance(client: Client, case: Case) -> None:
    year, number, letter = case.reference.split("-")
    spellings = [case.reference, f"{year} {number} {letter}", f"20{year}-{number}-{letter}", f"{year}{number}{letter}"]
    tries = [
        client.post("/suivi/", {"reference": spellings[n % 4].lower(), "code": f"{n:010}"}).status_code
        for n in range(14)
    ]
    assert tries == [404] * 10 + [429] * 4


def test_the_citizens_language_is_used(client: Client, town: SmallTown) -> None:
    english = {"language": "en", "english_ground": "eligible"}
    where = {"subject": town.streetlight, "nature": Nature.REQUEST, "channel": "phone"}
    new_case = NewCase(key=unique(), words="Dark.", **where, **english)  # type: ignore[arg-type]
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    assert "What happened" in read(client, f"/suivi/{case.secret}/")


def test_words_are_read_aloud_in_the_language_they_were_written_in(client: Client, case: Case, town: SmallTown) -> None:
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    citizen.reply(case_id=case.pk, words="Le H-22.", by=Actor.citizen())
    english = LanguageChoice("en", "eligible")
    handling.answer(case_id=case.pk, words="We come soon.", by=town.technician, language_choice=english)
    handling.close(case_id=case.pk, reason="done", words="The bulb is new.", by=town.technician)
    client.cookies["lang"] = "en"
    for path in (f"/suivi/{case.secret}/", f"/suivi/{case.secret}/tout/"):
        page = client.get(path).content.decode()
        assert '<html lang="en' in page
        for words in ("Quel poteau?", "Le H-22."):
            assert re.search(rf'lang="fr-CA">{re.escape(words)}', page), words
        for words in ("We come soon.", "The bulb is new."):
            assert re.search(rf'lang="en-CA">{re.escape(words)}', page), words


def test_a_comment_is_thanked_and_promises_nothing(client: Client, town: SmallTown) -> None:
    new_case = NewCase(key=unique(), subject=town.opinion, nature=Nature.COMMENT, channel="phone", words="Beau sapin!")
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    page = read(client, f"/suivi/{case.secret}/")
    assert "Merci" in page and "Promis" not in page


@pytest.mark.parametrize("entries", [1, 50])
def test_the_page_costs_the_same_at_1_and_50_entries(
    client: Client, case: Case, town: SmallTown, entries: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(entries):
        handling.answer(case_id=case.pk, words=f"Nouvelle {number}", by=town.technician)
    client.get(f"/suivi/{case.secret}/")
    with django_assert_max_num_queries(8):
        client.get(f"/suivi/{case.secret}/")
