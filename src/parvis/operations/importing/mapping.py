"""Mappings of a file's columns and values to ours: read from YAML, and fully validated before any line."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from parvis.apps.cases.models import ClosingReason, State
from parvis.apps.catalogue.models import Audience, Channel, Nature
from parvis.lib.words import fold
from parvis.operations.importing.report import CannotImport

BUILT_IN = Path(__file__).parent / "mappings"
FIELDS = frozenset(
    {
        *("number", "opened_at", "closed_at", "due_at", "status", "reason", "subject", "nature", "channel", "language"),
        *("audience", "title", "words", "answer", "place", "latitude", "longitude", "department", "owner", "urgent"),
        *("person_number", "name", "phone", "email", "person_address", "organisation", "note", "note_at"),
    }
)
NOTE_FIELDS = frozenset({"number", "at", "words", "author"})
URGENT, LEAVE = "urgent", "leave"
OPEN_STATES = (State.NEW, State.WORKING, State.WAITING)
REASONS = frozenset(ClosingReason.values) - {ClosingReason.MERGED}  # no column names the case merged into
STATUSES = frozenset({*map(str, OPEN_STATES), *REASONS, URGENT, LEAVE})
ALLOWED: dict[str, frozenset[str]] = {
    "status": STATUSES,
    "reason": REASONS,
    "nature": frozenset(Nature.values),
    "channel": frozenset(Channel.values),
    "language": frozenset({"fr", "en"}),
    "audience": frozenset(Audience.values),
    "urgent": frozenset({"yes", "no"}),
}
TABLES = frozenset({*ALLOWED, "subject", "department", "owner"})
KEYS = frozenset(
    {
        *("extends", "system", "encoding", "delimiter", "dates", "columns", "values", "defaults", "keep", "counts"),
        *("positions", "without_number", "notes"),
    }
)


@dataclass(frozen=True)
class KeptColumn:
    """A column stored on the case as a detail, with its label in both languages."""

    column: str
    fr: str
    en: str


@dataclass(frozen=True)
class Mapping:
    """How to read a file. Columns are by field; value tables by field, with folded keys (`lib.words.fold`).

    `dates` are the formats to try (strptime), besides ISO 8601. `without_number` is "refuse", or "make": a line without
    a number gets one derived from its content. `positions` is "exact", or "approximate": stored as a detail only.
    """

    system: str
    columns: dict[str, tuple[str, ...]]
    encoding: str = ""
    delimiter: str = ""
    dates: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    keep: tuple[KeptColumn, ...] = ()
    counts: dict[str, str] = field(default_factory=dict)
    positions: str = "exact"
    without_number: str = "refuse"
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def meaning(self, name: str, written: str) -> str | None:
        """Translates a value by the table of its field, or as is when it is an allowed value.

        The default applies to an empty value; None when the value is unknown.
        """
        if not written:
            return self.defaults.get(name, "")
        translated = self.values.get(name, {}).get(key(written))
        if translated is not None:
            return translated
        return key(written) if key(written) in ALLOWED.get(name, ()) else None


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """The form in which values and column names are compared: folded, with single spaces."""
    return " ".join(fold(text).split())


def read_mapping(name: str) -> Mapping:
    """Reads a built-in mapping by name, or a YAML file. CannotImport lists every problem."""
    raw = _resolved(name, Path(), ())
    if problems := _problems(raw):
        raise CannotImport(_("The mapping “%(name)s” cannot be used:") % {"name": name}, problems)
    keep = tuple(
        KeptColumn(str(line["column"]), str(line["fr"]), str(line.get("en") or line["fr"])) for line in raw["keep"]
    )
    return Mapping(
        system=str(raw["system"]).strip(),
        columns={name: _names(value) for name, value in raw["columns"].items()},
        encoding=str(raw["encoding"]),
        delimiter={"tab": "\t"}.get(str(raw["delimiter"]), str(raw["delimiter"])),
        dates=tuple(map(str, raw["dates"])),
        values={name: {key(_plain(k)): _plain(v) for k, v in table.items()} for name, table in raw["values"].items()},
        defaults={name: _plain(value) for name, value in raw["defaults"].items()},
        keep=keep,
        counts={str(column): str(channel) for column, channel in raw["counts"].items()},
        positions=str(raw["positions"]),
        without_number=str(raw["without_number"]),
        notes={name: _names(value) for name, value in raw["notes"].items()},
    )


def built_in() -> list[str]:
    """The names of the built-in mappings."""
    return sorted(file.stem for file in BUILT_IN.glob("*.yaml"))


_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("system", "encoding", "delimiter"), ""),
    **{"dates": [], "columns": {}, "values": {}, "defaults": {}, "keep": [], "counts": {}, "notes": {}},
    **{"positions": "exact", "without_number": "refuse"},
}


def _resolved(name: str, folder: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The raw mapping, merged with the one that it extends: tables are merged, other values replaced.

    File names are relative to the folder of the mapping that extends them.
    """
    file = BUILT_IN / f"{name}.yaml" if name in built_in() else folder / name
    if file in seen:
        raise CannotImport(_("The mapping “%(name)s” extends itself.") % {"name": name})
    raw = _load(name, file)
    base = _resolved(str(raw["extends"]), file.parent, (*seen, file)) if raw.get("extends") else dict(_EMPTY)
    merged = {**base, **{part: value for part, value in raw.items() if value is not None}}
    for part in ("columns", "defaults", "counts", "notes"):
        merged[part] = _merged(base[part], raw.get(part))
    values = raw.get("values") or {}
    if isinstance(values, dict):
        merged["values"] = {
            table: _merged(base["values"].get(table, {}), values.get(table)) for table in {*base["values"], *values}
        }
    return merged


