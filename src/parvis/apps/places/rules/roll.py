"""Streaming parser of the assessment roll as the province publishes it (XML, `RL` 2.x). Pure, in constant memory.

Only the elements of WANTED are stored: owners (RL02...) are skipped by the parser. A file with a DOCTYPE is refused
before anything is read, which prevents entity expansion attacks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.parsers import expat

from parvis.lib.errors import Invalid
from parvis.lib.words import number

PIECE = 1 << 16
LONGEST_TEXT, MOST_OF_A_UNIT = 500, 5000
ROOT, UNIT, PLACE, CODE, YEAR, LOT = "RL", "RLUEx", "RL0101x", "RLM01A", "RLM02A", "RL0103Ax"
PLACES = {
    "RL0101Ax": "civic",
    "RL0101Bx": "suffix",
    "RL0101Cx": "last_civic",
    "RL0101Dx": "last_suffix",
    "RL0101Ex": "kind",
    "RL0101Fx": "link",
    "RL0101Gx": "name",
    "RL0101Hx": "cardinal",
    "RL0101Ix": "apartment",
}
MATRICULE = {"RL0104A": 4, "RL0104B": 2, "RL0104C": 4, "RL0104D": 1, "RL0104E": 3, "RL0104F": 4}
NUMBERS = {
    "RL0306A": "storeys",
    "RL0307A": "built",
    "RL0309A": "link",
    "RL0311A": "dwellings",
    "RL0402A": "land",
    "RL0403A": "building",
    "RL0404A": "total",
    "RL0405A": "previous_total",
}
MEASURES = {"RL0301A": "frontage", "RL0302A": "lot_area", "RL0308A": "floor_area"}
MOST = {"storeys": 200, "built": 2200, "link": 5, "dwellings": 30_000, "frontage": 10**7}
LEAST = {"built": 1500, "link": 1}
MOST_MEASURE, MOST_DOLLARS = Decimal(10**9), 10**14
WANTED = {CODE, YEAR, LOT, "RL0105A", "RL0401A", *PLACES, *MATRICULE, *NUMBERS, *MEASURES}


@dataclass(slots=True)
class Place:
    """One address of a unit, as written in the roll."""

    civic: str = ""
    suffix: str = ""
    last_civic: str = ""
    last_suffix: str = ""
    kind: str = ""
    link: str = ""
    name: str = ""
    cardinal: str = ""
    apartment: str = ""

    @property
    def text(self) -> str:
        """The whole address on one line."""
        last = f"-{self.last_civic}{self.last_suffix}" if self.last_civic else ""
        parts = (f"{self.civic}{self.suffix}{last}", self.kind, self.name, self.cardinal)
        return " ".join(filter(None, (*parts, self.apartment and f"app. {self.apartment}")))


@dataclass(slots=True)
class Unit:
    """One unit of the roll: its rank in the file, its values by element name, its lots and its addresses."""

    rank: int
    texts: dict[str, str] = field(default_factory=dict)
    lots: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @property
    def matricule(self) -> str:
        """Its 18 digits, padded with zeros at the end; empty when it has none."""
        if not all(self.texts.get(name) for name in ("RL0104A", "RL0104B", "RL0104C")):
            return ""
        whole = "".join(self.texts.get(name, "").rjust(size, "0") for name, size in MATRICULE.items())
        return whole if len(whole) == sum(MATRICULE.values()) and whole.isascii() and whole.isalnum() else ""

    def values(self) -> tuple[dict[str, object], list[str]]:
        """(values by model field, problems). Land and building must add up to the total, or all three are dropped."""
        problems: list[str] = []
        values: dict[str, object] = {"cubf": self.texts.get("RL0105A", "")[:4], "lots": self.lots}
        for name, field_name in NUMBERS.items():
            values[field_name] = self._whole(name, field_name, problems)
        for name, field_name in MEASURES.items():
            values[field_name] = self._measure(name, field_name, problems)
        values["market_date"] = self._day("RL0401A", problems)
        land, building, total = values["land"], values["building"], values["total"]
        parts = [part for part in (land, building) if isinstance(part, int)]
        if total is not None and parts and sum(parts) != total:
            problems.append(f"land and building do not make the total, left out: {land} + {building}, {total}")
            values |= dict.fromkeys(("land", "building", "total"))
        return values, problems

    def _whole(self, name: str, field_name: str, problems: list[str]) -> int | None:
        text = self.texts.get(name, "")
        whole = number(text)
        if text and (whole is None or not LEAST.get(field_name, 0) <= whole <= MOST.get(field_name, MOST_DOLLARS)):
            problems.append(f"{name} is left out: {text!r}")
            return None
        return whole

    def _measure(self, name: str, field_name: str, problems: list[str]) -> Decimal | None:
        text = self.texts.get(name, "")
        try:
            amount = Decimal(text.replace(",", ".")) if text else None
            if amount is not None and not 0 <= amount < MOST.get(field_name, MOST_MEASURE):
                raise InvalidOperation
        except InvalidOperation:
            problems.append(f"{name} is left out: {text!r}")
            return None
        return None if amount is None else amount.quantize(Decimal("0.01"))

    def _day(self, name: str, problems: list[str]) -> date | None:
        text = self.texts.get(name, "")
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            problems.append(f"{name} is left out: {text!r}")
            return None


class Roll:
    """A roll file; `code` (of the municipality) and `year` are known once the first unit is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.code = self.year = ""
        self.count = 0
        self._begun = False
        self._unit: Unit | None = None
        self._ready: list[Unit] = []
        self._text: list[str] | None = None

    def units(self) -> Iterator[Unit]:
        """Yields each unit in order. Invalid when the file is not a roll, is truncated, or has a DOCTYPE."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            with self.path.open("rb") as file:
                while piece := file.read(PIECE):
                    parser.Parse(piece, False)
                    yield from self._take()
                parser.Parse(b"", True)
                yield from self._take()
        except OSError as error:
            raise Invalid(f"The file {self.path} cannot be read: {error.strerror or error}") from None
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Invalid(f"{self.path.name} cannot be read as the XML of a roll: {error}") from None

    def _take(self) -> list[Unit]:
        ready, self._ready = self._ready, []
        return ready

    def _refuse_doctype(self, *_declared: object) -> None:
        raise ValueError("it declares a document type, which no roll does")

    def _start(self, name: str, _attributes: object) -> None:
        if not self._begun and name != ROOT:
            raise ValueError(f"it begins with {name!r}")
        self._begun = True
        if name == UNIT:
            self.count += 1
            self._unit = Unit(self.count)
        elif name == PLACE and self._unit:
            self._unit.places.append(Place())
        self._text = [] if name in WANTED else None

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
            if sum(map(len, self._text)) > LONGEST_TEXT:
                raise ValueError("a value is too long")

    def _end(self, name: str) -> None:
        text, self._text = "".join(self._text or ()).strip(), None
        unit = self._unit
        if name == UNIT and unit:
            self._ready.append(unit)
            self._unit = None
        elif name not in WANTED:
            return
        elif unit is None:
            self.code = text if name == CODE else self.code
            self.year = text if name == YEAR else self.year
        elif name in PLACES:
            if not unit.places:
                unit.places.append(Place())
            setattr(unit.places[-1], PLACES[name], text)
        elif name == LOT:
            unit.lots.append(text)
        else:
            unit.texts[name] = text
        if unit and len(unit.places) + len(unit.lots) > MOST_OF_A_UNIT:
            raise ValueError(f"unit {unit.rank} has too many lots and addresses")
