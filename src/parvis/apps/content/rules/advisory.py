"""One thing that is true now and is said before anything else. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parvis.apps.schedules.rules.affected_area import Touch
from parvis.lib.i18n.languages import Lang

DANGER, WARNING, INFO = "danger", "warning", "info"
GRAVITY = {DANGER: 0, WARNING: 1, INFO: 2}


@dataclass(frozen=True)
class Advisory:
    """One thing in force, in one language. `key` is "notice-12", "works-3", "operation-<night>" or "collection-5".

    `words` are whole sentences to say, the end included; `until`: None when the end is not known. It touches the
    answers on `subject` (a slug, "" for none) and on its `topics` (values of `Notice.Topic`); on those of `nearby`,
    only for who lives there. `stream`: the collection that it changes. `source` begins the keys of what the same
    message shows elsewhere, its banner among them. `touches` tells whether it concerns a `places.Address`, its
    `street` and `sector` loaded, by a `places.SectorMap` that holds its street.
    """

    key: str
    level: str
    title: str
    words: str
    place: str
    since: datetime
    until: datetime | None
    lang: Lang
    subject: str = ""
    topics: frozenset[str] = frozenset()
    nearby: frozenset[str] = frozenset()
    stream: str = ""
    source: str = ""
    example: bool = False
    touches: Callable[[Any, Any], Touch] = field(default=lambda _address, _among: Touch.YES, compare=False, repr=False)

    @property
    def is_danger(self) -> bool:
        return self.level == DANGER

    @property
    def rest(self) -> str:
        """The words that follow the title, for a screen that shows it above them."""
        return self.words.removeprefix(self.title).lstrip(". ")

    @property
    def as_values(self) -> dict[str, Any]:
        """What programs are given of it."""
        names = ("key", "level", "title", "words", "place", "since", "until", "example")
        return {name: getattr(self, name) for name in names}

    def in_force(self, at: datetime) -> bool:
        """Whether it stands at that moment."""
        return self.since <= at and (self.until is None or at < self.until)

    def is_about(
        self, slug: str, computed: Iterable[str], streams: Iterable[str] = (), *, located: bool = False
    ) -> bool:
        """Whether the answers on a subject begin with it. A subject named as a collection is about that one alone.

        `located`: an address is known, and touched.
        """
        if self.subject == slug:
            return True
        if self.stream and slug in streams and slug != self.stream:
            return False
        return not (self.topics | self.nearby if located else self.topics).isdisjoint(computed)
