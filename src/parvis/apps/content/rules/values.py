"""Formats the value of a fact for a reader, and parses what an editor types. Pure.

Stored forms by kind are those of `models.Fact`: money in integer cents, length in metres, area in square metres, dates
and times in ISO 8601, phones in E.164, words as {fr, en}, lists and opening hours as {fr: [...], en: [...]}.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation

import phonenumbers

from parvis.lib import quebec
from parvis.lib.i18n.languages import Lang, clean

BILINGUAL = frozenset({"text", "list", "hours"})
_ENGLISH_MONTHS = {name.lower(): number for number, name in enumerate(quebec.MONTHS["en"], 1)}
_FRENCH_MONTHS = {name.lower(): number for number, name in enumerate(quebec.MONTHS["fr"], 1)}


class Unreadable(ValueError):
    """The typed or stored value is not valid for its kind."""


def shown(kind: str, value: object, lang: str, unit: str = "") -> str:
    """The value formatted for a reader of that language, with its unit; raises Unreadable when it is malformed."""
    code = clean(lang)
    try:
        text = _shown(kind, value, code)
    except (TypeError, ValueError, KeyError, InvalidOperation, AttributeError) as error:
        raise Unreadable(kind) from error
    if not text:
        raise Unreadable(kind)
    return f"{text}{quebec.NBSP}{unit}" if unit else text


def _shown(kind: str, value: object, code: Lang) -> str:
    if kind in BILINGUAL:
        return _words(value, code)
    text = str(value)
    if kind == "money":
        return quebec.money(int(text), code)
    if kind == "date":
        return quebec.day_of_month(date.fromisoformat(text), code, year=True)
    if kind == "time":
        return quebec.hour(time.fromisoformat(text), code)
    if kind == "phone":
        return quebec.phone(text, code)
    written = {"length": quebec.length, "area": quebec.area, "percent": quebec.percent, "count": quebec.number}[kind]
    return written(text, code)


def _words(value: object, code: Lang) -> str:
    if not isinstance(value, Mapping):
        return str(value or "")
    localised = value.get(code) or value.get("fr") or ""
    return quebec.join([str(entry) for entry in localised], code) if isinstance(localised, list) else str(localised)


def typed(kind: str, value: object, lang: Lang) -> str:
    """The value as an editor types it: "42,50", "2026-05-01", one list item per line."""
    if kind in BILINGUAL:
        localised = value.get(lang) if isinstance(value, Mapping) else value
        return "\n".join(map(str, localised)) if isinstance(localised, list) else str(localised or "")
    if kind == "money":
        cents = int(str(value))
        return str(cents // 100) if cents % 100 == 0 else f"{Decimal(cents) / 100:.2f}".replace(".", ",")
    if kind == "phone":
        return quebec.plain(quebec.phone(str(value)))
    if kind in ("length", "area", "count", "percent"):
        return str(value).replace(".", ",")
    return str(value)


def read(kind: str, french: str, english: str = "") -> object:
    """The stored form of a typed value; raises Unreadable when it is empty or not valid for the kind.

    Numbers accept a comma or a point, a dollar or percent sign, spaces. Dates: 2026-05-01, "1er mai 2026", "May 1,
    2026". Hours: 16:30, "16 h 30". Texts and lists need the French; the English may be empty.
    """
    text = " ".join(french.replace(quebec.NBSP, " ").split())
    if not text:
        raise Unreadable(kind)
    if kind == "text":
        return _without_empty({"fr": text, "en": " ".join(english.split())})
    if kind in ("list", "hours"):
        return _without_empty({"fr": _lines(french), "en": _lines(english)})
    readers = {"date": _date, "time": _time, "phone": _phone}
    if kind in readers:
        return readers[kind](text)
    number = _number(text)
    if kind == "money":
        if (number * 100) % 1:
            raise Unreadable(kind)
        return int(number * 100)
    if kind == "count" and number % 1:
        raise Unreadable(kind)
    return int(number) if number % 1 == 0 else float(number)


def _without_empty(texts: dict[str, object]) -> dict[str, object]:
    return {lang: text for lang, text in texts.items() if text}


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _number(text: str) -> Decimal:
    bare = re.sub(r"(?:[$%]|m²|m)$|^\$", "", re.sub(r"\s", "", text))
    if not re.fullmatch(r"-?\d+([.,]\d+)?", bare):
        raise Unreadable("number")
    return Decimal(bare.replace(",", "."))


def _date(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _iso(*(int(part) for part in text.split("-")))
    if french := re.fullmatch(r"(?:le )?(\d{1,2})(?:er)? ([^\W\d]+) (\d{4})", text, re.IGNORECASE):
        return _iso(int(french[3]), _FRENCH_MONTHS.get(french[2].lower(), 0), int(french[1]))
    if english := re.fullmatch(r"([A-Za-z]+) (\d{1,2}),? (\d{4})", text):
        return _iso(int(english[3]), _ENGLISH_MONTHS.get(english[1].lower(), 0), int(english[2]))
    raise Unreadable("date")


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise Unreadable("date") from error


def _time(text: str) -> str:
    match = re.fullmatch(r"(\d{1,2})\s?(?::|h)\s?(\d{2})?", text, re.IGNORECASE)
    if not match or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise Unreadable("time")
    return f"{int(match[1]):02d}:{int(match[2] or 0):02d}"


def _phone(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 3 and digits == text:
        return digits
    try:
        number = phonenumbers.parse(text, "CA")
    except phonenumbers.NumberParseException as error:
        raise Unreadable("phone") from error
    if not phonenumbers.is_possible_number(number):
        raise Unreadable("phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
