"""What a citizen sends from the page of their request: photos with words, an opinion, and what a bad one does."""

import html
import re
from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.cases import services
from parvis.cases.models import Case, Entry, Opinion
from parvis.catalogue.models import Nature
from parvis.files.models import Attachment
from tests.factories import SmallTown, make_person, unique


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


@pytest.fixture
def case(town: SmallTown) -> Case:
    asked = services.Asked(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
        address=town.address, person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return services.open_case(asked, by=None).case


@pytest.fixture
def closed(case: Case, town: SmallTown) -> Case:
    return services.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)


def photo(name: str = "poteau.jpg") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 20), "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def program(name: str = "facture.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"MZ\x90\x00" + b"\x00" * 200, content_type="image/jpeg")


def send(client: Client, case: Case, move: str, **form: object) -> tuple[int, str]:
    """The status of the answer, and what is then read, the page that follows included."""
    response = client.post(f"/suivi/{case.secret}/{move}/", form)
    status = response.status_code
    if status == 302:
        response = client.get(response["Location"])
    return status, html.unescape(response.content.decode()).replace("\u00a0", " ")


def read(client: Client, case: Case) -> str:
    return html.unescape(client.get(f"/suivi/{case.secret}/").content.decode()).replace("\u00a0", " ")


# --- Photos --------------------------------------------------------------------------------------------------------


def test_words_and_photos_leave_together(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="Voici le poteau.", photos=[photo("a.jpg"), photo("b.jpg")])
    assert status == 302
    [entry] = case.entries.filter(kind=Entry.Kind.REPLIED)
    assert [one.attachment.name for one in entry.files.order_by("pk")] == ["a.jpg", "b.jpg"]
    assert page.count("?small") == 2 and "Voici le poteau." in page


def test_a_bad_file_is_named_and_the_rest_is_kept(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="Voici.", photos=[photo("a.jpg"), program("facture.jpg")])
    assert status == 302
    [entry] = case.entries.filter(kind=Entry.Kind.REPLIED)
    assert [one.attachment.name for one in entry.files.all()] == ["a.jpg"]
    assert "facture.jpg" in page and "Voici." in page


def test_a_photo_is_a_message_by_itself(client: Client, case: Case) -> None:
    status, _page = send(client, case, "reply", words="", photos=[photo()])
    assert status == 302 and case.entries.filter(kind=Entry.Kind.REPLIED).exists()


def test_nothing_but_a_bad_file_is_refused_beside_its_field(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="", photos=[program("virus.jpg")])
    assert status == 422 and "virus.jpg" in page
    assert not case.entries.filter(kind=Entry.Kind.REPLIED).exists()


def test_photos_are_not_lost_when_the_words_are_refused(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="a" * 6000, photos=[photo("poteau.jpg")])
    assert status == 422
    token = re.search(r'name="photo" value="([^"]+)"', page)
    assert token and "poteau.jpg" in page
    send(client, case, "reply", words="Plus court.", photo=token[1])
    [entry] = case.entries.filter(kind=Entry.Kind.REPLIED)
    assert [one.attachment.name for one in entry.files.all()] == ["poteau.jpg"]
    assert Attachment.objects.count() == 1


