"""Streaming readers of address files: CSV, or GeoJSON (a collection, or one feature per line). Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from parvis.lib.errors import Invalid
from parvis.lib.ingest.csv_files import LONGEST_VALUE, cells, csv_rows, delimiter_of, encoding_of
from parvis.lib.words import fold

PIECE = 1 << 18
COLLECTIONS, LINES = (".geojson", ".json"), (".geojsonl", ".geojsons", ".ndjson", ".jsonl")
FIELDS = {
    "civic": ("no_civique", "numero_civique", "numero", "civic_number", "civique"),
    "suffix": ("suffixe", "no_civique_suffixe"),
    "street": ("rue", "voie", "odonyme", "nom_rue", "street_name", "full_street"),
    "kind": ("generique", "type_voie"),
    "link": ("liaison", "lien", "particule"),
    "name": ("specifique", "nom_voie"),
    "unit": ("appartement", "app", "unite", "no_app"),
    "postal": ("code_postal", "postal_code", "postcode"),
    "sector": ("secteur",),
    "lat": ("latitude",),
    "lon": ("longitude", "lng"),
    "flags": (),
    "example": (),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One line, or one feature by its rank, with its values by field. `wrong`: why it is unreadable."""

    line: int
    values: Mapping[str, str]
    wrong: str = ""


@dataclass(frozen=True)
class AddressFile:
    """A file of addresses; `fields` maps our fields to its columns or properties."""

    path: Path
    fields: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ""

    def records(self) -> Iterator[Record]:
        """Yields each line or feature in order."""
        return self._lines() if self.delimiter else self._features()

    def _lines(self) -> Iterator[Record]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            rows = csv_rows(file, self.delimiter)
            names = [_plain(name) for name in next(rows).values]
            indexes = {field: [names.index(name) for name in columns] for field, columns in self.fields.items()}
            try:
                for row in rows:
                    values = row.values
                    if row.wrong:
                        yield Record(row.line, {}, f"this line cannot be read: {row.wrong}")
                    elif len(values) != len(names):
                        yield Record(row.line, {}, f"it has {len(values)} values for {len(names)} columns")
                    else:
                        by_field = {field: _joined([values[at] for at in ats]) for field, ats in indexes.items()}
                        yield Record(row.line, by_field)
            except UnicodeDecodeError as error:
                raise Invalid(f"{self.path.name} is not written in {error.encoding}.") from None

    def _features(self) -> Iterator[Record]:
        for rank, feature in enumerate(_features(self.path), 1):
            if not isinstance(feature, Mapping):
                yield Record(rank, {}, "this is no feature of GeoJSON")
                continue
            properties = {_plain(str(name)): value for name, value in _items(feature.get("properties"))}
            values = {
                field: _joined([_text(properties.get(name)) for name in columns])
                for field, columns in self.fields.items()
                if field not in ("lat", "lon") or columns
            }
            point = dict(_items(feature.get("geometry")))
            if point.get("type") == "Point" and isinstance(point.get("coordinates"), list):
                values["lon"], values["lat"] = map(_text, [*point["coordinates"], "", ""][:2])
            yield Record(rank, values)


def open_addresses(path: Path, columns: Mapping[str, str] | None = None) -> AddressFile:
    """Opens a file and maps its columns to our fields.

    `columns` maps those whose names are not recognised: {"civic": "NO_CIV", "street": "TYPE+NOM"}, joined by "+".
    Invalid when the file is unreadable, lacks a column of `columns`, or has no civic number or street.
    """
    chosen = {field: tuple(_plain(name) for name in names.split("+")) for field, names in (columns or {}).items()}
    if unknown := sorted(set(chosen) - set(FIELDS)):
        raise Invalid(f"There is no field {', '.join(unknown)}: the fields are {', '.join(FIELDS)}.")
    try:
        if path.suffix.lower() in (*COLLECTIONS, *LINES):
            encoding, delimiter = "utf-8", ""
            first: Any = next(_features(path), {})
            properties = first.get("properties") if isinstance(first, Mapping) else None
            header = [str(name) for name in properties or ()]
        else:
            encoding = encoding_of(path)
            with path.open(encoding=encoding, newline="") as file:
                head = file.readline(LONGEST_VALUE)
            delimiter = delimiter_of(head)
            header = [name.strip() for name in cells(head, delimiter)]
    except OSError as error:
        raise Invalid(f"The file {path} cannot be read: {error.strerror or error}") from None
    names = {_plain(name): name for name in header}
    if absent := [name for columns_ in chosen.values() for name in columns_ if name not in names]:
        raise Invalid(f"{path.name} has no column {', '.join(absent)}. It has: {', '.join(header)}.")
    fields = {field: chosen.get(field) or _known(field, names) for field in FIELDS}
    fields = {field: sources for field, sources in fields.items() if sources}
    if "civic" not in fields or not {"street", "name"} & set(fields):
        raise Invalid(
            f"{path.name} must say which column is the civic number and which the street (--columns "
            f"civic=...,street=...). It has: {', '.join(header) or 'nothing'}."
        )
    used = {name for sources in fields.values() for name in sources}
    unused = tuple(name for plain, name in names.items() if plain not in used)
    return AddressFile(path, fields, unused, encoding, delimiter)


def _known(field: str, names: Mapping[str, str]) -> tuple[str, ...]:
    return next(((name,) for name in (field, *FIELDS[field]) if name in names), ())


def _plain(name: str) -> str:
    return "_".join(fold(name).replace("-", " ").replace("_", " ").split())


def _joined(values: Sequence[str]) -> str:
    return " ".join(value.strip() for value in values if value.strip())


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    return value.items() if isinstance(value, Mapping) else ()


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, list):
        return ";".join(map(_text, value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).replace("\0", "")


def _features(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig") as file:
        try:
            if path.suffix.lower() in LINES:
                for line in file:
                    if line.strip("\x1e \r\n"):
                        yield json.loads(line.strip("\x1e \r\n"))
            else:
                yield from _members(file)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"{path.name} cannot be read as GeoJSON: {error}") from None


def _members(file: TextIO) -> Iterator[Any]:
    """Yields the members of a collection's "features" list, each as soon as it is complete."""
    buffer, decoder = "", json.JSONDecoder()
    while (at := buffer.find('"features"')) < 0 or "[" not in buffer[at:]:
        if not (piece := file.read(PIECE)):
            raise ValueError('it holds no list "features"')
        buffer = buffer[-PIECE:] + piece
    buffer = buffer[buffer.index("[", at) + 1 :]
    while True:
        buffer, member = buffer.lstrip(" \t\r\n,"), None
        if buffer.startswith("]"):
            return
        try:
            member, end = decoder.raw_decode(buffer) if buffer else (member, 0)
        except json.JSONDecodeError:
            end = 0
        if end and (end < len(buffer)):
            yield member
            buffer = buffer[end:]
            continue
        if len(buffer) > LONGEST_VALUE + PIECE or not (piece := file.read(PIECE)):
            raise ValueError("a feature is cut, or is too large")
        buffer += piece
