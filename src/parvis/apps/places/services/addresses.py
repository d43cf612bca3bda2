"""Civic addresses from a file, up to millions: checked line by line, written by batches, safe to run again."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

from parvis.apps.places.keys import address_key, name_key, postal_code
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.placing import SectorMap
from parvis.apps.places.report import LoadingReport, open_log
from parvis.apps.places.schemas import CIVIC, FLAGS
from parvis.apps.places.tables import AddressFile, Record, open_addresses
from parvis.lib.ingest.staging import Staging

BATCH = 2000
POSTAL = 7
LONGEST_STREET, LONGEST_UNIT = 120, 10
NAMED = 20  # new streets that the report names

Progress = Callable[[LoadingReport], None]
Identity = tuple[int, int, str, str]  # street, civic, suffix, unit


@dataclass(frozen=True, slots=True)
class _Row:
    """One line that can be an address; `values` are those of the fields that the file owns."""

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
    """Brings the addresses of a CSV or GeoJSON file; with `dry_run`, only says what would change.

    An address is known again by its number, street and unit, and keeps its own id: what points at it still does. What
    the file does not say of it is left as it is. Each batch is one transaction: stopped at any moment, it may be run
    again. With `complete` the addresses that an earlier file brought and this one does not hold are removed, unless
    something points at them; none is while a line is refused. Invalid when the file as a whole cannot be used.
    """
    started = time.monotonic()
    source = open_addresses(path, columns)
    report = LoadingReport(path.name, dry_run)
    if source.unused:
        report.notes.append(f"columns that were not used: {', '.join(source.unused)}")
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        loading = _Loading(source, report, opened.enter_context(Staging()))
        rows = loading.readable()
        while batch := list(islice(rows, BATCH)):
            loading.settle(batch)
            report.seconds = time.monotonic() - started
            progress(report)
        if complete:
            loading.take_away()
        loading.say_streets()
    report.seconds = time.monotonic() - started
    return report


class _Loading:
    """One run: what is known of the town, and of the file so far."""

    def __init__(self, source: AddressFile, report: LoadingReport, met: Staging) -> None:
        self._source, self._report, self._met = source, report, met
        self._streets = {key: pk for pk, key in Street.objects.order_by("-pk").values_list("pk", "key")}
        self._sectors = dict(Sector.objects.values_list("slug", "pk"))
        self._map = SectorMap()
        self._new_streets: list[str] = []

    def readable(self) -> Iterator[_Row]:
        """The lines that can be addresses; the others are told on the way."""
        for record in self._source.records():
            self._report.counts["lines"] += 1
            row, wrong = _read(record, self._sectors)
            if row is None:
                values = record.values
                self._report.tell(record.line, f"{values.get('civic', '')} {_street(values)}".strip(), wrong)
            else:
                yield row

    def settle(self, batch: Sequence[_Row]) -> None:
        """One batch: what is new or differs is written in one transaction, unless this is a dry run."""
        with transaction.atomic():
            self._name_streets(batch)
            unmet = self._unmet(batch)
            new, changed, same = self._compare(unmet)
            if not self._report.dry_run:
                Address.objects.bulk_create(new)
                for names, rows in changed.items():
                    Address.objects.bulk_update(rows, names, batch_size=100)
        self._report.counts["created"] += len(new)
        self._report.counts["updated"] += sum(map(len, changed.values()))
        self._report.counts["unchanged"] += same

    def _name_streets(self, batch: Sequence[_Row]) -> None:
        names = {name_key(row.street): row.street for row in batch}
        new = [Street(name=name, key=key) for key, name in names.items() if key not in self._streets]
        if self._report.dry_run:
            for rank, street in enumerate(new, len(self._new_streets) + 1):
                street.pk = -rank
        else:
            Street.objects.bulk_create(new)
        self._streets |= {street.key: street.pk for street in new}
        self._new_streets += [street.name for street in new]

    def _unmet(self, batch: Sequence[_Row]) -> dict[Identity, _Row]:
        """The rows of a batch, each once; one that an earlier line gave is told."""
        by_name: dict[str, tuple[Identity, _Row]] = {}
        for row in batch:
            identity = (self._streets[name_key(row.street)], row.civic, row.suffix, row.unit)
            first = by_name.setdefault("|".join(map(str, identity)), (identity, row))[1]
            if first is not row:
                self._report.tell(row.line, row.label, f"this address is already given: line {first.line}")
        met = self._met.lines(by_name)
        for name, line in met.items():
            row = by_name.pop(name)[1]
            self._report.tell(row.line, row.label, f"this address is already given: line {line}")
        self._met.meet_all({name: row.line for name, (_, row) in by_name.items()})
        return dict(by_name.values())

    def _compare(
        self, item: Mapping[Identity, _Row]
    ) -> tuple[list[Address], dict[tuple[str, ...], list[Address]], int]:
        """(new addresses, those that differ by the names of what differs, how many are as they were)."""
        wanted = {identity: self._address(identity, row) for identity, row in item.items()}
        here = Address.objects.filter(key__in={address.key for address in wanted.values()})
        changed: dict[tuple[str, ...], list[Address]] = {}
        same = 0
        for present in here:
            identity = (present.street_id, present.civic, present.suffix, present.unit)
            if (address := wanted.pop(identity, None)) is None:
                continue
            names = ("from_file", *item[identity].values, *(("sector_id",) if address.sector_id else ()))
            differ = [name for name in dict.fromkeys(names) if getattr(present, name) != getattr(address, name)]
            told = [f"{name}: {getattr(present, name)} -> {getattr(address, name)}" for name in differ]
            for name in differ:
                setattr(present, name, getattr(address, name))
            if differ:
                changed.setdefault(tuple(differ), []).append(present)
                self._report.changed(f"{item[identity].label}: {'; '.join(told)}")
            same += not differ
        return list(wanted.values()), changed, same

    def _address(self, identity: Identity, row: _Row) -> Address:
        street, civic, suffix, unit = identity
        key = address_key(civic, suffix, row.street, unit)
        made = Address(street_id=street, civic=civic, suffix=suffix, unit=unit, key=key, from_file=True, **row.values)
        if "sector_id" not in row.values:
            placed = self._map.of(street, civic, made.point)
            made.sector_id = next((sector.pk for sector in placed.values() if sector), None)
        return made

    def take_away(self) -> None:
        """Removes what an earlier file brought and this one does not hold."""
        if self._report.counts["refused"]:
            self._report.notes.append("nothing is removed while a line is refused")
            return
        rows = Address.objects.filter(from_file=True).order_by("pk")
        last = 0
        while some := list(rows.filter(pk__gt=last).values_list("pk", "street_id", "civic", "suffix", "unit")[:BATCH]):
            last = some[-1][0]
            names = {"|".join(map(str, row[1:])): row[0] for row in some}
            known = self._met.lines(names)
            gone = {pk for name, pk in names.items() if name not in known}
            kept = _pointed_at(gone)
            for address in rows.filter(pk__in=gone - kept).select_related("street"):
                self._report.changed(f"{address.label}: removed")
            if not self._report.dry_run:
                rows.filter(pk__in=gone - kept).delete()
            self._report.counts["removed"] += len(gone - kept)
            self._report.counts["kept, since something points at them"] += len(kept)

    def say_streets(self) -> None:
        """Names the streets that the file brought: a name written otherwise makes a street of its own."""
        if new := self._new_streets:
            more = f" and {len(new) - NAMED:,} more" * (len(new) > NAMED)
            self._report.notes.append(f"{len(new):,} new streets: {', '.join(new[:NAMED])}{more}")


def _pointed_at(addresses: set[int]) -> set[int]:
    """Those of them that a request, a person... points at; the property units of the roll do not count."""
    pointed: set[int] = set()
    for relation in Address._meta.related_objects:
        if relation.name != "properties":
            rows = relation.related_model._meta.base_manager.filter(**{f"{relation.field.name}__in": addresses})
            pointed.update(rows.values_list(relation.field.attname, flat=True))
    return pointed


def _street(values: Mapping[str, str]) -> str:
    parts: Iterable[str] = (values.get("street") or "",)
    if not values.get("street"):
        parts = (values.get("kind", ""), values.get("link", ""), values.get("name", ""))
    return " ".join(" ".join(parts).split()).replace("' ", "'")


def _read(record: Record, sectors: Mapping[str, int]) -> tuple[_Row | None, str]:
    """The line as an address, or what is wrong with it."""
    values = record.values
    if record.wrong:
        return None, record.wrong
    written = f"{values.get('civic', '')}{values.get('suffix', '')}".upper().replace(" ", "")
    match, street, unit = CIVIC.fullmatch(written), _street(values), values.get("unit", "").strip()
    if match is None:
        return None, f"the civic number must be digits, with two letters at most: {written!r}"
    if not name_key(street) or len(street) > LONGEST_STREET or len(unit) > LONGEST_UNIT:
        return None, f"the street must have a name of at most {LONGEST_STREET} characters, the unit {LONGEST_UNIT}"
    own: dict[str, Any] = {}
    if "postal" in values:
        own["postal"] = postal_code(values["postal"])
        if len(own["postal"]) not in (0, POSTAL):
            return None, f"the postal code must be six letters and digits: {values['postal']!r}"
    if "sector" in values:
        if values["sector"] and values["sector"] not in sectors:
            return None, f"there is no such sector: {values['sector']!r}"
        if values["sector"]:
            own["sector_id"] = sectors[values["sector"]]
    if "flags" in values:
        own["flags"] = [flag for each in values["flags"].split(";") if (flag := each.strip())]
        if unknown := set(own["flags"]) - set(FLAGS):
            return None, f"the flags must be among {', '.join(FLAGS)}: {', '.join(sorted(unknown))}"
    if "example" in values:
        own["example"] = values["example"].lower() == "true"
    wrong = _place(values, own)
    return (None, wrong) if wrong else (_Row(record.line, int(match[1]), match[2], street, unit, own), "")


def _place(values: Mapping[str, str], own: dict[str, Any]) -> str:
    """Puts latitude and longitude among what the line owns; says what is wrong with them."""
    if "lat" not in values or "lon" not in values:
        return ""
    try:
        place = [float(values[name].replace(",", ".")) if values[name] else None for name in ("lat", "lon")]
    except ValueError:
        return f"latitude and longitude must be degrees: {values['lat']!r}, {values['lon']!r}"
    if None in place and place != [None, None]:
        return "latitude and longitude go together"
    if any(each is not None and not abs(each) <= most for each, most in zip(place, (90, 180), strict=True)):
        return f"latitude and longitude must be degrees (WGS 84): {values['lat']}, {values['lon']}"
    own["latitude"], own["longitude"] = place
    return ""
