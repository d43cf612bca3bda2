"""A message to write, and the people who write and approve it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.rules.content import BASE, SHORT, Words
from parvis.apps.outreach.services import approvals
from parvis.apps.outreach.services.drafts import MessageDraft, start_message
from parvis.apps.places.models import Address
from parvis.apps.push.services.devices import new_secret, register_device
from parvis.apps.push.services.subscriptions import choose_subjects
from parvis.lib.clock import now
from parvis.operations.fake_services.push import PushService
from tests.factories import SmallTown, unique
from tests.mail.conftest import post
from tests.push.browser import Subscription
from tests.push.conftest import push_service
from tests.social.conftest import later, mastodon, networks, page
from tests.telephony.conftest import twilio

__all__ = ["later", "mastodon", "networks", "page", "post", "push_service", "twilio"]
TITLE, TEXT = "Interdiction de stationner cette nuit", "Pas d’auto dans la rue de 23 h à 7 h, secteur Nord."
SHORT_TEXT = "Stationnement interdit cette nuit, secteur Nord."
Way = Callable[..., Message]


def draft_of(**values: Any) -> MessageDraft:
    """A draft about tonight's parking, in French, until tomorrow, on the channels of these tests."""
    versions = {(BASE, "fr"): Words(TITLE, TEXT), (SHORT, "fr"): Words("", SHORT_TEXT)} | values.pop("versions", {})
    defaults: dict[str, Any] = {"kind": "parking", "channels": ("push",), "expires_at": now() + timedelta(hours=12)}
    given: dict[str, Any] = defaults | values
    return MessageDraft(versions=versions, **given)


@pytest.fixture
def device(town: SmallTown, push_service: PushService, settings: Settings) -> Callable[..., int]:
    """device(*kinds): a device registered at the stand-in of the push services, told of the address of the town."""
    settings.PARVIS_PUSH_SERVICES = [push_service.origin]

    def register(*kinds: str, address: Address | None = None) -> int:
        keys = Subscription(endpoint=push_service.subscribe()).keys
        registered = register_device(secret=new_secret(), language="fr", **keys)
        choose_subjects(device=registered, address=address or town.address, kinds=kinds or ("alerts",))
        return registered.pk

    return register


@pytest.fixture
def write(town: SmallTown) -> Way:
    """write(**values): a draft by the editor."""

    def start(by: User | None = None, **values: Any) -> Message:
        sources = {name: values.pop(name) for name in ("incident", "road_notice") if name in values}
        draft = draft_of(**values)
        return start_message(key=unique("message"), draft=draft, by=by or town.editor, **sources)

    return start


@pytest.fixture
def publish(town: SmallTown, write: Way, run_jobs: Callable[[], int]) -> Way:
    """publish(**values): a message written by the editor, approved by communications, and sent by the worker."""

    def go(**values: Any) -> Message:
        message = write(**values)
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
        run_jobs()
        message.refresh_from_db()
        return message

    return go
