"""What a channel of outreach does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import Content
from parvis.apps.outreach.rules.limits import Count
from parvis.apps.telephony.services.calls.placing import may_call_now
from parvis.lib import quebec
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean

State = Delivery.State
TEST = {"fr": "ESSAI. ", "en": "TEST. "}  # before the words of what is sent as a test
EXERCISE = gettext_lazy("Exercise: nothing left, nobody was disturbed.")


def hour_of(moment: datetime) -> str:
    """The hour of a moment in the town, in the active language."""
    return quebec.hour(timezone.localtime(moment), clean(get_language()))


class Reason(StrEnum):
    """Why a message is removed."""

    EXPIRED = "expired"
    LIFTED = "lifted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Target:
    """One recipient of a channel: an account, a group of screens, or "" for a channel that has one."""

    recipient: str = ""
    label: str = ""


@dataclass(frozen=True)
class Preview:
    """What the channel paints, in French and in English ("" when it paints none), and what it costs.

    `reach`: who receives it, in words. `proposal`: a shorter text, when it is too long.
    """

    title: str
    text: str
    title_en: str = ""
    text_en: str = ""
    count: Count | None = None
    reach: str = ""
    proposal: str = ""


@dataclass(frozen=True)
class Failure:
    """One recipient that a message did not reach: who, why, and whether trying again may help."""

    name: str
    why: str
    again: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery. `reached` of `total`: None when it cannot be known. QUEUED: the carrier has it, and
    `outcomes` will tell. `details`: one line a screen or a recipient; `url`: where it can be seen.
    """

    state: str = State.SENT
    words: str = ""
    reached: int | None = None
    total: int | None = None
    failures: tuple[Failure, ...] = ()
    details: tuple[str, ...] = ()
    url: str = ""

    @property
    def may_be_tried_again(self) -> bool:
        """Whether something failed, or is not known, that trying again may help."""
        if self.failures:
            return any(failure.again for failure in self.failures) or self.state == State.UNKNOWN
        return self.state in (State.FAILED, State.UNKNOWN)


class Channel(Protocol):
    """A channel. What it publishes is idempotent by the key of the delivery: repeated, it has no other effect.

    `each_once`: what left cannot be taken back (letters, texts); a correction sends it again only when asked for.
    """

    slug: str
    icon: str
    each_once: bool

    @property
    def label(self) -> Any:
        """Its name on the screens."""
        ...

    def targets(self, content: Content) -> Sequence[Target]:
        """To whom it goes, one delivery each; empty when there is nobody."""
        ...

    def preview(self, content: Content) -> Preview:
        """What it paints of this message."""
        ...

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        """Publishes it, or corrects what the key of the delivery published."""
        ...

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        """Removes it; for what was sent, says so when it was an error (WITHDRAWN) or is over (LIFTED)."""
        ...

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        """What the carrier knows now, by delivery id, in a constant number of queries; {}: nothing new."""
        ...

    def retry(self, delivery: Delivery, by: User) -> bool:
        """Asks the carrier to try again what failed, and to look for what is unknown; False: publish it again."""
        ...


@runtime_checkable
class MovesEnd(Protocol):
    """A channel that is `each_once`, whose messages wait to leave with an end of their own."""

    def move_end(self, delivery: Delivery, until: datetime) -> None:
        """Gives another end to what of this delivery has not left; what left, or was called off, stays as it is."""
        ...


@runtime_checkable
class Confirms(Protocol):
    """A channel whose recipients may answer that they have the message (a key pressed during a call)."""

    def confirmed(self, deliveries: Sequence[Delivery]) -> Mapping[int, int]:
        """How many answered so, by delivery id, in a constant number of queries."""
        ...


@dataclass(frozen=True)
class Tester:
    """The person who asked for a test. `phone`: E.164, or "" when none is known; `language`: "fr" or "en".

    `is_typed`: the phone is not that of their account: it is disturbed only within the hours of calls.
    """

    email: str
    phone: str
    language: str
    is_typed: bool = False

    def check_phone(self) -> None:
        """Raises Invalid, in words, when no phone is known, or when it may not be disturbed now."""
        if not self.phone:
            raise Invalid(_("Write the number that receives the test."))
        if self.is_typed and not may_call_now():
            raise Invalid(_("This number is not that of your account: it is tried within the hours of calls only."))


@runtime_checkable
class Testable(Protocol):
    """A channel that can be tried on one person."""

    def send_test(self, content: Content, to: Tester) -> str:
        """Sends to that person alone what the channel would send, marked as a test; returns what was done, in words.

        Touches no delivery and no subscriber. Raises Invalid, in words, when it cannot: no address, no provider.
        """
        ...
