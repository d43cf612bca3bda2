"""GeoReport v2, point by point, in both formats: each test bears the number of the point that it proves.

The points are those of docs/build/open311.md, from the specification's pages GeoReport/v2, Service_Discovery and
JSON_and_XML_Conversion (github.com/open311/open311.github.io).
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.handling import close, take
from parvis.apps.directory.models import Town
from tests.factories import SmallTown, make_question
from tests.open311.calls import Answer, Caller
from tests.open311.conftest import MOMENT

QUAI = {"lat": "45.42419", "long": "-73.37167"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
FIELDS = [
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
]


def send(call: Caller, key: str, **fields: Any) -> Answer:
    return call.post(**{"api_key": key, "service_code": "nid-de-poule", **QUAI, "description": "Un trou"} | fields)


def number_of(call: Caller, key: str, **fields: Any) -> str:
    return str(send(call, key, **fields).first["service_request_id"])


def two_jurisdictions() -> None:
    rows: list[dict[str, Any]] = [
        {"id": name, "name_fr": name, "name_en": name, "sectors": []} for name in ("nord.example", "sud.example")
    ]
    Town.objects.update(jurisdictions=rows)


def test_01_discovery_says_all_the_specification_lists(call: Caller, placed: SmallTown) -> None:
    found = call.get("discovery").value
    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    (endpoint,) = found["endpoints"]
    assert list(endpoint) == ["specification", "url", "changeset", "type", "formats"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == "http://testserver/open311/v2" and endpoint["type"] in ("production", "test")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert placed.town.email in found["contact"] and "/open311/" in found["key_service"]
    assert DATE.fullmatch(found["changeset"]) and DATE.fullmatch(endpoint["changeset"])


def test_01_the_page_of_the_keys_says_how_to_ask_for_one(placed: SmallTown, client: Client) -> None:
    page = client.get("/open311/").content.decode()
    assert "Demander une clé" in page and placed.town.email in page and "discovery.xml" in page


def test_02_the_format_is_the_suffix(call: Caller, placed: SmallTown, key: str) -> None:
    kind = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}[call.form]
    sent = send(call, key)
    paths = ("discovery", "v2/services", "v2/services/nid-de-poule", "v2/requests", "v2/requests/nothing")
    for answer in [sent, *map(call.get, paths)]:
        assert answer.response["Content-Type"] == kind
        if call.form == "xml":
            assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>\n') and "xmlns" not in answer.text
            ElementTree.fromstring(answer.response.content)
        else:
            json.loads(answer.text)


def test_02_an_address_without_a_format_says_so_in_xml(placed: SmallTown, client: Client) -> None:
    for path in ("v2/requests", "v2/requests.html", "v2/", "v3/services.xml"):
        response = client.get(f"/open311/{path}")
        assert response.status_code == 404 and response["Content-Type"].startswith("text/xml")
        assert ElementTree.fromstring(response.content).tag == "errors"


def test_03_dates_have_an_offset_and_places_are_degrees(call: Caller, placed: SmallTown, key: str) -> None:
    number_of(call, key)
    row = call.get("v2/requests").first
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert DATE.fullmatch(row[name])
    assert abs(float(row["lat"]) - 45.42419) < 0.001 and abs(float(row["long"]) + 73.37167) < 0.001


def test_04_a_jurisdiction_is_demanded_only_among_several(call: Caller, placed: SmallTown) -> None:
    for parameters in ({}, {"jurisdiction_id": ""}, {"jurisdiction_id": "anse-aux-bouleaux"}):
        assert call.get("v2/services", **parameters).status == 200
    assert call.get("v2/services", jurisdiction_id="ailleurs.example").status == 404


def test_04_among_several_missing_is_400_and_unknown_404(call: Caller, placed: SmallTown, key: str) -> None:
    two_jurisdictions()
    for path in ("v2/services", "v2/services/nid-de-poule", "v2/requests", "v2/requests/26-0001-G", "v2/tokens/x"):
        assert call.get(path).status == 400 and call.get(path, jurisdiction_id=" ").status == 400
        assert call.get(path, jurisdiction_id="ailleurs.example").status == 404
    assert "nord.example" in call.get("v2/services").errors[0][1]
    assert call.get("v2/services", jurisdiction_id="nord.example").status == 200
    assert send(call, key).status == 400 and send(call, key, jurisdiction_id="sud.example").status == 201


def test_05_services_say_all_of_each_without_a_key(call: Caller, placed: SmallTown) -> None:
    rows = {row["service_code"]: row for row in call.get("v2/services").value}
    assert set(rows) == {"nid-de-poule", "lampadaire", "cabanon", "commentaire"}
    fields = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    assert all(list(row) == fields and row["description"] for row in rows.values())
    assert rows["nid-de-poule"]["metadata"] == "true" and rows["lampadaire"]["metadata"] == "false"
    assert {row["type"] for row in rows.values()} == {"realtime"}
    assert rows["lampadaire"]["keywords"] == "lampadaire, eteint" and rows["lampadaire"]["group"] == "Rues"


def test_06_a_definition_gives_the_questions_in_order(call: Caller, placed: SmallTown) -> None:
    pothole = placed.pothole
    for position, (code, kind) in enumerate(
        [("depuis", "date"), ("profondeur", "number"), ("danger", "yesno"), ("mots", "long"), ("repere", "text")], 1
    ):
        make_question(pothole, code, kind=kind, required=code == "danger", hint_fr=f"Aide {code}", position=position)
    found = call.get("v2/services/nid-de-poule").value
    assert list(found) == ["service_code", "attributes"]
    rows = {row["code"]: row for row in found["attributes"]}
    fields = ["variable", "code", "datatype", "required", "datatype_description", "order", "description", "values"]
    assert all(list(row) == fields for row in rows.values())
    assert [row["order"] for row in found["attributes"]] == ["1", "2", "3", "4", "5", "6"]
    kinds = {code: row["datatype"] for code, row in rows.items()}
    assert kinds == {
        "taille": "singlevaluelist", "depuis": "datetime", "profondeur": "number", "danger": "singlevaluelist",
        "mots": "text", "repere": "string",
    }  # fmt: skip
    assert rows["taille"]["values"] == [{"key": "grand", "name": "Grand"}] and rows["mots"]["values"] in ([], None)
    assert [value["key"] for value in rows["danger"]["values"]] == ["yes", "no"]
    assert [row["required"] for row in found["attributes"]].count("true") == 1
    assert rows["danger"]["datatype_description"] == "Aide danger" and rows["danger"]["variable"] == "true"


def test_06_a_service_unknown_is_404(call: Caller, placed: SmallTown) -> None:
    assert call.get("v2/services/rien").errors[0][0] == "404"


def test_07_every_parameter_of_a_request_is_kept(call: Caller, placed: SmallTown, key: str) -> None:
    make_question(placed.pothole, "danger", kind="yesno", required=True)
    number = number_of(
        call, key, address_id=str(placed.address.pk), email="zoe@exemple.ca", phone="418 555-0123", first_name="Zoé",
        last_name="Bé", device_id="d1", account_id="c1", description="Un trou\nprofond", media_url="https://a.example/p.jpg",
        **{"attribute[taille]": "grand", "attribute[danger]": "yes", "attribute[autre][]": ["un", "deux"]},
    )  # fmt: skip
    case = Case.objects.select_related("person").get(reference=number)
    assert case.channel == "open311" and case.address == placed.address and case.point == (45.42419, -73.37167)
    assert case.person and (case.person.name, case.person.email) == ("Zoé Bé", "zoe@exemple.ca")
    assert {row["key"]: row["value"] for row in case.details} == {"taille": "grand", "danger": "yes"}
    for words in ("Un trou\nprofond", "autre : un, deux", "https://a.example/p.jpg"):
        assert words in case.words


@pytest.mark.parametrize("place", [QUAI, {"address_string": "12 rue du Quai"}, {"address_id": "first"}])
def test_07_each_of_the_three_locations_suffices(
    call: Caller, placed: SmallTown, key: str, place: dict[str, str]
) -> None:
    fields = {name: str(placed.address.pk) if text == "first" else text for name, text in place.items()}
    answer = call.post(api_key=key, service_code="nid-de-poule", description="Un trou", **fields)
    assert answer.status == 201
    case = Case.objects.get()
    assert case.address == placed.address or case.point


def test_07_a_description_of_4000_characters_and_its_tags_are_words(call: Caller, placed: SmallTown, key: str) -> None:
    words = "<b>été</b> & " + "x" * 3_987
    assert len(words) == 4_000
    assert send(call, key, description=words).status == 201 and Case.objects.get().words == words
    assert send(call, key, description=words + "y").status == 400


def test_08_the_answer_gives_the_number_and_no_token(call: Caller, placed: SmallTown, key: str) -> None:
    answer = send(call, key, account_id="compte-7")
    assert answer.status == 201
    assert list(answer.first) == ["service_request_id", "service_notice", "account_id"]
    assert answer.first["account_id"] == "compte-7" and answer.first["service_notice"]
    assert answer.first["service_request_id"] == Case.objects.get().reference
    if call.form == "xml":
        root = ElementTree.fromstring(answer.response.content)
        assert root.tag == "service_requests" and [child.tag for child in root] == ["request"]


def test_09_each_error_of_a_request_has_its_status(call: Caller, placed: SmallTown, key: str) -> None:
    make_question(placed.pothole, "danger", kind="yesno", required=True)
    full = {"service_code": "nid-de-poule", **QUAI, "attribute[danger]": "no"}
    expected = [
        (403, {**full}), (403, {**full, "api_key": "nothing"}),
        (400, {**full, "api_key": key, "service_code": ""}),
        (400, {"api_key": key, "service_code": "nid-de-poule", "attribute[danger]": "no"}),
        (400, {**full, "api_key": key, "lat": ""}),
        (400, {**full, "api_key": key, "attribute[danger]": ""}),
        (400, {**full, "api_key": key, "attribute[danger]": "peut-être"}),
        (404, {**full, "api_key": key, "service_code": "rien"}),
        (400, {**full, "api_key": key, "lat": "10", "long": "10"}),
        (400, {**full, "api_key": key, "email": "rien"}),
        (201, {**full, "api_key": key}),
    ]  # fmt: skip
    assert [call.post(**fields).status for _status, fields in expected] == [status for status, _fields in expected]


def test_10_a_token_gives_the_number(call: Caller, placed: SmallTown, key: str) -> None:
    number = number_of(call, key)
    assert call.get(f"v2/tokens/{number}").value == [{"service_request_id": number, "token": number}]
    assert call.get("v2/tokens/rien").status == 404


def test_11_the_list_filters_by_number_service_status_and_dates(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    placed.streetlight.public = True
    placed.streetlight.save()
    numbers = []
    for day, service in ((20, "nid-de-poule"), (22, "nid-de-poule"), (24, "lampadaire")):
        settings.PARVIS_NOW = f"2026-11-{day}T10:00:00-05:00"
        numbers.append(number_of(call, key, service_code=service))
    case = Case.objects.get(reference=numbers[0])
    take(case_id=case.pk, by=placed.technician)
    close(case_id=case.pk, reason="done", words="Bouché", proof="Bon 12", by=placed.technician)

    def listed(**parameters: str) -> list[str]:
        answer = call.get("v2/requests", **parameters)
        assert answer.status == 200
        return [row["service_request_id"] for row in answer.value]

    assert listed() == numbers[::-1]
    assert listed(status="closed") == numbers[:1] and listed(status="open") == numbers[:0:-1]
    assert listed(status="open,closed") == numbers[::-1]
    assert listed(service_code="lampadaire") == numbers[2:]
    assert listed(service_code="lampadaire,nid-de-poule", status="open") == numbers[:0:-1]
    assert listed(start_date="2026-11-21T00:00:00Z", end_date="2026-11-23T00:00:00Z") == [numbers[1]]
    assert listed(end_date="2026-11-20") == numbers[:1] and listed(start_date="2026-11-24") == numbers[2:]
    assert listed(service_request_id=f"{numbers[2]},{numbers[0]},rien", status="open", start_date="bad") == [
        numbers[2], numbers[0],
    ]  # fmt: skip
    assert call.get("v2/requests", status="ouvert").status == 400


def test_11_by_default_the_last_90_days_and_never_more(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    now, numbers = datetime.fromisoformat(MOMENT), []
    for days in (91, 89):
        settings.PARVIS_NOW = (now - timedelta(days=days)).isoformat()
        numbers.append(number_of(call, key))
    settings.PARVIS_NOW = MOMENT
    assert [row["service_request_id"] for row in call.get("v2/requests").value] == numbers[1:]
    wide = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}
    assert call.get("v2/requests", **wide).status == 400
    old = call.get("v2/requests", start_date="2026-08-20T00:00:00Z").value
    assert [row["service_request_id"] for row in old] == numbers[::-1]
    far = call.get("v2/requests", start_date="2025-08-20T00:00:00Z")
    assert far.status == 200 and not far.value


def test_12_a_request_has_every_element_in_order(call: Caller, placed: SmallTown, key: str) -> None:
    number = number_of(call, key)
    row = call.get("v2/requests").first
    assert list(row) == FIELDS
    assert (row["service_request_id"], row["status"], row["service_code"]) == (number, "open", "nid-de-poule")
    assert row["agency_responsible"] == "Voirie" and row["service_name"] == "Nid-de-poule" and row["status_notes"]
    assert row["address"] == "rue du Quai" and row["description"] is row["zipcode"] is row["media_url"] is None


def test_12_once_closed_the_date_of_update_is_that_of_the_closing(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    case = Case.objects.get(reference=number_of(call, key))
    settings.PARVIS_NOW = "2026-11-25T11:00:00-05:00"
    take(case_id=case.pk, by=placed.technician)
    close(case_id=case.pk, reason="done", words="Bouché", proof="Bon 12", by=placed.technician)
    row = call.get(f"v2/requests/{case.reference}").first
    assert (row["status"], row["updated_datetime"]) == ("closed", "2026-11-25T11:00:00-05:00")
    assert row["status_notes"] == "Fait" and row["expected_datetime"] is None


def test_13_one_request_is_a_list_of_one(call: Caller, placed: SmallTown, key: str) -> None:
    number = number_of(call, key)
    answer = call.get(f"v2/requests/{number}")
    assert answer.value == call.get("v2/requests").value and len(answer.value) == 1
    assert call.get("v2/requests/26-9999-A").status == 404


def test_14_errors_are_the_specifications_own(call: Caller, placed: SmallTown, key: str) -> None:
    answer = call.post(api_key=key, service_code="nid-de-poule", description="x" * 4_001)
    assert answer.status == 400 and len(answer.errors) == 2 and {code for code, _text in answer.errors} == {"400"}
    assert all(list(error) == ["code", "description"] and error["description"] for error in answer.value)
    if call.form == "json":
        assert json.loads(answer.text)[0]["code"] == 400
    else:
        root = ElementTree.fromstring(answer.response.content)
        assert root.tag == "errors" and {child.tag for child in root} == {"error"}
    response = call.client.delete(f"/open311/v2/requests.{call.form}")
    assert response.status_code == 400


def test_14_errors_speak_the_language_of_the_asker(call: Caller, placed: SmallTown, key: str) -> None:
    french, english = "service_code est inconnu", "service_code is unknown"
    cases: list[tuple[str, dict[str, Any]]] = [
        (french, {}),
        (english, {"headers": {"Accept-Language": "en-CA,en;q=0.9"}}),
        (english, {"locale": "en_US", "headers": {"Accept-Language": "fr"}}),
        (french, {"locale": "es"}),
    ]
    for words, more in cases:
        answer = call.get("v2/services/rien", **more)
        assert words in answer.errors[0][1] and answer.response["Content-Language"] == words_language(words)


def words_language(words: str) -> str:
    return "fr" if " est " in words else "en"


def test_15_json_follows_the_convention_of_spark(placed: SmallTown, client: Client, key: str) -> None:
    call = Caller(client, "json")
    number_of(call, key)
    for path, kind in (("discovery", dict), ("v2/services", list), ("v2/services/nid-de-poule", dict)):
        assert isinstance(json.loads(call.get(path).text), kind)
    (row,) = json.loads(call.get("v2/requests").text)
    assert row["description"] is None and isinstance(row["lat"], float) and isinstance(row["service_request_id"], str)
    (service, *_more) = json.loads(call.get("v2/services").text)
    assert service["metadata"] is False
    assert json.loads(call.get("v2/services/lampadaire").text) == {"service_code": "lampadaire", "attributes": []}
    assert json.loads(call.get("v2/requests", start_date="2020-01-01").text) == []
