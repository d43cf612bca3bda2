"""Schemas of the entries of the town's maps (*.geojson), streets.csv, segments.csv and addresses.csv."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from parvis.apps.places.models import MapShape, Street
from parvis.apps.places.rules.sides import PARITIES
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, refused
from parvis.lib.words import number

FLAGS = ("riverain", "agricole", "jumele", "isole", "aqueduc", "egout")
CIVIC = re.compile(r"([0-9]{1,6})([A-Z]{0,2})")
KINDS = ("collecte", "quartier", "deneigement")
SHAPES = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


def is_area(geometry: dict[str, Any]) -> bool:
    """Whether a geometry is a closed GeoJSON Polygon or MultiPolygon with valid coordinates."""
    return geometry.get("type") in SHAPES and _is_closed(geometry)


def is_line(geometry: dict[str, Any]) -> bool:
    """Whether a geometry is a GeoJSON LineString or MultiLineString with valid coordinates."""
    parts = geometry.get("coordinates") or []
    lines = parts if geometry.get("type") == "MultiLineString" else [parts]
    try:
        return geometry.get("type") in LINES and all(len(line) >= 2 and _on_earth(line) for line in lines)
    except (TypeError, IndexError):
        return False


def is_point(geometry: dict[str, Any]) -> bool:
    """Whether a geometry is a GeoJSON Point with valid coordinates."""
    try:
        return geometry.get("type") == "Point" and _on_earth([geometry.get("coordinates") or []])
    except (TypeError, IndexError):
        return False


def _is_closed(polygon: dict[str, Any]) -> bool:
    rings = polygon.get("coordinates") or []
    if polygon["type"] == "MultiPolygon":
        rings = [ring for part in rings for ring in part]
    return bool(rings) and all(len(ring) >= 4 and ring[0] == ring[-1] and _on_earth(ring) for ring in rings)


def _on_earth(ring: Sequence[Sequence[float]]) -> bool:
    return all(-180 <= point[0] <= 180 and -90 <= point[1] <= 90 for point in ring)


def _check_area(geometry: Any) -> dict[str, Any]:
    if not isinstance(geometry, dict) or not is_area(geometry):
        raise refused("must be a closed Polygon or MultiPolygon of [longitude, latitude]", geometry)
    return geometry


def _read_flag(text: str) -> bool:
    if text not in ("true", "false", ""):
        raise refused(f"must be true or false, not {text!r}", text)
    return text == "true"


def _read_degrees(most: int) -> BeforeValidator:
    def read(text: str) -> float | None:
        try:
            degrees = float(text) if text.strip() else None
        except ValueError:
            degrees = most + 1.0
        if degrees is not None and abs(degrees) > most:
            raise refused(f"must be degrees between -{most} and {most}, not {text!r}", text)
        return degrees

    return BeforeValidator(read)


def _read_civic(text: str) -> int:
    civic = number(text.strip())
    return -1 if civic is None else civic


def _check_civic(text: str) -> str:
    if not CIVIC.fullmatch(text):
        raise refused(f"must be a number, with a capital letter at most, not {text!r}", text)
    return text


Area = Annotated[
    dict[str, Any],
    BeforeValidator(_check_area),
    WithJsonSchema(
        {"type": "object", "properties": {"type": {"enum": list(SHAPES)}, "coordinates": {"type": "array"}}}
    ),
]
SectorName = Annotated[f.Text, f.Known("sector")]
StreetName = Annotated[f.Text, f.Known("street")]
CsvFlag = Annotated[bool, BeforeValidator(_read_flag)]
Civic = Annotated[int, BeforeValidator(_read_civic)]


class SectorData(Entry, named_by="slug", noun="sector"):
    """One polygon of the town; `polygon` is a GeoJSON geometry (longitude, latitude)."""

    slug: f.Slug
    kind: Annotated[f.Text, f.OneOf(KINDS)]
    name: Annotated[f.Both, f.Most(120)]
    polygon: dict[str, Any] = Field({}, alias="geometry")
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The geometry must be an area."""
        if not is_area(self.polygon):
            yield Mistake("its geometry must be a closed Polygon or MultiPolygon of [longitude, latitude]")


