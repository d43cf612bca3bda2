"""Loading of civic addresses from a file, up to millions: checked line by line, written in batches, idempotent."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.places.rules.keys import address_key, name_key, postal_code
from parvis.apps.places.rules.report import LoadingReport, open_log
from parvis.apps.places.rules.tables import AddressFile, Record, open_addresses
from parvis.apps.places.schemas import CIVIC, FLAGS
from parvis.lib.database.upsert import assign
from parvis.lib.ingest.staging import Staging

BATCH = 2000
POSTAL_LENGTH = 7
LONGEST_STREET, LONGEST_UNIT = 120, 10
STREETS_SHOWN = 20  # new streets named in the report

Progress = Callable[[LoadingReport], None]
Identity = tuple[int, int, str, str]  # street, civic, suffix, unit


@dataclass(frozen=True, slots=True)
class _Row:
    """A valid line; `values` holds the model fields that the file provides."""

    line: int
    civic: int
    suffix: str
    street: str
    unit: str
    values: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.civic}{self.suffix}, {self.street}{', app. ' * bool(self.unit)}{self.unit}"


def load_addresses(
    *,
    path: Path,
    columns: Mapping[str, str] | None = None,
    complete: bool = False,
    dry_run: bool = False,
    log: Path | None = None,
    progress: Progress = lambda report: None,
) -> LoadingReport:
    """Loads the addresses of a CSV or GeoJSON file; with `dry_run`, only reports what would change.

    An address is identified by its number, street and unit, and keeps its id, so references to it stay valid. Fields
    absent from the file are left unchanged. Each batch is one transaction: an interrupted load may be run again. With
    `complete`, addresses from an earlier file that are absent from this one are deleted, unless something refers to
    them, and only if no line was refused. Invalid when the file as a whole is unusable.
    """
    started = time.monotonic()
    source = open_addresses(path, columns)
    report = LoadingReport(path.name, dry_run)
    if source.unused:
        report.notes.append(f"columns that were not used: {', '.join(source.unused)}")
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        loading = _Loading(source, report, opened.enter_context(Staging()))
        rows = loading.valid_rows()
        while batch := list(islice(rows, BATCH)):
            loading.load(batch)
            report.seconds = time.monotonic() - started
            progress(report)
        if complete:
            loading.remove_absent()
        loading.report_streets()
    report.seconds = time.monotonic() - started
    return report


class _Loading:
    """The state of one run."""

    def __init__(self, source: AddressFile, report: LoadingReport, seen: Staging) -> None:
        self._source, self._report, self._seen = source, report, seen
        self._streets = {key: pk for pk, key in Street.objects.order_by("-pk").values_list("pk", "key")}
        self._sectors = dict(Sector.objects.values_list("slug", "pk"))
        self._map = SectorMap()
        self._new_streets: list[str] = []

    def valid_rows(self) -> Iterator[_Row]:
        """Yields the valid lines; reports the others."""
        for record in self._source.records():
            self._report.counts["lines"] += 1
            row, wrong = _read(record, self._sectors)
            if row is None:
                values = record.values
                self._report.tell(record.line, f"{values.get('civic', '')} {_street(values)}".strip(), wrong)
            else:
                yield row

    def load(self, batch: Sequence[_Row]) -> None:
        """Writes the new and changed addresses of a batch in one transaction, unless this is a dry run."""
        with transaction.atomic():
            self._add_streets(batch)
            new, changed, same = self._compare(self._without_duplicates(batch))
            if not self._report.dry_run:
                Address.objects.bulk_create(new)
                for names, rows in changed.items():
                    Address.objects.bulk_update(rows, names, batch_size=100)
        self._report.counts["created"] += len(new)
        self._report.counts["updated"] += sum(map(len, changed.values()))
        self._report.counts["unchanged"] += same

    def _add_streets(self, batch: Sequence[_Row]) -> None:
        names = {name_key(row.street): row.street for row in batch}
        new = [Street(name=name, key=key) for key, name in names.items() if key not in self._streets]
        if self._report.dry_run:
            for rank, street in enumerate(new, len(self._new_streets) + 1):
                street.pk = -rank
        else:
            Street.objects.bulk_create(new)
        self._streets |= {street.key: street.pk for street in new}
        self._new_streets += [street.name for street in new]

    def _without_duplicates(self, batch: Sequence[_Row]) -> dict[Identity, _Row]:
        """The rows of a batch whose address was not on an earlier line; reports the others."""
        by_name: dict[str, tuple[Identity, _Row]] = {}
        for row in batch:
            identity = (self._streets[name_key(row.street)], row.civic, row.suffix, row.unit)
            first = by_name.setdefault("|".join(map(str, identity)), (identity, row))[1]
            if first is not row:
                self._report.tell(row.line, row.label, f"this address is already given: line {first.line}")
        for name, line in self._seen.lines(by_name).items():
            row = by_name.pop(name)[1]
            self._report.tell(row.line, row.label, f"this address is already given: line {line}")
        self._seen.meet_all({name: row.line for name, (_, row) in by_name.items()})
        return dict(by_name.values())

    def _compare(
        self, rows: Mapping[Identity, _Row]
    ) -> tuple[list[Address], dict[tuple[str, ...], list[Address]], int]:
        """(new addresses, changed ones by the names of their changed fields, number of unchanged ones)."""
        wanted = {identity: self._address(identity, row) for identity, row in rows.items()}
        changed: dict[tuple[str, ...], list[Address]] = {}
        same = 0
        for existing in Address.objects.filter(key__in={address.key for address in wanted.values()}):
            identity = (existing.street_id, existing.civic, existing.suffix, existing.unit)
            if (address := wanted.pop(identity, None)) is None:
                continue
            names = ("from_file", *rows[identity].values, *(("sector_id",) if address.sector_id else ()))
            if changes := assign(existing, {name: getattr(address, name) for name in names}):
                changed.setdefault(tuple(changes), []).append(existing)
                self._report.changed(f"{rows[identity].label}: {'; '.join(changes.values())}")
            same += not changes
        return list(wanted.values()), changed, same

    def _address(self, identity: Identity, row: _Row) -> Address:
        street, civic, suffix, unit = identity
        key = address_key(civic, suffix, row.street, unit)
        address = Address(
            street_id=street, civic=civic, suffix=suffix, unit=unit, key=key, from_file=True, **row.values
        )
        if "sector_id" not in row.values:
            sectors = self._map.of(street, civic, address.point)
            address.sector_id = next((sector.pk for sector in sectors.values() if sector), None)
        return address

    def remove_absent(self) -> None:
        """Deletes the addresses from an earlier file that are absent from this one."""
        if self._report.counts["refused"]:
            self._report.notes.append("nothing is removed while a line is refused")
            return
        rows = Address.objects.filter(from_file=True).order_by("pk")
        last = 0
        while batch := list(rows.filter(pk__gt=last).values_list("pk", "street_id", "civic", "suffix", "unit")[:BATCH]):
            last = batch[-1][0]
            names = {"|".join(map(str, row[1:])): row[0] for row in batch}
            seen = self._seen.lines(names)
            absent = {pk for name, pk in names.items() if name not in seen}
            kept = _referenced(absent)
            for address in rows.filter(pk__in=absent - kept).select_related("street"):
                self._report.changed(f"{address.label}: removed")
            if not self._report.dry_run:
                rows.filter(pk__in=absent - kept).delete()
            self._report.counts["removed"] += len(absent - kept)
            self._report.counts["kept, since something points at them"] += len(kept)

    def report_streets(self) -> None:
        """Lists the new streets: a different spelling makes a separate street."""
        if new := self._new_streets:
            more = f" and {len(new) - STREETS_SHOWN:,} more" * (len(new) > STREETS_SHOWN)
            self._report.notes.append(f"{len(new):,} new streets: {', '.join(new[:STREETS_SHOWN])}{more}")


def _referenced(addresses: set[int]) -> set[int]:
    """The addresses that a request, a person... refers to; property units of the roll do not count."""
    referenced: set[int] = set()
    for relation in Address._meta.related_objects:
        if relation.name != "properties":
            rows = relation.related_model._meta.base_manager.filter(**{f"{relation.field.name}__in": addresses})
            referenced.update(rows.values_list(relation.field.attname, flat=True))
    return referenced


def _street(values: Mapping[str, str]) -> str:
    parts: Iterable[str] = (values.get("street") or "",)
    if not values.get("street"):
        parts = (values.get("kind", ""), values.get("link", ""), values.get("name", ""))
    return " ".join(" ".join(parts).split()).replace("' ", "'")


def _read(record: Record, sectors: Mapping[str, int]) -> tuple[_Row | None, str]:
    """The line as a row, or an error message."""
    values = record.values
    if record.wrong:
        return None, record.wrong
    civic = f"{values.get('civic', '')}{values.get('suffix', '')}".upper().replace(" ", "")
    match, street, unit = CIVIC.fullmatch(civic), _street(values), values.get("unit", "").strip()
    if match is None:
        return None, f"the civic number must be digits, with two letters at most: {civic!r}"
    if not name_key(street) or len(street) > LONGEST_STREET or len(unit) > LONGEST_UNIT:
        return None, f"the street must have a name of at most {LONGEST_STREET} characters, the unit {LONGEST_UNIT}"
    own: dict[str, Any] = {}
    if "postal" in values:
        own["postal"] = postal_code(values["postal"])
        if len(own["postal"]) not in (0, POSTAL_LENGTH):
            return None, f"the postal code must be six letters and digits: {values['postal']!r}"
    if "sector" in values:
        if values["sector"] and values["sector"] not in sectors:
            return None, f"there is no such sector: {values['sector']!r}"
        if values["sector"]:
            own["sector_id"] = sectors[values["sector"]]
    if "flags" in values:
        own["flags"] = [flag.strip() for flag in values["flags"].split(";") if flag.strip()]
        if unknown := set(own["flags"]) - set(FLAGS):
            return None, f"the flags must be among {', '.join(FLAGS)}: {', '.join(sorted(unknown))}"
    if "example" in values:
        own["example"] = values["example"].lower() == "true"
    wrong = _place(values, own)
    return (None, wrong) if wrong else (_Row(record.line, int(match[1]), match[2], street, unit, own), "")


def _place(values: Mapping[str, str], own: dict[str, Any]) -> str:
    """Adds latitude and longitude to `own`; returns an error message, or ""."""
    if "lat" not in values or "lon" not in values:
        return ""
    try:
        point = [float(values[name].replace(",", ".")) if values[name] else None for name in ("lat", "lon")]
    except ValueError:
        return f"latitude and longitude must be degrees: {values['lat']!r}, {values['lon']!r}"
    if None in point and point != [None, None]:
        return "latitude and longitude go together"
    if any(degrees is not None and not abs(degrees) <= most for degrees, most in zip(point, (90, 180), strict=True)):
        return f"latitude and longitude must be degrees (WGS 84): {values['lat']}, {values['lon']}"
    own["latitude"], own["longitude"] = point
    return ""
