"""Twilio, by its REST API (Messages and Calls resources). It has no idempotency key."""

from dataclasses import dataclass
from datetime import datetime

from parvis.apps.telephony.channels.base import CallbackUrls, OptedOut, Script, Seen
from parvis.apps.telephony.rules import twiml
from parvis.apps.telephony.rules.call_states import PLACED, of_twilio
from parvis.lib.transport import PermanentError
from parvis.lib.twilio import Account
from parvis.lib.words import number

RING_SECONDS = 30  # an answering machine takes the call after twenty or so
UNSUBSCRIBED = "21610"  # error code: the number answered STOP to this sender


@dataclass(frozen=True)
class Twilio:
    """One account. `sender` is a number in E.164, which the called person sees; for texts, a short code or a messaging
    service (MG...) too.
    """

    base: str
    account: str
    token: str
    sender: str

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`. A failure after the request left is DeliveryUncertain."""
        by = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        try:
            return self._api.create("Messages", {"To": to, "Body": body, "StatusCallback": report, by: self.sender})
        except PermanentError as refusal:
            if refusal.code == UNSUBSCRIBED:
                raise OptedOut(str(refusal), refusal.code) from refusal
            raise

    def place(self, to: str, script: Script, *, report: CallbackUrls) -> Seen:
        """See `Provider.place`. The words go with the call: they are spoken even when our site does not answer.

        A failure after the request left is DeliveryUncertain.
        """
        spoken = twiml.message(script.language, script.paragraphs, report.keys)
        if len(spoken) > twiml.LONGEST:
            raise PermanentError("the message is too long to be spoken")
        fields = {
            "To": to,
            "From": self.sender,
            "Twiml": spoken,
            "Timeout": str(RING_SECONDS),
            "MachineDetection": "DetectMessageEnd",
            "StatusCallback": report.status,
            "StatusCallbackEvent": ["answered", "completed"],
        }
        return Seen(self._api.create("Calls", fields), PLACED)

    def texts_to(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.texts_to`: among the latest messages to this number."""
        return [str(row["sid"]) for row in self._api.listed("Messages", to, since) if row.get("body") == body]

    def calls_to(self, to: str, *, since: datetime) -> list[str]:
        """See `Provider.calls_to`: among the latest calls to this number."""
        return [str(row["sid"]) for row in self._api.listed("Calls", to, since)]

    def look(self, identifier: str) -> Seen:
        """See `Provider.look`."""
        found = self._api.read(f"Calls/{identifier}")
        state = of_twilio(str(found.get("status") or ""), str(found.get("answered_by") or ""))
        return Seen(identifier, state, number(str(found.get("duration") or "")) or 0)

    @property
    def _api(self) -> Account:
        return Account(self.base, self.account, self.token)
