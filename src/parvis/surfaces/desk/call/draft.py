"""Typed access to the draft of a contact, whose stored JSON may hold anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from parvis.apps.catalogue.models import Audience
from parvis.apps.intake.models import Contact
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.json_text import MalformedJson, read_json

PANES = (
    "read",
    "case",
    "transfer",
    "callback",
    "not_ours",
    "unanswered",
    "place",
    "work",
    "incident",
    "alert",
    "say",
    "text",
)
WORK_NAME, WORK_PREFIX = "work-name", "in"  # the field that names the calculator, the prefix of its own fields
LONGEST_QUESTION = 400
MAX_DEPTH = 6  # the screen sends three levels
LAST_SEQ = 2**31 - 1000  # the highest accepted, with room for what settling adds to it


@dataclass(frozen=True)
class Draft:
    """A contact's draft: `values` is the stored JSON, the properties are the parts the server reads."""

    values: Mapping[str, Any] = field(default_factory=dict)
    contact_language: str = "fr"
    contact_audience: str = Audience.RESIDENT

    @classmethod
    def of(cls, contact: Contact, **overrides: str) -> "Draft":
        """The contact's draft, with these non-empty values over it.

        A draft saved too late, after its matter was settled (`matter`: the number of matters settled when it was
        typed), is ignored: its words were submitted with that matter.
        """
        stored = contact.draft if isinstance(contact.draft, dict) else {}
        if "matter" in stored and stored["matter"] != len(contact.matters.all()):
            stored = {}
        values = {**stored, **{name: value for name, value in overrides.items() if value}}
        return cls(values, contact.language, contact.audience)

    def text_of(self, name: str) -> str:
        """A stored value as text; "" when it is absent or neither text nor a number."""
        value = self.values.get(name, "")
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

    @property
    def text(self) -> str:
        """What the person says, as typed."""
        return self.text_of("text")

    @property
    def subject(self) -> str:
        """The slug of the subject on the screen, or ""."""
        return self.text_of("subject")

    @property
    def picked(self) -> bool:
        """Whether the agent chose that subject, rather than keep the best match."""
        return bool(self.values.get("picked"))

    @property
    def lang(self) -> Lang:
        """The language in which answers are read to the person."""
        return clean(self.text_of("lang") or self.contact_language)

    @property
    def audience(self) -> str:
        """The audience of the answers."""
        audience = self.text_of("audience") or self.contact_audience
        return audience if audience in Audience.values else Audience.RESIDENT

    @property
    def pane(self) -> str:
        """The one of PANES open in the middle of the screen."""
        pane = self.text_of("pane")
        return pane if pane in PANES else "read"

    @property
    def dropped(self) -> list[str]:
        """The words that the agent removed from the search."""
        value = self.values.get("dropped", [])
        return [str(word) for word in value][:20] if isinstance(value, list) else []

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the forms, by name, as typed."""
        value = self.values.get("fields", {})
        return {str(name): str(typed) for name, typed in value.items()} if isinstance(value, dict) else {}

    def with_work(self, values: Mapping[str, str]) -> "Draft":
        """The draft with the calculator named in these values (of a query string), and the fields typed for it.

        The draft's own fields stay when the calculator is the same and the values hold none of its fields.
        """
        name = values.get(WORK_NAME, "")
        typed = {field: value for field, value in values.items() if field.startswith(f"{WORK_PREFIX}-")}
        if not name or (name == self.fields.get(WORK_NAME) and not typed):
            return self
        others = {field: value for field, value in self.fields.items() if not field.startswith(f"{WORK_PREFIX}-")}
        return self.with_fields({**others, WORK_NAME: name, **typed})

    def with_fields(self, fields: Mapping[str, str]) -> "Draft":
        """The draft with these fields instead of its own."""
        return Draft({**self.values, "fields": dict(fields)}, self.contact_language, self.contact_audience)


def by_name(submitted: QueryDict) -> dict[str, str]:
    """The submitted values, one for each name."""
    return {name: submitted.get(name, "") for name in submitted}


def parse(text: str | bytes) -> dict[str, Any] | None:
    """The JSON of a draft, fit for any database.

    None when it is not an object, is nested deeper than MAX_DEPTH, or holds numbers outside JSON (NaN, Infinity).
    """
    try:
        draft = read_json(text, deepest=MAX_DEPTH, tidied=True)
    except MalformedJson:
        return None
    return draft if isinstance(draft, dict) else None


def searched(text: str, dropped: list[str]) -> str:
    """The words to search for: those typed, without those that the agent removed."""
    query = text[:LONGEST_QUESTION]
    for word in dropped:
        start = query.lower().find(word.lower()) if word else -1
        if start >= 0:
            query = f"{query[:start]} {query[start + len(word) :]}"
    return " ".join(query.split())


def key_of(contact: Contact, outcome: str) -> str:
    """The idempotency key of the next matter of a contact, for one outcome."""
    return f"{contact.key[:48]}.{len(contact.matters.all()) + 1}.{outcome}"
