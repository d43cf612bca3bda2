"""The commands that ask: the answer engine, how well it answers, what is worked out. Each returns its exit code."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation

from parvis.apps.knowledge import calculators, evaluation
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.rendering import Rendered
from parvis.apps.places import queries as places
from parvis.apps.places.models import Address
from parvis.lib import quebec
from parvis.lib.console import say, write_json
from parvis.lib.errors import Invalid, Refused
from parvis.lib.languages import LANGUAGES, Lang, clean

MOST_ERRORS_SHOWN = 5
LEAST_SHOWN = 0.005  # share of the likelihood under which a subject would read 0 %


class BadLine(Exception):
    """A line that cannot be asked; `identity` is its "id" when it has one."""

    def __init__(self, message: str, identity: object = None) -> None:
        super().__init__(message)
        self.identity = identity


def ask(args: Namespace) -> int:
    """`parvis ask`: one answer a line, in order; 1 when a line could not be asked."""
    if not args.json:
        return _ask_aloud(" ".join(args.words) or sys.stdin.read(), args.lang)
    wrong = 0
    lines: Iterable[str] = [json.dumps({"id": None, "text": " ".join(args.words)})] if args.words else sys.stdin
    for line in lines:
        if not line.strip():
            continue
        started = time.perf_counter()
        try:
            said = _answer_line(line, args.lang)
        except BadLine as bad:
            wrong += 1
            said = {"id": bad.identity, "error": "invalid", "message": str(bad)}
        spent = round((time.perf_counter() - started) * 1000, 2)
        print(json.dumps(said | {"ms": spent}, ensure_ascii=False), flush=True)
    return 1 if wrong else 0


def _answer_line(line: str, lang: str | None) -> dict[str, Any]:
    try:
        given = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise BadLine("This line is not a JSON object.") from None
    if not isinstance(given, dict):
        raise BadLine("This line is not a JSON object.")
    identity = given.get("id")
    if not isinstance(given.get("text"), str):
        raise BadLine('"text" is missing, or is not a text.', identity)
    wanted = given.get("lang") or lang
    if wanted is not None and wanted not in LANGUAGES:
        raise BadLine('"lang" must be "fr" or "en".', identity)
    day, address = _day(given.get("date"), identity), _address(given.get("address"), identity)
    resolution = knowledge.ask(given["text"], wanted, address=address, day=day)
    return {"id": identity, **as_json(resolution), "parts": [as_json(part, of=True) for part in resolution.parts]}


def _day(written: object, identity: object) -> date | None:
    if written is None or written == "":
        return None
    try:
        return date.fromisoformat(written if isinstance(written, str) else "")
    except ValueError:
        raise BadLine('"date" must be a date such as 2026-12-24.', identity) from None


def _address(written: object, identity: object) -> Address | None:
    """The civic address that was written; None for one that the town does not know."""
    if written is not None and not isinstance(written, str):
        raise BadLine('"address" must be a text.', identity)
    return places.exact(written) if written else None


def as_json(resolution: knowledge.Resolution, *, of: bool = False) -> dict[str, Any]:
    """One question as plain values: the contract of `parvis ask --json`. `of`: it is a part of a longer message."""
    clarify = resolution.clarify
    said: dict[str, Any] = {"text": resolution.text} if of else {}
    return said | {
        "kind": resolution.kind,
        "topics": [{"slug": topic.slug, "score": round(topic.score, 4)} for topic in resolution.topics],
        "lang": resolution.lang,
        "confidence": resolution.confidence,
        "answer": _water(resolution.water)
        if resolution.water
        else _answer(resolution.answer)
        if resolution.answer
        else None,
        "route": {"type": resolution.way.slug, "department": resolution.way.department} if resolution.way else None,
        "clarify": clarify
        and {
            "question": clarify.question,
            "choices": [{"label": choice.label, "slug": choice.slug} for choice in clarify.choices],
        },
        "danger": resolution.danger is not None,
        "caution": resolution.caution,
        "door": _door(resolution),
    }


def _door(resolution: knowledge.Resolution) -> dict[str, str] | None:
    """Whom to turn to: under a danger the line that helps, else whoever it belongs to when it is not ours."""
    if resolution.danger:
        line = resolution.danger.lines[0] if resolution.danger.lines else None
        name = (line.en if resolution.lang == "en" else line.fr) if line else quebec.phone(resolution.danger.phone)
        return {"name": name, "phone": line.number if line else resolution.danger.phone, "url": ""}
    door = resolution.other.external_body if resolution.other else None
    return {"name": door.name, "phone": door.phone, "url": door.website} if door and door.name else None


def _answer(answer: Rendered) -> dict[str, Any]:
    return {
        "title": answer.title,
        "short": answer.short.plain,
        "url": f"{settings.PARVIS_URL}/reponses/{answer.slug}/",
        "facts": [{"key": fact.key, "label": fact.label, "value": fact.shown} for fact in answer.facts if fact.told],
    }


def _water(water: knowledge.WaterAnswer) -> dict[str, Any]:
    url = f"{settings.PARVIS_URL}/mon-adresse/?voir=boil-water"
    return {"title": water.title, "short": water.words, "url": url, "facts": []}


def _ask_aloud(text: str, lang: str | None) -> int:
    """The answer as a person reads it."""
    if not text.strip():
        raise Invalid("Nothing was asked.")
    resolution = knowledge.ask(text, lang)
    if resolution.danger:
        print(f"{resolution.danger.say} ({quebec.phone(resolution.danger.phone)})")
        print(
            "".join(
                f"  {line.shown}  {line.en if resolution.lang == 'en' else line.fr}\n"
                for line in resolution.danger.lines
            )
        )
    for part in resolution.parts or (resolution,):
        print("\n".join(_lines(part)))
    return 0


def _lines(resolution: knowledge.Resolution) -> Iterable[str]:
    yield f"[{resolution.kind}, {round(resolution.confidence * 100)} %] {resolution.text.strip()[:100]}"
    if resolution.clarify:
        yield f"  ? {resolution.clarify.question}"
        yield from (f"    {rank}. {choice.label}" for rank, choice in enumerate(resolution.clarify.choices, start=1))
    if resolution.water:
        yield f"  {resolution.water.title}: {resolution.water.words}"
    elif resolution.answer:
        yield f"  {resolution.answer.title}: {resolution.answer.short.plain}"
    if resolution.way:
        yield f"  -> {resolution.way.slug}, {resolution.way.department}"
    if resolution.other:
        yield (
            f"  {resolution.other.say}"
            if resolution.confidence >= knowledge.TELLABLE
            else f"  ? {resolution.other.title}"
        )
        door = resolution.other.external_body
        if door.name:
            doubt = f"({door.doubt})" if door.doubt else ""
            yield f"  -> {' '.join(filter(None, (door.name, quebec.phone(door.phone), doubt, door.website)))}"
    for topic in (topic for topic in resolution.topics if topic.score >= LEAST_SHOWN):
        yield f"  {topic.score:6.3f}  {topic.slug}"
    if resolution.why.words:
        yield f"  by {', '.join(resolution.why.words)}; nearest: {' / '.join(resolution.why.nearest)}"


def evaluate(args: Namespace) -> int:
    """`parvis evaluate-answers`: how well the messages of a file are answered, each of its splits apart."""
    messages = _messages(Path(args.file))
    if args.split:
        messages = [message for message in messages if message.split == args.split]
        if not messages:
            raise Invalid(f"No message of {args.file} is of the split {args.split!r}.")
    report = evaluation.report([(message, _result(message)) for message in messages])
    if args.json:
        write_json(report)
    else:
        print("\n".join(evaluation.lines(report)))
    return 0


def _messages(path: Path) -> list[evaluation.Message]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    messages, wrong = [], []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                messages.append(evaluation.Message.of(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError):
                wrong.append(f"line {number}")
    if wrong or not messages:
        many = ", ".join(wrong[:MOST_ERRORS_SHOWN]) or "it is empty"
        raise Invalid(f'{path} must hold JSON objects with "text", "kind" and "topics": {many}.')
    return messages


def _result(message: evaluation.Message) -> evaluation.Outcome:
    resolution = knowledge.ask(message.text)
    return evaluation.Outcome(
        kind=resolution.kind,
        topics=tuple(topic.slug for topic in resolution.topics),
        route=resolution.way.slug if resolution.way else "",
        sure=resolution.sure,
        clarified=tuple(choice.slug for choice in resolution.clarify.choices) if resolution.clarify else (),
        danger=resolution.danger is not None,
    )


def compute(args: Namespace) -> int:
    """`parvis compute`: what the computation of that name gives; 1 when something is missing or cannot be read."""
    lang = clean(args.lang)
    with translation.override(lang):
        if not args.name:
            say(_worked_out_here(lang))
            return 0
        typed = _values(args.values)
        try:
            computed, in_words = calculators.calculate(args.name, typed, lang, today=args.on)
        except Refused as refused:
            fields = [f"{name}: {words}" for name, words in refused.fields.items()]
            raise type(refused)("\n".join([str(refused), *fields])) from refused
        if args.json:
            write_json(computed.as_json() | {"asked": [list(in_word) for in_word in in_words]})
        else:
            say(_result_lines(computed.words(lang), lang))
    return 0


def _values(written: Iterable[str]) -> dict[str, str]:
    """FIELD=VALUE, each, or one JSON object of them."""
    values: dict[str, str] = {}
    for item in written:
        if item.startswith("{"):
            try:
                given = json.loads(item)
            except (json.JSONDecodeError, RecursionError):
                raise Invalid(f"This is not a JSON object: {item[:80]}") from None
            values |= {str(name): "on" if value is True else str(value) for name, value in given.items() if value}
        elif "=" in item:
            name, _sign, value = item.partition("=")
            values[name.strip()] = value.strip()
        else:
            raise Invalid(f"Write FIELD=VALUE, or one JSON object: {item[:80]}")
    return values


def _worked_out_here(lang: Lang) -> Iterable[str]:
    """Everything that the town may work out, with what it asks."""
    cards = [card for family in knowledge.families(lang) for card in family.cards]
    works = {work.key: work for card in cards for work in calculators.calculators_on(card.slug, lang)}
    for work in works.values():
        own = f" subject={work.subject}" if work.guided or work.name == "subsidy" else ""
        fields = calculators.calculated(work, {}, lang).form.fields
        yield f"{work.name}{own} {' '.join(f'{name}=' for name in fields)}".rstrip()
    yield from (f"{part} address=" for part in calculators.PARTS)


def _result_lines(said: calculators.CalculationText, lang: Lang) -> Iterable[str]:
    colon = f"{quebec.NBSP}: " if lang == "fr" else ": "
    yield said.short
    yield from (f"  {row.label}{colon}{row.value}" for row in said.rows)
    yield from (f"  - {words}" for words in (*said.notes, *said.documents))
    yield from (f"  ? {words}" for words in said.checks)
