"""What every channel hands to the desk: an Arrival."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.actors import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.residents.models import Person


@dataclass(frozen=True)
class References:
    """What a message names: the identifiers of the messages that it answers, and requests by their number."""

    messages: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrival:
    """Something that came in. `key` names it, so that receiving it twice makes one contact.

    Brought by someone of the staff, it is being handled live (a call, a visit) and is in progress at once; otherwise it
    waits. `at` and `seconds` are when it came and how long it lasted, for what is over when it is written down.
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
    attachments: Sequence[Attachment] = ()  # kept already (`files.services`)
    references: References = References()
    at: datetime | None = None
    seconds: int | None = None
