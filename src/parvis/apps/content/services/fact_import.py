"""Imports facts from a file: a preview of the changes, key by key, then all of them or none. History is preserved."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.content.models import Fact, FactProposal
from parvis.apps.content.rules import values
from parvis.apps.content.services.content import set_fact
from parvis.apps.content.services.fact_files import COLUMNS, Problem, Row, read_rows
from parvis.apps.content.services.fact_review import submit_fact
from parvis.apps.directory.models import Actor, Department
from parvis.apps.places.models import Sector
from parvis.lib.errors import Conflict, Refused
from parvis.lib.ingest.csv_files import escape_csv_formula

_KEY = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_LENGTHS = {"key": 80, "label_fr": 160, "label_en": 160, "unit": 40, "source_title": 200, "source_url": 200}
_TEXTS = {**_LENGTHS, "verified_by": 120}
_DAYS = ("valid_from", "valid_to", "verified_on")
_NEEDED = ("key", "kind", "label_fr", "label_en", "source_title", "owner")
_TRUE = {"true", "yes", "oui", "vrai", "1", "x"}
_FALSE = {"", "false", "no", "non", "faux", "0"}
_SHOWN = ("kind", "value", *_LENGTHS, *_DAYS, "verified_by", "example", "owner")
SHOWN_PROBLEMS = 40
SIGNS = {"new": "+", "changed": "~", "same": "="}


class FactFileError(Refused):
    """The file cannot be imported; `problems` holds each mistake with its line."""

    code = "fact-file"
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = [str(problem) for problem in problems]
        super().__init__("\n".join(self.problems[:SHOWN_PROBLEMS]))


@dataclass(frozen=True)
class Difference:
    """One changed field, old and new, formatted in the active language."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Change:
    """One row compared with the current version of its key: `action` is "new", "changed" or "same"."""

    line: int
    key: str
    area: str
    action: str
    differences: tuple[Difference, ...]
    values: Mapping[str, Any] = field(repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        changed = {difference.field: {"old": difference.old, "new": difference.new} for difference in self.differences}
        return {"line": self.line, "key": self.key, "area": self.area, "action": self.action, "changed": changed}

    def lines(self) -> list[str]:
        """The changed fields, one per line."""
        head = f"{SIGNS[self.action]} {self.key}" + (f" ({self.area})" if self.area else "")
        return [head, *(f"    {each.field}: {each.old or '-'} -> {each.new or '-'}" for each in self.differences)]


@dataclass(frozen=True)
class Import:
    """The changes of a file, in its order; `waiting`: how many wait for review. `mark` identifies this exact set."""

    changes: tuple[Change, ...]
    waiting: int = 0

    @property
    def counts(self) -> dict[str, int]:
        return {name: sum(change.action == name for change in self.changes) for name in ("new", "changed", "same")}

    @property
    def told(self) -> list[Change]:
        """The rows that change something."""
        return [change for change in self.changes if change.action != "same"]

    def lines(self, *, dry_run: bool) -> list[str]:
        """The preview as printable lines, in the active language; `dry_run`: nothing was written."""
        counts = _("%(new)d new, %(changed)d changed, %(same)d the same.") % self.counts
        words = f"{counts} {_('Nothing was written.')}" if dry_run else counts
        return [*(line for change in self.told for line in change.lines()), words]

    @property
    def mark(self) -> str:
        rows = [(each.key, each.area, each.action, sorted(map(repr, each.differences))) for each in self.changes]
        return sha256(repr(rows).encode()).hexdigest()[:16]


def plan_import(*, content: bytes, name: str) -> Import:
    """What a file would change; raises FactFileError with every mistake. Three queries, whatever its length.

    A missing CSV column leaves the current value; a value changed without `verified_on` becomes unverified.
    """
    rows, problems = read_rows(content, name)
    departments = {row.slug: row for row in Department.objects.filter(active=True)}
    areas = {row.slug: row for row in Sector.objects.all()}
    current = {(row.key, row.area.slug if row.area else ""): row for row in _current()}
    changes: list[Change] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        reading = _Reading(row, departments, areas, current)
        problems += reading.problems
        place = (reading.key, reading.area)
        if place in seen:
            words = _("“%(key)s” is already on line %(line)d") % {"key": reading.key, "line": seen[place]}
            problems.append(Problem(row.line, words))
        seen.setdefault(place, row.line)
        if not reading.problems:
            changes.append(reading.change())
    if problems:
        raise FactFileError(sorted(problems, key=lambda problem: problem.line))
    return Import(tuple(changes))


@transaction.atomic
def import_facts(*, content: bytes, name: str, by: Actor, mark: str | None = None) -> Import:
    """Import the facts of a file, all or none; previous versions are kept. Idempotent.

    An editor's changes wait for review (`fact_review.submit_fact`). With a `mark`, raises Conflict when the facts have
    changed since that preview.
    """
    planned = plan_import(content=content, name=name)
    if mark is not None and mark != planned.mark:
        raise Conflict(_("The facts changed since this difference was shown. Look at it again."))
    waiting = 0
    for change in planned.told:
        if by.user:
            waiting += isinstance(submit_fact(**change.values, by=by.user), FactProposal)
        else:
            set_fact(**change.values, by=by)
    return replace(planned, waiting=waiting)


def as_csv() -> str:
    """Every current fact, as a file that can be imported again."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for fact in _current():
        both = fact.kind in values.BILINGUAL
        cells = {
            "type": fact.kind,
            "value_fr": values.typed(fact.kind, fact.value, "fr"),
            "value_en": values.typed(fact.kind, fact.value, "en") if both else "",
            "example": "true" if fact.example else "",
            "owner": fact.owner.slug,
            "area": fact.area.slug if fact.area else "",
        }
        names = [name for name in COLUMNS if name not in cells]
        cells |= {name: str(getattr(fact, name) or "") for name in names}
        writer.writerow({name: escape_csv_formula(cell) for name, cell in cells.items()})
    return out.getvalue()


def _current() -> list[Fact]:
    return list(Fact.objects.filter(replaced_at=None).select_related("owner", "area").order_by("key", "pk"))


class _Reading:
    """One row parsed and compared with the current facts, with its mistakes."""

    def __init__(
        self,
        row: Row,
        departments: Mapping[str, Department],
        areas: Mapping[str, Sector],
        current: Mapping[tuple[str, str], Fact],
    ) -> None:
        self.row, self.problems = row, list[Problem]()
        self.key, self.area = self._text("key") or "", self._text("area") or ""
        self.old = current.get((self.key, self.area))
        self.new: dict[str, Any] = self._initial()
        self._read_texts()
        self._read_rows(departments, areas)
        self._read_days()
        self._read_value()
        self._check()

    def _wrong(self, message: str, **params: object) -> None:
        self.problems.append(Problem(self.row.line, message % params))

    def _text(self, name: str) -> str | None:
        """A text cell; None when the file lacks that column."""
        if name not in self.row.given:
            return "" if self.row.whole else None
        value = self.row.given[name]
        if value is not None and not isinstance(value, str):
            self._wrong(_("“%(name)s” must be a text, not %(found)s"), name=name, found=value)
            return ""
        return (value or "").strip()

    def _initial(self) -> dict[str, Any]:
        names = (*_TEXTS, *_DAYS, "kind", "value", "example", "owner")
        if self.old is None or self.row.whole:
            return dict.fromkeys(names, "") | dict.fromkeys(_DAYS) | {"value": None, "example": False}
        return {name: getattr(self.old, name) for name in names}

    def _read_texts(self) -> None:
        for name, most in _TEXTS.items():
            text = self._text(name) if name != "key" else self.key
            if text is None:
                continue
            if len(text) > most:
                self._wrong(_("“%(name)s” is too long: %(most)d characters at most"), name=name, most=most)
            self.new[name] = text
        if self.new["source_url"] and not self.new["source_url"].startswith(("https://", "http://")):
            self._wrong(_("“source_url” must be an address such as https://ville.example"))
        if self.key and not _KEY.fullmatch(self.key):
            self._wrong(_("“key” must hold lower-case letters, digits, points and hyphens only"))
        kind = self._text("type")
        if kind is not None:
            self.new["kind"] = kind
        if self.new["kind"] and self.new["kind"] not in Fact.Kind.values:
            self._wrong(_("“type” must be one of %(kinds)s"), kinds=", ".join(Fact.Kind.values))

    def _read_rows(self, departments: Mapping[str, Department], areas: Mapping[str, Sector]) -> None:
        owner = self._text("owner")
        if owner is not None:
            self.new["owner"] = departments.get(owner)
            if owner and owner not in departments:
                self._wrong(_("“owner” names an unknown department: %(slug)s"), slug=owner)
        self.new["area"] = areas.get(self.area)
        if self.area and self.area not in areas:
            self._wrong(_("“area” names an unknown sector: %(slug)s"), slug=self.area)

    def _read_days(self) -> None:
        for name in _DAYS:
            if name in self.row.given or self.row.whole:
                self.new[name] = self._day(name, self.row.given.get(name))
        if self.new["valid_from"] and self.new["valid_to"] and self.new["valid_to"] < self.new["valid_from"]:
            self._wrong(_("the last day comes before the first"))
        if "example" in self.row.given or self.row.whole:
            example = self.row.given.get("example")
            flag = str(example if example is not None else "").strip().lower()
            if flag not in _TRUE | _FALSE:
                self._wrong(_("“example” must be true or false, not %(found)s"), found=flag)
            self.new["example"] = flag in _TRUE

    def _day(self, name: str, value: Any) -> date | None:
        if value is None or value == "" or (isinstance(value, date) and not isinstance(value, datetime)):
            return value or None
        try:
            return date.fromisoformat(str(values.read("date", value if isinstance(value, str) else "")))
        except values.Unreadable:
            self._wrong(_("“%(name)s” must be a date such as 2026-12-24"), name=name)
            return None

    def _read_value(self) -> None:
        kind, given = self.new["kind"], self.row.given
        if kind not in Fact.Kind.values:
            return
        try:
            if self.row.whole:
                value = given.get("value")
                self.new["value"] = value.isoformat() if isinstance(value, date) else value
            elif "value_fr" in given:
                self.new["value"] = values.read(kind, given["value_fr"], given.get("value_en", ""))
            values.shown(kind, self.new["value"], "fr", self.new["unit"])
        except values.Unreadable:
            words = _("the value of “%(key)s” is not of the type %(kind)s")
            self._wrong(words, key=self.key, kind=Fact.Kind(kind).label)

    def _check(self) -> None:
        if self.old is None and self.key and not self.row.whole and "type" not in self.row.given:
            needed = ", ".join("type" if name == "kind" else name for name in _NEEDED)
            message = _("no fact has the key “%(key)s”; a new one needs the columns %(names)s, value_fr")
            self._wrong(message, key=self.key, names=needed)
            return
        for name in _NEEDED:
            if not self.new[name] and not any(name in problem.message for problem in self.problems):
                self._wrong(_("“%(name)s” is missing"), name="type" if name == "kind" else name)
        if self.old is not None and self.old.kind != self.new["kind"]:
            self._wrong(_("“type” was %(old)s, and stays so for this key"), old=self.old.kind)
        unverified = "verified_on" not in self.row.given and not self.row.whole
        if unverified and self.old is not None and self.old.value != self.new["value"]:
            self.new |= {"verified_on": None, "verified_by": ""}

    def change(self) -> Change:
        """The row compared with the current version."""
        old = {name: getattr(self.old, name, None) for name in _SHOWN}
        changed = [name for name in _SHOWN if old[name] != self.new[name]]
        if self.old is None:
            changed = [name for name in changed if self.new[name] not in ("", None, False) and name != "key"]
        action = "new" if self.old is None else "changed" if changed else "same"
        differences = [Difference(name, self._seen(old, name), self._seen(self.new, name)) for name in changed]
        return Change(self.row.line, self.key, self.area, action, tuple(differences), self.new)

    def _seen(self, fields: Mapping[str, Any], name: str) -> str:
        value = fields[name]
        if value is None:
            return ""
        if name == "value":
            try:
                return values.shown(str(fields["kind"]), value, get_language() or "fr", fields["unit"] or "")
            except values.Unreadable:
                return str(value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(value)
