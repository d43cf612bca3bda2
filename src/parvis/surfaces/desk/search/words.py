"""Why a case was found, in a plain line: which of its parts hold the words, and around what."""

import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.apps.cases.case_search import Found
from parvis.apps.cases.models import Case
from parvis.apps.search.queries import Words, words_of
from parvis.lib.words import split

_WORD = re.compile(r"[^\W_]+")
AROUND = 42  # characters of the words told on each side of the first that was found


@dataclass(frozen=True)
class Why:
    """Where the words were found, and the piece of text that holds them, its words marked."""

    where: str
    piece: SafeString
    names: bool = False  # whether it says who the person is


def why(case: Case, item: Found) -> list[Why]:
    """The reasons for which a case is in what was found; none when nothing was looked for."""
    if item.way in ("reference", "near"):
        return [Why(_("Reference"), format_html("<mark>{}</mark>", case.reference))]
    if item.way == "phone":
        return [Why(_("Phone of"), format_html("{}", case.person.name if case.person else ""), names=True)]
    parts = (
        (_("Subject"), case.shown_title, False),
        (_("Person"), case.person.name if case.person else "", True),
        (_("Place"), case.place, False),
        (_("Words"), case.words, False),
        (_("Reference"), case.reference, False),
    )
    left, told = list(item.wanted), []
    for name, text, names in parts:
        here = [each for each in left if _holds(text, each)]
        if here:
            told.append(Why(name, marked(text, tuple(here)), names=names))
            left = [each for each in left if each not in here]
    return told


def _holds(text: str, each: tuple[str, ...]) -> bool:
    words = split(text)
    return any(word.startswith(item) for item in each for word in words)


def marked(text: str, wanted: Words) -> SafeString:
    """The piece of a text around the first word found, each word that was looked for marked."""
    spans = [span for span in _spans(text) if any(span[2].startswith(item) for each in wanted for item in each)]
    if not spans:
        return format_html("{}", text[: 2 * AROUND])
    first, last = max(0, spans[0][0] - AROUND), min(len(text), spans[0][1] + AROUND)
    first = text.rfind(" ", 0, first) + 1 if first else 0
    pieces, at = [("…" if first else "", "")], first
    for begin, end, _word in spans:
        if begin >= last:
            break
        pieces.append((text[at:begin], text[begin:end]))
        at = end
    body = format_html_join("", "{}<mark>{}</mark>", [piece for piece in pieces if piece[1]])
    tail = text[at:last] + ("…" if last < len(text) else "")
    return format_html("{}{}{}", pieces[0][0], body, tail)


def _spans(text: str) -> list[tuple[int, int, str]]:
    """(begin, end, folded word) of each word of a text."""
    return [(match.start(), match.end(), word) for match in _WORD.finditer(text) for word in split(match.group())[:1]]


def read_as(text: str, item: Found) -> list[tuple[str, str]]:
    """(typed, read) of each word that was taken for another."""
    pairs = zip(words_of(text), item.wanted, strict=False)
    return [(typed, ", ".join(read)) for typed, read in pairs if typed not in read] if item.way == "mistyped" else []
