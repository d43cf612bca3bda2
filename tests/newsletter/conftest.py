"""A mail server that misbehaves, and readers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.newsletter.models import ContactPoint, Issue
from parvis.apps.newsletter.rules.blocks import Block
from parvis.apps.newsletter.services.issues import Words, save_issue
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from tests.factories import SmallTown, unique
from tests.newsletter.smtp import MailServer, serving


@pytest.fixture(autouse=True)
def _deciders(settings: Settings) -> None:
    """Communications send alone; the second person of an issue: test_approvals."""
    settings.PARVIS_EMERGENCY_DECIDERS = ["communications"]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """The town's mail server; nothing slows the letters."""
    with serving() as server:
        settings.PARVIS_MAILBOX = False
        settings.PARVIS_MAIL_SUBADDRESSES = True
        settings.PARVIS_URL = "https://service.anse.exemple.ca"
        settings.PARVIS_NEWSLETTER_RATE = settings.PARVIS_NEWSLETTER_DOMAIN_RATE = 0
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 3
        yield server


@pytest.fixture
def reader(town: SmallTown) -> Callable[..., ContactPoint]:
    """reader(email, ...): someone who asked for the newsletter at the counter."""

    def make(email: str = "", **values: Any) -> ContactPoint:
        chosen: dict[str, Any] = {"news": True, "places": []}
        wanted = Wanted(**(chosen | values))
        return enrol(
            channel="email",
            target=email or f"{unique('reader')}@exemple.ca",
            language="fr",
            wanted=wanted,
            origin=Origin("counter", words="Je le demande.", evidence="a dit oui", clerk=town.agent),
        )

    return make


@pytest.fixture
def leaves(town: SmallTown, signed_in: Callable[..., Client]) -> Callable[..., None]:
    """leaves(url, send_at): its writer asks for an approval of the issue at a page, and a second person gives it."""

    def approve(url: str, send_at: str = "") -> None:
        signed_in(town.editor).post(f"{url}ask/", {"send_at": send_at})
        second = signed_in(town.communications)
        panel = second.get(url).text.partition('id="leave-h"')[2]
        seen = panel.partition('name="seen" value="')[2].partition('"')[0]
        second.post(f"{url}approve/", {"do": "approve", "seen": seen})

    return approve


@pytest.fixture
def issue(town: SmallTown) -> Issue:
    """A draft."""
    words = Words("La neige arrive", "Déplacez vos voitures.", blocks=[Block("Patinoire", "Ouverte samedi.")])
    return save_issue(words=words, key=unique(), by=town.editor)
