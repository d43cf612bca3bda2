"""What a program reads of the requests: what the public sees, and the bare state of those that it sent."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Publication, PublicPhoto
from parvis.apps.cases.queries.public_cases import coarse
from parvis.apps.cases.services.handling import close, take
from parvis.apps.directory.models import Actor
from parvis.apps.files.services.attachments import keep_photo
from tests.factories import SmallTown
from tests.open311.calls import Answer, Caller

NewKey = Callable[..., str]
POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167"}
PLANTED: dict[str, Any] = {
    "description": "Motsecret chez madame",
    "first_name": "Prenomsecret",
    "last_name": "Nomsecret",
    "email": "courrielsecret@exemple.ca",
    "phone": "418 555-0177",
    "device_id": "appareilsecret",
    "attribute[cachette]": "reponsesecrete",
    "media_url": "https://imagesecrete.example/a.jpg",
}


def send(call: Caller, key: str, number: int = 0, **more: Any) -> str:
    answer = call.post(**{"api_key": key, "description": f"Trou {number}"} | POTHOLE | more)
    assert answer.status == 201, answer.text
    return str(answer.first["service_request_id"])


def picture() -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (60, 40), "seagreen").save(out, "JPEG")
    return SimpleUploadedFile("rue-secrete.jpg", out.getvalue(), "image/jpeg")


def readings(call: Caller, number: str, **more: str) -> list[Answer]:
    """Every way to read a request."""
    shape = {"lat": "45.42419", "long": "-73.37167", "radius": "500"}
    return [
        call.get("v2/requests", extensions="true", **more),
        call.get("v2/requests", service_request_id=number, extensions="true", **more),
        call.get(f"v2/requests/{number}", extensions="true", **more),
        call.get(f"v2/tokens/{number}", **more),
        call.get("v2/requests", extensions="true", **shape, **more),
    ]


def test_planted_words_are_never_read_even_with_the_key_that_sent_them(
    call: Caller, placed: SmallTown, key: str
) -> None:
    number = send(call, key, media=picture(), address_id=str(placed.address.pk), **PLANTED)
    case = Case.objects.get()
    take(case_id=case.pk, by=placed.technician)
    for more in ({}, {"api_key": key}):
        for answer in readings(call, number, **more):
            assert answer.status == 200 and number in answer.text
            for word in ("secret", "madame", "0177", "12, rue du Quai", "G0R", placed.technician.last_name, case.code):
                assert word not in answer.text
            assert case.secret not in answer.text and "45.42419" not in answer.text


@pytest.mark.parametrize("hide", ["subject", "protected", "withdrawn", "nature"])
def test_what_is_not_public_is_unknown_to_others_and_bare_to_its_program(
    call: Caller, placed: SmallTown, key: str, new_key: NewKey, hide: str
) -> None:
    number = send(call, key, first_name="Zoé", email="zoe@exemple.ca")
    case = Case.objects.select_related("person").get()
    if hide == "subject":
        placed.pothole.public = False
        placed.pothole.save()
    elif hide == "protected" and case.person:
        case.person.address_protected = True
        case.person.save()
    elif hide == "nature":
        Case.objects.update(nature="complaint")
    else:
        Case.objects.update(closing_reason="withdrawn", state="closed", closed_at=case.opened_at)
    other = new_key(placed.key_maker, name="Autre")
    for more in ({}, {"api_key": other}):
        assert call.get("v2/requests", **more).value == []
        assert call.get(f"v2/requests/{number}", **more).status == 404
        assert call.get(f"v2/tokens/{number}", **more).status == 404
    for answer in (call.get("v2/requests", api_key=key), call.get(f"v2/requests/{number}", api_key=key)):
        (row,) = answer.value
        assert row["service_request_id"] == number and row["status"] and row["requested_datetime"]
        for name in ("description", "address", "lat", "long", "media_url", "zipcode", "address_id"):
            assert row[name] is None


def test_what_the_town_published_is_read(call: Caller, placed: SmallTown, key: str, client: Client) -> None:
    number = send(call, key)
    case, moment = Case.objects.get(), datetime.fromisoformat("2026-11-24T10:00:00-05:00")
    publication = Publication.objects.create(
        case=case, words_fr="Un trou dans la chaussée", words_en="A hole in the road", landmark="Coin du parc",
        exact_place=True, changed_at=moment,
    )  # fmt: skip
    original, masked = (keep_photo(picture(), by=Actor.citizen()) for _ in range(2))
    photo = PublicPhoto.objects.create(
        publication=publication, original=original, masked=masked, published_at=moment, published_by=placed.agent
    )
    row = call.get(f"v2/requests/{number}", extensions="true").first
    assert (row["description"], row["address"]) == ("Un trou dans la chaussée", "Coin du parc")
    assert (row["lat"], row["long"]) == ("45.42419", "-73.37167")
    assert row["media_url"] == f"http://testserver/open311/v2/photos/{masked.key}.jpg"
    assert row["extended_attributes"]["media_urls"] == [row["media_url"]]
    assert call.get(f"v2/requests/{number}", locale="en").first["description"] == "A hole in the road"
    assert client.get(row["media_url"]).status_code == 200
    assert client.get(f"/open311/v2/photos/{original.key}.jpg").status_code == 404
    photo.withdrawn_at = moment
    photo.save()
    assert client.get(row["media_url"]).status_code == 404
    assert call.get(f"v2/requests/{number}").first["media_url"] is None


def test_a_place_cannot_be_found_more_finely_than_it_is_shown(call: Caller, placed: SmallTown, key: str) -> None:
    """A box or circle that holds the exact point but not the coarse one finds nothing, and the other way round."""
    send(call, key)
    exact, shown = (45.42419, -73.37167), coarse((45.42419, -73.37167))

    def box(point: tuple[float, float], half: float = 0.00002) -> str:
        north, east = point
        return f"{east - half},{north - half},{east + half},{north + half}"

    assert call.get("v2/requests", bbox=box(exact)).value == []
    assert len(call.get("v2/requests", bbox=box(shown)).value) == 1
    assert call.get("v2/requests", lat=str(exact[0]), long=str(exact[1]), radius="3").value == []
    assert len(call.get("v2/requests", lat=str(shown[0]), long=str(shown[1]), radius="3").value) == 1
    assert call.get("v2/requests", lat="45.4", long="-73.3", radius="500").value == []


def test_pages_follow_one_another_and_miss_nothing(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    numbers = []
    for minute in range(5):
        settings.PARVIS_NOW = f"2026-11-24T10:0{minute}:00-05:00"
        numbers.append(send(call, key, minute))
    found, more = [], {"page": "1", "page_size": "2"}
    for page in range(1, 4):
        answer = call.get("v2/requests", **more | {"page": str(page)})
        found += [row["service_request_id"] for row in answer.value]
        assert (f"page={page + 1}" in answer.response.get("Link", "")) == (page < 3)
    assert found == numbers[::-1]
    assert len(call.get("v2/requests", page="2", page_size="2", api_key=key).value) == 2
    assert call.get("v2/requests", page="9").value == []
    for wrong in ({"page": "0"}, {"page_size": "1001"}, {"page": "x"}, {"page": "99999999"}):
        assert call.get("v2/requests", **wrong).status == 400


def test_what_changed_since_and_the_finer_states(call: Caller, placed: SmallTown, key: str, settings: Settings) -> None:
    first, second = send(call, key, 1), send(call, key, 2)
    settings.PARVIS_NOW = "2026-11-24T12:00:00-05:00"
    take(case_id=Case.objects.get(reference=second).pk, by=placed.technician)

    def listed(**parameters: str) -> list[str]:
        return [row["service_request_id"] for row in call.get("v2/requests", **parameters).value]

    assert listed(updated_after="2026-11-24T11:00:00-05:00") == [second]
    assert listed(updated_before="2026-11-24T11:00:00-05:00") == [first]
    assert listed(detailed_status="IN_PROCESS") == [second] and listed(detailed_status="received") == [first]
    row = call.get(f"v2/requests/{second}", extensions="true").first
    assert row["extended_attributes"]["detailed_status"] == "IN_PROCESS"


def test_a_list_costs_the_same_queries_whatever_its_length(
    placed: SmallTown, key: str, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    call, number = Caller(client, "json"), 0
    send(call, key)
    call.get("v2/requests", api_key=key)
    for length in (1, 30):
        while Case.objects.count() < length:
            send(call, key, number := number + 1)
        for parameters, queries in (({}, 2), ({"bbox": "-74,45,-73,46"}, 2), ({"api_key": key}, 5)):
            with django_assert_num_queries(queries):
                assert len(call.get("v2/requests", **parameters).value) == length


def test_what_changed_is_found_whenever_it_was_opened(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    old, untouched = send(call, key, 1), send(call, key, 2)
    settings.PARVIS_NOW = "2027-06-01T12:00:00-04:00"
    take(case_id=Case.objects.get(reference=old).pk, by=placed.technician)

    def listed(**parameters: str) -> list[str]:
        return [row["service_request_id"] for row in call.get("v2/requests", **parameters).value]

    assert listed() == [] and listed(updated_after="2027-05-31") == [old]
    assert listed(updated_after="2026-11-01", page="1", page_size="1") == [old], "the last changed comes first"
    assert listed(updated_before="2026-12-01") == [untouched]
    assert listed(updated_after="2027-05-31", start_date="2027-05-01") == []


def test_the_steps_of_requests_without_the_words_of_anyone(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    first = send(call, key, 1)
    case = Case.objects.get(reference=first)
    settings.PARVIS_NOW = "2026-11-24T12:00:00-05:00"
    take(case_id=case.pk, by=placed.technician)
    settings.PARVIS_NOW = "2026-11-25T09:00:00-05:00"
    close(case_id=case.pk, reason="done", words="Chère Rose", proof="Fait", by=placed.technician)

    rows = call.get("v2/servicerequestupdates").value
    assert [(row["update_id"], row["status"]) for row in rows] == [(f"{first}-2", "open"), (f"{first}-3", "closed")]
    assert list(rows[0]) == [
        *("update_id", "service_request_id", "status", "updated_datetime", "description", "media_url")
    ]
    assert rows[1]["updated_datetime"] == "2026-11-25T09:00:00-05:00" and "Rose" not in str(rows)
    later = {"start_date": "2026-11-25", "end_date": "2026-11-25"}
    assert [row["update_id"] for row in call.get("v2/servicerequestupdates", **later).value] == [f"{first}-3"]
    assert "page=2" in call.get("v2/servicerequestupdates", page_size="1").response["Link"]
    assert call.get("v2/servicerequestupdates", service_request_id="26-9999-X").value == []
    wrong = {"start_date": "2026-01-01", "end_date": "2026-11-01"}
    assert call.get("v2/servicerequestupdates", **wrong).status == 400
    assert call.get("v2/servicerequestupdates", jurisdiction_id="ailleurs").status == 404
    placed.pothole.public = False
    placed.pothole.save()
    assert call.get("v2/servicerequestupdates").value == []
    assert len(call.get("v2/servicerequestupdates", api_key=key).value) == 2
