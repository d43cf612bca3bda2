"""The app's pages and endpoints: what each promises, without a browser. OUTREACH 13, by number."""

import json
import re
from html import unescape
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.intake.models import HeldRequest
from parvis.apps.push.models import Device, Subscription
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.services.works import lift_works
from parvis.lib import clock, ttl_cache
from parvis.surfaces.public.request import abuse_limits
from parvis.surfaces.public.request.views import KEYS
from tests.factories import SmallTown, make_address, make_subject
from tests.push.browser import Subscription as BrowserSubscription

pytestmark = pytest.mark.django_db
URL = "/demande/nid-de-poule/envoi"


def fields(**more: object) -> dict[str, object]:
    return {
        "words": "Un trou devant le 12.",
        "nature": "request",
        "ask-taille": "grand",
        "place": "12, rue du Quai",
        "who": "nobody",
        "outbox": str(uuid4()),
    } | more


def photo(colour: str = "red") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    return SimpleUploadedFile(f"{colour}.jpg", out.getvalue(), "image/jpeg")


def test_13_a_request_of_a_device_arrives_once_however_often_it_is_sent(client: Client, town: SmallTown) -> None:
    sent = fields()
    first = client.post(URL, sent | {"photos": [photo(), photo("blue")]})
    again = client.post(URL, sent | {"photos": [photo(), photo("blue")]})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    case = Case.objects.get()
    assert first.json()["reference"] == case.reference
    assert first.json()["receipt"] == f"/demande/recue/{case.secret}/"


def test_13_a_form_that_the_server_took_before_the_network_was_lost_is_not_taken_again(
    client: Client, town: SmallTown
) -> None:
    sent = fields(key=KEYS.new())
    assert client.post("/demande/nid-de-poule/?envoi", sent | {"seen": "danger"}).status_code == 302
    answer = client.post(URL, sent)
    assert (answer.status_code, answer.json()["secret"]) == (201, Case.objects.get().secret)


def test_15_a_form_that_must_be_mended_again_still_says_which_waiting_request_it_replaces(
    client: Client, town: SmallTown
) -> None:
    key = str(uuid4())
    page = client.post("/demande/nid-de-poule/?envoi", fields(place="") | {"outbox-mends": key})
    assert page.status_code == 422
    assert f'name="outbox-mends" value="{key}"' in page.content.decode()


PAGE = "/demande/nid-de-poule/?envoi"


