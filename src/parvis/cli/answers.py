"""Commands that query the answer engine, evaluate it, and run calculators. Each returns its exit code."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import translation

from parvis.apps.calculators.queries import at_address, base, registry
from parvis.apps.content.queries import answers
from parvis.apps.matching.queries import as_json, asking, finding, suggesting
from parvis.apps.matching.rules import evaluation
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib import quebec
from parvis.lib.console import say, write_json
from parvis.lib.errors import Invalid, Refused
from parvis.lib.i18n.languages import LANGUAGES, Lang, clean

MOST_ERRORS_SHOWN = 5
LEAST_SHOWN = 0.005  # lower scores would read 0 %


class BadLine(Exception):
    """An invalid input line; `identity` is its "id" when it has one."""

    def __init__(self, message: str, identity: object = None) -> None:
        super().__init__(message)
        self.identity = identity


def ask(args: Namespace) -> int:
    """`parvis ask`: one answer per line, in order; 1 when a line is invalid."""
    if not args.json:
        return _print_answer(" ".join(args.words) or sys.stdin.read(), args.lang)
    wrong = 0
    lines: Iterable[str] = [json.dumps({"id": None, "text": " ".join(args.words)})] if args.words else sys.stdin
    for line in lines:
        if not line.strip():
            continue
        started = time.perf_counter()
        try:
            answer = _answer_line(line, args.lang)
        except BadLine as bad:
            wrong += 1
            answer = {"id": bad.identity, "error": "invalid", "message": str(bad)}
        milliseconds = round((time.perf_counter() - started) * 1000, 2)
        print(json.dumps(answer | {"ms": milliseconds}, ensure_ascii=False), flush=True)
    return 1 if wrong else 0


def _answer_line(line: str, lang: str | None) -> dict[str, Any]:
    try:
        question = json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise BadLine("This line is not a JSON object.") from None
    if not isinstance(question, dict):
        raise BadLine("This line is not a JSON object.")
    identity = question.get("id")
    if not isinstance(question.get("text"), str):
        raise BadLine('"text" is missing, or is not a text.', identity)
    wanted = question.get("lang") or lang
    if wanted is not None and wanted not in LANGUAGES:
        raise BadLine('"lang" must be "fr" or "en".', identity)
    day, address = _day(question.get("date"), identity), _address(question.get("address"), identity)
    return {"id": identity, **as_json.ask_as_json(question["text"], wanted, address=address, day=day)}


def _day(value: object, identity: object) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise BadLine('"date" must be a date such as 2026-12-24.', identity) from None


def _address(value: object, identity: object) -> Address | None:
    """The matching civic address; None when the town has no such address."""
    if value is not None and not isinstance(value, str):
        raise BadLine('"address" must be a text.', identity)
    return addresses.exact(value) if value else None


def _print_answer(text: str, lang: str | None) -> int:
    """Prints an answer for people."""
    if not text.strip():
        raise Invalid("Nothing was asked.")
    resolution = asking.ask(text, lang)
    if resolution.danger:
        print(f"{resolution.danger.say} ({quebec.phone(resolution.danger.phone)})")
        for line in resolution.danger.lines:
            print(f"  {line.shown}  {line.en if resolution.lang == 'en' else line.fr}")
        print()
    with translation.override(resolution.lang):
        if resolution.caution:
            print(finding.IN_DANGER)
        for part in resolution.parts or (resolution,):
            say(_lines(part))
    return 0


def _lines(resolution: asking.Resolution) -> Iterable[str]:
    """What the site's page says of the same words, as sure or unsure as it is; then what carried the decision."""
    found = finding.find(resolution.text.strip(), resolution.lang)
    yield f"[{resolution.kind}, {round(resolution.confidence * 100)} %] {resolution.text.strip()[:100]}"
    if resolution.water:
        yield f"  {resolution.water.title}: {resolution.water.words}"
    elif found.best:
        yield from _answer_lines(resolution)
    elif found.choices and not found.other:
        yield f"  ? {found.question or finding.UNSURE}"
        titles = [suggesting.title_of(slug, found.lang) for slug in found.choices]
        yield from (f"    {rank}. {title}" for rank, title in enumerate(titles, start=1))
    elif not (found.other or found.danger):
        yield f"  {finding.NO_ANSWER}"
    if other := found.other or found.maybe_other:
        yield f"  {other.say}" if found.other else f"  ? {finding.PERHAPS_ANOTHER}: {other.title}"
        body = other.external_body
        if body.name:
            doubt = f"({body.doubt})" if body.doubt else ""
            yield f"  -> {' '.join(filter(None, (body.name, quebec.phone(body.phone), doubt, body.website)))}"
    yield from _reasons(resolution)


