"""The stand-in for Twilio, in use."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.config.env_urls import text_provider
from tests.texts.twilio import Twilio, serving

Webhook = tuple[str, dict[str, str], str]


@pytest.fixture
def twilio(settings: Settings) -> Iterator[Twilio]:
    """An account that takes everything by default; the product sends through it."""
    with serving() as account:
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