class WaterData(Entry, named_by="slug", noun="water"):
    """A river, a lake (areas), or a stream (lines); the names of unnamed ones are left out."""

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)] = f.NOTHING
    geometry: dict[str, Any]
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The geometry must be areas or lines."""
        if not is_area(self.geometry) and not is_line(self.geometry):
            yield Mistake("its geometry must be a polygon, or a line, of [longitude, latitude]")


class ParkData(Entry, named_by="slug", noun="park"):
    """A park or a wood, also found by its names as a landmark."""

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)] = f.NOTHING
    other_names: f.Several = ()
    geometry: dict[str, Any]
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The geometry must be an area."""
        if not is_area(self.geometry):
            yield Mistake("its geometry must be a closed Polygon or MultiPolygon of [longitude, latitude]")


class LandmarkData(Entry, named_by="slug", noun="landmark"):
    """A place that people name instead of an address: a public building, a bridge, a school."""

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)]
    other_names: f.Several = ()
    geometry: dict[str, Any]
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The geometry must be a point."""
        if not is_point(self.geometry):
            yield Mistake("its geometry must be a Point of [longitude, latitude]")


class StreetLineData(Entry, noun="line"):
    """A part, or the whole, of the line of a street; its parts may be several features."""

    street: StreetName
    road: Annotated[f.Text, f.OneOf(MapShape.Road.values)] = "minor_road"
    geometry: dict[str, Any]
    example: f.Flag = False

    @property
    def identity(self) -> str:
        return f"{self.street} {self.geometry}"

    @property
    def lines(self) -> list[Any]:
        """The parts as lists of [longitude, latitude]."""
        parts: list[Any] = self.geometry["coordinates"]
        return parts if self.geometry["type"] == "MultiLineString" else [parts]

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The geometry must be lines."""
        if not is_line(self.geometry):
            yield Mistake("its geometry must be a LineString or MultiLineString of [longitude, latitude]")


class StreetData(Entry, named_by="name", noun="street"):
    """One street; `owner` is town, mtmd or private."""

    name: Annotated[f.Text, f.Most(120)] = Field(alias="street")
    owner: Annotated[f.Text, f.OneOf(Street.Owner.values)]
    note: Annotated[f.Text, f.Most(200)]


class SegmentData(Entry, noun="segment"):
    """A range of numbers on one side of a street, and the slug of its sector; `side` is left, right or ""."""

    street: StreetName
    first: Civic = Field(alias="from")
    last: Civic = Field(alias="to")
    parity: Annotated[f.Text, f.OneOf(PARITIES)]
    kind: f.Text
    sector: SectorName
    side: Annotated[f.Text, f.OneOf(("left", "right"))] = ""
    example: CsvFlag = False

    @property
    def identity(self) -> str:
        return " ".join(map(str, (self.street, self.first, self.last, self.parity, self.sector)))

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The civic numbers must be valid and in order."""
        if self.first < 0 or self.last < self.first:
            yield Mistake("'from' and 'to' must be civic numbers, the smaller first")


class AddressData(Entry, noun="address"):
    """One civic address; `civic` may end with letters ("12A"), `sector` is a slug or ""."""

    civic: Annotated[f.Text, AfterValidator(_check_civic)]
    street: StreetName
    unit: Annotated[f.Text, f.Most(10)]
    postal: Annotated[f.Text, f.Most(7)]
    sector: SectorName
    latitude: Annotated[float | None, _read_degrees(90)] = Field(alias="lat")
    longitude: Annotated[float | None, _read_degrees(180)] = Field(alias="lon")
    flags: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda text: tuple(flag.strip() for flag in text.split(";") if flag.strip())),
        f.OneOf(FLAGS),
    ]
    example: CsvFlag = False

    @property
    def identity(self) -> str:
        return f"{self.civic} {self.street} {self.unit}".strip()


class NeighbouringTownData(Entry, named_by="slug", noun="neighbouring town"):
    """A neighbouring town and how to reach it; `area` is a GeoJSON polygon, which may be rough where towns meet.

    `example`: the area is invented; it is then used in the demonstration only.
    """

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)]
    phone: f.Phone = ""
    url: f.Url = ""
    area: dict[str, Any] = {}
    source: f.OptionalSource = f.OptionalSource()
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The area must be one, and a number or a page must have a source."""
        if self.area and not is_area(self.area):
            yield Mistake("'area' must be a closed Polygon or MultiPolygon of [longitude, latitude]")
        if (self.phone or self.url) and not self.source.title:
            yield Mistake("'source' is missing: it says where the phone or the page was read")
