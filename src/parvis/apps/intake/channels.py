"""The channel-independent form of an incoming contact: an Arrival."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.residents.models import Person


@dataclass(frozen=True)
class References:
    """What a message refers to: the identifiers of the messages that it answers, and request numbers."""

    messages: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrival:
    """An incoming contact. `key` is its idempotency key: receiving it twice creates one contact.

    When `by` is staff, it is handled live (a call, a visit) and is in progress at once; otherwise it waits. `at` and
    `seconds` are the start and length of a contact that is recorded after the fact.
    """

    channel: str
    key: str
    by: Actor = field(default_factory=Actor.citizen)
    phone: str = ""
    person: Person | None = None
    language: str = "fr"
    english_ground: str = ""
    audience: str = Audience.RESIDENT
    text: str = ""
    outbound: bool = False
    subject_line: str = ""  # of a message, as it was written
    attachments: Sequence[Attachment] = ()  # already stored (`files.services`)
    references: References = References()
    at: datetime | None = None
    seconds: int | None = None
