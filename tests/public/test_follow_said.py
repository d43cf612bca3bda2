"""What a citizen sends from the page of their request: photos with words, an opinion, and the effect of a bad one."""

import html
import re
from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Entry, Opinion
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from tests.factories import SmallTown, make_person, unique


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
        address=town.address, person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return open_case(new_case, by=Actor.citizen()).case


@pytest.fixture
def closed(case: Case, town: SmallTown) -> Case:
    return handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)


def photo(name: str = "poteau.jpg", colour: str = "red") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 20), colour).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def program(name: str = "facture.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"MZ\x90\x00" + b"\x00" * 200, content_type="image/jpeg")


def send(client: Client, case: Case, move: str, **form: object) -> tuple[int, str]:
    """The status of the response, and the text of the page, after any redirect."""
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
    assert [file.attachment.name for file in entry.files.order_by("pk")] == ["a.jpg", "b.jpg"]
    assert page.count("?small") == 2 and "Voici le poteau." in page


def test_a_bad_file_is_named_and_the_rest_is_kept(client: Client, case: Case) -> None:
    status, page = send(client, case, "reply", words="Voici.", photos=[photo("a.jpg"), program("facture.jpg")])
    assert status == 302
    [entry] = case.entries.filter(kind=Entry.Kind.REPLIED)
    assert [file.attachment.name for file in entry.files.all()] == ["a.jpg"]
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
    assert [file.attachment.name for file in entry.files.all()] == ["poteau.jpg"]
    assert Attachment.objects.count() == 1


def test_the_photos_of_another_request_cannot_be_taken(client: Client, case: Case, town: SmallTown) -> None:
    _status, page = send(client, case, "reply", words="a" * 6000, photos=[photo("poteau.jpg")])
    token = re.search(r'name="photo" value="([^"]+)"', page)
    assert token
    new_case = NewCase(key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Noir.")
    other = open_case(new_case, by=Actor.citizen()).case
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


# --- The same form sent twice --------------------------------------------------------------------------------------


def shown(page: str) -> str:
    match = re.search(r'name="since" value="(\d+)"', page)
    assert match
    return match[1]


def test_going_back_and_sending_again_adds_nothing(client: Client, case: Case, town: SmallTown) -> None:
    handling.ask(case_id=case.pk, words="Quel numéro?", by=town.technician)
    for _time in range(2):
        fresh = shown(read(client, case))  # going back, a browser reloads the page and restores what was typed
        status, page = send(
            client, case, "reply", words="Le H-22.", since=fresh, photos=[photo("a.jpg"), photo("b.jpg")]
        )
        assert status == 302 and "Votre message est ajouté à la requête." in page
        handling.take(case_id=case.pk, by=town.technician)
    status, page = send(client, case, "reply", words="Le H-22.", since=shown(page))
    assert status == 302 and "Votre message est ajouté" in page, "the browser did not give the photos back"
    [entry] = case.entries.filter(kind=Entry.Kind.REPLIED)
    assert entry.files.count() == 2


def test_the_same_words_are_heard_again_once_something_was_told_or_the_next_day(
    client: Client, case: Case, town: SmallTown, settings: Settings
) -> None:
    replies = case.entries.filter(kind=Entry.Kind.REPLIED)
    for question in ("Est-ce le H-22?", "Clignote-t-il?"):
        handling.ask(case_id=case.pk, words=question, by=town.technician)
        send(client, case, "reply", words="Oui", since=shown(read(client, case)))
    assert replies.count() == 2
    settings.PARVIS_NOW = "2026-11-24T14:00:00-05:00"
    send(client, case, "reply", words="Oui", since=shown(read(client, case)))
    assert replies.count() == 3


def test_other_photos_from_the_same_page_are_another_message(client: Client, case: Case) -> None:
    first = shown(read(client, case))
    for colour in ("red", "blue", "red"):
        send(client, case, "reply", words="", since=first, photos=[photo(f"{colour}.jpg", colour)])
    names = [entry.files.get().attachment.name for entry in case.entries.filter(kind=Entry.Kind.REPLIED)]
    assert names == ["red.jpg", "blue.jpg"]


def test_what_was_said_before_it_closed_is_not_asked_for_again(client: Client, case: Case, town: SmallTown) -> None:
    first = shown(read(client, case))
    send(client, case, "reply", words="Il penche aussi.", since=first)
    handling.close(case_id=case.pk, reason="done", words="Redressé.", by=town.technician)
    status, page = send(client, case, "reply", words="Il penche aussi.", since=first)
    assert status == 302 and "Votre message est ajouté" in page
    case.refresh_from_db()
    assert not case.is_open


@pytest.mark.parametrize(
    ("move", "form", "good_news"),
    [
        ("not-fixed", {"words": "Toujours noir."}, "La même requête est rouverte, un niveau plus haut."),
        ("withdraw", {}, "Votre requête est retirée."),
    ],
)
def test_reopening_or_withdrawing_twice_is_once_with_the_same_good_news(
    client: Client, case: Case, town: SmallTown, move: str, form: dict[str, str], good_news: str
) -> None:
    if move == "not-fixed":
        handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)
    for _time in range(2):
        status, page = send(client, case, move, **form)
        assert status == 302 and good_news in page
    assert case.entries.count() == (3 if move == "not-fixed" else 2)


def test_who_hears_no_more_of_it_says_so_once(client: Client, case: Case, town: SmallTown) -> None:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Noir.",
        address=town.address,
    )  # fmt: skip
    head = open_case(new_case, by=Actor.staff(town.agent)).case
    merging.merge(case_id=case.pk, into_id=head.pk, words="Le même poteau", by=Actor.staff(town.agent))
    for _time in range(2):
        status, page = send(client, case, "withdraw")
        assert status == 302 and "Vous n’en recevrez plus de nouvelles." in page
    assert case.entries.filter(kind=Entry.Kind.QUIETED).count() == 1


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
    opinion = Opinion.objects.get()
    assert (opinion.solved, opinion.mark, opinion.words, opinion.language) == (True, 5, "Merci!", "fr")
    send(client, closed, "opinion", closing=2, solved="yes", mark="4", words="Merci!")
    assert Opinion.objects.get().mark == 4, "it may be changed"


