"""facts.yaml (or facts/*.yaml), answers/*.md and dangers.yaml."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import markdown

from parvis.catalogue.models import Audience
from parvis.knowledge import phrases, values, verdicts
from parvis.knowledge.loading import TEXTS, AnswerData, DangerData, FactData
from parvis.knowledge.models import Fact
from parvis.lib.languages import LANGUAGES
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder

MOST_FACTS = 6
_LINES = {
    "documents": "documents", "fees": "fees", "ask": "ask", "do_not_say": "avoid", "pass_on": "pass_on",
    "yes_to": "yes_to", "no_to": "no_to",
}  # fmt: skip
_NUMBERS = ("length", "area", "percent")


# --- Facts ---------------------------------------------------------------------------------------------------------


def read_facts(folder: Folder, departments: Sequence[str], sectors: Sequence[str] = ()) -> list[FactData]:
    """The dated, sourced values of the town, and those of one of its sectors."""
    entries = folder.many("facts", "key")
    found = [_read_fact(entry, departments, sectors) for entry in entries]
    note_twice(entries, [f"{fact.key} ({fact.area})" if fact.area else fact.key for fact in found], "fact")
    return found


def _read_fact(entry: Entry, departments: Sequence[str], sectors: Sequence[str]) -> FactData:
    source = entry.part("source")
    kind = entry.one_of("type", Fact.Kind.values)
    fact = FactData(
        key=entry.slug("key"),
        label=entry.both("label", most=160),
        kind=kind,
        value=_read_value(entry, kind),
        unit=entry.text("unit", "", most=40),
        source_title=source.text("title", most=200),
        source_url=source.url("url"),
        valid_from=entry.day("valid_from", None),
        valid_to=entry.day("valid_to", None),
        verified_on=entry.day("verified_on", None),
        verified_by=entry.text("verified_by", "", most=120),
        example=entry.flag("example", False),
        owner=entry.one_of("owner", departments, "department"),
        area=entry.one_of("area", sectors, "sector", ""),
    )
    if fact.valid_from and fact.valid_to and fact.valid_to < fact.valid_from:
        entry.wrong(f"'valid_to' ({fact.valid_to}) comes before 'valid_from' ({fact.valid_from})")
    source.done()
    entry.done()
    return fact


def _read_value(entry: Entry, kind: str) -> Any:
    """The value in its stored form; a mistake when it is not of the kind."""
    value = entry.value("value")
    if value is None:
        return None
    if isinstance(value, date):
        value = value.isoformat()
    if kind == "text":
        both = entry.texts_of("value", value)
        return {"fr": both[0], "en": both[1]}
    if kind in ("money", "count") and (not isinstance(value, int) or isinstance(value, bool)):
        what = "whole cents (12,50 $ is 1250)" if kind == "money" else "a whole number"
        entry.wrong(f"a value of type {kind} must be {what}, not {value!r}")
    elif kind in _NUMBERS and (not isinstance(value, int | float) or isinstance(value, bool)):
        entry.wrong(f"a value of type {kind} must be a number, not {value!r}")
    elif kind in ("time", "date", "phone") and not isinstance(value, str):
        entry.wrong(f"a value of type {kind} must be written in quotes, not {value!r}")
    elif kind in ("list", "hours") and not _are_lists(value):
        entry.wrong(f"a value of type {kind} must give a list of texts in fr and in en")
    else:
        for lang in LANGUAGES:
            try:
                values.shown(kind, value, lang)
            except values.Unreadable:
                entry.wrong(f"{value!r} is no value of type {kind}")
                break
    return value


def _are_lists(value: object) -> bool:
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        return False
    return all(isinstance(texts, list) and texts and all(isinstance(t, str) for t in texts) for texts in value.values())


# --- Answers -------------------------------------------------------------------------------------------------------


def read_answers(
    folder: Folder, *, subjects: Sequence[str], facts: Sequence[str], departments: Sequence[str]
) -> list[AnswerData]:
    """The standard answers; the French file of each is required, the English one is not."""
    files: dict[str, dict[str, tuple[Entry, str]]] = {}
    for subject, lang, entry, body in folder.answers():
        if subject not in subjects:
            entry.wrong(f"there is no subject {subject!r} that is answerable")
        files.setdefault(subject, {})[lang] = entry, body
    found = []
    for subject, by_lang in files.items():
        if "fr" not in by_lang:
            by_lang["en"][0].wrong("has no French twin: answers are written in French first")
            continue
        french = by_lang["fr"][0]
        texts = {lang: _read_texts(*by_lang[lang]) if lang in by_lang else {} for lang in LANGUAGES}
        shorts = {lang: _read_shorts(by_lang[lang][0]) if lang in by_lang else {} for lang in LANGUAGES}
        answer = AnswerData(
            subject=subject,
            texts={name: (texts["fr"].get(name, ""), texts["en"].get(name, "")) for name in TEXTS},
            facts=french.some_of("facts", facts, "fact"),
            related=french.some_of("related"),
            audiences=french.some_of("audiences", Audience.values),
            owner=french.one_of("owner", departments, "department"),
            review_on=french.day("review_date") or date.min,
            audience_shorts=tuple((who, (said, shorts["en"].get(who, ""))) for who, said in shorts["fr"].items()),
        )
        for entry, _body in by_lang.values():
            _check_entry(entry, answer, facts)
        found.append(answer)
    return found


def _check_entry(entry: Entry, answer: AnswerData, facts: Sequence[str]) -> None:
    """Facts that do not exist, broken references and typed values, in one file of an answer."""
    lang = 1 if entry.file.endswith(".en.md") else 0
    if lang and tuple(entry.some_of("facts")) not in ((), answer.facts):
        entry.wrong("'facts' must be the same as in the French file, or left out")
    if len(answer.facts) > MOST_FACTS and not lang:
        entry.wrong(f"'facts' names {len(answer.facts)} facts: at most {MOST_FACTS} are shown")
    texts = [answer.texts[name][lang] for name in TEXTS if name != "links"]
    texts += [said[lang] for _who, said in answer.audience_shorts]
    for key in phrases.fact_keys(texts):
        if key not in facts:
            entry.wrong(f"{{fact:{key}}} names an unknown fact")
    for text in texts:
        for broken in phrases.broken_references(text):
            entry.wrong(f"{broken!r} is no reference to a fact; write {{fact:key}}")
        for typed in phrases.typed_values(text):
            entry.wrong(f"{typed!r} is typed in the text: make it a fact and write {{fact:key}}")
    _check_verdicts(entry, answer, lang)
    entry.done()


def _check_verdicts(entry: Entry, answer: AnswerData, lang: int) -> None:
    """Questions answered by yes or by no that no one could be recognised to ask, or that have both answers."""
    yes_to, no_to = (answer.texts[name][lang].splitlines() for name in ("yes_to", "no_to"))
    for question in verdicts.unreadable([*yes_to, *no_to]):
        entry.wrong(f"{question!r} is no question that can be recognised: write it with a question mark")
    for question in verdicts.contradicted(yes_to, no_to):
        entry.wrong(f"{question!r} is answered both by yes and by no")
    shorts = [answer.texts["short"][lang], *(said[lang] for _who, said in answer.audience_shorts)]
    if any(verdicts.begins_with_verdict(short) for short in shorts):
        entry.wrong(
            "'short' begins with a yes or a no, told to every question: list its questions in 'yes_to' or 'no_to'"
        )


def _read_texts(entry: Entry, body: str) -> dict[str, str]:
    texts = {
        "title": entry.text("title", most=160),
        "short": _one_line(entry.text("short")),
        "summary": entry.text("summary", most=200),
        "body": to_rich_text(body),
        "steps": "\n".join(_pair(step, "title", "text") for step in entry.parts("steps", "title")),
        "links": "\n".join(_pair(link, "label", "url") for link in entry.parts("links", "label")),
    }
    for name, field in _LINES.items():
        texts[field] = "\n".join(_one_line(item) for item in entry.some_of(name))
    return texts


def _pair(entry: Entry, left: str, right: str) -> str:
    first, second = _one_line(entry.text(left)), _one_line(entry.text(right, ""))
    if "|" in first:
        entry.wrong(f"{left!r} may not hold '|'")
    entry.done()
    return f"{first} | {second}" if second else first


def _one_line(text: str) -> str:
    """The text on one line. No-break spaces stay: `str.split` would lose those of French typography."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def _read_shorts(entry: Entry) -> dict[str, str]:
    """What is said aloud to an audience when it differs: {merchant: {short: ...}}."""
    part = entry.part("variants_by_audience")
    shorts = {}
    for audience in part.raw:
        if audience not in Audience.values:
            part.wrong(f"{audience!r} is no audience: use {', '.join(Audience.values)}")
        inside = part.part(audience)
        shorts[str(audience)] = _one_line(inside.text("short"))
        inside.done()
    return shorts


def to_rich_text(body: str) -> str:
    """Markdown as the editor's rich text stores it."""
    html = markdown.markdown(body, output_format="html")
    for said, stored in (("strong>", "b>"), ("em>", "i>")):
        html = html.replace(f"<{said}", f"<{stored}").replace(f"</{said}", f"</{stored}")
    return html


# --- Danger --------------------------------------------------------------------------------------------------------


def read_danger(folder: Folder) -> DangerData | None:
    """Words of immediate danger; None when the town gives no such file."""
    if not (folder.path / "dangers.yaml").is_file():
        return None
    entry = folder.one("dangers")
    lists = {}
    for name in ("words", "examples", "calm"):
        part = entry.part(name)
        lists[name] = part.some_of("fr"), part.some_of("en")
        part.done()
    danger = DangerData(**lists, say=entry.both("say"), phone=entry.phone("phone", "911"))
    entry.done()
    return danger
