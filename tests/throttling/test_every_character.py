"""A character that no text can hold, and JSON nested without end, fail at no address, and are refused at each door."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import get_resolver

import parvis
from parvis.apps.directory.rules.permissions import Scope
from parvis.surfaces.api.api import api
from parvis.surfaces.public import every_post
from parvis.surfaces.public.characters import REFUSES_ITSELF, TIDIED
from tests.api.calls import Program, new_key
from tests.factories import SmallTown
from tests.throttling.test_every_post import addresses

pytestmark = pytest.mark.django_db
DEEP = "[" * 10_000
NUL = {"name": "Rose\0 Roy", "words": "un trou"}
BARE = ("/dev/", "/healthz", "/readyz")
SENDERS = ("nobody", "agent", "manager")


def everywhere() -> Iterator[str]:
    """Every address, with something in place of what it holds."""
    yield from (address for address, _view in addresses(get_resolver().url_patterns) if not address.startswith(BARE))


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """More is sent here than anyone may."""
    monkeypatch.setattr(every_post, "CLIENT", 100_000)
    monkeypatch.setattr(every_post, "NETWORK", 100_000)


def sender(name: str, town: SmallTown) -> Client:
    """Whoever sends; for them, what fails is an answer."""
    client = Client(raise_request_exception=False)
    if user := getattr(town, name, None):
        client.force_login(user)
    return client


@pytest.mark.parametrize("name", SENDERS)
def test_every_form_refuses_a_nul_character_and_gives_back_what_was_typed(town: SmallTown, name: str) -> None:
    client, tried = sender(name, town), 0
    for address in everywhere():
        if address.startswith((TIDIED, *REFUSES_ITSELF)):
            continue
        for sent in (NUL, {"na\0me": "Rose Roy", "words": "un trou"}):
            answer = client.post(address, sent)
            assert answer.status_code == 422, address
            assert "un trou" in answer.text and "\0" not in answer.text, address
        tried += 1
    assert tried > 300


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "Un caractère ne peut pas être gardé"), ("en", "cannot be kept")]
)
def test_the_refusal_says_where_it_is_and_keeps_the_rest(town: SmallTown, language: str, words: str) -> None:
    client = Client()
    client.cookies["lang"] = language
    answer = client.post("/suivi/", NUL | {"password": "secret ici"})
    assert answer.status_code == 422 and words in answer.text and "Rose␀ Roy" in answer.text
    assert 'value="Rose Roy"' in answer.text and "secret ici" not in answer.text
    by_script = client.post("/suivi/", NUL, headers={"HX-Request": "true"})
    assert by_script.status_code == 422 and by_script["Content-Type"].startswith("text/plain")


def test_every_address_of_the_api_that_reads_a_body_refuses_it_and_what_is_nested_without_end(town: SmallTown) -> None:
    program, tried = Program(new_key(town.key_maker, *Scope)[0]), 0
    for path, methods in api.get_openapi_schema()["paths"].items():
        address = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
        for method, operation in methods.items():
            if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                continue
            refused = program.send(method, address, json.dumps({"person": {"name": "Rose\0"}}))
            assert (refused.status, refused.code) == (422, "invalid"), (method, address, refused.value)
            assert refused.value["errors"][0]["field"] == "person.name"
            assert program.send(method, address, DEEP).status == 400, (method, address)
            tried += 1
    assert tried >= 5


def test_open311_refuses_it_in_its_own_words(town: SmallTown) -> None:
    answer = Client().post("/open311/v2/requests.json", {"first_name": "Rose\0", "service_code": "x"})
    assert answer.status_code == 400 and "first_name" in answer.text and answer["X-Open311-Reason"] == "characters"


@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["nobody", "agent", "manager"])
def test_a_search_is_read_without_it_and_a_path_that_holds_it_leads_nowhere(town: SmallTown, name: str) -> None:
    client = sender(name, town)
    for address in everywhere():
        answer = client.get(f"{address}?q=Ro%00se&after=%00&page=%00&na%00me=1")
        assert answer.status_code < 500, address
    assert client.get("/suivi/%00/").status_code == 404


@pytest.mark.parametrize("name", SENDERS)
def test_json_nested_without_end_fails_at_no_address(town: SmallTown, name: str) -> None:
    client = sender(name, town)
    for address in everywhere():
        for body in (DEEP, json.dumps({"name": "a\0b", "text": "\ud800"})):
            assert client.post(address, body, content_type="application/json").status_code < 500, address


def test_no_door_reads_json_by_itself() -> None:
    """What comes from elsewhere goes through `lib.json_text`; sessions are ours, and signed."""
    package = Path(parvis.__file__).parent
    doors = ("surfaces/**/*.py", "apps/*/web/*.py", "apps/*/channels/**/*.py")
    found = [
        str(path.relative_to(package))
        for door in doors
        for path in package.glob(door)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("json.load", "json.loads")
    ]
    assert found == ["apps/identity/web/sessions.py"]
