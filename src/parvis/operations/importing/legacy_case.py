"""A case of an earlier system, read: who asked what, how it went, what was noted of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from parvis.apps.cases.models import State
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Address


@dataclass(frozen=True)
class Someone:
    """The person of a line, as the earlier system knew them. `number` is theirs there, when it has one."""

    name: str
    number: str = ""
    phone: str = ""
    email: str = ""
    language: str = "fr"
    audience: str = ""
    organisation: str = ""
    address: Address | None = None
    address_text: str = ""


@dataclass(frozen=True)
class Note:
    """A note of the past: when it was written (the opening when that is not known), and what it says."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True)
class LegacyCase:
    """A case of the earlier system, read. `number` is "" when it had none; `identity` always tells it from others."""

    line: int
    number: str
    identity: str
    subject: Subject
    opened_at: datetime
    state: str
    nature: str = Nature.REQUEST
    channel: str = Channel.PHONE
    language: str = "fr"
    audience: str = "resident"
    title: str = ""
    words: str = ""
    reason: str = ""
    closed_at: datetime | None = None
    answer: str = ""
    due_at: datetime | None = None
    urgent: bool = False
    address: Address | None = None
    place_text: str = ""
    point: tuple[float, float] | None = None
    department: Department | None = None
    owner: User | None = None
    person: Someone | None = None
    details: list[dict[str, str]] = field(default_factory=list)
    notes: tuple[Note, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED


def numbered_again(legacy_case: LegacyCase, rank: int) -> LegacyCase:
    """The same line met again in a file without numbers: the second, the third... are cases of their own."""
    return replace(legacy_case, identity=f"{legacy_case.identity}/{rank}") if rank > 1 else legacy_case
