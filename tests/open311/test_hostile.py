"""What hostile or broken programs send: always an error of Open311's, never a crash, never a loss."""

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.apps.cases.models import Case, EntryFile
from parvis.apps.cases.services.journal import verify
from parvis.apps.directory.models import Town
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import NeighbouringTown, Sector
from parvis.lib.ttl_cache import forget_all
from tests.factories import SmallTown
from tests.open311.calls import Caller
from tests.open311.test_public import picture

POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167", "description": "Trou"}
NASTY = [
    "\x0b\x1f\ufffe", "<![CDATA[x]]>", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;", "'; DROP TABLE--",
    "../../etc/passwd", "%s%n%(x)s{0}{{7*7}}", "\ud83d\ude00é", "\u202e", "9" * 400, "1e999", "nan", "-inf", "NaN",
]  # fmt: skip


def well_formed(form: str, content: bytes) -> None:
    if form == "json":
        json.loads(content)
    else:
        ElementTree.fromstring(content)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_nasty_breaks_a_reading(call: Caller, placed: SmallTown, key: str, nasty: str) -> None:
    nasty = nasty.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    names = ("service_request_id", "service_code", "status", "start_date", "end_date", "page", "page_size", "bbox")
    for name in (*names, "updated_after", "detailed_status", "jurisdiction_id", "locale", "api_key", "extensions"):
        answer = call.get("v2/requests", **{name: nasty})
        assert answer.status in (200, 400, 403, 404), (name, answer.status)
        well_formed(call.form, answer.response.content)
    answer = call.get("v2/requests", radius=nasty, lat=nasty, long=nasty)
    assert answer.status == 400
    well_formed(call.form, answer.response.content)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_nasty_breaks_a_sending(call: Caller, placed: SmallTown, key: str, nasty: str) -> None:
    nasty = nasty.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    full = {"api_key": key, **POTHOLE}
    for name in ("service_code", "lat", "address_id", "email", "phone", "media_url", "first_name", "description"):
        answer = call.post(**full | {name: nasty})
        assert answer.status in (200, 201, 400, 404), (name, answer.status)
        well_formed(call.form, answer.response.content)
    for name in ("address_string", f"attribute[{nasty}]", f"attribute[{nasty}][]", "attribute[taille]", nasty):
        answer = call.post(**full | {name: nasty})
        assert answer.status in (200, 201, 400)
        well_formed(call.form, answer.response.content)
    assert all(not wrong for _reference, wrong in verify())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xfe%%%=&&&&%zz", "application/x-www-form-urlencoded"),
        (b"x" * 100, "multipart/form-data; boundary=abc"),
        (b"x" * 100, "multipart/form-data"),
        (b"<request/>", "text/xml"),
        (b"{", "application/json"),
        (b"&".join(b"a%d=1" % number for number in range(1_500)), "application/x-www-form-urlencoded"),
        (b"description=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_a_body_that_cannot_be_read_is_an_error_of_open311(
    call: Caller, placed: SmallTown, key: str, content: bytes, kind: str
) -> None:
    response = call.client.generic(
        "POST", f"/open311/v2/requests.{call.form}?api_key={key}", content, content_type=kind
    )
    assert response.status_code == 400 and response["Content-Type"].startswith(
        {"xml": "text/xml", "json": "application/json"}[call.form]
    )
    well_formed(call.form, response.content)
    assert not Case.objects.exists()


def test_an_unreadable_form_elsewhere_keeps_djangos_answer(placed: SmallTown, client: Client) -> None:
    response = client.generic("POST", "/suivi/", b"x", content_type="multipart/form-data")
    assert response.status_code == 400 and response["Content-Type"].startswith("text/html")


def test_strange_addresses_are_unknown(call: Caller, placed: SmallTown) -> None:
    for path in (
        "services/%00",
        "services/..%2f..",
        "requests/%ff",
        "tokens/" + "x" * 900,
        "requests/a%20b",
        "photos/x",
    ):
        response = call.client.get(f"/open311/v2/{path}.{call.form}")
        assert response.status_code == 404, path


def test_too_many_numbers_or_attributes_are_refused(call: Caller, placed: SmallTown, key: str) -> None:
    assert call.get("v2/requests", service_request_id=",".join(map(str, range(201)))).status == 400
    many = {f"attribute[a{number}]": "x" for number in range(101)}
    assert call.post(api_key=key, **POTHOLE, **many).status == 400


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4", b"MZ\x90\x00", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff\xe0 cut"]
)
def test_a_media_that_is_no_picture_is_refused_with_the_request(
    call: Caller, placed: SmallTown, key: str, content: bytes
) -> None:
    bad = SimpleUploadedFile("a.jpg", content, "image/jpeg")
    answer = call.post(api_key=key, **POTHOLE, media=[picture(), bad])
    assert answer.status == 400 and answer.response["X-Open311-Reason"] == "media" and "a.jpg" in answer.errors[0][1]
    assert not Case.objects.exists()


