"""References to facts in the text of an answer, and values that should have been facts. Pure."""

import re
from collections.abc import Iterable

FACT = re.compile(r"\{fact:\s*([A-Za-z0-9_.-]+)\s*\}")
_BROKEN = re.compile(r"\{[^{}]*\}?")
_MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_GAP = r"[\s\u00a0\u202f]*"
_NUMBER = r"\d+(?:[\s\u00a0\u202f.,]\d+)*"
_TYPED = re.compile(
    "|".join(
        (
            rf"\$\s?{_NUMBER}",
            rf"{_NUMBER}{_GAP}(?:\$|%|¢|dollars?\b|cents\b)",
            rf"\b\d{{1,2}}{_GAP}h(?:{_GAP}\d{{2}})?\b",
            rf"\b\d{{1,2}}:\d{{2}}\b(?:{_GAP}[ap]\.?m\.?)?|\b\d{{1,2}}{_GAP}[ap]\.?m\.?(?!\w)",
            rf"{_NUMBER}{_GAP}(?:m²|m2|cm|mm|km|m|mètres?|metres?|pieds?|feet|pouces?|inches)(?![\w²])",
            rf"\b\d{{1,2}}(?:er|st|nd|rd|th)?{_GAP}(?:{_MONTHS})\b|\b(?:{_MONTHS}){_GAP}\d{{1,2}}\b",
            r"\b\d{4}-\d{2}-\d{2}\b",
            r"\b(?:1[\s\u00a0-])?\d{3}[\s\u00a0.-]\d{3}[\s\u00a0.-]\d{4}\b",
        )
    ),
    re.IGNORECASE,
)


def fact_keys(texts: Iterable[str]) -> list[str]:
    """The keys of the facts that these texts refer to, in order, each once."""
    return list(dict.fromkeys(key for text in texts for key in FACT.findall(text)))


def broken_references(text: str) -> list[str]:
    """Braces that are not a reference to a fact, such as "{fact tarif}": readers would see them as typed."""
    return [braces for braces in _BROKEN.findall(text) if not FACT.fullmatch(braces)]


def typed_values(text: str) -> list[str]:
    """Amounts, percentages, hours, dates, measures and phone numbers typed in a text instead of facts, each once."""
    return list(dict.fromkeys(match[0].strip() for match in _TYPED.finditer(FACT.sub(" ", text))))
