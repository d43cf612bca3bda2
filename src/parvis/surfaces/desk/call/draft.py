"""What is typed on an agent's screen, read back with a shape: the stored JSON may hold anything."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from parvis.apps.catalogue.models import Audience
from parvis.apps.intake.models import Contact
from parvis.lib.languages import Lang, clean

PANES = ("read", "case", "transfer", "callback", "not_ours", "unanswered", "place", "work", "incident", "alert", "say")
WORK_NAME, WORK_PREFIX = "work-name", "in"  # what is worked out, and the names of what is typed for it
LONGEST_QUESTION = 400
DEEPEST = 6  # the screen sends three levels
LAST_SEQ = 2**31 - 1000  # of a draft, with room for what settling adds to it


@dataclass(frozen=True)
class Draft:
    """One contact's draft. `values` is all that is stored; the properties give what the screen itself reads."""

    values: Mapping[str, Any] = field(default_factory=dict)
    contact_language: str = "fr"
    contact_audience: str = Audience.RESIDENT

    @classmethod
    def of(cls, contact: Contact, **over: str) -> "Draft":
        """The contact's draft, with what an address of the screen asks for put over it; empty values ask nothing.

        A draft that was still on its way when its matter was settled (`matter`: how many were settled when it was
        typed) is left aside: its words were sent with that matter.
        """
        stored = contact.draft if isinstance(contact.draft, dict) else {}
        if "matter" in stored and stored["matter"] != len(contact.matters.all()):
            stored = {}
        wanted = {name: value for name, value in over.items() if value}
        return cls({**stored, **wanted}, contact.language, contact.audience)

    def text_of(self, name: str) -> str:
        """A stored value as text; "" when it is absent or is no text or number."""
        value = self.values.get(name, "")
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    @property
    def text(self) -> str:
        """What the person says, as it was typed."""
        return self.text_of("text")

    @property
    def subject(self) -> str:
        """The slug of the subject on the screen; "" when none is."""
        return self.text_of("subject")

    @property
    def picked(self) -> bool:
        """Whether the agent chose that subject, rather than left the best one found."""
        return bool(self.values.get("picked"))

    @property
    def lang(self) -> Lang:
        """The language in which the answer is read to the person."""
        return clean(self.text_of("lang") or self.contact_language)

    @property
    def audience(self) -> str:
        """Whom the answer is for."""
        wanted = self.text_of("audience") or self.contact_audience
        return wanted if wanted in Audience.values else Audience.RESIDENT

    @property
    def pane(self) -> str:
        """Which of PANES is open in the middle of the screen."""
        wanted = self.text_of("pane")
        return wanted if wanted in PANES else "read"

    @property
    def dropped(self) -> list[str]:
        """The words that the agent took out of the search."""
        value = self.values.get("dropped", [])
        return [str(word) for word in value][:20] if isinstance(value, list) else []

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the forms, by name, as they were typed."""
        value = self.values.get("fields", {})
        return {str(name): str(typed) for name, typed in value.items()} if isinstance(value, dict) else {}

    def with_work(self, asked: Mapping[str, str]) -> "Draft":
        """The draft with what an address of the screen says of something to work out: its name, what was typed.

        What the draft holds of it stays when the address names the same and brings nothing typed.
        """
        name = asked.get(WORK_NAME, "")
        typed = {field: value for field, value in asked.items() if field.startswith(f"{WORK_PREFIX}-")}
        if not name or (name == self.fields.get(WORK_NAME) and not typed):
            return self
        others = {field: value for field, value in self.fields.items() if not field.startswith(f"{WORK_PREFIX}-")}
        return self.with_fields({**others, WORK_NAME: name, **typed})

    def with_fields(self, fields: Mapping[str, str]) -> "Draft":
        """The draft with these fields in the place of its own."""
        return Draft({**self.values, "fields": dict(fields)}, self.contact_language, self.contact_audience)


def by_name(sent: QueryDict) -> dict[str, str]:
    """What a form sent, one value a name."""
    return {name: sent.get(name, "") for name in sent}


def parse(text: str | bytes) -> dict[str, Any] | None:
    """A draft as the screen's script sent it, fit for any database; None when it is no such thing.

    Refused: what is no object, what is nested deeper than DEEPEST, and numbers that JSON itself does not know.
    """
    try:
        read = _storable(json.loads(text), DEEPEST)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _storable(value: Any, depth: int) -> Any:
    """The value without NUL or half characters, which PostgreSQL does not keep; ValueError when it is too deep."""
    if depth < 0 or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_storable(name, 0): _storable(one, depth - 1) for name, one in value.items()}
    return value


def searched(text: str, dropped: list[str]) -> str:
    """The words to search for: those typed, without those that the agent took out."""
    kept = text[:LONGEST_QUESTION]
    for word in dropped:
        start = kept.lower().find(word.lower()) if word else -1
        if start >= 0:
            kept = f"{kept[:start]} {kept[start + len(word) :]}"
    return " ".join(kept.split())


def key_of(contact: Contact, outcome: str) -> str:
    """Names the next matter to settle in a contact, for one outcome: two sendings are one, two outcomes are two."""
    return f"{contact.key[:48]}.{len(contact.matters.all()) + 1}.{outcome}"
