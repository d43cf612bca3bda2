"""What every channel hands to the desk: an Arrival."""

from dataclasses import dataclass
from datetime import datetime

from parvis.catalogue.models import Audience
from parvis.directory.models import User
from parvis.residents.models import Person


@dataclass(frozen=True)
class Arrival:
    """Something that came in. `key` names it, so that receiving it twice makes one contact.

    With an `agent` it is being handled live (a call, a visit) and is in progress at once; without, it waits. `at` and
    `seconds` are when it came and how long it lasted, for what is over when it is written down.
    """

    channel: str
    key: str
    agent: User | None = None
    phone: str = ""
    person: Person | None = None
    language: str = "fr"
    english_ground: str = ""
    audience: str = Audience.RESIDENT
    text: str = ""
    outbound: bool = False
    at: datetime | None = None
    seconds: int | None = None
