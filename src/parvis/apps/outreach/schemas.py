"""messages.yaml: the templates of messages to the public that a town begins with."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.outreach.rules.content import LONGEST_BLANK, Kind, Urgency, blanks_of
from parvis.apps.outreach.rules.limits import PANEL, SAY, TEXT, TITLE
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names

CHANNELS = ("site", "banner", "cap", "panels", "push", "letters", "texts", "voice", "facebook", "mastodon")


class MessageTemplateData(Entry, named_by="key", noun="template"):
    """Words to start a message from, with [blanks] to fill in; `name` is how the list calls it, in French."""

    key: Annotated[f.Slug, f.Most(60)]
    name: Annotated[f.Text, f.Most(120)]
    kind: Annotated[f.Text, f.OneOf(tuple(kind.value for kind in Kind))]
    urgency: Annotated[f.Text, f.OneOf(tuple(one.value for one in Urgency))] = "normal"
    channels: Annotated[f.Several, f.OneOf(CHANNELS)]
    title: Annotated[f.Both, f.Most(TITLE)]
    text: Annotated[f.Both, f.Most(TEXT)]
    short: Annotated[f.Both, f.Most(PANEL)]
    say: Annotated[f.Both, f.Most(SAY)] = f.NOTHING

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A bracket outside of every blank: its words would be published as they are."""
        for name in ("title", "text", "short", "say"):
            for language, words in getattr(self, name).by_language.items():
                left = words
                for blank in blanks_of(words):
                    left = left.replace(blank, "")
                if "[" in left or "]" in left:
                    limits = f"brackets hold a blank of 1 to {LONGEST_BLANK} characters, on one line"
                    yield Mistake(f"{name}.{language}: {limits}")
