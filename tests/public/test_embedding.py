"""The question box and the request form in a frame of the town's site: who may, what they depend on, what they say."""

import gzip
import re
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.content.services.content import bump_edition
from parvis.config.env_urls import embedding_origins
from tests.factories import SmallTown
from tests.public.test_report import filled
from tests.public.test_request import html_of

TOWN_SITE = "https://ville.example"
FRAMED = ("/integre/question/", "/integre/question/?q=nid+de+poule", "/integre/signaler/")
FROM_FRAME = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}


@pytest.fixture(autouse=True)
def _listed(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    settings.PARVIS_EMBED_ORIGINS = [TOWN_SITE]
    bump_edition()


def ancestors(client: Client, path: str) -> str:
    response = client.get(path)
    found = re.search(r"frame-ancestors ([^;]*)", response["Content-Security-Policy"])
    assert found
    return f"{found[1]} {response.headers.get('X-Frame-Options', '')}".strip()


def test_only_the_embedded_pages_may_be_framed_and_only_by_the_listed_sites(client: Client, town: SmallTown) -> None:
    for path in (*FRAMED, f"/integre/demande/{town.pothole.slug}/", "/integre/demande/recue/unknown/"):
        assert ancestors(client, path) == f"'self' {TOWN_SITE}", path
    for path in ("/", "/signaler/", f"/demande/{town.pothole.slug}/", "/suivi/", "/staff/login/"):
        assert ancestors(client, path) == "'none' SAMEORIGIN", path


def test_without_a_listed_site_nobody_else_frames_them(client: Client, settings: Settings) -> None:
    settings.PARVIS_EMBED_ORIGINS = []
    assert ancestors(client, "/integre/signaler/") == "'self'"


@pytest.mark.parametrize(
    "wrong",
    ["*", "https://*.example", "http://ville.example", "https://ville.example/page", "https://a:b@ville.example", "x"],
)
def test_what_is_no_plain_secure_origin_prevents_the_start(wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PARVIS_EMBED_ORIGINS"):
        embedding_origins(f"https://ville.example {wrong}")
    assert embedding_origins("https://Ville.example https://b.example:8443") == [TOWN_SITE, "https://b.example:8443"]


def test_a_request_sent_from_a_frame_needs_no_cookie_and_stays_in_the_frame(town: SmallTown) -> None:
    client = Client(enforce_csrf_checks=True)
    values = filled(client, path="/integre/signaler/?langue=en")
    client.cookies.clear()
    response = client.post("/integre/signaler/?langue=en&envoi", values, headers=FROM_FRAME)
    case = Case.objects.get()
    assert response["Location"] == f"/integre/demande/recue/{case.secret}/?langue=en"
    client.cookies.clear()
    page = html_of(client.get(response["Location"]))
    assert case.reference in page and "Thank you" in page and '<base target="_blank">' in page
    other = client.post("/integre/signaler/", values, headers={"Sec-Fetch-Site": "cross-site", "Origin": TOWN_SITE})
    assert other.status_code == 403


def test_errors_stay_in_the_frame_in_its_language_with_what_was_typed(client: Client) -> None:
    values = filled(client, subject="", words="Something odd")
    client.cookies.clear()
    response = client.post("/integre/signaler/?langue=en", values, headers=FROM_FRAME)
    page = html_of(response)
    assert response.status_code == 422 and "Choose what it is about" in page and "Something odd" in page
    assert 'action="/integre/signaler/?langue=en&envoi"' in page
    assert 'data-step-url="/signaler/etape/?langue=en"' in page
    assert 'hx-post="/signaler/avant/?langue=en"' in page and "request-steps.js" not in page


def test_a_framed_page_says_whose_it_is_without_header_and_its_links_leave_the_frame(
    client: Client, town: SmallTown
) -> None:
    for path in FRAMED:
        page = html_of(client.get(path))
        assert '<base target="_blank">' in page and "framed-foot" in page and "<header" not in page, path
        assert TOWN_SITE in page and "manifest.webmanifest" not in page
    box = html_of(client.get("/integre/question/?langue=en"))
    assert 'action="/integre/question/"' in box and 'name="langue" value="en"' in box


def test_an_account_is_not_read_in_a_frame(client: Client) -> None:
    client.get("/integre/signaler/")
    assert "sessionid" not in client.cookies and not client.cookies


def test_the_script_is_small_cached_for_an_hour_and_answers_304(client: Client) -> None:
    response = client.get("/integrer.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "max-age=3600" in response["Cache-Control"] and "public" in response["Cache-Control"]
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin" and "Set-Cookie" not in response
    assert len(gzip.compress(response.content)) < 2000
    assert client.get("/integrer.js", headers={"If-None-Match": response["ETag"]}).status_code == 304
    pages = re.findall(r'"(/[a-z]+/)"', response.content.decode())
    assert all(client.get(urlsplit(path).path).status_code == 200 for path in pages if path != "/question/") and pages
