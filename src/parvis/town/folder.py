"""The files of a town: finding them, reading them, and telling whether any of them changed."""

import csv
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from parvis.lib.languages import LANGUAGES
from parvis.town.entries import Entry, Problems, name_of

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

    def one(self, name: str) -> Entry:
        """The single mapping of `name`.yaml; a mistake when the file is missing."""
        file = self.path / f"{name}.yaml"
        if not file.is_file():
            self.problems.add(file.name, "", "this file is missing")
            return Entry({}, file.name, "", Problems())
        return Entry(self._yaml(file, {}), file.name, "", self.problems)

    def many(self, name: str, label: str, *, required: bool = True) -> list[Entry]:
        """The entries of `name`.yaml, or of `name`/*.yaml in order of file name, each called by its field `label`."""
        folder = self.path / name
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [self.path / f"{name}.yaml"]
        if not files or not files[0].is_file():
            if required:
                self.problems.add(f"{name}.yaml", "", "this file is missing")
            return []
        entries = []
        for file in files:
            found = self._yaml(file, [])
            if not isinstance(found, list):
                self.problems.add(self._name(file), "", "must be a list of entries, each beginning with '-'")
                continue
            for position, raw in enumerate(found):
                entries.append(Entry(raw, self._name(file), name_of(raw, label, position), self.problems))
        return entries

    def table(
        self, name: str, columns: tuple[str, ...], *, optional: tuple[str, ...] = (), required: bool = True
    ) -> list[Entry]:
        """The rows of `name`.csv, each named by its line; a mistake when a column is missing or unknown."""
        file = self.path / f"{name}.csv"
        if not file.is_file():
            if required:
                self.problems.add(file.name, "", "this file is missing")
            return []
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            given = set(reader.fieldnames or ())
            if not set(columns) <= given or not given <= {*columns, *optional}:
                self.problems.add(file.name, "line 1", f"the columns must be {','.join((*columns, *optional))}")
                return []
            return [self._row(file, row, reader.line_num) for row in reader]

    def answers(self) -> list[tuple[str, str, Entry, str]]:
        """Each answers/<subject>.<language>.md as (subject, language, front matter, body)."""
        found = []
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
            found.append((subject, language, Entry(raw, self._name(file), "", self.problems), body.strip()))
        return found

    def lines(self, name: str) -> list[tuple[str, str, str, dict[str, int]]]:
        """Each `name`/<slug>.<language>.txt as (slug, language, file, {line: its number}).

        Blank lines and those that begin with '#' are left out; a line given twice is a mistake.
        """
        found: list[tuple[str, str, str, dict[str, int]]] = []
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
            found.append((slug, language, self._name(file), said))
        return found

    def each(self, name: str) -> list[tuple[str, Entry]]:
        """The single mapping of each `name`/*.yaml, with the stem of its file; a mistake there gives its line."""
        files = sorted((self.path / name).glob("*.yaml"))
        return [
            (
                file.stem,
                Entry(self._parse(self._text(file), file, {}, _PlacedLoader), self._name(file), "", self.problems),
            )
            for file in files
        ]

    def geojson(self, name: str) -> list[Entry]:
        """The features of `name`.geojson, each named by its property `slug`; none when there is no such file."""
        file = self.path / f"{name}.geojson"
        if not file.is_file():
            return []
        raw = self._parse(self._text(file), file, {})
        features = raw.get("features") if isinstance(raw, Mapping) else None
        if not isinstance(features, list):
            self.problems.add(file.name, "", "must be a GeoJSON FeatureCollection")
            return []
        entries = []
        for position, feature in enumerate(features):
            properties = feature.get("properties") if isinstance(feature, Mapping) else None
            entries.append(Entry(feature, file.name, name_of(properties, "slug", position), self.problems))
        return entries

    def _row(self, file: Path, row: dict[str, Any], line: int) -> Entry:
        entry = Entry({key: value for key, value in row.items() if key}, file.name, f"line {line}", self.problems)
        if None in row or None in row.values():
            entry.wrong("this line does not have as many values as there are columns")
        return entry

    def _yaml(self, file: Path, empty: object) -> Any:
        return self._parse(self._text(file), file, empty)

    def _parse(self, text: str, file: Path, empty: object, loader: Any = None) -> Any:
        """YAML (JSON is YAML); a mistake with its line when it cannot be read."""
        try:
            return yaml.load(text, Loader=loader or _LOADER) or empty
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else ""
            self.problems.add(self._name(file), where, f"cannot be read as YAML: {getattr(error, 'problem', error)}")
            return empty

    def _text(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.problems.add(self._name(file), "", "is not written in UTF-8")
            return ""

    def _name(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, in C when it is there, that refuses a field given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The mapping, or an error naming the second field of the same name."""
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                problem = f"field {key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


_LOADER = _Loader


class Placed(dict[Any, Any]):
    """A mapping that knows the line where it begins."""

    line = 0


class _PlacedLoader(_Loader):
    """The same loader, whose mappings know their line."""

    def construct_placed(self, node: Any) -> Iterator[Placed]:
        """The mapping, in the two steps that let YAML refer to it from inside."""
        found = Placed()
        found.line = node.start_mark.line + 1
        yield found
        found.update(self.construct_mapping(node))


_PlacedLoader.add_constructor("tag:yaml.org,2002:map", _PlacedLoader.construct_placed)
