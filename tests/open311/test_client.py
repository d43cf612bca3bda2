"""A client that others wrote reads our server: `georeport` from PyPI."""

import pytest
import requests
from georeport import GeoReport
from pytest_django.live_server_helper import LiveServer

from parvis.apps.cases.models import Case
from tests.factories import make_small_town
from tests.open311.conftest import key_of


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_it_reads_services_definitions_and_requests(live_server: LiveServer, form: str) -> None:
    town = make_small_town()
    town.pothole.public = True
    town.pothole.save()
    endpoint = f"{live_server.url}/open311/v2"
    fields = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167", "api_key": key_of(town.key_maker)}
    numbers = []
    for words in ("Un", "Deux"):
        answer = requests.post(f"{endpoint}/requests.json", data=fields | {"description": words}, timeout=30)
        numbers.append(answer.json()[0]["service_request_id"])
    reader = GeoReport(endpoint, output_format=form)
    services = reader.get_service_list()
    assert "nid-de-poule" in [row["service_code"] for row in services]
    assert reader.get_service_definition("nid-de-poule")["service_code"] == "nid-de-poule"
    assert [row["service_request_id"] for row in reader.get_service_requests()] == numbers[::-1]
    assert reader.get_service_request(numbers[0])["status"] == "open"
    closed = {"state": "closed", "closing_reason": "done"}
    Case.objects.filter(reference=numbers[0]).update(**closed)
    one = reader.get_service_requests(status="closed")
    assert (one[0] if form == "json" else one)["service_request_id"] == numbers[0]