def test_photos_come_with_the_request_and_lose_what_they_hide(call: Caller, placed: SmallTown, key: str) -> None:
    files: dict[str, Any] = {"media": picture(), "media[]": picture()}
    answer = call.post(api_key=key, **POTHOLE, **files)
    assert answer.status == 201 and EntryFile.objects.filter(entry__case=Case.objects.get()).count() == 2
    assert Attachment.objects.count() == 2


def test_eleven_photos_are_too_many(call: Caller, placed: SmallTown, key: str) -> None:
    answer = call.post(api_key=key, **POTHOLE, media=[picture() for _ in range(11)])
    assert answer.status == 400 and "Dix photos" in answer.errors[0][1] and not Case.objects.exists()


def test_a_place_outside_the_town_or_the_jurisdiction_is_refused(call: Caller, placed: SmallTown, key: str) -> None:
    away = call.post(api_key=key, **POTHOLE | {"lat": "46.8", "long": "-71.2"})
    assert away.status == 400 and "Anse-aux-Bouleaux" in away.errors[0][1]
    box = [[-71.3, 46.7], [-71.1, 46.7], [-71.1, 46.9], [-71.3, 46.9], [-71.3, 46.7]]
    area = {"type": "Polygon", "coordinates": [box]}
    NeighbouringTown.objects.create(slug="q", name_fr="Port-Loin", name_en="Far", phone="+14185550188", area=area)
    forget_all()
    named = call.post(api_key=key, **POTHOLE | {"lat": "46.8", "long": "-71.2"}).errors[0][1].replace("\u00a0", " ")
    assert "Avisez-la au 418 555-0188." in named and "Port-Loin" in named
    rows = [
        {"id": f"{name}.example", "name_fr": name.title(), "name_en": name.title(), "sectors": [name]}
        for name in ("nord", "sud")
    ]
    Town.objects.update(jurisdictions=rows)
    forget_all()
    here = {"service_code": "nid-de-poule", "address_id": str(placed.address.pk)}
    other = call.post(api_key=key, **here, jurisdiction_id="sud.example")
    assert other.status == 400 and "Sud" in other.errors[0][1]
    assert call.post(api_key=key, **here, jurisdiction_id="nord.example").status == 201
    assert len(call.get("v2/requests", jurisdiction_id="nord.example").value) == 1
    assert call.get("v2/requests", jurisdiction_id="sud.example").value == []


def test_a_request_sent_by_its_point_is_found_again_in_its_jurisdiction(
    call: Caller, placed: SmallTown, key: str, new_key: Callable[..., str]
) -> None:
    west, south, east, north = -73.40, 45.41, -73.36, 45.43
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    Sector.objects.filter(slug="nord").update(polygon={"type": "Polygon", "coordinates": [ring]})
    rows = [
        {"id": f"{name}.example", "name_fr": name.title(), "name_en": name.title(), "sectors": [name]}
        for name in ("nord", "sud")
    ]
    Town.objects.update(jurisdictions=rows)
    forget_all()
    assert call.post(api_key=key, **POTHOLE, jurisdiction_id="nord.example").status == 201
    case = Case.objects.get()
    Case.objects.update(address=None)
    reference, north_one, south_one = case.reference, "nord.example", "sud.example"
    found = call.get("v2/requests", jurisdiction_id=north_one).value
    assert [row["service_request_id"] for row in found] == [reference]
    assert call.get(f"v2/requests/{reference}", jurisdiction_id=north_one).status == 200
    assert call.get("v2/requests", jurisdiction_id=south_one).value == []
    assert call.get(f"v2/requests/{reference}", jurisdiction_id=south_one).status == 404
    # Whoever sent it finds it wherever it looks; another key does not.
    Case.objects.update(latitude=None, longitude=None)
    for path in ("v2/requests", f"v2/requests/{reference}"):
        own = call.get(path, jurisdiction_id=south_one, api_key=key)
        assert own.status == 200 and [row["service_request_id"] for row in own.value] == [reference]
    assert call.get("v2/requests", jurisdiction_id=south_one, api_key=new_key(placed.key_maker)).value == []
