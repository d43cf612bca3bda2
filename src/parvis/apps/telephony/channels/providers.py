"""The provider in use for texts, and for calls."""

from collections.abc import Mapping

from django.conf import settings

from parvis.apps.telephony.channels.base import Provider
from parvis.apps.telephony.channels.demonstration import Demonstration
from parvis.apps.telephony.channels.twilio import Twilio
from parvis.lib.transport import TransientError


def text_provider() -> Provider:
    """The provider of the settings; in the demonstration, its own when none is set. TransientError without any."""
    return _provider(settings.PARVIS_TEXTS, settings.PARVIS_TEXTS_KEPT, "no provider of texts is set")


def call_provider() -> Provider:
    """The same for calls."""
    return _provider(
        settings.PARVIS_VOICE, settings.PARVIS_VOICE_KEPT, "no provider of calls is set (PARVIS_VOICE_URL)"
    )


def _provider(account: Mapping[str, str], kept: bool, missing: str) -> Provider:
    if account:
        return Twilio(**account)
    if not kept:
        raise TransientError(missing)
    return Demonstration()