def test_what_lacks_is_said_beside_each_question_and_nothing_typed_is_lost(client: Client, closed: Case) -> None:
    status, page = send(client, closed, "opinion", closing=2, words="Je ne sais pas.")
    assert status == 422 and not Opinion.objects.exists()
    assert "Dites si c’est réglé." in page and "Choisissez une note." in page and "Je ne sais pas." in page


@pytest.mark.parametrize(("solved", "mark"), [("no", "4"), ("yes", "1")])
def test_a_bad_opinion_reopens_and_says_so(client: Client, closed: Case, solved: str, mark: str) -> None:
    values = {"closing": 2, "solved": solved, "mark": mark, "words": "Encore noir."}
    first, _page = send(client, closed, "opinion", **values)
    again, page = send(client, closed, "opinion", **values)
    assert (first, again) == (302, 302)
    assert "un niveau plus haut" in page and "Encore noir." in page
    closed.refresh_from_db()
    assert (closed.is_open, closed.level) == (True, 1)
    assert closed.entries.filter(kind=Entry.Kind.REOPENED).count() == 1, "two clicks are one"
    assert "Est-ce réglé?" not in page, "it is open: nobody is asked"


def test_words_given_too_late_are_kept(client: Client, closed: Case, town: SmallTown) -> None:
    not_fixed(case_id=closed.pk, words="Toujours noir.", by=Actor.citizen())
    status, page = send(client, closed, "opinion", closing=2, solved="yes", mark="5", words="Bravo à l’équipe")
    assert status == 422 and "Bravo à l’équipe" in page


def test_an_opinion_too_late_is_thanked_and_told_until_when_it_was_asked(
    client: Client, closed: Case, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-24T10:00:00-05:00"
    values = {"closing": 2, "solved": "yes", "mark": "5", "words": "Bravo à l’équipe"}
    status, page = send(client, closed, "opinion", **values)
    assert status == 422 and not Opinion.objects.exists()
    assert "Merci de votre avis. Il était demandé jusqu’au 23 décembre" in page and "Bravo à l’équipe" in page
    assert "la même requête s’ouvre de nouveau" in page and "/not-fixed/" in page
    client.cookies["lang"] = "en"
    _status, page = send(client, closed, "opinion", **values)
    assert "Thank you for your opinion. It was asked until December 23" in page


def test_a_second_opinion_too_late_is_told_what_was_kept_and_when(
    client: Client, closed: Case, settings: Settings
) -> None:
    send(client, closed, "opinion", closing=2, solved="yes", mark="4", words="Merci!")
    settings.PARVIS_NOW = "2026-12-24T10:00:00-05:00"
    status, page = send(client, closed, "opinion", closing=2, solved="yes", mark="3", words="Finalement, bof.")
    assert status == 422 and Opinion.objects.get().mark == 4
    assert "Votre avis du 23 novembre est conservé : réglé, service 4 sur 5." in page and "Finalement, bof." in page


def test_an_opinion_on_a_request_open_again_may_be_sent_as_a_word(client: Client, closed: Case) -> None:
    send(client, closed, "opinion", closing=2, solved="no", mark="2", words="Encore noir.")
    status, page = send(client, closed, "opinion", closing=2, solved="yes", mark="5", words="Ah, c’est réparé!")
    assert status == 422 and "Votre avis du 23 novembre est conservé : pas réglé, service 2 sur 5." in page
    assert "écrivez plus bas : la personne qui s’en occupe vous lira" in page
    assert re.search(r'id="reply_words"[^>]*>\s*Ah, c’est réparé!', page)


def test_nobody_is_asked_after_thirty_days_but_may_still_say_it_is_not_fixed(
    client: Client, closed: Case, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-24T10:00:00-05:00"
    page = read(client, closed)
    assert "Est-ce réglé?" not in page and "/not-fixed/" in page


def test_the_questions_are_in_the_language_of_the_citizen(client: Client, town: SmallTown) -> None:
    english = {"language": "en", "english_ground": "eligible"}
    where = {"subject": town.streetlight, "nature": Nature.REQUEST, "channel": "web"}
    new_case = NewCase(key=unique(), words="Dark.", **where, **english)  # type: ignore[arg-type]
    case = open_case(new_case, by=Actor.citizen()).case
    handling.close(case_id=case.pk, reason="done", words="Done.", by=town.technician)
    assert "Is it solved?" in read(client, case)
    send(client, case, "opinion", closing=2, solved="yes", mark="5")
    assert Opinion.objects.get().language == "en"


# --- The day of a visit ------------------------------------------------------------------------------------------


def test_the_day_of_the_visit_is_told_and_stands_ahead(client: Client, case: Case, town: SmallTown) -> None:
    handling.plan_visit(
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
