"""What a provider of calls does, and the one in use."""

from datetime import datetime
from typing import Protocol
from uuid import uuid4

from django.conf import settings

from parvis.apps.telephony.channels.calls.script import Report, Script, Seen
from parvis.apps.telephony.channels.calls.twilio import Twilio
from parvis.apps.telephony.rules.call_states import HEARD
from parvis.lib.transport import TransientError


class Demonstration:
    """Takes every call as heard to its end, and rings nowhere."""

    def place(self, to: str, script: Script, *, report: Report) -> Seen:
        """See `Provider.place`."""
        return self.look(f"demo-{uuid4().hex}")

    def find(self, to: str, *, since: datetime) -> list[str]:
        """See `Provider.find`: nothing is in doubt, since it takes at once."""
        return []

    def look(self, identifier: str) -> Seen:
        """See `Provider.look`."""
        return Seen(identifier, HEARD)


class Provider(Protocol):
    """What places calls."""

    def place(self, to: str, script: Script, *, report: Report) -> Seen:
        """Hands over a call; what is known of it at once.

        Raises TransientError, DeliveryUncertain, PermanentError.
        """

    def find(self, to: str, *, since: datetime) -> list[str]:
        """The identifiers of the calls to this number that were handed over since a moment.

        Raises TransientError when the provider does not say.
        """

    def look(self, identifier: str) -> Seen:
        """What became of a call. Raises TransientError when the provider does not say."""


def provider() -> Provider:
    """The provider of the settings; in the demonstration, its own when none is set. TransientError without any."""
    if settings.PARVIS_VOICE:
        return Twilio(**settings.PARVIS_VOICE)
    if not settings.PARVIS_VOICE_KEPT:
        raise TransientError("no provider of calls is set (PARVIS_VOICE_URL)")
    return Demonstration()
