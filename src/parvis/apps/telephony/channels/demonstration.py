"""The demonstration's provider: what leaves is only kept, and shown at /dev/texts/ and /dev/calls/."""

from datetime import datetime
from uuid import uuid4

from parvis.apps.telephony.channels.base import CallbackUrls, Script, Seen
from parvis.apps.telephony.rules.call_states import HEARD


class Demonstration:
    """Takes every text and carries none; takes every call as heard to its end, and rings nowhere."""

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`."""
        return f"demo-{uuid4().hex}"

    def place(self, to: str, script: Script, *, report: CallbackUrls) -> Seen:
        """See `Provider.place`."""
        return self.look(f"demo-{uuid4().hex}")

    def texts_to(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.texts_to`: nothing is in doubt, since it takes at once."""
        return []

    def calls_to(self, to: str, *, since: datetime) -> list[str]:
        """See `Provider.calls_to`: the same."""
        return []

    def look(self, identifier: str) -> Seen:
        """See `Provider.look`."""
        return Seen(identifier, HEARD)
