"""Cases and contacts through the API: opened once, read without what is personal, listed by cursor."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.handling import answer, take
from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.intake.models import Contact
from parvis.apps.residents.models import Person
from tests.api.calls import Program
from tests.counting import statements
from tests.factories import SmallTown, make_person, make_question
from tests.hostile_photos import plain

Make = Callable[..., Program]
SECRET = "secret-planté-9q"
BODY: dict[str, Any] = {"subject": "nid-de-poule", "words": "Un trou", "place": "12 rue du Quai"}


def opened(caller: Program, **more: Any) -> str:
    answer = caller.post("/cases", BODY | more)
    assert answer.status == 201, answer.value
    return str(answer.value["reference"])


def test_a_case_is_opened_as_on_the_site(program: Make, placed: SmallTown) -> None:
    caller = program(Scope.CASES_WRITE)
    answer = caller.post("/cases", BODY | {"person": {"name": "Jeanne", "email": "jeanne@exemple.ca"}})
    case = Case.objects.get()
    assert answer.status == 201 and answer.value["reference"] == case.reference and answer.value["promise"]
    assert case.address == placed.address and case.person and case.person.email == "jeanne@exemple.ca"
    assert case.entries.get(seq=1).data["program"] == "Application"
    assert case.matters.get().contact.state == Contact.State.DONE


def test_the_same_key_gives_the_same_answer_and_opens_one(program: Make) -> None:
    caller = program(Scope.CASES_WRITE)
    first = caller.post("/cases", BODY, Idempotency_Key="a")
    second = caller.post("/cases", BODY, Idempotency_Key="a")
    assert first.value == second.value and first.status == second.status == 201
    assert "Idempotent-Replayed" not in first.response and second.response["Idempotent-Replayed"] == "true"
    other = caller.post("/cases", BODY | {"words": "Autre"}, Idempotency_Key="a")
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert Case.objects.count() == 1
    assert program(Scope.CASES_WRITE).post("/cases", BODY, Idempotency_Key="a").status == 201
    assert Case.objects.count() == 2
    assert caller.post("/cases", BODY).response["Idempotency-Key"] and Case.objects.count() == 3
    assert caller.post("/cases", BODY, Idempotency_Key="é").code == "idempotency-key"


def test_what_is_refused_names_its_fields_and_may_be_sent_again(program: Make, placed: SmallTown) -> None:
    caller = program(Scope.CASES_WRITE)
    make_question(placed.pothole, "profil", required=True, label_fr="Quelle taille ?", label_en="What size?")
    refused = caller.post("/cases", BODY, Idempotency_Key="b")
    assert refused.status == 422 and [error["field"] for error in refused.value["errors"]] == ["profil"]
    assert caller.post("/cases", BODY | {"answers": {"profil": "Grand"}}, Idempotency_Key="b").status == 201
    for wrong in ({"subject": "rien"}, {"address_id": 99_999}, {"point": {"latitude": 10, "longitude": 10}}):
        refused = caller.post("/cases", BODY | wrong)
        assert refused.status == 422 and refused.value["errors"][0]["field"] == next(iter(wrong))


def test_nothing_personal_is_shown_without_the_scope(program: Make, placed: SmallTown) -> None:
    opener = program(Scope.CASES_WRITE, Scope.CONTACTS_WRITE)
    make_question(placed.pothole, "detail", label_fr="Détail", label_en="Detail")
    person = {"name": f"Jeanne {SECRET}", "email": "secret-plante-9q@exemple.ca", "phone": "418 555-0123"}
    reference = opened(opener, words=SECRET, answers={"detail": SECRET}, person=person)
    assert opener.post(f"/cases/{reference}/messages", {"words": f"Encore {SECRET}"}).status == 201
    assert opener.post("/contacts", {"channel": "social", "text": SECRET, "person": person}).status == 201
    case = Case.objects.get()
    take(case_id=case.pk, by=placed.technician)
    answer(case_id=case.pk, words=f"Bonjour {SECRET}", by=placed.technician)
    every = [scope for scope in Scope if scope != Scope.PERSONS_READ]
    reader = program(*every)
    paths = ["/cases", f"/cases/{reference}", "/contacts", "/answers", "/incidents", "/webhooks"]
    for path in [*paths, "/cases?updated_since=2020-01-01T00:00:00Z"]:
        text = reader.get(path).response.content.decode()
        assert "secret" not in text and "Jeanne" not in text, path
        assert "555-0123" not in text and "5550123" not in text, path
    assert [entry["words"] for entry in reader.get(f"/cases/{reference}").value["entries"]] == [None] * 4
    trusted = program(*Scope)
    whole = trusted.get(f"/cases/{reference}").value
    assert whole["personal"]["person"]["name"].endswith(SECRET) and whole["personal"]["words"] == SECRET
    assert SECRET in str(whole["entries"])
    assert AccessLogEntry.objects.get().subject_id == case.pk
    assert "secret" not in trusted.get("/cases").response.content.decode()


def test_a_protected_person_is_seen_by_no_program(program: Make) -> None:
    reference = opened(program(Scope.CASES_WRITE), words=SECRET, person={"name": "Jeanne"})
    Person.objects.update(address_protected=True)
    whole = program(*Scope).get(f"/cases/{reference}").value
    assert whole["personal"] is None and whole["place"] == "" and whole["point"] is None
    assert SECRET not in str(whole)


def test_a_merged_person_is_told_as_the_file_that_is_maintained(program: Make) -> None:
    reference = opened(program(Scope.CASES_WRITE), person={"name": "Jeanne", "phone": "418 555-0123"})
    kept = make_person("Jeanne Arsenault", phone="+14185550199", email="jeanne@exemple.ca")
    Person.objects.exclude(pk=kept.pk).update(merged_into=kept)
    reader = program(*Scope)
    told = reader.get(f"/cases/{reference}").value["personal"]["person"]
    assert (told["name"], told["email"], told["phones"]) == (kept.name, kept.email, ["+14185550199"])
    Person.objects.filter(pk=kept.pk).update(address_protected=True)
    assert reader.get(f"/cases/{reference}").value["personal"] is None


def test_a_program_writes_only_in_what_it_opened(program: Make) -> None:
    opener, other = program(Scope.CASES_WRITE), program(Scope.CASES_WRITE)
    reference = opened(opener)
    assert other.post(f"/cases/{reference}/messages", {"words": "Moi"}).code == "not-allowed"
    assert other.post(f"/cases/{reference}/withdraw").status == 403
    assert opener.post(f"/cases/{reference}/messages", {"words": "Plus grand"}, Idempotency_Key="m").status == 201
    assert opener.post(f"/cases/{reference}/messages", {"words": "Plus grand"}, Idempotency_Key="m").status == 201
    case = Case.objects.get()
    assert list(case.entries.values_list("kind", "body")) == [("opened", "Un trou"), ("replied", "Plus grand")]
    trusted = program(Scope.CASES_WRITE, Scope.PERSONS_READ)
    assert trusted.post(f"/cases/{reference.lower()}/withdraw").value == {"reference": reference, "state": "closed"}
    assert opener.post(f"/cases/{reference}/messages", {"words": "Trop tard"}).code == "conflict"


def test_photos_are_sent_first_and_go_with_the_case(program: Make) -> None:
    caller, other = program(Scope.CASES_WRITE), program(Scope.CASES_WRITE)

    def send(content: bytes) -> Any:
        upload = SimpleUploadedFile("trou.jpg", content, content_type="image/jpeg")
        headers = {"Authorization": f"Bearer {caller.secret}"}
        return Client().post("/api/v1/files", {"file": upload}, headers=headers)

    sent = send(plain("JPEG", (80, 60)))
    assert sent.status_code == 201, sent.content
    photo = sent.json()["id"]
    assert send(b"not a photo").status_code == 422
    assert other.post("/cases", BODY | {"photos": [photo]}).value["errors"][0]["field"] == "photos"
    opened(caller, photos=[photo])
    assert Case.objects.get().entries.get().files.count() == 1
    assert caller.post("/cases", BODY | {"photos": ["x:y"]}).status == 422


def test_a_list_is_read_by_cursor_whatever_comes_meanwhile(program: Make) -> None:
    caller = program(Scope.CASES_WRITE, Scope.CASES_READ)
    first = [opened(caller) for _number in range(5)]
    page = caller.get("/cases", limit=2).value
    seen = [row["reference"] for row in page["items"]]
    while page["next"]:
        opened(caller)
        page = caller.get("/cases", limit=2, cursor=page["next"]).value
        seen += [row["reference"] for row in page["items"]]
    assert seen == first[::-1]


def test_a_copy_by_changes_misses_none(program: Make, placed: SmallTown, settings: Settings) -> None:
    caller = program(Scope.CASES_WRITE, Scope.CASES_READ)
    references = {opened(caller) for _number in range(5)}
    since = "2026-11-24T00:00:00-05:00"
    assert not caller.get("/cases", updated_since=since).value["items"], "others may still be on their way before these"
    settings.PARVIS_NOW = "2026-11-24T10:15:00-05:00"
    opened(caller)
    seen, cursor = list[str](), ""
    while True:
        page = caller.get("/cases", updated_since=since, limit=2, cursor=cursor).value
        seen += [row["reference"] for row in page["items"]]
        if not page["next"]:
            break
        cursor = page["next"]
    assert sorted(seen) == sorted(references)
    assert caller.get("/cases", updated_since="2026-11-25T00:00:00Z").value["items"] == []
    assert caller.get("/cases", updated_since="2026-11-25T00:00:00").status == 422
    assert len(caller.get("/cases", subject="nid-de-poule", state="new", department="voirie").value["items"]) == 6
    assert caller.get("/cases", state="closed").value["items"] == []


def test_a_list_costs_the_same_whatever_its_length(program: Make) -> None:
    caller = program(Scope.CASES_WRITE, Scope.CASES_READ, Scope.CONTACTS_READ)
    opened(caller)
    for path in ("/cases", "/contacts"):
        caller.get(path)
    with statements() as few:
        caller.get("/cases"), caller.get("/contacts")
    for _number in range(6):
        opened(caller)
    with statements() as many:
        caller.get("/cases"), caller.get("/contacts")
    assert len(few) == len(many)


def test_a_message_of_another_system_waits_at_the_desk(
    program: Make, placed: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    caller = program(Scope.CONTACTS_WRITE, Scope.CONTACTS_READ)
    body = {"channel": "social", "text": "Le lampadaire est brisé", "person": {"name": "Luc"}}
    first = caller.post("/contacts", body, Idempotency_Key="c")
    assert first.status == 201 and caller.post("/contacts", body, Idempotency_Key="c").value == first.value
    assert "Le lampadaire est brisé" in signed_in(placed.agent).get("/desk/waiting/").content.decode()
    listed = caller.get("/contacts").value["items"]
    assert [row["id"] for row in listed] == [first.value["id"]] and listed[0]["state"] == "waiting"


@pytest.mark.parametrize("path", ["/addresses?q=12 quai", "/addresses?q=quai 12"])
def test_an_address_is_found_and_its_day_told(placed: SmallTown, path: str) -> None:
    [found] = Program().get(path).value["items"]
    assert found["label"] == placed.address.label
    day = Program().get(f"/addresses/{found['id']}/day").value
    assert day["day"] == "2026-11-24" and day["parking"]["verdict"] and day["collections_words"]
    assert Program().get(f"/addresses/{found['id']}/day", date="2026-12-01").value["day"] == "2026-12-01"
    assert Program().get(f"/addresses/{found['id']}/day", date="9999-12-31").status == 422
    assert Program().get("/addresses/999999/day").code == "not-found"
