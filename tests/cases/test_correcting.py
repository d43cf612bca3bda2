"""A citizen corrects their request while nobody has begun: what changes, what stays, and who is told."""

import html
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.citizens.citizen_cases import may_correct
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.services import handling, journal
from parvis.apps.cases.services.citizen import corrections
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.search.models import SearchRow
from parvis.lib.errors import Conflict, Invalid
from tests.factories import SmallTown, make_address, make_person, unique


@pytest.fixture
def case(town: SmallTown) -> Case:
    cache.clear()
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature=Nature.REQUEST, channel="web", words="Un trou devant le garage.",
        address=town.address, details={"taille": "grand"}, person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return open_case(new_case, by=Actor.citizen()).case


def correction(case: Case, **values: object) -> corrections.Correction:
    now = {"words": case.words, "place": Place(case.address, case.place_text), "on_behalf_of": case.on_behalf_of}
    now |= {"details": {row["key"]: row["value"] for row in case.details}}
    return corrections.Correction(**now | values)  # type: ignore[arg-type]


def correct(case: Case, **values: object) -> Case:
    corrections.correct(case_id=case.pk, correction=correction(case, **values), by=Actor.citizen())
    case.refresh_from_db()
    return case


def holds(case: Case) -> bool:
    return list(journal.verify(Case.objects.filter(pk=case.pk))) == [(case.reference, [])]


def read(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode()).replace("\u00a0", " ")


def form_of(case: Case, **values: str) -> dict[str, str]:
    place = case.address.label if case.address else case.place_text
    answers = {f"ask-{row['key']}": row["value"] for row in case.details}
    return {"words": case.words, "place": place, **answers} | values


def test_the_case_shows_the_new_words_and_the_journal_keeps_the_old(case: Case) -> None:
    due = case.due_at
    correct(case, words="Un trou devant l’entrée.", on_behalf_of="  Rose   Arsenault ")
    first, last = case.entries.get(seq=1), case.entries.latest("seq")
    assert (case.words, case.on_behalf_of) == ("Un trou devant l’entrée.", "Rose Arsenault")
    assert first.body == "Un trou devant le garage." and last.kind == Entry.Kind.CORRECTED
    assert "Un trou devant l’entrée." in last.body and "Rose Arsenault (avant\u00a0: -)" in last.body
    assert case.due_at == due and case.state == "new" and holds(case)
    assert "entree" in SearchRow.objects.get(kind="case", object_id=case.pk).text


def test_a_change_to_what_was_asked_outside_the_journal_is_seen(case: Case) -> None:
    correct(case, words="Un trou devant l’entrée.")
    Case.objects.filter(pk=case.pk).update(words="Autre chose.")
    assert not holds(case)


def test_the_same_correction_twice_is_one_entry(case: Case) -> None:
    for _twice in range(2):
        correct(case, words="Un trou devant l’entrée.")
    assert case.entries.count() == 2


def test_another_place_may_send_it_elsewhere_and_the_citizen_is_told(
    case: Case, town: SmallTown, client: Client
) -> None:
    case.subject.department = town.planning  # as when the town's rules say so of the new place
    case.subject.save()
    there = make_address(14)
    response = client.post(f"/suivi/{case.secret}/corriger/", form_of(case, place=there.label), follow=True)
    page = html.unescape(response.content.decode())
    case.refresh_from_db()
    entry = case.entries.latest("seq")
    assert case.address == there and case.department == town.planning and holds(case)
    assert (entry.data["from"], entry.data["to"]) == (town.works.slug, town.planning.slug)
    assert f"elle est allée au service {town.planning.name_fr}" in page.replace("\u00a0", " ")


@pytest.mark.parametrize("gesture", ["take", "note", "answer"])
def test_once_someone_has_begun_it_can_no_longer_be_corrected(gesture: str, case: Case, town: SmallTown) -> None:
    words = {} if gesture == "take" else {"words": "Vu."}
    getattr(handling, gesture)(case_id=case.pk, by=town.technician, **words)
    case.refresh_from_db()
    assert not may_correct(case)
    with pytest.raises(Conflict):
        correct(case, words="Autre chose.")
    assert case.entries.filter(kind=Entry.Kind.CORRECTED).count() == 0


def test_what_was_typed_while_an_agent_took_it_is_offered_as_a_message(
    case: Case, town: SmallTown, client: Client
) -> None:
    assert "Corriger ma requête" in read(client, f"/suivi/{case.secret}/")
    assert client.get(f"/suivi/{case.secret}/corriger/").status_code == 200
    handling.take(case_id=case.pk, by=town.technician)
    typed = form_of(case, words="Deux trous, en fait.", on_behalf_of="Rose Arsenault")
    response = client.post(f"/suivi/{case.secret}/corriger/", typed)
    page = html.unescape(response.content.decode())
    assert response.status_code == 422 and "ne peut plus être corrigée" in page
    assert "Deux trous, en fait." in page and "Rose Arsenault" in page
    assert f'action="/suivi/{case.secret}/reply/"' in page
    assert "Corriger ma requête" not in page


def test_a_missing_answer_is_refused_beside_it_and_what_was_typed_is_kept(case: Case, client: Client) -> None:
    typed = form_of(case, words="Autre chose.") | {"ask-taille": "", "place": ""}
    response = client.post(f"/suivi/{case.secret}/corriger/", typed)
    page = html.unescape(response.content.decode())
    assert response.status_code == 422 and "Autre chose." in page and "id_place_error" in page
    with pytest.raises(Invalid):
        correct(case, on_behalf_of="x" * 161)


def test_photos_are_added_once_and_kept_when_the_form_comes_back(case: Case, client: Client) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    photo = SimpleUploadedFile("trou.jpg", picture.getvalue(), "image/jpeg")
    path = f"/suivi/{case.secret}/corriger/"
    refused = client.post(path, form_of(case, place="") | {"photos": photo})
    token = html.unescape(refused.content.decode()).split('name="photo" value="')[1].split('"')[0]
    for _twice in range(2):
        assert client.post(path, form_of(case) | {"photo": token}).status_code == 302
    case.refresh_from_db()
    entry = case.entries.get(kind=Entry.Kind.CORRECTED)
    assert entry.files.count() == 1 and holds(case)


def test_the_staff_read_that_the_citizen_corrected_it_and_what_it_said_before(
    case: Case, town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    correct(case, words="Un trou devant l’entrée.", place=Place(make_address(14)))
    page = read(signed_in(town.technician), f"/desk/cases/{case.reference}/")
    assert "Corrigée par le citoyen" in page
    assert "Un trou devant le garage." in page and "Un trou devant l’entrée." in page
    assert "14, rue du Quai (avant : 12, rue du Quai)" in page


@pytest.mark.parametrize("seq", [1, 2])
def test_what_was_asked_is_erased_by_law_with_its_corrections(seq: int, case: Case, town: SmallTown) -> None:
    correct(case, words="Un trou devant l’entrée.")
    erase_words(case_id=case.pk, seq=seq, ground="Art. 28", by=town.privacy_officer)
    case.refresh_from_db()
    kept = " ".join([case.words, *case.entries.values_list("body", flat=True)])
    assert "trou" not in kept and holds(case)


def test_a_corrected_request_may_still_be_withdrawn(case: Case, client: Client) -> None:
    correct(case, words="Un trou devant l’entrée.")
    client.post(f"/suivi/{case.secret}/withdraw/", {"since": "2"})
    case.refresh_from_db()
    assert case.closing_reason == "withdrawn" and holds(case)
