"""Display preferences, error pages, and the frames of every screen."""

import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from parvis.apps.directory.models import User
from parvis.ui import views
from tests.blanks import compact
from tests.factories import SmallTown


@pytest.mark.parametrize("method", ["get", "post"])
def test_look_is_kept_and_the_reader_stays_where_he_was(client: Client, method: str) -> None:
    response = getattr(client, method)(reverse("ui:look"), {"look": "dark", "next": "/sujets/?q=neige"})
    assert response.status_code == 302 and response["Location"] == "/sujets/?q=neige"
    assert response.cookies["look"].value == "dark"


def test_unknown_look_changes_nothing(client: Client) -> None:
    response = client.post(reverse("ui:look"), {"look": "<script>", "next": "/"})
    assert "look" not in response.cookies


def test_language_is_kept(client: Client) -> None:
    response = client.post(reverse("ui:language"), {"language": "en", "next": "/a/"})
    assert response.cookies["lang"].value == "en" and response["Location"] == "/a/"
    assert "lang" not in client.post(reverse("ui:language"), {"language": "xx"}).cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(client: Client, target: str) -> None:
    response = client.post(reverse("ui:look"), {"look": "dark", "next": target}, headers={"referer": target})
    assert response["Location"] == "/"


def request(**cookies: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies)
    return request


def test_failure_page_needs_no_database_and_keeps_the_look() -> None:
    body = views.server_error(request(look="contrast"))
    assert isinstance(body, HttpResponse) and body.status_code == 500
    assert 'data-look="contrast"' in body.content.decode() and "ui/css/tokens.css" in body.content.decode()


@pytest.mark.parametrize("page", ["/", "/suivi/", "/staff/login/", "/desk/recent/", "/dev/mail/", "/nowhere/"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pages_hold_no_inline_style_nor_script(
    town: SmallTown, signed_in: Callable[[User], Client], page: str, lang: str
) -> None:
    client = signed_in(town.agent) if page.startswith(("/desk/", "/dev/")) else Client()
    client.post(reverse("ui:language"), {"language": lang})
    html = compact(client.get(page).content.decode())
    assert f'<html lang="{lang}-CA"' in html
    assert_nothing_inline(html)


@pytest.mark.parametrize("failure", [views.forbidden, views.csrf_failure, views.server_error])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_error_pages_hold_no_inline_style_nor_script(
    db: None, failure: Callable[[HttpRequest], HttpResponse], lang: str
) -> None:
    with translation.override(lang):
        html = compact(failure(request()).content.decode())
    assert f'<html lang="{lang}-CA"' in html
    assert_nothing_inline(html)


def assert_nothing_inline(html: str) -> None:
    assert not re.search(r"<[^>]+\sstyle=|<style", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>|\son\w+=", html)
