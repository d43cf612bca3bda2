"""Why a case was found: the fields that hold the words, with excerpts."""

import re
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.lists.case_search import Found
from parvis.apps.search.queries import Words, words_of
from parvis.lib.words import split

_WORD = re.compile(r"[^\W_]+")
AROUND = 42  # characters of an excerpt on each side of the first match


@dataclass(frozen=True)
class MatchReason:
    """The field where the words were found, and an excerpt with the words highlighted."""

    where: str
    piece: SafeString
    names: bool = False  # whether it reveals who the person is


def match_reasons(case: Case, result: Found) -> list[MatchReason]:
    """Why a case matches; none for a search without words."""
    if result.way in ("reference", "near"):
        return [MatchReason(_("Reference"), format_html("<mark>{}</mark>", case.reference))]
    if result.way == "phone":
        name = case.person.name if case.person else ""
        return [MatchReason(_("Phone of"), format_html("{}", name), names=True)]
    fields = (
        (_("Subject"), case.shown_title, False),
        (_("Person"), case.person.name if case.person else "", True),
        (_("Place"), case.place, False),
        (_("Words"), case.words, False),
        (_("Reference"), case.reference, False),
    )
    remaining, reasons = list(result.wanted), []
    for name, text, names in fields:
        matched = [variants for variants in remaining if _holds(text, variants)]
        if matched:
            reasons.append(MatchReason(name, excerpt(text, tuple(matched)), names=names))
            remaining = [variants for variants in remaining if variants not in matched]
    return reasons


def _holds(text: str, variants: tuple[str, ...]) -> bool:
    words = split(text)
    return any(word.startswith(variant) for variant in variants for word in words)


def excerpt(text: str, wanted: Words) -> SafeString:
    """The text around its first match, with every match highlighted."""
    prefixes = tuple(variant for variants in wanted for variant in variants)
    spans = [span for span in _spans(text) if span[2].startswith(prefixes)]
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
    """(begin, end, folded word) of each word of the text."""
    return [(match.start(), match.end(), word) for match in _WORD.finditer(text) for word in split(match.group())[:1]]


def spelling_corrections(text: str, result: Found) -> list[tuple[str, str]]:
    """(typed, searched) of each misspelt word that was corrected."""
    if result.way != "mistyped":
        return []
    pairs = zip(words_of(text), result.wanted, strict=False)
    return [(typed, ", ".join(variants)) for typed, variants in pairs if typed not in variants]