@pytest.mark.parametrize("again", [URL, PAGE])
@pytest.mark.parametrize("first", [URL, PAGE])
@pytest.mark.parametrize("flooded", [False, True])
def test_15_a_request_mended_after_its_answer_was_lost_leads_to_its_first_receipt(
    first: str, again: str, flooded: bool, client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = fields(key=KEYS.new(), seen="danger")
    with monkeypatch.context() as flood:
        if flooded:
            flood.setattr(abuse_limits, "BARE_TOWN", 0)
        client.post(first, sent)
    mended = sent | {"words": "Un trou devant le 14.", "outbox-mends": sent["outbox"], "outbox-was": sent["words"]}
    answer = client.post(again, mended)
    receipt = answer.json()["receipt"] if again == URL else answer["Location"]
    shown = client.get(receipt).content.decode()
    assert Case.objects.count() + HeldRequest.objects.count() == 1
    assert "y manque peut-être" in shown and ("/corriger/" in shown) != flooded
    assert "y manque peut-être" not in client.get(receipt.partition("?")[0]).content.decode()
    if not flooded:
        assert f"/demande/recue/{Case.objects.get().secret}/" in receipt


def test_15_a_request_mended_before_it_arrived_is_made_once_as_mended_whatever_the_page_served_for(
    client: Client, town: SmallTown
) -> None:
    key = KEYS.new()
    client.post(URL, fields(key=key, words="Un autre trou."))
    sent = fields(key=key)
    mended = sent | {"words": "Un trou devant le 14.", "outbox-mends": sent["outbox"], "outbox-was": sent["words"]}
    answers = [client.post(URL, mended) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["secret"] == answers[1].json()["secret"]
    assert {case.words for case in Case.objects.all()} == {"Un autre trou.", "Un trou devant le 14."}


@pytest.mark.parametrize("arrived", [0, 1, 2])
@pytest.mark.parametrize("by", [URL, PAGE])
def test_15_a_request_mended_again_and_again_while_answers_are_lost_is_made_once(
    by: str, arrived: int, client: Client, town: SmallTown
) -> None:
    attempts = [f"Un trou devant le {number}." for number in (12, 14, 16, 18)]
    sent, former, answers = fields(key=KEYS.new(), seen="danger"), list[str](), list[Any]()
    for rank, words in enumerate(attempts):
        mended = {"outbox-mends": sent["outbox"], "outbox-was": former} if former else {}
        if rank >= arrived:  # those before are lost on their way, the answers of the others on their way back
            answers.append(client.post(by, sent | mended | {"words": words}))
        former = [*former, words]
    assert {answer.status_code for answer in answers} == {201 if by == URL else 302}
    assert [case.words for case in Case.objects.all()] == [attempts[arrived]]
    receipt = answers[-1].json()["receipt"] if by == URL else answers[-1]["Location"]
    assert receipt == f"/demande/recue/{Case.objects.get().secret}/?modifie"


def test_15_the_attempts_of_a_mended_request_stay_in_the_form_that_comes_back(client: Client, town: SmallTown) -> None:
    was = ["Un trou devant le 12.", 'Un trou devant le "14".']
    page = client.post(PAGE, fields(place="") | {"outbox-mends": str(uuid4()), "outbox-was": was})
    assert page.status_code == 422
    html = page.content.decode()
    assert [unescape(found) for found in re.findall(r'name="outbox-was"\s+value="([^"]*)"', html)] == was


@pytest.mark.parametrize("first", [URL, PAGE])
def test_13_a_request_kept_to_be_looked_at_is_not_opened_too_when_its_answer_was_lost(
    first: str, client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = fields(key=KEYS.new(), seen="danger")
    with monkeypatch.context() as flood:
        flood.setattr(abuse_limits, "BARE_TOWN", 0)
        assert client.post(first, sent).status_code in (202, 302)
    again = client.post(URL, sent)
    assert again.status_code == 202
    assert (HeldRequest.objects.count(), Case.objects.count()) == (1, 0)
    assert client.get(again.json()["receipt"]).status_code == 200


@pytest.mark.parametrize("limit", ["BARE", "BARE_NETWORK"])
def test_13_beyond_what_one_client_or_its_network_sends_without_a_proof_it_is_kept_to_be_looked_at(
    limit: str, client: Client, town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abuse_limits, limit, 2)
    answers = [client.post(URL, fields(words=f"Trou {n}")).status_code for n in range(3)]
    assert answers == [201, 201, 202]
    assert Case.objects.count() + HeldRequest.objects.count() == 3


def test_13_two_reports_from_the_same_page_are_two_requests(client: Client, town: SmallTown) -> None:
    key = KEYS.new()
    client.post(URL, fields(key=key))
    client.post(URL, fields(key=key, words="Un autre trou."))
    assert {case.words for case in Case.objects.all()} == {"Un trou devant le 12.", "Un autre trou."}
    same = [client.post(URL, fields(key="")) for _time in range(2)]
    assert same[0].json()["secret"] != same[1].json()["secret"], "the same words, twice, from a page without a key"


def test_15_what_must_be_mended_is_said_by_field(client: Client, town: SmallTown) -> None:
    answer = client.post(URL, fields(place=""))
    assert answer.status_code == 422
    assert "place" in answer.json()["errors"]
    assert answer.json()["words"]
    assert client.post(URL, fields(outbox="x")).status_code == 422
    assert client.post("/demande/inconnu/envoi", fields()).status_code == 404
    assert not Case.objects.exists()


def test_a_request_sent_by_another_site_is_refused(client: Client, town: SmallTown) -> None:
    assert client.post(URL, fields(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_device_reads_the_state_of_the_requests_it_keeps_with_a_constant_number_of_queries(
    client: Client, town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    secrets = [client.post(URL, fields(words=f"Trou {n}")).json()["secret"] for n in range(6)]

    def ask(many: int) -> list[dict[str, object]]:
        body = json.dumps({"secrets": [*secrets[:many], "a" * 22]})
        found: list[dict[str, object]] = client.post(
            "/mes-demandes/appareil", body, content_type="application/json"
        ).json()["requests"]
        return found

    ask(1)
    for many in (1, 6):
        with django_assert_max_num_queries(7):
            found = ask(many)
        assert [one["secret"] for one in found] == secrets[:many][::-1]
        assert "12, rue du Quai" in str(found[0]["place"])


@pytest.mark.parametrize("body", ["", "[]", "{", '{"secrets": 3}', json.dumps({"secrets": ["x"] * 51})])
def test_a_list_of_requests_that_cannot_be_read_is_refused(body: str, client: Client, town: SmallTown) -> None:
    assert client.post("/mes-demandes/appareil", body, content_type="application/json").status_code == 422


def register(client: Client, subscription: BrowserSubscription | None = None) -> int:
    keys = (subscription or BrowserSubscription()).keys
    body = {"endpoint": keys["endpoint"], "keys": {"p256dh": keys["p256dh"], "auth": keys["auth"]}}
    return client.post("/appareil/", json.dumps(body), content_type="application/json").status_code


def test_a_device_is_registered_read_and_forgotten(client: Client, town: SmallTown) -> None:
    assert client.get("/appareil/").json()["live"] is False
    assert register(client) == 201
    cookie = client.cookies["appareil"]
    assert cookie["httponly"]
    assert client.get("/appareil/").json()["live"] is True
    assert cookie.value not in str(list(Device.objects.values()))
    assert register(client) == 201
    assert Device.objects.count() == 1
    client.delete("/appareil/")
    assert not Device.objects.exists()


def test_10_a_device_with_an_endpoint_of_another_host_is_refused(client: Client, town: SmallTown) -> None:
    assert register(client, BrowserSubscription(endpoint="https://evil.example/x")) == 422
    assert client.post("/appareil/", "{", content_type="application/json").status_code == 422


def test_12_preferences_by_address_and_subject_without_an_account(client: Client, town: SmallTown) -> None:
    chosen = {"place": "12, rue du Quai", "kinds": ["pickups", "water"]}
    refused = client.post("/avis/", chosen)
    assert refused.status_code == 422
    assert "12, rue du Quai" in refused.content.decode()
    register(client)
    assert client.post("/avis/", chosen | {"place": "99, rue Inconnue"}).status_code == 422
    assert client.post("/avis/", chosen).status_code == 302
    assert set(Subscription.objects.values_list("kind", flat=True)) == {"pickups", "water"}
    client.post("/avis/", {"lieu": town.address.pk, "kinds": ["works", "nonsense"]})
    assert list(Subscription.objects.values_list("kind", flat=True)) == ["works"]
    assert "12, rue du Quai" in client.get("/avis/").content.decode()
    client.post("/avis/", {"lieu": town.address.pk})
    assert not Subscription.objects.exists()


def test_12_one_device_does_not_read_the_choices_of_another(client: Client, town: SmallTown) -> None:
    register(client)
    client.post("/avis/", {"place": "12, rue du Quai", "kinds": ["water"]})
    assert "12, rue du Quai" not in Client().get("/avis/").content.decode()


def test_the_address_of_the_day_is_given_once_and_forgotten_on_demand(client: Client, town: SmallTown) -> None:
    assert "Votre adresse" in client.get("/app/").content.decode()
    assert client.get("/app/", {"q": "nulle part"}).status_code == 404
    assert client.get("/app/", {"q": "12, rue du Quai"}).status_code == 302
    page = client.get("/app/")
    assert "12, rue du Quai" in page.content.decode()
    assert "private" in page["Cache-Control"]
    client.post("/app/oublier/")
    assert "12, rue du Quai" not in client.get("/app/").content.decode()


def test_18_an_alert_in_force_stands_on_the_day_with_the_moment_when_it_lapses(client: Client, town: SmallTown) -> None:
    make_address(14)
    row = RoadNotice.objects.create(
        key="boil",
        kind=RoadNotice.Kind.BOIL_WATER,
        nature_fr="Avis d’ébullition",
        street=town.address.street,
        place_fr="rue du Quai",
        first_day=clock.today(),
        owner=town.works,
    )
    client.get("/app/", {"q": "12, rue du Quai"})
    page = client.get("/app/").content.decode()
    assert "Votre adresse est touchée." in page
    alert = page[page.index(f"<!--alert  works-{row.pk}-->") : page.index("<!--/alert-->")]
    assert 'class="app-alert"' in alert and "data-age" in alert
    assert "data-lapses=" not in alert, (
        "without a known end it stays, with its age, until the device knows it is lifted"
    )
    RoadNotice.objects.update(last_day=clock.today())
    assert "data-lapses=" in client.get("/app/").content.decode().split("<!--alert 2")[1].split("<!--/alert-->")[0]


def test_18_the_alerts_stand_on_the_pages_of_the_app_with_or_without_an_address(
    client: Client, town: SmallTown
) -> None:
    row = RoadNotice.objects.create(
        key="boil", kind=RoadNotice.Kind.BOIL_WATER, nature_fr="Avis d’ébullition", details_fr="Faites-la bouillir.",
        place_fr="rue du Quai", street=town.address.street, first_day=clock.today(), owner=town.works,
    )  # fmt: skip
    water.forget()
    for path in ("/app/", "/app/?q=nulle+part", "/app/envoi/", "/app/hors-ligne/"):
        page = client.get(path).content.decode()
        band = page[page.index("<!--band-->") : page.index("<!--/band-->")]
        assert "Avis d’ébullition" in band and "Faites-la bouillir." in band and f"/travaux/{row.pk}/#" in band, path
    offline = client.get("/app/hors-ligne/").content.decode()
    line = offline[offline.index("<!--band line-->") :]
    assert "Avis d’ébullition" in line and "<!--known 20" in offline and "Alertes telles que connues le" in offline
    client.get("/app/", {"q": "12, rue du Quai"})
    assert f"<!--judged works-{row.pk}--><!--band--><!--/band-->" in client.get("/app/").content.decode()


def test_a_water_notice_lifted_is_said_in_moss_for_the_rest_of_the_day(
    client: Client, town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    row = RoadNotice.objects.create(
        key="boil",
        kind=RoadNotice.Kind.BOIL_WATER,
        nature_fr="Avis d’ébullition",
        details_fr="Faites bouillir l’eau une minute.",
        street=town.address.street,
        place_fr="rue du Quai",
        first_day=clock.today(),
        owner=town.works,
    )
    client.get("/app/", {"q": "12, rue du Quai"})
    lift_works(works_id=row.pk, by=town.manager)
    page = client.get("/app/").content.decode()
    assert 'class="app-alert lifted"' in page and 'class="app-alert"' not in page
    assert "Levé\N{NO-BREAK SPACE}: Avis d’ébullition" in page and "bouillir" not in page
    assert 'data-lapses="2026-11-25T00:00:00-05:00"' in page
    assert "#works" not in page, "it is no roadwork"
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    assert "Avis d’ébullition" not in client.get("/app/").content.decode()


def test_the_app_gives_the_numbers_to_call_and_the_rules_of_danger_for_days_without_a_network(
    client: Client, town: SmallTown
) -> None:
    client.get("/app/", {"q": "12, rue du Quai"})
    for page in (client.get("/app/"), Client().get("/app/"), client.get("/app/envoi/"), client.get("/app/hors-ligne/")):
        lines = page.content.decode().split("data-offline-lines")[1].split("</section>")[0]
        for number in ("911", "+18003618003", "+18004635060", "+18662773553"):
            assert f'href="tel:{number}"' in lines, number
    offline = client.get("/app/hors-ligne/").content.decode()
    assert "data-asked" in offline and 'data-dangers="/app/dangers.json"' in offline
    given = Client().get("/app/dangers.json")
    assert given.headers["ETag"] and "Set-Cookie" not in given.headers
    assert "En cas de danger" not in given.json()["blocks"]["en"] and 'href="tel:911"' in given.json()["blocks"]["fr"]
    assert {"gas", "poison", "suicide"} <= set(given.json()["lines"])


def test_01_the_manifest_names_the_town_in_the_language_asked(client: Client, town: SmallTown) -> None:
    for lang, report in (("fr", "Signaler"), ("en", "Report")):
        manifest = client.get("/manifest.webmanifest", {"lang": lang}).json()
        assert manifest["name"] == "Anse-aux-Bouleaux"
        assert report in [one["name"] for one in manifest["shortcuts"]]
        for one in manifest["shortcuts"]:
            assert client.get(one["url"]).status_code == 200
        assert {one["purpose"] for one in manifest["icons"]} == {"any", "maskable"}
        assert manifest["share_target"]["params"]["files"][0]["name"] == "photos"


def test_16_what_is_shared_without_a_worker_keeps_its_words(client: Client, town: SmallTown) -> None:
    answer = client.post("/partage/", {"text": "nid de poule", "photos": photo()})
    assert answer["Location"] == "/signaler/?q=nid+de+poule"


def test_the_worker_keeps_only_pages_that_hold_nothing_of_anybody(client: Client, town: SmallTown) -> None:
    script = client.get("/sw.js")
    assert script["Content-Type"] == "text/javascript"
    settings = json.loads(script.content.decode().partition("self.SETTINGS = ")[2].partition("\n")[0])
    forms = client.get(settings["forms"]).json()["forms"]
    assert "/demande/nid-de-poule/" in forms
    assert settings["pages"] == ["/app/envoi/", "/app/hors-ligne/"]
    for path in (*settings["pages"], *forms):
        page = client.get(path)
        assert page.status_code == 200
        assert "csrfmiddlewaretoken" not in page.content.decode()


def test_the_worker_is_a_new_version_with_the_code_and_not_with_what_is_asked_for_most(
    client: Client, town: SmallTown
) -> None:
    script, address = client.get("/sw.js").content, "/app/formulaires.json"
    listed = client.get(address)
    assert client.get(address, headers={"If-None-Match": listed["ETag"]}).status_code == 304
    make_subject("asked-anew", town.works, place=Subject.Place.REQUIRED)
    ttl_cache.forget_all()
    assert client.get("/sw.js").content == script
    assert "/demande/asked-anew/" in client.get(address).json()["forms"]


def test_17_the_worker_is_the_same_for_everyone_so_another_language_is_no_new_version(
    client: Client, town: SmallTown
) -> None:
    scripts = set()
    for language in ("fr", "en"):
        client.get("/", {"langue": language})
        answer = client.get("/sw.js", headers={"Accept-Language": language})
        scripts.add(answer.content)
    [script] = scripts
    settings = json.loads(script.decode().partition("self.SETTINGS = ")[2].partition("\n")[0])
    assert settings["words"]["fr"] != settings["words"]["en"] and set(settings["words"]) == {"fr", "en"}
    etag = client.get("/sw.js")["ETag"]
    client.get("/", {"langue": "fr"})
    assert client.get("/sw.js", headers={"If-None-Match": etag}).status_code == 304