def test_the_photos_of_another_request_cannot_be_taken(client: Client, case: Case, town: SmallTown) -> None:
    _status, page = send(client, case, "reply", words="a" * 6000, photos=[photo("poteau.jpg")])
    token = re.search(r'name="photo" value="([^"]+)"', page)
    assert token
    asked = services.Asked(key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Noir.")
    other = services.open_case(asked, by=None).case
    send(client, other, "reply", words="À moi.", photo=token[1])
    assert not other.entries.get(kind=Entry.Kind.REPLIED).files.exists()


def test_what_is_not_fixed_may_be_shown(client: Client, closed: Case) -> None:
    send(client, closed, "not-fixed", words="Toujours noir.", photos=[photo("noir.jpg")])
    entry = closed.entries.get(kind=Entry.Kind.REOPENED)
    assert entry.files.get().attachment.name == "noir.jpg"


def test_two_clicks_with_a_photo_are_one_reply(client: Client, case: Case) -> None:
    for _click in range(2):
        send(client, case, "reply", words="Voici.", since=1, photos=[photo()])
    assert case.entries.filter(kind=Entry.Kind.REPLIED).count() == 1


# --- The opinion ---------------------------------------------------------------------------------------------------


def test_reading_the_page_or_following_any_link_gives_no_opinion(client: Client, closed: Case) -> None:
    page = read(client, closed)
    assert "Est-ce réglé?" in page and "Comment a été le service?" in page
    for address in set(re.findall(r'href="(/suivi/[^"]+)"', page)):
        client.get(address)
    assert client.get(f"/suivi/{closed.secret}/opinion/").status_code == 405
    assert not Opinion.objects.exists()


def test_one_post_answers_both_questions(client: Client, closed: Case) -> None:
    status, page = send(client, closed, "opinion", closing=2, solved="yes", mark="5", words="Merci!")
    assert status == 302 and "Merci : votre avis est noté" in page
    given = Opinion.objects.get()
    assert (given.solved, given.mark, given.words, given.language) == (True, 5, "Merci!", "fr")
    send(client, closed, "opinion", closing=2, solved="yes", mark="4", words="Merci!")
    assert Opinion.objects.get().mark == 4, "it may be changed"


def test_what_lacks_is_said_beside_each_question_and_nothing_typed_is_lost(client: Client, closed: Case) -> None:
    status, page = send(client, closed, "opinion", closing=2, words="Je ne sais pas.")
    assert status == 422 and not Opinion.objects.exists()
    assert "Dites si c’est réglé." in page and "Choisissez une note." in page and "Je ne sais pas." in page


@pytest.mark.parametrize(("solved", "mark"), [("no", "4"), ("yes", "1")])
def test_a_bad_opinion_reopens_and_says_so(client: Client, closed: Case, solved: str, mark: str) -> None:
    said = {"closing": 2, "solved": solved, "mark": mark, "words": "Encore noir."}
    first, _page = send(client, closed, "opinion", **said)
    again, page = send(client, closed, "opinion", **said)
    assert (first, again) == (302, 302)
    assert "un niveau plus haut" in page and "Encore noir." in page
    closed.refresh_from_db()
    assert (closed.is_open, closed.level) == (True, 1)
    assert closed.entries.filter(kind=Entry.Kind.REOPENED).count() == 1, "two clicks are one"
    assert "Est-ce réglé?" not in page, "it is open: nobody is asked"


def test_words_given_too_late_are_kept(client: Client, closed: Case, town: SmallTown) -> None:
    services.not_fixed(case_id=closed.pk, words="Toujours noir.")
    status, page = send(client, closed, "opinion", closing=2, solved="yes", mark="5", words="Bravo à l’équipe")
    assert status == 422 and "Bravo à l’équipe" in page


def test_nobody_is_asked_after_thirty_days_but_may_still_say_it_is_not_fixed(
    client: Client, closed: Case, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-24T10:00:00-05:00"
    page = read(client, closed)
    assert "Est-ce réglé?" not in page and "/not-fixed/" in page


def test_the_questions_are_in_the_language_of_the_citizen(client: Client, town: SmallTown) -> None:
    english = {"language": "en", "english_ground": "eligible"}
    where = {"subject": town.streetlight, "nature": Nature.REQUEST, "channel": "web"}
    asked = services.Asked(key=unique(), words="Dark.", **where, **english)  # type: ignore[arg-type]
    case = services.open_case(asked, by=None).case
    services.close(case_id=case.pk, reason="done", words="Done.", by=town.technician)
    assert "Is it solved?" in read(client, case)
    send(client, case, "opinion", closing=2, solved="yes", mark="5")
    assert Opinion.objects.get().language == "en"


# --- The day of a visit ------------------------------------------------------------------------------------------


def test_the_day_of_the_visit_is_told_and_stands_ahead(client: Client, case: Case, town: SmallTown) -> None:
    services.plan_visit(
        case_id=case.pk, day=date(2026, 11, 26), words="L’électricien change le câble.", by=town.technician
    )
    page = read(client, case)
    assert "Quelqu’un passe : jeudi 26 novembre" in page
    assert 'class="ahead"' in page and "L’électricien change le câble." in page


def test_the_promise_is_the_largest_thing_and_weeks_stand_apart(client: Client, case: Case) -> None:
    page = client.get(f"/suivi/{case.secret}/").content.decode()
    assert '<p class="date" aria-hidden="true"><b>30</b>\u00a0novembre</p>' in page
    assert page.count('class="gap"') == 1


def test_the_page_costs_the_same_with_an_opinion(
    client: Client, closed: Case, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(client, closed, "opinion", closing=2, solved="yes", mark="5")
    read(client, closed)
    with django_assert_max_num_queries(10):
        client.get(f"/suivi/{closed.secret}/")


def test_without_a_script_the_head_of_the_page_leads_to_what_must_be_corrected(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="")
    assert status == 422 and re.search(r'<noscript>.*href="#summary-title".*</noscript>', page, re.S)
    assert "#summary-title" not in read(client, case)


def test_what_only_looks_at_the_link_of_a_letter_is_answered(client: Client, case: Case) -> None:
    answer = client.head(f"/suivi/{case.secret}/")
    assert (answer.status_code, answer.content) == (200, b"")
