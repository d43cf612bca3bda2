"""What a message tells of a danger, as it is shown: the lines to call, the words marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parvis.apps.content.rules.help_lines import EMERGENCY
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.dangers import danger_in_mail
from parvis.apps.intake.queries.inbox import was_warned
from parvis.apps.mail.models import Incoming
from parvis.apps.matching.queries import suggesting

Segment = tuple[str, bool]


@dataclass(frozen=True)
class ShownPiece:
    """Some lines of a message; `folded` as `mail.rules.body.Piece`, `segments` their words, marked or not."""

    text: str
    folded: bool
    segments: list[Segment]


def segments(text: str, places: Sequence[tuple[int, int]]) -> list[Segment]:
    """The text in order, as (words, whether they tell of the danger)."""
    result: list[Segment] = []
    at = 0
    for start, end in places:
        result += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(words, marked) for words, marked in [*result, (text[at:], False)] if words]


def danger_of(contact: Contact, incoming: Incoming) -> dict[str, Any]:
    """The danger that a contact's messages tell, and the pieces of the latest, `incoming`, with its words marked.

    `danger_quote` are the words when that message does not show them: an earlier one says them, or only its HTML does.
    """
    told = danger_in_mail(contact)
    if told is None:
        pieces = [ShownPiece(one.text, one.folded, [(one.text, False)]) for one in incoming.pieces]
        return {"danger": None, "pieces": pieces}
    received, heard = told
    here = received.incoming_id == incoming.pk and not heard.only_in_html
    return {
        "danger": heard.danger,
        "danger_lines": (EMERGENCY, *heard.danger.lines),
        "warned": was_warned(received.incoming),
        "danger_in_html": heard.only_in_html,
        "danger_quote": [] if here else segments(heard.excerpt, _places(heard.excerpt)),
        "pieces": [
            ShownPiece(one.text, one.folded, segments(one.text, _places(one.text) if here and not one.folded else ()))
            for one in incoming.pieces
        ],
    }


def _places(text: str) -> tuple[tuple[int, int], ...]:
    danger = suggesting.danger_in(text)
    return danger.places if danger else ()
