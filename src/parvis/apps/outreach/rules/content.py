"""The text of a message in every channel and language, as plain values: what is published, frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

LONGEST_BLANK = 200  # characters between the brackets
_BLANK = re.compile(rf"\[[^\[\]\n]{{1,{LONGEST_BLANK}}}\]")


class Kind(StrEnum):
    """What a message is about. The values are stored."""

    NEWS = "news"
    NOTICE = "notice"
    PARKING = "parking"
    WORKS = "works"
    WATER = "water"
    SAFETY = "safety"


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


LEVELS = {Urgency.EMERGENCY: "danger", Urgency.URGENT: "warning", Urgency.NORMAL: "info"}
"""The gravity of the band of the site, and of the notice that leads the answers."""
TOPICS = {Kind.PARKING: "tonight", Kind.WORKS: "works", Kind.WATER: "water"}
"""The computed answers that a message touches beside its subject: values of `content.Notice.Topic`."""
SAFETY_KINDS = frozenset({Kind.WATER, Kind.SAFETY})
BASE, SHORT, AGENTS = "base", "short", "agents"  # versions that are no channel's own
PARTICIPANTS = "participants"  # the only channel of a message to an audience


def blanks_of(text: str) -> list[str]:
    """What a text leaves to be filled in, in order: "[street]". At most LONGEST_BLANK characters, on one line."""
    return _BLANK.findall(text)


@dataclass(frozen=True)
class Words:
    """A title and a text, in one language. Either may be empty."""

    title: str = ""
    text: str = ""


@dataclass(frozen=True)
class Content:
    """A message as its channels publish it. `versions`: {(channel or BASE, SHORT, AGENTS, language): words}.

    `place_fr` and `place_en` name the area in words, "" for the whole town; `url` is the public page, "" for none.
    `image_id` is a stored picture (`files.Attachment`); `image_fr` and `image_en` say what it shows.
    `audience`: the only people who receive it (`rules.audiences`); "" for the public.
    """

    kind: str = Kind.NEWS
    urgency: str = Urgency.NORMAL
    drill: bool = False
    channels: tuple[str, ...] = ()
    versions: Mapping[tuple[str, str], Words] = field(default_factory=dict)
    sectors: tuple[int, ...] = ()
    streets: tuple[int, ...] = ()
    place_fr: str = ""
    place_en: str = ""
    subject_id: int | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    url: str = ""
    image_id: int | None = None
    image_fr: str = ""
    image_en: str = ""
    audience: str = ""

    @property
    def is_safety(self) -> bool:
        """Whether it is about health or safety, so that both languages are allowed everywhere."""
        return self.urgency == Urgency.EMERGENCY or self.kind in SAFETY_KINDS

    @property
    def leads_answers(self) -> bool:
        """Whether it is said first by the answers that it touches: neither an exercise nor ordinary news."""
        return not self.drill and (self.kind != Kind.NEWS or self.urgency != Urgency.NORMAL)

    def has(self, language: str) -> bool:
        """Whether it is written in that language."""
        base = self.versions.get((BASE, language), Words())
        return bool(base.title and base.text)

    def language_for(self, wanted: str) -> str:
        """The wanted language when the message is written in it, else French."""
        return wanted if self.has(wanted) else "fr"

    def title(self, channel: str, language: str) -> str:
        """The title in a channel: its own, else that of the message."""
        return self._own(channel, language).title or self._own(BASE, language).title

    def text(self, channel: str, language: str) -> str:
        """The text in a channel: its own, else that of the message."""
        return self._own(channel, language).text or self._own(BASE, language).text

    def short(self, channel: str, language: str) -> str:
        """The text of a small channel: its own, else the short text, else the title."""
        own, short = self._own(channel, language).text, self._own(SHORT, language).text
        return own or short or self._own(BASE, language).title

    def blanks(self) -> list[str]:
        """What a template left to be filled in, as it is written: "[street]"."""
        texts = [part for words in self.versions.values() for part in (words.title, words.text)]
        return list(dict.fromkeys(blank for text in texts for blank in blanks_of(text)))

    def at(self, url: str) -> "Content":
        """The same message, whose public page is at `url`."""
        return replace(self, url=url)

    def place(self, language: str) -> str:
        return self.place_en if language == "en" else self.place_fr

    def _own(self, channel: str, language: str) -> Words:
        return self.versions.get((channel, language), Words())

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; `from_json` gives the content back."""
        values = {name: getattr(self, name) for name in _PLAIN}
        return values | {
            "channels": list(self.channels),
            "sectors": list(self.sectors),
            "streets": list(self.streets),
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "versions": [[channel, lang, w.title, w.text] for (channel, lang), w in sorted(self.versions.items())],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Content":
        """The content that `to_json` stored."""
        return cls(
            **{name: values[name] for name in _PLAIN if name in values},
            channels=tuple(values["channels"]),
            sectors=tuple(values["sectors"]),
            streets=tuple(values["streets"]),
            starts_at=datetime.fromisoformat(values["starts_at"]) if values["starts_at"] else None,
            expires_at=datetime.fromisoformat(values["expires_at"]) if values["expires_at"] else None,
            versions={(channel, lang): Words(title, text) for channel, lang, title, text in values["versions"]},
        )


_PLAIN = (
    *("kind", "urgency", "drill", "place_fr", "place_en", "subject_id", "url"),
    *("image_id", "image_fr", "image_en", "audience"),
)
