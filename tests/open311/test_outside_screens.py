"""The pages of the servers of outside bodies, and a case sent to one from its page."""

import html
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.services.publishing import publish_words
from parvis.apps.directory.models import Department, User
from parvis.apps.open311.models import Forwarding, OutsideServer
from parvis.apps.open311.services.forwarding.cases import forward_case
from parvis.apps.residents.models import Person
from parvis.lib.sealing import seal
from parvis.operations.fake_services.open311 import KEY, Region, running
from tests.factories import SmallTown
from tests.open311.test_forwarding import opened

SignedIn = Callable[[User], Client]


@pytest.fixture
def region(settings: Settings) -> Iterator[Region]:
    settings.PARVIS_OPEN311_TRUSTED_HOSTS = frozenset({"127.0.0.1"})
    settings.PARVIS_NOW = datetime.now(UTC).isoformat()
    with running(Region()) as region:
        yield region


def test_a_manager_adds_tests_and_maps_a_server_and_its_key_is_never_shown(
    placed: SmallTown, region: Region, signed_in: SignedIn
) -> None:
    manager = signed_in(placed.key_maker)
    page = manager.get("/desk/outside-servers/").content.decode()
    assert "Aucun serveur encore" in page
    values = {"name": "Région", "body": placed.police.pk, "url": "http://10.1.2.3/v2", "when_closed": "ask"}
    refused = manager.post("/desk/outside-servers/", values)
    assert refused.status_code == 422 and "réseau public" in refused.content.decode()
    url = f"http://127.0.0.1:{region.port}/discovery.xml"
    values |= {"url": url, "key": KEY, "active": "on"}
    manager.post("/desk/outside-servers/", values)
    server = OutsideServer.objects.get()
    assert "à essayer" in manager.get("/desk/outside-servers/").content.decode()
    tested = manager.post(f"/desk/outside-servers/{server.pk}/test/", follow=True).content.decode()
    assert "Street lights" in tested and "Région répond" in tested and KEY not in tested
    mapping = {f"code-{placed.pothole.pk}": "trees", f"answers-{placed.pothole.pk}": "SIZE"}
    wrong = manager.post(f"/desk/outside-servers/{server.pk}/services/", mapping, follow=True).content.decode()
    assert "CODE=valeur" in wrong and not server.mappings.exists()
    mapping[f"answers-{placed.pothole.pk}"] = "SIZE=1\r\nKIND=oak"
    manager.post(f"/desk/outside-servers/{server.pk}/services/", mapping)
    assert server.mappings.get().attributes == {"SIZE": "1", "KIND": "oak"}
    manager.post(f"/desk/outside-servers/{server.pk}/", values | {"key": "", "name": "MRC"})
    server.refresh_from_db()
    assert server.name == "MRC" and server.sealed_key and server.endpoint == region.url
    region.down = True
    assert "ne répond pas" in manager.post(f"/desk/outside-servers/{server.pk}/test/", follow=True).content.decode()


def test_a_technician_sends_a_case_sees_where_it_stands_and_takes_it_back(
    placed: SmallTown, region: Region, signed_in: SignedIn, run_jobs: Callable[[], int]
) -> None:
    server = OutsideServer.objects.create(name="Région", body=placed.police, url=region.url, endpoint=region.url)
    server.mappings.create(subject=placed.pothole, service_code="potholes")
    technician, case = signed_in(placed.technician), opened(placed)
    more = f"/desk/cases/{case.reference}/side/more"
    assert more in technician.get(f"/desk/cases/{case.reference}/").content.decode()
    for asked in ({}, {"HX-Request": "true"}):  # a page of its own, and the end of the menu
        offered = technician.get(more, headers=asked).content.decode()
        assert f"/desk/cases/{case.reference}/forward/?server={server.pk}" in offered
    assert "share_person" not in technician.get(f"/desk/cases/{case.reference}/forward/").content.decode()
    values = {"server": server.pk, "expect": case.seq, "words": " "}
    assert technician.post(f"/desk/cases/{case.reference}/forward/", values).status_code == 422
    technician.post(f"/desk/cases/{case.reference}/forward/", values | {"words": "Un trou"})
    run_jobs()  # without a key: refused
    row = Forwarding.objects.get()
    page = technician.get(f"/desk/cases/{case.reference}/").content.decode()
    assert "Non acceptée" in page and "api_key is unknown" in page and "Réessayer" in page
    assert signed_in(placed.planner).post(f"/desk/forwardings/{row.pk}/again/").status_code == 403
    technician.post(f"/desk/forwardings/{row.pk}/settle/", {"have": "yes", "number": " "})
    row.refresh_from_db()
    assert row.state == "failed"
    technician.post(f"/desk/forwardings/{row.pk}/back/", {"words": "C’est à nous."})
    row.refresh_from_db()
    assert (row.state, row.result) == ("cancelled", "taken_back")
    follow = Client().get(f"/suivi/{case.secret}/").content.decode()
    assert "l’organisme responsable" in follow and "C’est à nous." in follow