def _answer_lines(resolution: asking.Resolution) -> Iterable[str]:
    """The answer, or what is in force on a kind of request; then where a request goes."""
    if resolution.answer:
        yield f"  {resolution.answer.title}: {resolution.answer.short.plain}"
    else:
        yield from (f"  {advisory.words}" for advisory in resolution.advisories)
    if resolution.way:
        yield f"  -> {resolution.way.slug}, {resolution.way.department}"


def _reasons(resolution: asking.Resolution) -> Iterable[str]:
    for topic in (topic for topic in resolution.topics if topic.score >= LEAST_SHOWN):
        yield f"  {topic.score:6.3f}  {topic.slug}"
    if resolution.why.words:
        yield f"  by {', '.join(resolution.why.words)}; nearest: {' / '.join(resolution.why.nearest)}"


def evaluate(args: Namespace) -> int:
    """`parvis evaluate-answers`: measures how well the messages of a file are answered, by split."""
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
    messages, errors = [], []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                messages.append(evaluation.Message.of(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError):
                errors.append(f"line {number}")
    if errors or not messages:
        problem = ", ".join(errors[:MOST_ERRORS_SHOWN]) or "it is empty"
        raise Invalid(f'{path} must hold JSON objects with "text", "kind" and "topics": {problem}.')
    return messages


def _result(message: evaluation.Message) -> evaluation.EngineResult:
    resolution = asking.ask(message.text)
    return evaluation.EngineResult(
        kind=resolution.kind,
        topics=tuple(topic.slug for topic in resolution.topics),
        route=resolution.way.slug if resolution.way else "",
        sure=resolution.sure,
        clarified=tuple(choice.slug for choice in resolution.clarify.choices) if resolution.clarify else (),
        danger=resolution.danger is not None,
    )


def compute(args: Namespace) -> int:
    """`parvis compute`: runs a calculator, or lists them; 1 when an input is missing or invalid."""
    lang = clean(args.lang)
    with translation.override(lang):
        if not args.name:
            say(_calculators(lang))
            return 0
        try:
            result, inputs = registry.calculate(args.name, _values(args.values), lang, today=args.on)
        except Refused as refused:
            fields = [f"{name}: {words}" for name, words in refused.fields.items()]
            raise type(refused)("\n".join([str(refused), *fields])) from refused
        if args.json:
            write_json(result.as_json() | {"asked": [list(pair) for pair in inputs]})
        else:
            say(_result_lines(result.words(lang), lang))
    return 0


def _values(arguments: Iterable[str]) -> dict[str, str]:
    """Field values given as FIELD=VALUE or as JSON objects."""
    values: dict[str, str] = {}
    for argument in arguments:
        if argument.startswith("{"):
            try:
                fields = json.loads(argument)
            except (json.JSONDecodeError, RecursionError):
                raise Invalid(f"This is not a JSON object: {argument[:80]}") from None
            values |= {str(name): "on" if value is True else str(value) for name, value in fields.items() if value}
        elif "=" in argument:
            name, _sign, value = argument.partition("=")
            values[name.strip()] = value.strip()
        else:
            raise Invalid(f"Write FIELD=VALUE, or one JSON object: {argument[:80]}")
    return values


def _calculators(lang: Lang) -> Iterable[str]:
    """The calculators available in the town, with their input fields."""
    cards = [card for family in answers.families(lang) for card in family.cards]
    available = {each.key: each for card in cards for each in registry.calculators_on(card.slug, lang)}
    for calculator in available.values():
        subject = f" subject={calculator.subject}" if calculator.guided or calculator.name == "subsidy" else ""
        fields = registry.calculated(calculator, {}, lang).form.fields
        yield f"{calculator.name}{subject} {' '.join(f'{name}=' for name in fields)}".rstrip()
    yield from (f"{part} address=" for part in at_address.PARTS)


def _result_lines(text: base.CalculationText, lang: Lang) -> Iterable[str]:
    colon = f"{quebec.NBSP}: " if lang == "fr" else ": "
    yield text.short
    yield from (f"  {row.label}{colon}{row.value}" for row in text.rows)
    yield from (f"  - {words}" for words in (*text.notes, *text.documents))
    yield from (f"  ? {words}" for words in text.checks)
