"""Twilio, by its REST API (Messages resource)."""

from dataclasses import dataclass
from datetime import datetime

from parvis.lib.transport import PermanentError
from parvis.lib.twilio import Account


class OptedOut(PermanentError):
    """The provider refuses it because the number asked for no more texts."""


UNSUBSCRIBED = "21610"  # error code: the number answered STOP to this sender


@dataclass(frozen=True)
class Twilio:
    """One account. `sender` is a number in E.164, a short code, or a messaging service (MG...)."""

    base: str
    account: str
    token: str
    sender: str

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`. Twilio has no idempotency key: a failure after the request left is DeliveryUncertain."""
        by = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        try:
            return self._api.create("Messages", {"To": to, "Body": body, "StatusCallback": report, by: self.sender})
        except PermanentError as refusal:
            if refusal.code == UNSUBSCRIBED:
                raise OptedOut(str(refusal), refusal.code) from refusal
            raise

    def find(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.find`: among the latest messages to this number."""
        return [str(row["sid"]) for row in self._api.listed("Messages", to, since) if row.get("body") == body]

    @property
    def _api(self) -> Account:
        return Account(self.base, self.account, self.token)
