"""What a provider of texts does, and the one in use."""

from datetime import datetime
from typing import Protocol
from uuid import uuid4

from django.conf import settings

from parvis.apps.telephony.channels.texts.twilio import Twilio
from parvis.lib.transport import TransientError


class Demonstration:
    """Takes every text, carries none and shows it at /dev/texts/."""

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`."""
        return f"demo-{uuid4().hex}"

    def find(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.find`: nothing was taken, since it takes at once."""
        return []


class Provider(Protocol):
    """What carries texts."""

    def send(self, to: str, body: str, *, report: str) -> str:
        """Hands over a text, and returns its identifier. `report` is the URL where its states are told.

        Raises TransientError, DeliveryUncertain, PermanentError, OptedOut.
        """

    def find(self, to: str, body: str, *, since: datetime) -> list[str]:
        """The identifiers of the texts to this number, with these words, that were handed over since a moment.

        Raises TransientError when the provider does not say.
        """


def provider() -> Provider:
    """The provider of the settings; in the demonstration, its own when none is set. TransientError without any."""
    if settings.PARVIS_TEXTS:
        return Twilio(**settings.PARVIS_TEXTS)
    if not settings.PARVIS_TEXTS_KEPT:
        raise TransientError("no provider of texts is set")
    return Demonstration()
