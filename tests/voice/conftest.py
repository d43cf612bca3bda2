"""The stand-in of the provider of calls, in use."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.voice.tasks import call_waiting
from parvis.config.env_urls import voice_provider
from parvis.lib import clock
from tests.outreach.conftest import publish, write
from tests.voice.provider import Post, VoiceProvider, Webhook, serving, url_of

__all__ = ["publish", "write"]
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("America/Toronto"))  # a Wednesday: calls are allowed


@pytest.fixture
def voice(settings: Settings) -> Iterator[VoiceProvider]:
    """An account that takes everything by default, at noon of a working day; the product calls through it."""
    with serving() as provider:
        settings.PARVIS_VOICE = voice_provider(url_of(provider))
        settings.PARVIS_URL = "https://service.ville.example"
        settings.PARVIS_NOW = NOON.isoformat()
        yield provider


@pytest.fixture
def post(settings: Settings) -> Post:
    """post(webhook): the body of the answer to a request of the provider; it is refused unless it is well signed."""

    def send(webhook: Webhook) -> str:
        url, fields, signed = webhook
        client = Client(enforce_csrf_checks=True)
        path = url.removeprefix(settings.PARVIS_URL)
        answer = client.post(path, fields, headers={"X-Twilio-Signature": signed})
        assert answer.status_code in (200, 204), answer.status_code
        return answer.text

    return send


@pytest.fixture
def ring(voice: VoiceProvider, post: Post, run_jobs: Callable[[], int]) -> Callable[[], int]:
    """ring(): what is due is placed, rings, and is answered; returns how many rang."""

    def go() -> int:
        run_jobs()
        rang = voice.ring(post)
        run_jobs()
        return rang

    return go


@pytest.fixture
def after(settings: Settings) -> Callable[[float], None]:
    """after(minutes): moves the clock on, and runs what is scheduled every minute."""

    def move(minutes: float) -> None:
        settings.PARVIS_NOW = (clock.now() + timedelta(minutes=minutes)).isoformat()
        call_waiting()

    return move
