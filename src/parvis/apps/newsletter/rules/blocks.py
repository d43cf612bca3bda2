"""The news that an issue holds, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

MOST_BLOCKS = 20
FIELDS = ("title_fr", "text_fr", "title_en", "text_en", "url", "key")


@dataclass(frozen=True)
class Block:
    """One news in an issue. `key` is that of the published news it was made from; English may be empty."""

    title_fr: str
    text_fr: str = ""
    title_en: str = ""
    text_en: str = ""
    url: str = ""
    key: str = ""

    def title(self, language: str) -> str:
        """The title in a language, in French when it has no English."""
        return (self.title_en if language == "en" else "") or self.title_fr

    def text(self, language: str) -> str:
        """The text in a language, in French when it has no English."""
        return (self.text_en if language == "en" else "") or self.text_fr

    @property
    def plain(self) -> dict[str, str]:
        """The values to store."""
        return asdict(self)


def blocks_of(rows: Iterable[Mapping[str, Any]]) -> list[Block]:
    """The blocks of stored values; those without a title are left out."""
    read = [Block(**{name: str(row.get(name) or "").strip() for name in FIELDS}) for row in rows]
    return [block for block in read if block.title_fr][:MOST_BLOCKS]


class Published(Protocol):
    """A news item of the site, as a digest takes it."""

    key: str
    title_fr: str
    title_en: str
    summary_fr: str
    summary_en: str


def digest(items: Iterable[tuple[Published, str]]) -> list[Block]:
    """The blocks of a digest of published news, each with its address, in their order; MOST_BLOCKS at most."""
    made = [Block(item.title_fr, item.summary_fr, item.title_en, item.summary_en, url, item.key) for item, url in items]
    return made[:MOST_BLOCKS]
