"""The error pages of the site: the alerts in force, a way on, and a static page when nothing else can be shown."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from parvis.apps.news.services.banners import hide_banner, show_banner
from parvis.lib import clock
from parvis.surfaces.public import error_views
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db
LOST = ("/nulle-part/", "/nouvelles/99999/", "/reponses/nulle-part/", "/carte/26-9999-Z/", "/pages/inconnue/")


def danger() -> None:
    show_banner(
        key="m1", title_fr="Évacuation du noyau", text_fr="Partez maintenant.", title_en="Evacuation", text_en="Leave.",
        level="danger", expires_at=clock.now() + timedelta(hours=1),
    )  # fmt: skip


def test_19_a_page_not_found_bears_the_alerts_and_the_question_box(town: SmallTown, client: Client) -> None:
    danger()
    for path in LOST:
        response = client.get(path)
        page = response.content.decode()
        assert response.status_code == HTTPStatus.NOT_FOUND, path
        assert 'role="alert"' in page and "Évacuation du noyau" in page, path
        assert 'name="q"' in page and 'action="/"' in page and 'name="robots" content="noindex"' in page, path
        assert "Set-Cookie" not in response.headers
    english = client.get("/nulle-part/?langue=en").content.decode()
    assert "Evacuation" in english and "This page is not here" in english
    hide_banner(key="m1")
    assert "data-alert-band" not in client.get("/nulle-part/").content.decode()


def test_19_a_refusal_bears_the_alerts(town: SmallTown, client: Client) -> None:
    danger()
    request = RequestFactory().get("/demande/")
    request.session = client.session
    response = error_views.forbidden(request, PermissionDenied())
    assert isinstance(response, HttpResponse)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "Évacuation du noyau" in response.content.decode()


def test_the_screens_of_the_staff_and_of_programs_keep_their_bare_pages(town: SmallTown, client: Client) -> None:
    danger()
    for path in ("/panneau/nulle-part/", "/staff/nulle-part/"):
        page = client.get(path)
        assert page.status_code == HTTPStatus.NOT_FOUND and 'name="q"' not in page.content.decode(), path


@pytest.mark.parametrize("path", ["/nouvelles/", "/nulle-part/"])
def test_a_failure_is_told_by_a_page_that_reads_nothing(town: SmallTown, path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE news_banner RENAME TO news_banner_lost")
    response = Client(raise_request_exception=False).get(path)
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "data-alert-band" not in response.content.decode() and "<h1>" in response.content.decode()


def test_19_the_page_without_a_network_bears_the_alerts_known_then(town: SmallTown, client: Client) -> None:
    assert "data-alert-band" not in client.get("/app/hors-ligne/").content.decode()
    danger()
    page = client.get("/app/hors-ligne/").content.decode()
    assert "Évacuation du noyau" in page and "Alertes telles que connues le" in page
    assert "<!--alert 20" in page and "<!--/band-->" in page, "the service worker drops it at its end"
    assert "data-touch" not in page, "an address cannot be checked without a network"
