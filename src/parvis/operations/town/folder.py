"""The files of a town: finding them, reading them, and telling whether any of them changed."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from parvis.lib.ingest.csv_files import CsvRow, csv_rows
from parvis.lib.ingest.entries import name_of
from parvis.lib.ingest.problems import Problems
from parvis.lib.ingest.yaml_text import UnreadableYaml, read_yaml
from parvis.lib.languages import LANGUAGES
from parvis.operations.town.reader import Written

SUFFIXES = (".yaml", ".csv", ".geojson", ".md", ".txt", ".zip")
FRONT = "---\n"


class Folder:
    """A town's folder. A list may be one file (subjects.yaml) or several in a folder of its name (subjects/*.yaml)."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path, self.problems = path, problems

    def digest(self) -> str:
        """A hash of every file but the README; it changes when a file is added, changed, renamed or removed."""
        sum_ = sha256()
        for file in sorted(self.path.rglob("*")):
            if file.suffix in SUFFIXES and file.name != "README.md" and file.is_file():
                content = file.read_bytes()
                sum_.update(f"{self._name(file)}\n{len(content)}\n".encode() + content)
        return sum_.hexdigest()

    def one(self, name: str, *, required: bool = True) -> Written | None:
        """The single mapping of `name`.yaml; None when there is no such file, a mistake when it is required."""
        file = self.path / f"{name}.yaml"
        if file.is_file():
            return Written(file.name, "", self._yaml(file, {}))
        if required:
            self.problems.add(file.name, "", "this file is missing")
        return None

    def many(self, name: str, named_by: str, *, required: bool = True) -> list[Written]:
        """The entries of `name`.yaml, or of `name`/*.yaml by file name, each called by its field `named_by`."""
        folder = self.path / name
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [self.path / f"{name}.yaml"]
        if not files or not files[0].is_file():
            if required:
                self.problems.add(f"{name}.yaml", "", "this file is missing")
            return []
        entries = []
        for file in files:
            yaml = self._yaml(file, [])
            if not isinstance(yaml, list):
                self.problems.add(self._name(file), "", "must be a list of entries, each beginning with '-'")
                continue
            entries += [Written(self._name(file), name_of(raw, named_by, rank), raw) for rank, raw in enumerate(yaml)]
        return entries

    def table(self, name: str, columns: tuple[str, ...], *, optional: tuple[str, ...] = ()) -> list[Written]:
        """The rows of `name`.csv, each named by its line; a mistake when a column is missing or unknown."""
        file = self.path / f"{name}.csv"
        if not file.is_file():
            self.problems.add(file.name, "", "this file is missing")
            return []
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv_rows(lines, ",")
            given = next(rows, CsvRow(1, [])).values
            if not set(columns) <= set(given) or not set(given) <= {*columns, *optional}:
                self.problems.add(file.name, "line 1", f"the columns must be {','.join((*columns, *optional))}")
                return []
            result = []
            for row in rows:
                where = f"line {row.line}"
                if len(row.values) == len(given):
                    result.append(Written(file.name, where, dict(zip(given, row.values, strict=True))))
                else:
                    words = row.wrong or "this line does not have as many values as there are columns"
                    self.problems.add(file.name, where, words)
            return result

    def answers(self) -> list[tuple[str, str, Written]]:
        """Each answers/<subject>.<language>.md as (subject, language, its fields, and its text under `body`)."""
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
            raw = self._parse(head, file, {})
            fields = {**raw, "body": body.strip()} if isinstance(raw, Mapping) else raw
            result.append((subject, language, Written(self._name(file), "", fields)))
        return result

    def lines(self, name: str) -> list[tuple[str, str, str, dict[str, int]]]:
        """Each `name`/<slug>.<language>.txt as (slug, language, file, {line: its number}).

        Blank lines and those that begin with '#' are left out; a line given twice is a mistake.
        """
        result: list[tuple[str, str, str, dict[str, int]]] = []
        for file in sorted((self.path / name).glob("*")):
            slug, _, language = file.stem.rpartition(".")
            if file.suffix != ".txt" or language not in LANGUAGES or not slug:
                self.problems.add(self._name(file), "", "the name must be <slug>.fr.txt or <slug>.en.txt")
                continue
            said: dict[str, int] = {}
            for number, raw in enumerate(self._text(file).removeprefix("\ufeff").splitlines(), start=1):
                line = raw.strip()
                if not line or line.startswith("#"):
                    continue
                if line in said:
                    self.problems.add(self._name(file), f"line {number}", f"the same as line {said[line]}: {line!r}")
                said.setdefault(line, number)
            result.append((slug, language, self._name(file), said))
        return result

    def each(self, name: str) -> dict[str, Written]:
        """The single mapping of each `name`/*.yaml, by the stem of its file; a mistake there gives its line."""
        files = sorted((self.path / name).glob("*.yaml"))
        return {file.stem: Written(self._name(file), "", self._yaml(file, {}, lines=True)) for file in files}

    def geojson(self, name: str) -> list[Written]:
        """The features of `name`.geojson: their properties and `geometry`, each named by its property `slug`.

        None when there is no such file.
        """
        file = self.path / f"{name}.geojson"
        raw = self._yaml(file, {}) if file.is_file() else {"features": []}
        features = raw.get("features") if isinstance(raw, Mapping) else None
        if not isinstance(features, list):
            self.problems.add(file.name, "", "must be a GeoJSON FeatureCollection")
            return []
        result = []
        for rank, feature in enumerate(features):
            fields = dict(feature) if isinstance(feature, Mapping) else {}
            fields.pop("type", None)
            properties = fields.pop("properties", None)
            flat = {**properties, **fields} if isinstance(properties, Mapping) else fields
            result.append(Written(file.name, name_of(flat, "slug", rank), flat))
        return result

    def _yaml(self, file: Path, empty: object, *, lines: bool = False) -> Any:
        return self._parse(self._text(file), file, empty, lines=lines)

    def _parse(self, text: str, file: Path, empty: object, *, lines: bool = False) -> Any:
        """YAML (JSON is YAML); a mistake with its line when it cannot be read."""
        try:
            return read_yaml(text, lines=lines) or empty
        except UnreadableYaml as error:
            where = f"line {error.line}" if error.line else ""
            self.problems.add(self._name(file), where, f"cannot be read as YAML: {error}")
            return empty

    def _text(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.problems.add(self._name(file), "", "is not written in UTF-8")
            return ""

    def _name(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()
