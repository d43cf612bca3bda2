"""Callbacks, comments, files, searches, a person's file."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.services import handling
from parvis.apps.directory.models import AccessLogEntry, Actor
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.intake.models import Callback
from parvis.apps.intake.queries.timeline import PAGE
from tests.desk.case.made import TUESDAY, comment, entered, opened, page, text
from tests.factories import SmallTown, make_person

CALLS = "/desk/callbacks/"


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@pytest.fixture
def owed(town: SmallTown, run_jobs: Callable[[], int]) -> Callback:
    """A callback to someone without e-mail whose case was answered."""
    case = opened(town, person=make_person("Karim Sansfaçon", phone="+14505550177"))
    handling.answer(case_id=case.pk, words="On passe jeudi.", by=town.technician)
    run_jobs()
    return Callback.objects.get()


# --- Calls --------------------------------------------------------------------------------------------------------


def test_a_call_says_whom_what_and_by_when(town: SmallTown, owed: Callback) -> None:
    answer = entered(town.agent).get(CALLS)
    assert 'href="tel:+14505550177"' in page(answer)
    for words in ("Karim Sansfaçon", "450 555-0177", "On passe jeudi.", "mer. 25 nov."):
        assert words in text(answer)
    assert '<b class="count" id="count-callbacks">1</b>' in page(answer), "the bar counts the calls owed"


def test_reaching_someone_is_written_on_the_case(town: SmallTown, owed: Callback) -> None:
    client = entered(town.agent)
    client.post(f"{CALLS}{owed.pk}/done/", {"note": "Il sera là."})
    owed.refresh_from_db()
    assert (owed.done_by, owed.note) == (town.agent, "Il sera là.")
    assert Entry.objects.latest("pk").body == "Il sera là."
    assert "Aucun appel à faire" in text(client.get(CALLS))


def test_reaching_someone_without_saying_what_was_said(town: SmallTown, owed: Callback) -> None:
    answer = entered(town.agent).post(f"{CALLS}{owed.pk}/done/", {"note": "  "})
    assert answer.status_code == 422
    assert f'href="#call-{owed.pk}-note"' in page(answer) and "Écrivez ce qui a été dit" in text(answer)


def test_nobody_answering_leaves_the_call_owed_and_counts_the_attempt(town: SmallTown, owed: Callback) -> None:
    client = entered(town.agent)
    for _ in range(2):
        client.post(f"{CALLS}{owed.pk}/missed/")
    assert "2 appels sans réponse, aujourd’hui, 10 h" in text(client.get(CALLS))


def test_a_call_made_twice_is_made_once(town: SmallTown, owed: Callback) -> None:
    client = entered(town.agent)
    for _ in range(2):
        assert client.post(f"{CALLS}{owed.pk}/done/", {"note": "Dit."}).status_code == 302
    assert Entry.objects.filter(kind=Entry.Kind.CALLED).count() == 1
    assert client.post(f"{CALLS}99999/done/", {"note": "Dit."}).status_code == 404


def test_calls_are_for_those_who_make_them(town: SmallTown, owed: Callback) -> None:
    assert entered(town.technician).get(CALLS).status_code == 403
    assert entered(town.technician).post(f"{CALLS}{owed.pk}/done/", {"note": "Dit."}).status_code == 403


@pytest.mark.parametrize("rows", [1, 50])
def test_calls_cost_the_same_at_1_and_50(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        person = make_person(f"Personne {number}", phone="+14505550177")
        due = datetime(2026, 11, 25, 15, tzinfo=UTC)
        Callback.objects.create(case=opened(town, person=person), person=person, phone="+14505550177", due_at=due)
    client = entered(town.agent)
    with django_assert_max_num_queries(12):
        assert text(client.get(CALLS)).count("Personne ") == rows


# --- Comments -----------------------------------------------------------------------------------------------------


def test_a_comment_is_read_then_noted_in_one_gesture(town: SmallTown) -> None:
    case = comment(town, words="Merci pour le trottoir.")
    client = entered(town.technician)
    shown = client.get("/desk/comments/?department=voirie")
    assert "Merci pour le trottoir." in text(shown)
    form = {"expect": case.seq, "words": "", "back": "comments", "department": "voirie"}
    for _ in range(2):
        answer = client.post(f"/desk/cases/{case.reference}/close/", form)
        assert answer.headers["Location"] == "/desk/comments/?department=voirie"
    case.refresh_from_db()
    assert (case.state, case.closing_reason, case.seq) == (State.CLOSED, "passed", 2)
    listed = text(client.get("/desk/comments/"))
    assert "Merci pour le trottoir." not in listed
    assert "Lampadaire éteint Voirie 1 1" in listed, "received and noted, in the report of the last 30 days"


def test_comments_stay_in_the_departments_that_one_reads(town: SmallTown) -> None:
    case = comment(town)
    assert case.words not in text(entered(town.planner).get("/desk/comments/"))
    agent = page(entered(town.agent).get("/desk/comments/"))
    assert case.words in agent and f"/desk/cases/{case.reference}/close/" not in agent
    assert "Lampadaire éteint" not in text(entered(town.planner).get("/desk/comments/"))


def test_comments_are_not_in_the_queue(town: SmallTown) -> None:
    case = comment(town)
    answer = page(entered(town.technician).get("/desk/queue/voirie/"))
    assert case.reference not in answer and "<b>1</b> commentaire" in answer


@pytest.mark.parametrize("rows", [1, 50])
def test_comments_cost_the_same_at_1_and_50(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        comment(town)
    client = entered(town.technician)
    with django_assert_max_num_queries(12):
        assert page(client.get("/desk/comments/")).count("<blockquote>") == rows


# --- Files --------------------------------------------------------------------------------------------------------


def test_a_file_is_seen_by_those_who_may_read_its_case(town: SmallTown) -> None:
    buffer = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(buffer, "PNG")
    photo = keep_photo(SimpleUploadedFile("trou.png", buffer.getvalue()), by=Actor.citizen())
    opened(town, photos=[photo])
    address = f"/desk/files/{photo.key}"
    answer = entered(town.technician).get(address)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert entered(town.planner).get(address).status_code == 404
    assert entered(town.technician).get(f"/desk/files/{uuid4()}").status_code == 404


# --- Search and people --------------------------------------------------------------------------------------------


def test_a_reference_leads_straight_to_its_case(town: SmallTown) -> None:
    case = opened(town)
    client = entered(town.technician)
    dictated = case.reference.replace("-", " ").lower()
    assert client.get("/desk/search/", {"q": dictated}).headers["Location"] == f"/desk/cases/{case.reference}/"
    assert "Aucune requête trouvée" in text(entered(town.planner).get("/desk/search/", {"q": dictated}))


def test_words_a_name_a_number_or_a_street_find_cases_and_people(town: SmallTown) -> None:
    client = entered(town.technician)
    case = opened(town, title="Poteau penché", person=make_person("Lucie Tremblay", phone="+14505550142"))
    for words in ("poteau penche", "tremblay", "12 quai"):
        assert case.reference in text(client.get("/desk/search/", {"q": words})), words
    assert case.reference not in text(entered(town.planner).get("/desk/search/", {"q": "poteau penche"}))


def test_a_persons_file_is_read_and_the_reading_is_kept(town: SmallTown) -> None:
    person = make_person("Lucie Tremblay", phone="+14505550142")
    mine, theirs = opened(town, person=person), opened(town, subject=town.shed, person=person)
    answer = text(entered(town.technician).get(f"/desk/people/{person.pk}/"))
    assert "Lucie Tremblay" in answer and "450 555-0142" in answer
    assert mine.reference in answer and theirs.reference not in answer
    assert "1 étape d’une requête d’un autre service" in answer
    entry = AccessLogEntry.objects.get(subject="person")
    assert (entry.user, entry.subject_id) == (town.technician, person.pk)


def test_a_persons_file_is_closed_to_those_who_may_not_read_it(town: SmallTown) -> None:
    person = make_person()
    assert entered(town.editor).get(f"/desk/people/{person.pk}/").status_code in (403, 404)
    assert entered(town.technician).get("/desk/people/99999/").status_code == 404
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize("rows", [1, 50])
def test_a_file_and_a_search_cost_the_same_at_1_and_50(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_person("Lucie Tremblay", phone="+14505550142")
    for _ in range(rows):
        opened(town, person=person)
    client = entered(town.technician)
    with django_assert_max_num_queries(12):
        answer = client.get(f"/desk/people/{person.pk}/")
    assert page(answer).count("/desk/cases/") == min(rows, PAGE)
    with django_assert_max_num_queries(12):
        client.get("/desk/search/", {"q": "lampadaire"})
    client.get("/desk/search/preview/", {"q": "lucie"})  # warms the caches of the process
    with django_assert_max_num_queries(12):
        client.get("/desk/search/preview/", {"q": "lucie"})
    assert Case.objects.count() == rows
