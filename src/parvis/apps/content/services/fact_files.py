"""Reads facts from a CSV or YAML file, row by row with line numbers. Nothing is compared with the database here."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from parvis.lib.ingest.csv_files import CsvRow, csv_rows, delimiter_of

COLUMNS = (
    *("key", "type", "label_fr", "label_en", "value_fr", "value_en", "unit", "source_title", "source_url"),
    *("valid_from", "valid_to", "verified_on", "verified_by", "example", "owner", "area"),
)
_FIELDS = ("key", "type", "label", "value", "unit", "source", "valid_from", "valid_to", "verified_on", "verified_by")
_ENTRY = {*_FIELDS, "example", "owner", "area"}
LONGEST = 2_000_000  # bytes of a file
MOST_ROWS = 5_000


@dataclass(frozen=True)
class Row:
    """One fact of a file: its first line, and its values by column; absent columns are left out.

    With `whole` (YAML), an absent field is empty and "value" is in its stored form; otherwise (CSV), an absent field is
    unchanged, and values are as typed, under "value_fr" and "value_en".
    """

    line: int
    given: Mapping[str, Any]
    whole: bool = False


@dataclass(frozen=True)
class Problem:
    """A mistake and its line in the file; line 0 is the whole file."""

    line: int
    message: str

    def __str__(self) -> str:
        words = _("line %(line)d: %(message)s") % {"line": self.line, "message": self.message}
        return words if self.line else self.message


def read_rows(content: bytes, name: str) -> tuple[list[Row], list[Problem]]:
    """The rows of a file, parsed by the extension of `name`, and the problems found."""
    if len(content) > LONGEST:
        return [], [Problem(0, _("This file is too long: 2 MB at most."))]
    rows, problems = (_yaml if name.lower().endswith((".yaml", ".yml")) else _csv)(_text(content))
    if len(rows) > MOST_ROWS:
        return [], [Problem(0, _("This file holds too many facts: %(most)d at most.") % {"most": MOST_ROWS})]
    if not rows and not problems:
        problems.append(Problem(0, _("This file holds no fact.")))
    return rows, problems


def _text(content: bytes) -> str:
    """The text decoded as UTF-8, else as a Windows spreadsheet saves it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


# --- CSV ----------------------------------------------------------------------------------------------------------


def _csv(text: str) -> tuple[list[Row], list[Problem]]:
    lines = csv_rows(io.StringIO(text, newline=""), delimiter_of(text.partition("\n")[0]))
    header = next(lines, CsvRow(1, []))
    names = [_column(name) for name in header.values]
    if problems := _wrong_columns(names):
        return [], problems
    rows: list[Row] = []
    for line in lines:
        if line.wrong:
            problems.append(Problem(line.line, _("cannot be read as CSV: %(why)s") % {"why": line.wrong}))
        elif len(line.values) != len(names):
            problems.append(Problem(line.line, _("this line does not have as many values as there are columns")))
        else:
            rows.append(Row(line.line, {name: _cell(cell) for name, cell in zip(names, line.values, strict=True)}))
    return rows, problems


def _column(name: str) -> str:
    lowered = name.strip().lower()
    return {"value": "value_fr", "kind": "type"}.get(lowered, lowered)


def _cell(text: str) -> str:
    """The value of a cell, without the quote that `escape_csv_formula` adds to escape formulas."""
    trimmed = text.strip()
    return trimmed[1:] if trimmed[:1] == "'" and trimmed[1:2] in ("=", "+", "-", "@") else trimmed


def _wrong_columns(names: list[str]) -> list[Problem]:
    wrong = [_("column “%(name)s” does not exist") % {"name": name} for name in names if name not in COLUMNS]
    repeated = sorted({name for name in names if names.count(name) > 1})
    wrong += [_("column “%(name)s” is there twice") % {"name": name} for name in repeated]
    if "key" not in names:
        wrong.append(_("the column “key” is missing"))
    return [Problem(1, message) for message in wrong]


# --- YAML ---------------------------------------------------------------------------------------------------------


def _yaml(text: str) -> tuple[list[Row], list[Problem]]:
    """The entries of a file with the structure of facts.yaml."""
    try:
        node, result = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error)
        return [], [Problem(mark.line + 1 if mark else 0, _("cannot be read as YAML: %(why)s") % {"why": why})]
    if result is None:
        return [], []
    if not isinstance(result, list) or not isinstance(node, yaml.SequenceNode):
        return [], [Problem(1, _("this file must be a list of facts, each beginning with “-”"))]
    rows: list[Row] = []
    problems: list[Problem] = []
    for raw, part in zip(result, node.value, strict=True):
        line = part.start_mark.line + 1
        if not isinstance(raw, dict):
            problems.append(Problem(line, _("a fact must be fields with values")))
            continue
        if raw.get("follows"):  # the product gives its value: there is nothing to bring
            continue
        names = [key.value for key, _value in part.value]
        twice = sorted({name for name in names if names.count(name) > 1})
        problems += [Problem(line, _("field “%(name)s” is given twice") % {"name": name}) for name in twice]
        rows.append(Row(line, _flat(raw, line, problems), whole=True))
    return rows, problems


def _flat(raw: Mapping[str, Any], line: int, problems: list[Problem]) -> dict[str, Any]:
    for name in raw:
        if name not in _ENTRY:
            problems.append(Problem(line, _("field “%(name)s” does not exist") % {"name": name}))
    given = {name: raw[name] for name in raw if name in _ENTRY - {"label", "source"}}
    for name, parts in (("label", ("fr", "en")), ("source", ("title", "url"))):
        nested = raw.get(name) or {}
        if not isinstance(nested, dict) or not set(nested) <= set(parts):
            words = _("field “%(name)s” must hold %(parts)s, and nothing else")
            problems.append(Problem(line, words % {"name": name, "parts": ", ".join(parts)}))
            continue
        given |= {f"{name}_{part}": nested.get(part) for part in parts}
    return given
