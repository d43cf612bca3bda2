"""The document of the API, its errors, its keys, its languages."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django import Settings

from parvis.apps.directory.models import Town
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import revoke_key
from parvis.apps.matching.queries.as_json import ask_as_json
from tests.api.calls import Program, new_key
from tests.factories import SmallTown

Make = Callable[..., Program]


def test_the_document_is_valid_openapi_3_1(placed: SmallTown) -> None:
    document = Program().get("/openapi.json").value
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    assert {"/api/v1/ask", "/api/v1/cases", "/api/v1/contacts", "/api/v1/webhooks"} <= set(document["paths"])
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"] and operation["description"] and operation["security"]
            for status, response in operation["responses"].items():
                assert int(status) < 400 or list(response["content"]) == ["application/problem+json"]


def test_asking_gives_what_the_console_gives(placed: SmallTown) -> None:
    answer = Program().post("/ask", {"text": "il y a un nid-de-poule", "id": "7"})
    assert answer.status == 200
    assert answer.value == {"id": "7", **ask_as_json("il y a un nid-de-poule")}


def test_a_key_is_refused_for_the_very_reason(placed: SmallTown, settings: Settings) -> None:
    assert Program().get("/cases").code == "key-missing"
    assert Program("parvis.none.none").get("/cases").code == "key-unknown"
    secret, key = new_key(placed.key_maker, Scope.ANSWERS_READ)
    assert (Program(secret).get("/cases").status, Program(secret).get("/cases").code) == (403, "key-scope")
    secret, key = new_key(placed.key_maker, Scope.CASES_READ, last_day=date(2026, 11, 24))
    assert Program(secret).get("/cases").status == 200
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    assert Program(secret).get("/cases").code == "key-expired"
    revoke_key(key_id=key.pk, by=placed.administrator)
    refused = Program(secret).get("/cases")
    assert (refused.status, refused.code) == (401, "key-revoked") and "Bearer" in refused.response["WWW-Authenticate"]


def test_a_quota_is_told_at_each_call_and_when_it_is_passed(program: Make) -> None:
    caller = program(Scope.CASES_READ, per_minute=2)
    first = caller.get("/cases").response
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1") and int(
        first["RateLimit-Reset"]
    ) <= 60
    caller.get("/cases")
    passed = caller.get("/cases")
    assert (passed.status, passed.code) == (429, "key-quota") and int(passed.response["Retry-After"]) >= 1


def test_reading_answers_needs_no_key_but_is_bounded(placed: SmallTown, program: Make) -> None:
    statuses = [Program().get("/incidents").status for _number in range(70)]
    assert statuses[:50] == [200] * 50 and statuses[-1] == 429
    assert Program().get("/incidents").code == "too-many"
    assert program(Scope.ANSWERS_READ).get("/incidents").status == 200
    assert Program("parvis.none.none").get("/incidents").code == "key-unknown"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/nothing", None, 404, "not-found"),
        ("delete", "/ask", None, 405, "method"),
        ("get", "/cases/99-0001-X", None, 404, "not-found"),
        ("post", "/ask", "{", 400, "malformed"),
        ("post", "/ask", "[" * 5_000, 400, "malformed"),
        ("post", "/ask", '{"text": "\\ud800"}', 400, "malformed"),
        ("post", "/ask", "{}", 422, "invalid"),
        ("post", "/ask", '{"text": "a", "more": 1}', 422, "invalid"),
        ("get", "/answers?limit=0", None, 422, "invalid"),
        ("get", "/cases?cursor=zzz", None, 422, "invalid"),
        ("get", "/addresses/99999999999999999999/day", None, 422, "invalid"),
    ],
)
def test_what_goes_wrong_is_a_problem(
    program: Make, method: str, path: str, body: str | None, status: int, code: str
) -> None:
    refused = program(Scope.CASES_READ).send(method, path, body)
    assert (refused.status, refused.code) == (status, code)
    assert refused.value["type"].endswith(f"/api/v1/#{code}") and refused.value["status"] == status
    assert refused.value["title"] and refused.value["detail"]


def test_another_type_of_content_is_refused(placed: SmallTown) -> None:
    response = Client().post("/api/v1/ask", "<ask/>", content_type="text/xml")
    assert response.status_code == 415 and response.json()["code"] == "media-type"


def test_a_nul_character_is_refused_where_it_is(placed: SmallTown) -> None:
    refused = Program().post("/ask", '{"text": "nid\\u0000-de-poule"}')
    assert (refused.status, refused.code, refused.value["errors"][0]["field"]) == (422, "invalid", "text")
    assert "NUL" in refused.value["detail"]


def test_what_is_nested_ten_thousand_deep_is_malformed(placed: SmallTown) -> None:
    refused = Program().post("/ask", "[" * 10_000)
    assert (refused.status, refused.code) == (400, "malformed")


def test_problems_are_in_the_language_of_the_asker(placed: SmallTown) -> None:
    french = Program().get("/cases")
    english = Program().get("/cases", headers={"Accept-Language": "en-CA,en;q=0.9"})
    assert french.response["Content-Language"] == "fr" and english.response["Content-Language"] == "en"
    assert french.value["title"] != english.value["title"] and "needs a key" in english.value["title"]
    Town.objects.update(english=Town.English.OFF)
    assert Program().get("/nothing", headers={"Accept-Language": "en"}).response["Content-Language"] in ("fr", "en")


def test_no_cookie_is_set_and_none_is_needed(placed: SmallTown, program: Make) -> None:
    caller = program(Scope.CASES_READ)
    assert not caller.get("/cases").response.cookies and not caller.post("/ask", {"text": "neige"}).response.cookies


def test_a_fault_of_ours_is_a_problem_too(placed: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("parvis.apps.cases.queries.incidents.all_shown", fail)
    response = Client(raise_request_exception=False).get("/api/v1/incidents")
    assert response.status_code == 500 and response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "fault"
