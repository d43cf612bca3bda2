"""What passes between the product and a provider of texts or of calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from parvis.lib.transport import PermanentError


class OptedOut(PermanentError):
    """The provider refuses a text because the number asked for no more of them."""


@dataclass(frozen=True)
class Script:
    """What a call says: a language (fr, en), and the paragraphs."""

    language: str
    paragraphs: Sequence[str]


class CallbackUrls(NamedTuple):
    """The URLs where the provider tells the states of a call, and the key that was pressed."""

    status: str
    keys: str


class Seen(NamedTuple):
    """A call as the provider knows it: its identifier, its state (`rules.call_states`), how long it lasted."""

    identifier: str
    state: str
    seconds: int = 0


class Provider(Protocol):
    """What carries texts and places calls, for one account."""

    def send(self, to: str, body: str, *, report: str) -> str:
        """Hands over a text, and returns its identifier. `report` is the URL where its states are told.

        Raises TransientError, DeliveryUncertain, PermanentError, OptedOut.
        """

    def place(self, to: str, script: Script, *, report: CallbackUrls) -> Seen:
        """Hands over a call; what is known of it at once.

        Raises TransientError, DeliveryUncertain, PermanentError.
        """

    def texts_to(self, to: str, body: str, *, since: datetime) -> list[str]:
        """The identifiers of the texts to this number, with these words, that were handed over since a moment.

        Raises TransientError when the provider does not say.
        """

    def calls_to(self, to: str, *, since: datetime) -> list[str]:
        """The same of the calls to this number."""

    def look(self, identifier: str) -> Seen:
        """What became of a call. Raises TransientError when the provider does not say."""
