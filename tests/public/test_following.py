"""An open request nearby is followed under a reference of one's own, and nobody's words are shown to others."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.incidents.alerts import mark_alert
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.mail.models import Outgoing
from parvis.surfaces.public.request.screen import follow_token
from tests.factories import SmallTown, make_person, unique

RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


@pytest.fixture
def original(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature="request", channel="phone", words="Devant chez Jeanne",
        person=make_person(email="jeanne@exemple.ca"), address=town.address,
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


def key(client: Client, url: str) -> str:
    return str(client.get(url).context["form"]["key"].value())


def test_someone_follows_hears_and_stops(original: Case, town: SmallTown, client: Client, run_jobs: RunJobs) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    page = client.get(url)
    assert "Jeanne" not in page.text and original.reference not in page.text
    send = {"key": key(client, url), "name": "Léa Roy", "email": "lea@exemple.ca", "words": "Chez moi aussi"}
    done = client.post(url, send, follow=True)
    client.post(url, send)
    mine = Case.objects.exclude(pk=original.pk).get()
    assert mine.merged_into == original and "C’est noté" in done.text and original.reference not in done.text
    run_jobs()
    assert mine.reference in Outgoing.objects.get(to="lea@exemple.ca").text
    Outgoing.objects.all().delete()
    handling.answer(case_id=original.pk, words="On passe demain", by=town.technician)
    run_jobs()
    assert {letter.to for letter in Outgoing.objects.all()} == {"jeanne@exemple.ca", "lea@exemple.ca"}
    follow = client.get(f"/suivi/{mine.secret}/").text
    assert "Chez moi aussi" in follow and "On passe demain" in follow
    assert "Jeanne" not in follow and original.reference not in follow
    assert "Chez moi aussi" not in client.get(f"/suivi/{original.secret}/").text
    client.post(f"/suivi/{mine.secret}/withdraw/", {})
    assert Case.objects.get(pk=mine.pk).quiet_at and Case.objects.get(pk=original.pk).is_open
    assert client.get(f"/suivi/{mine.secret}/").status_code == 200


def test_who_follows_what_waits_is_promised_no_date(
    original: Case, town: SmallTown, client: Client, run_jobs: RunJobs
) -> None:
    handling.ask(case_id=original.pk, words="De quelle couleur ?", by=town.technician)
    run_jobs()
    Outgoing.objects.all().delete()
    url = f"/demande/deja/{follow_token(original.pk)}/"
    send = {"key": key(client, url), "name": "Léa Roy", "email": "lea@exemple.ca", "words": ""}
    page = client.post(url, send, follow=True).text.replace("\xa0", " ")
    run_jobs()
    letter = Outgoing.objects.get(to="lea@exemple.ca").text.replace("\xa0", " ")
    assert "Nous attendons quelqu’un d’autre. Notre promesse est en pause" in page
    assert "Promesse : en pause, nous attendons quelqu’un d’autre" in letter
    for document in (page, letter):
        assert "d’ici le" not in document and "couleur" not in document


def test_without_a_way_to_be_told_nothing_is_kept(original: Case, client: Client) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    refused = client.post(url, {"key": key(client, url), "name": "Léa Roy", "words": "Chez moi"})
    assert refused.status_code == 422 and "Chez moi" in refused.text and Case.objects.count() == 1


def test_what_is_over_is_not_followed(original: Case, town: SmallTown, client: Client) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    mine = key(client, url)
    handling.close(case_id=original.pk, reason="done", words="Fait", proof="Vu", by=town.technician)
    late = client.post(url, {"key": mine, "name": "Léa Roy", "email": "lea@exemple.ca"})
    assert late.status_code == 422 and Case.objects.count() == 1
    assert not Entry.objects.filter(kind=Entry.Kind.MERGED).exists()


def test_a_name_kept_from_one_is_kept_from_all_who_follow(
    original: Case, town: SmallTown, client: Client, run_jobs: RunJobs
) -> None:
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature="request", channel="phone", words="Un trou",
        person=make_person(email="lea@exemple.ca"), address=town.address,
    )  # fmt: skip
    mine = open_case(new_case, by=Actor.staff(town.agent)).case
    merging.merge(case_id=mine.pk, into_id=original.pk, words="Le même trou", by=Actor.staff(town.agent))
    handling.take(case_id=original.pk, by=town.technician)
    run_jobs()
    pages = [f"/suivi/{mine.secret}/", reverse("public:told", args=[mine.secret])]
    assert all("Tina Caron" in client.get(page).text for page in pages)
    mark_alert(case_id=original.pk, kind="threat", words="Il menace", hide_names=True, by=town.agent)
    handling.answer(case_id=original.pk, words="On passe demain", by=town.technician)
    run_jobs()
    assert all("Tina" not in client.get(page).text for page in pages)
    letter = Outgoing.objects.filter(to="lea@exemple.ca").latest("pk")
    assert "On passe demain" in letter.text and "Tina" not in letter.text


def test_who_follows_is_told_the_date_given_and_moves_it_for_nobody(
    original: Case, town: SmallTown, client: Client, run_jobs: RunJobs
) -> None:
    handling.new_date(case_id=original.pk, due=date(2027, 3, 1), words="Après le gel", by=town.technician)
    original.refresh_from_db()
    url = f"/demande/deja/{follow_token(original.pk)}/"
    done = client.post(url, {"key": key(client, url), "name": "Léa Roy", "email": "lea@exemple.ca"}, follow=True)
    run_jobs()
    assert Case.objects.get(pk=original.pk).due_at == original.due_at
    letter = Outgoing.objects.get(to="lea@exemple.ca").text
    assert "1er\xa0mars" in letter and "5\xa0jours" not in letter and "1er\xa0mars" in done.text


def test_the_same_address_follows_once_and_nobody_learns_that_it_did(
    original: Case, client: Client, run_jobs: RunJobs
) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    pages = []
    for email in ("lea@exemple.ca", "Lea@exemple.ca", "jeanne@exemple.ca"):
        send = {"key": key(client, url), "name": "", "email": email, "words": ""}
        answer = client.post(url, send, follow=True)
        assert answer.status_code == 200 and answer.redirect_chain[-1][0].startswith("/demande/deja/suivie/")
        page = re.sub(r"/demande/deja/suivie/[\w:%-]+/?", "", answer.text)
        pages.append((len(answer.redirect_chain[-1][0]), page))
    assert Case.objects.count() == 2 and len({length for length, _text in pages}) == 1
    assert len({text for _length, text in pages}) == 1


def test_who_said_me_too_may_take_it_back_and_say_it_again(original: Case, client: Client) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    send = {"name": "", "email": "lea@exemple.ca", "words": ""}
    receipt = client.post(url, {**send, "key": key(client, url)})["Location"]
    stopped = client.post(receipt, follow=True)
    mine = Case.objects.exclude(pk=original.pk).get()
    assert "On ne vous écrit plus" in stopped.text and mine.quiet_at and mine.reference not in stopped.text
    assert Case.objects.get(pk=original.pk).is_open
    again = client.post(url, {**send, "key": key(client, url)}, follow=True)
    assert "C’est noté" in again.text and Case.objects.count() == 3


def test_taking_back_a_me_too_that_existed_already_changes_nothing(original: Case, client: Client) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    send = {"name": "", "email": "jeanne@exemple.ca", "words": ""}
    receipt = client.post(url, {**send, "key": key(client, url)})["Location"]
    assert "On ne vous écrit plus" in client.post(receipt, follow=True).text
    original.refresh_from_db()
    assert original.is_open and not original.quiet_at and Case.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "x.y", "WyJhIiwiYiIsImMiXQ:1:z"])
def test_a_forged_receipt_is_unknown(client: Client, token: str, db: None) -> None:
    assert client.get(f"/demande/deja/suivie/{token}/").status_code == 404
    assert client.post(f"/demande/deja/suivie/{token}/").status_code == 404


def test_who_leaves_a_phone_reads_their_number_at_once(original: Case, client: Client) -> None:
    url = f"/demande/deja/{follow_token(original.pk)}/"
    send = {"key": key(client, url), "name": "Léa Roy", "phone": "450 555-0123", "words": ""}
    done = client.post(url, send, follow=True)
    assert Case.objects.exclude(pk=original.pk).get().reference in done.text