def mapped(town: SmallTown, region: Region, body: Department | None = None, **more: Any) -> OutsideServer:
    """A server of the region for potholes, with its key."""
    values: dict[str, Any] = {"name": "Région", "body": body or town.police, "url": region.url, "endpoint": region.url}
    server = OutsideServer.objects.create(**values | {"sealed_key": seal(KEY)} | more)
    server.mappings.create(subject=town.pothole, service_code="potholes", attributes={"SIZE": "1"})
    return server


def test_not_mine_to_a_body_with_a_server_leads_to_the_form_that_shows_what_leaves(
    placed: SmallTown, region: Region, signed_in: SignedIn, run_jobs: Callable[[], int]
) -> None:
    server = mapped(placed, region, sends_person=True)
    technician, case = signed_in(placed.technician), opened(placed)
    publish_words(case_id=case.pk, words_fr="Un trou profond", by=placed.agent)
    case.refresh_from_db()
    here = f"/desk/cases/{case.reference}/"
    values = {"to": "police", "words": "C’est la route 112", "expect": case.seq}
    led = [technician.post(f"{here}not-mine/", values)["Location"] for _twice in range(2)]
    assert led == [f"{here}forward/?server={server.pk}"] * 2
    case.refresh_from_db()
    assert case.is_open and not Forwarding.objects.exists()
    assert list(case.entries.filter(kind="noted").values_list("body", flat=True)) == ["C’est la route 112"]
    shown = html.unescape(technician.get(led[0]).content.decode())
    form = shown.partition("<main")[2]
    assert "Un trou profond</textarea>" in form and "votre raison est gardée en note" in shown
    assert "C’est la route 112" not in form and "share_person" in form
    sending = {"server": server.pk, "expect": case.seq, "words": "Un trou profond", "share_person": "on"}
    technician.post(f"{here}forward/", sending)
    run_jobs()
    [posted] = region.posts
    seen_by_agent = html.unescape(signed_in(placed.agent).get(f"{here}forward/", follow=True).content.decode())
    assert "Région a déjà cette requête" in seen_by_agent
    for name in ("address_string", "lat", "long", "attribute[SIZE]"):
        assert posted[name] in form, name
    assert posted["description"] == f"Un trou profond\n\n[{case.reference}]" and case.reference in form
    assert "media_url" not in posted or not posted["media_url"]
    assert "aucune photo de cette requête n’est publique" in form
    again = technician.post(f"{here}not-mine/", values | {"expect": Case.objects.get(pk=case.pk).seq})
    words = html.unescape(again.content.decode())
    assert again.status_code == 409 and "Région a déjà cette requête" in words and "C’est la route 112" in words


def test_not_mine_gives_the_door_of_the_body_when_nothing_may_leave(
    placed: SmallTown, region: Region, signed_in: SignedIn
) -> None:
    mapped(placed, region)
    technician, case = signed_in(placed.technician), opened(placed)
    assert case.person
    Person.objects.filter(pk=case.person.pk).update(address_protected=True)
    technician.post(f"/desk/cases/{case.reference}/not-mine/", {"to": "police", "words": "112", "expect": case.seq})
    case.refresh_from_db()
    assert (case.state, case.closing_reason, case.external_body) == (State.CLOSED, "not_ours", placed.police)
    kept = technician.get(f"/desk/cases/{opened(placed, person=case.person).reference}/forward/", follow=True)
    assert "rien ne part par Open311" in html.unescape(kept.content.decode())


def test_the_form_never_sends_to_a_server_that_was_not_chosen(
    placed: SmallTown, region: Region, signed_in: SignedIn
) -> None:
    chosen = mapped(placed, region)
    body = Department.objects.create(slug="mrc", kind=Department.Kind.EXTERNAL, name_fr="MRC", name_en="MRC")
    other = mapped(placed, region, body, name="Autre")
    technician, case = signed_in(placed.technician), opened(placed)
    OutsideServer.objects.filter(pk=chosen.pk).update(active=False)
    values = {"server": chosen.pk, "expect": case.seq, "words": "Un trou", "share_person": "on"}
    refused = technician.post(f"/desk/cases/{case.reference}/forward/", values)
    words = html.unescape(refused.content.decode())
    assert refused.status_code == 409 and not Forwarding.objects.exists()
    assert "ne prend plus cette requête" in words and "Un trou</textarea>" in words
    assert f'name="server" value="{other.pk}"' in words


def test_a_sending_that_one_may_not_see_tells_nothing(placed: SmallTown, region: Region, signed_in: SignedIn) -> None:
    server, case = mapped(placed, region), opened(placed)
    row = forward_case(case_id=case.pk, server_id=server.pk, words="Un trou", by=placed.technician)
    technician, stranger = signed_in(placed.technician), signed_in(placed.planner)
    for number in ("", "7"):
        values = {"have": "yes", "number": number}
        assert technician.post("/desk/forwardings/999999/settle/", values).status_code == 404
        hidden = stranger.post(f"/desk/forwardings/{row.pk}/settle/", values)
        assert hidden.status_code in (403, 404) and case.reference not in hidden.content.decode()
