"""Cases of a legacy system, as parsed: the person, the request, its outcome and its notes."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from parvis.apps.cases.models import State
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Address


@dataclass(frozen=True)
class PersonRecord:
    """The person of a line, as recorded in the legacy system. `number` identifies them there, if any."""

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
    """A note and its time; None when unknown, which means the opening."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True)
class LegacyCase:
    """A case of the legacy system. `number` is "" when it had none; `identity` is always unique.

    `carried_over`: open, it comes as it was there, without a promise.
    """

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
    person: PersonRecord | None = None
    details: list[dict[str, str]] = field(default_factory=list)
    notes: tuple[Note, ...] = ()
    carried_over: bool = False

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED

    @property
    def gets_new_date(self) -> bool:
        """Whether a date is promised from the day of the import on, as none came with it."""
        return self.is_open and not self.carried_over and self.due_at is None and self.nature != Nature.COMMENT

    @property
    def is_shown(self) -> bool:
        """Whether the public sees it, as a request for work of a public subject that is open here."""
        return self.is_open and not self.carried_over and self.nature == Nature.REQUEST and self.subject.public


def with_rank(legacy_case: LegacyCase, rank: int) -> LegacyCase:
    """Gives repeated identical lines, in a file without numbers, identities of their own."""
    return replace(legacy_case, identity=f"{legacy_case.identity}/{rank}") if rank > 1 else legacy_case
