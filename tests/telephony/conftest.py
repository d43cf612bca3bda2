"""The stand-ins of the providers of texts and of calls, in use."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.telephony.tasks import place_waiting_calls
from parvis.config.env_urls import text_provider, voice_provider
from parvis.lib import clock
from tests.telephony import twilio as texts
from tests.telephony.twilio import Twilio
from tests.telephony.voice_provider import Post, VoiceProvider, Webhook, serving, url_of

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("America/Toronto"))  # a Wednesday: calls are allowed


@pytest.fixture
def twilio(settings: Settings) -> Iterator[Twilio]:
    """An account that takes everything by default; the product sends through it."""
    with texts.serving() as account:
        settings.PARVIS_TEXTS = text_provider(account.url)
        settings.PARVIS_URL = "https://service.ville.example"
        yield account


@pytest.fixture
def call(settings: Settings) -> Callable[[Webhook], int]:
    """call(webhook): the status of the answer to a request of the provider."""

    def post(webhook: Webhook) -> int:
        url, fields, signature = webhook
        path = url.removeprefix(settings.PARVIS_URL)
        client = Client(enforce_csrf_checks=True)
        return client.post(path, fields, headers={"X-Twilio-Signature": signature}).status_code

    return post


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
        place_waiting_calls()

    return move
