"""Access to the files of a town's folder: listing, parsing, and change detection."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest.csv_files import CsvRow, csv_rows
from parvis.lib.ingest.entries import name_of
from parvis.lib.ingest.problems import Problems
from parvis.lib.ingest.yaml_text import UnreadableYaml, read_yaml
from parvis.operations.town.reader import RawEntry

SUFFIXES = (".yaml", ".csv", ".geojson", ".md", ".txt", ".zip")
FRONT = "---\n"


class Folder:
    """A town's folder. A list is one file (subjects.yaml) or several in a folder of that name (subjects/*.yaml)."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path, self.problems = path, problems
        self.unread: set[str] = set()
        """The lists that could not be read whole: what they define is not known."""

    def digest(self) -> str:
        """A hash of every file except the README; changes when a file is added, changed, renamed or removed."""
        digest = sha256()
        for file in sorted(self.path.rglob("*")):
            if file.suffix in SUFFIXES and file.name != "README.md" and file.is_file():
                content = file.read_bytes()
                digest.update(f"{self._name(file)}\n{len(content)}\n".encode() + content)
        return digest.hexdigest()

    def one(self, name: str, *, required: bool = True) -> RawEntry | None:
        """The mapping in `name`.yaml; None when there is no such file, with a problem when it is required."""
        file = self.path / f"{name}.yaml"
        if file.is_file():
            raw = self._yaml(file, {})
            return None if raw is None else RawEntry(file.name, "", raw)
        if required:
            self._add_unread(file.name, "", "this file is missing")
        return None

    def many(self, name: str, named_by: str, *, required: bool = True) -> list[RawEntry]:
        """The entries of `name`.yaml, or of `name`/*.yaml in order, each named by its field `named_by`."""
        folder = self.path / name
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [self.path / f"{name}.yaml"]
        if not files or not files[0].is_file():
            if required:
                self._add_unread(f"{name}.yaml", "", "this file is missing")
            return []
        entries = []
        for file in files:
            items = self._yaml(file, [])
            if items is None:
                continue
            if not isinstance(items, list):
                self._add_unread(self._name(file), "", "must be a list of entries, each beginning with '-'")
                continue
            entries += [RawEntry(self._name(file), name_of(raw, named_by, rank), raw) for rank, raw in enumerate(items)]
        return entries

    def table(self, name: str, columns: tuple[str, ...], *, optional: tuple[str, ...] = ()) -> list[RawEntry]:
        """The rows of `name`.csv, each named by its line; a problem when a column is missing or unknown."""
        file = self.path / f"{name}.csv"
        if not file.is_file():
            self._add_unread(file.name, "", "this file is missing")
            return []
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv_rows(lines, ",")
            header = next(rows, CsvRow(1, [])).values
            if not set(columns) <= set(header) or not set(header) <= {*columns, *optional}:
                self._add_unread(file.name, "line 1", f"the columns must be {','.join((*columns, *optional))}")
                return []
            result = []
            for row in rows:
                where = f"line {row.line}"
                if len(row.values) == len(header):
                    result.append(RawEntry(file.name, where, dict(zip(header, row.values, strict=True))))
                else:
                    words = row.wrong or "this line does not have as many values as there are columns"
                    self.problems.add(file.name, where, words)
            return result

    def answers(self) -> list[tuple[str, str, RawEntry]]:
        """Each answers/<subject>.<language>.md as (subject, language, its fields with its text under `body`)."""
        result = []
        for file in sorted((self.path / "answers").glob("*.md")):
            subject, _, language = file.stem.rpartition(".")
            if language not in ("fr", "en") or not subject:
                self.problems.add(self._name(file), "", "the name must be <subject>.fr.md or <subject>.en.md")
                continue
            text = self._text(file)
            if not text.startswith(FRONT) or f"\n{FRONT}" not in text:
                self.problems.add(self._name(file), "", "must begin with its fields between two lines '---'")
                continue
            head, _, body = text.removeprefix(FRONT).partition(f"\n{FRONT}")
            raw = self._parse(head, file, {}) or {}
            fields = {**raw, "body": body.strip()} if isinstance(raw, Mapping) else raw
            result.append((subject, language, RawEntry(self._name(file), "", fields)))
        return result

    def lines(self, name: str) -> list[tuple[str, str, str, dict[str, int]]]:
        """Each `name`/<slug>.<language>.txt as (slug, language, file, {line: its number}).

        Blank lines and lines that begin with '#' are skipped; a duplicate line is a problem.
        """
        result: list[tuple[str, str, str, dict[str, int]]] = []
        for file in sorted((self.path / name).glob("*")):
            slug, _, language = file.stem.rpartition(".")
            if file.suffix != ".txt" or language not in LANGUAGES or not slug:
                self.problems.add(self._name(file), "", "the name must be <slug>.fr.txt or <slug>.en.txt")
                continue
            numbers: dict[str, int] = {}
            for number, raw in enumerate(self._text(file).removeprefix("\ufeff").splitlines(), start=1):
                line = raw.strip()
                if not line or line.startswith("#"):
                    continue
                if line in numbers:
                    self.problems.add(self._name(file), f"line {number}", f"the same as line {numbers[line]}: {line!r}")
                numbers.setdefault(line, number)
            result.append((slug, language, self._name(file), numbers))
        return result

    def each(self, name: str) -> dict[str, RawEntry]:
        """The mapping of each `name`/*.yaml, by file stem, with line numbers for problems."""
        files = sorted((self.path / name).glob("*.yaml"))
        read = {file: self._yaml(file, {}, lines=True) for file in files}
        return {file.stem: RawEntry(self._name(file), "", raw) for file, raw in read.items() if raw is not None}

    def geojson(self, name: str, label: str = "slug") -> list[RawEntry]:
        """The features of `name`.geojson, properties and `geometry`, named by `label`; empty without the file."""
        file = self.path / f"{name}.geojson"
        raw = self._json(file) if file.is_file() else {"features": []}
        if raw is None:
            return []
        features = raw.get("features") if isinstance(raw, Mapping) else None
        if not isinstance(features, list):
            self._add_unread(file.name, "", "must be a GeoJSON FeatureCollection")
            return []
        result = []
        for rank, feature in enumerate(features):
            fields = dict(feature) if isinstance(feature, Mapping) else {}
            fields.pop("type", None)
            properties = fields.pop("properties", None)
            flat = {**properties, **fields} if isinstance(properties, Mapping) else fields
            result.append(RawEntry(file.name, name_of(flat, label, rank), flat))
        return result

    def _json(self, file: Path) -> Any:
        """Parses JSON, much faster than YAML on the lines of every street; what is not JSON is read as YAML."""
        text = self._text(file)
        try:
            return json.loads(text)
        except ValueError:
            return self._parse(text, file, {})

    def _yaml(self, file: Path, empty: object, *, lines: bool = False) -> Any:
        return self._parse(self._text(file), file, empty, lines=lines)

    def _parse(self, text: str, file: Path, empty: object, *, lines: bool = False) -> Any:
        """Parses YAML (or JSON, a subset), `empty` when it holds nothing; None, and a problem, when it is invalid."""
        try:
            return read_yaml(text, lines=lines) or empty
        except UnreadableYaml as error:
            where = f"line {error.line}" if error.line else ""
            self._add_unread(self._name(file), where, f"cannot be read as YAML: {error}")
            return None

    def _text(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self._add_unread(self._name(file), "", "is not written in UTF-8")
            return ""

    def _add_unread(self, name: str, where: str, message: str) -> None:
        self.problems.add(name, where, message, unread=True)
        self.unread.add(name.partition("/")[0].partition(".")[0])

    def _name(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()