def _merged(base: Any, own: Any) -> Any:
    return {**base, **own} if isinstance(own, dict) else (own or base)


def _load(name: str, file: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        text = _("There is no mapping “%(name)s”: give a YAML file, or one of these: %(known)s.")
        raise CannotImport(text % {"name": name, "known": ", ".join(built_in())}) from None
    except yaml.YAMLError as error:
        text = _("The mapping “%(name)s” is not YAML: %(why)s")
        raise CannotImport(text % {"name": name, "why": error}) from None
    if not isinstance(raw, dict):
        raise CannotImport(_("The mapping “%(name)s” must hold keys and values.") % {"name": name})
    return raw


def _problems(raw: dict[str, Any]) -> list[str]:
    problems = [_("“%(key)s” is not a key of a mapping.") % {"key": name} for name in sorted(set(map(str, raw)) - KEYS)]
    if not str(raw["system"]).strip():
        problems.append(_("“system” must name the earlier system."))
    for part in ("columns", "values", "defaults", "counts", "notes"):
        if not isinstance(raw[part], dict):
            return [*problems, _("“%(part)s” must hold keys and values.") % {"part": part}]
    problems += _unknown("columns", raw["columns"], FIELDS) + _unknown("notes", raw["notes"], NOTE_FIELDS)
    problems += _unknown("values", raw["values"], TABLES) + _unknown("defaults", raw["defaults"], FIELDS)
    for name in ("opened_at", "number"):
        if name not in raw["columns"] and not (name == "number" and raw["without_number"] == "make"):
            problems.append(_("“columns” must say which column is “%(field)s”.") % {"field": name})
    for name, table in raw["values"].items():
        if not isinstance(table, dict):
            problems.append(_("The table “%(field)s” must hold keys and values.") % {"field": name})
            continue
        problems += [text for value in table.values() if (text := _bad(name, value))]
    problems += [text for name, value in raw["defaults"].items() if (text := _bad(name, value))]
    problems += [text for value in raw["counts"].values() if (text := _bad("channel", value))]
    for name, allowed in (("positions", ("exact", "approximate")), ("without_number", ("refuse", "make"))):
        if raw[name] not in allowed:
            problems.append(_("“%(field)s” is one of: %(known)s.") % {"field": name, "known": ", ".join(allowed)})
    for line in raw["keep"] or []:
        if not (isinstance(line, dict) and line.get("column") and line.get("fr")):
            problems.append(_("Each line of “keep” has a column and a label: {column: ..., fr: ..., en: ...}."))
    return problems


def _unknown(part: str, names: AnyMapping[str, Any], known: frozenset[str]) -> list[str]:
    text = _("“%(name)s” is not a field of “%(part)s”. Fields: %(known)s.")
    return [
        text % {"name": name, "part": part, "known": ", ".join(sorted(known))} for name in names if name not in known
    ]


def _bad(name: str, value: Any) -> str:
    if name not in ALLOWED or _plain(value) in ALLOWED[name]:
        return ""
    text = _("“%(value)s” is no value of “%(field)s”. Values: %(known)s.")
    return text % {"value": value, "field": name, "known": ", ".join(sorted(ALLOWED[name]))}


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _plain(value: Any) -> str:
    """The text of a value; YAML parses yes and no as booleans."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
