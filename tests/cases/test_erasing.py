"""Only the privacy officer may erase words by law, and the hash chain stays valid."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Contact
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.mail.models import Outgoing
from parvis.apps.search.models import SpellingVariant
from parvis.apps.search.queries import find
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_person, unique


def opened(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(),
        subject=town.streetlight,
        nature=Nature.REQUEST,
        channel="phone",
        words="Mon voisin Zacharie.",
        person=make_person(email="j@exemple.ca"),
    )
    return open_case(new_case, by=Actor.staff(town.agent)).case


@pytest.fixture
def case(town: SmallTown) -> Case:
    return opened(town)


def test_words_go_and_the_chain_holds(town: SmallTown, case: Case, run_jobs: Callable[[], int]) -> None:
    run_jobs()
    assert "Zacharie" in Outgoing.objects.get().text
    assert search_cases("zacharie", SearchFilter(), user=town.agent).cases
    erase_words(case_id=case.pk, seq=1, ground="Demande de rectification 2026-12", by=town.privacy_officer)
    case.refresh_from_db()
    assert case.words == "" and Entry.objects.get(case=case, seq=1).body == ""
    assert search_cases("zacharie", SearchFilter(), user=town.agent).cases == []
    assert search_cases("zacahrie", SearchFilter(), user=town.agent).way == "words"  # not even suggested for a typo
    assert Entry.objects.get(case=case, kind=Entry.Kind.ERASED).body == "Demande de rectification 2026-12"
    run_jobs()
    assert "Zacharie" not in Outgoing.objects.get().text
    assert [wrong for _reference, wrong in verify()] == [[]]


def test_photos_go_with_the_words_and_the_chain_holds(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    out = BytesIO()
    Image.new("RGB", (900, 600)).save(out, "JPEG")
    photo = keep_photo(SimpleUploadedFile("Zacharie.jpg", out.getvalue()), by=Actor.citizen())
    new_case = NewCase(
        key=unique(),
        subject=town.streetlight,
        nature=Nature.REQUEST,
        channel="web",
        words="Voir la photo.",
        photos=[photo],
    )
    case = open_case(new_case, by=Actor.citizen()).case
    erase_words(case_id=case.pk, seq=1, ground="Loi", by=town.privacy_officer)
    run_jobs()
    assert not any(storages["received"].exists(path) for path in photo.paths)
    photo.refresh_from_db()
    assert photo.name == "" and photo.erased_at
    with pytest.raises(NotFound):
        respond(photo)
    assert [wrong for _reference, wrong in verify()] == [[]]


def test_only_the_privacy_officer_with_a_ground(town: SmallTown, case: Case) -> None:
    for someone in (town.agent, town.technician, town.manager, town.editor):
        with pytest.raises(NotAllowed):
            erase_words(case_id=case.pk, seq=1, ground="?", by=someone)
    with pytest.raises(Invalid):
        erase_words(case_id=case.pk, seq=1, ground=" ", by=town.privacy_officer)
    with pytest.raises(NotFound):
        erase_words(case_id=case.pk, seq=9, ground="Loi", by=town.privacy_officer)
    assert case.words


def test_words_told_on_at_every_level_go_and_are_not_told_on_afterwards(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    first, second, third = (opened(town) for _n in range(3))
    merging.merge(case_id=third.pk, into_id=second.pk, words="Pareil", by=Actor.staff(town.agent))
    merging.merge(case_id=second.pk, into_id=first.pk, words="Pareil", by=Actor.staff(town.agent))
    handling.answer(case_id=first.pk, words="Chez Zacharie", by=town.technician)
    run_jobs()
    assert Entry.objects.filter(body="Chez Zacharie").count() == 3
    handling.answer(case_id=first.pk, words="Chez Zacharie encore", by=town.technician)
    for entry in list(first.entries.filter(kind=Entry.Kind.ANSWERED)):
        erase_words(case_id=first.pk, seq=entry.seq, ground="Loi", by=town.privacy_officer)
    run_jobs()
    assert not Entry.objects.filter(body__contains="Chez Zacharie").exists()
    assert [wrong for _reference, wrong in verify()] == [[], [], []]


def test_what_arrived_goes_with_the_words_and_is_found_no_more(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    words = "Mon voisin Zacharie."
    case = open_request(NewRequest(unique(), town.streetlight, words=words)).case
    assert find("contact", "zacharie", 5)
    erase_words(case_id=case.pk, seq=1, ground="Loi", by=town.privacy_officer)
    run_jobs()
    assert Contact.objects.get().text == "" and find("contact", "zacharie", 5) == []
    assert not SpellingVariant.objects.filter(word="zacharie").exists()
