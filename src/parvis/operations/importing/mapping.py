"""Which column of the file is what, and what its values mean here: read from YAML, checked whole before any line is."""

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
from parvis.operations.importing.refusals import CannotImport

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
REASONS = frozenset(ClosingReason.values) - {ClosingReason.MERGED}  # merged into what, no column says
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
class Kept:
    """A column kept on the case in words, under a label in both languages."""

    column: str
    fr: str
    en: str


@dataclass(frozen=True)
class Mapping:
    """How a file is read. Columns are by field; value tables by field, their keys folded (`lib.words.fold`).

    `dates` are the formats tried (strptime); `iso` is always tried too. `without_number` is "refuse", or "make": a line
    without number gets one from its own content. `positions` is "exact", or "approximate": kept in words only.
    """

    system: str
    columns: dict[str, tuple[str, ...]]
    encoding: str = ""
    delimiter: str = ""
    dates: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    keep: tuple[Kept, ...] = ()
    counts: dict[str, str] = field(default_factory=dict)
    positions: str = "exact"
    without_number: str = "refuse"
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def meaning(self, name: str, written: str) -> str | None:
        """What a written value means: by the table of that field, or by itself when it is one of the allowed values.

        The default stands for nothing written; None when the value is not known.
        """
        if not written:
            return self.defaults.get(name, "")
        known = self.values.get(name, {}).get(key(written))
        if known is not None:
            return known
        return key(written) if key(written) in ALLOWED.get(name, ()) else None


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """How a value or the name of a column is compared: folded, single spaces."""
    return " ".join(fold(text).split())


def read_mapping(name: str) -> Mapping:
    """The mapping of that name (one that is built in) or of that YAML file. CannotImport says all that is wrong."""
    raw = _whole(name, Path(), ())
    wrong = list(_problems(raw))
    if wrong:
        raise CannotImport(_("The mapping “%(name)s” cannot be used:") % {"name": name}, wrong)
    keep = tuple(Kept(str(item["column"]), str(item["fr"]), str(item.get("en") or item["fr"])) for item in raw["keep"])
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
    """The names of the mappings that come with Parvis."""
    return sorted(file.stem for file in BUILT_IN.glob("*.yaml"))


_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("system", "encoding", "delimiter"), ""),
    **{"dates": [], "columns": {}, "values": {}, "defaults": {}, "keep": [], "counts": {}, "notes": {}},
    **{"positions": "exact", "without_number": "refuse"},
}


def _whole(name: str, folder: Path, met: tuple[Path, ...]) -> dict[str, Any]:
    """The mapping as written, upon the one that it extends: tables are merged, anything else is replaced.

    A file is looked for from the folder of the one that extends it.
    """
    file = BUILT_IN / f"{name}.yaml" if name in built_in() else folder / name
    if file in met:
        raise CannotImport(_("The mapping “%(name)s” extends itself.") % {"name": name})
    raw = _load(name, file)
    base = _whole(str(raw["extends"]), file.parent, (*met, file)) if raw.get("extends") else dict(_EMPTY)
    merged = {**base, **{part: value for part, value in raw.items() if value is not None}}
    for part in ("columns", "defaults", "counts", "notes"):
        merged[part] = _merged(base[part], raw.get(part))
    given = raw.get("values") or {}
    if isinstance(given, dict):
        merged["values"] = {
            table: _merged(base["values"].get(table, {}), given.get(table)) for table in {*base["values"], *given}
        }
    return merged


def _merged(base: Any, given: Any) -> Any:
    return {**base, **given} if isinstance(given, dict) else (given or base)


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


def _problems(raw: dict[str, Any]) -> "list[str]":
    problems = [_("“%(key)s” is not a key of a mapping.") % {"key": item} for item in sorted(set(map(str, raw)) - KEYS)]
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
    for element in raw["keep"] or []:
        if not (isinstance(element, dict) and element.get("column") and element.get("fr")):
            problems.append(_("Each line of “keep” has a column and a label: {column: ..., fr: ..., en: ...}."))
    return problems


def _unknown(part: str, given: AnyMapping[str, Any], known: frozenset[str]) -> list[str]:
    text = _("“%(name)s” is not a field of “%(part)s”. Fields: %(known)s.")
    return [
        text % {"name": name, "part": part, "known": ", ".join(sorted(known))} for name in given if name not in known
    ]


def _bad(name: str, value: Any) -> str:
    if name not in ALLOWED or _plain(value) in ALLOWED[name]:
        return ""
    text = _("“%(value)s” is no value of “%(field)s”. Values: %(known)s.")
    return text % {"value": value, "field": name, "known": ", ".join(sorted(ALLOWED[name]))}


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _plain(value: Any) -> str:
    """YAML reads yes and no as truth values."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
