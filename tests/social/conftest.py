"""The stand-in for Facebook and Mastodon, in use."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.social.channels import http
from parvis.apps.social.models import Account
from parvis.apps.social.services.accounts import connect_account
from parvis.lib import clock
from parvis.operations.fake_services import names as standin
from parvis.operations.fake_services.facebook import Networks
from tests.factories import SmallTown
from tests.journeys.service import free_port
from tests.social.serving import serving

Hook = Callable[..., int]


@pytest.fixture
def networks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    """Both networks, which take everything by default; the product calls them. Their clock is ours."""

    def moment() -> float:
        return clock.now().timestamp()

    service = Networks(free_port(), wall_clock=moment)
    monkeypatch.setattr(http, "SECONDS", 0.5)
    settings.PARVIS_FACEBOOK = {
        "base": service.origin,
        "app_id": standin.APP_ID,
        "secret": standin.APP_SECRET,
        "verify": standin.VERIFY,
    }
    settings.PARVIS_URL = "https://service.ville.example"
    with serving(service):
        yield service


@pytest.fixture
def page(town: SmallTown, networks: Networks) -> Account:
    """The town's page on Facebook."""
    return connect_account(
        network="facebook", name=standin.PAGE_NAME, page_id=standin.PAGE, token=standin.PAGE_TOKEN, by=None
    )


@pytest.fixture
def mastodon(town: SmallTown, networks: Networks) -> Account:
    """The town's account on Mastodon."""
    return connect_account(
        network="mastodon",
        name="@ville",
        page_id=standin.MASTODON,
        token=standin.MASTODON_TOKEN,
        server=networks.origin,
        by=None,
    )


@pytest.fixture
def later(settings: Settings) -> Callable[..., None]:
    """later(minutes=1): moves the clock of the product, and of the networks."""

    def move(**gap: float) -> None:
        settings.PARVIS_NOW = (clock.now() + timedelta(**gap)).isoformat()

    return move


@pytest.fixture
def hook() -> Hook:
    """hook(body): the status of the answer to a signed webhook; `headers` replace its own."""

    def post(body: bytes, headers: dict[str, str] | None = None) -> int:
        sent = dict(Networks.signed(body) if headers is None else headers)
        sent.pop("Content-Type", None)
        client = Client(enforce_csrf_checks=True)
        answer = client.post("/hooks/social/facebook", body, content_type="application/json", headers=sent)
        return answer.status_code

    return post
