"""Loading of the assessment roll's property units, up to hundreds of thousands, linked to the town's addresses."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from django.db import transaction

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, PropertyAddress, PropertyUnit
from parvis.apps.places.queries.finding import streets
from parvis.apps.places.rules.keys import address_key, plain_words
from parvis.apps.places.rules.report import LoadingReport, open_log
from parvis.apps.places.rules.roll import Place, Roll, Unit
from parvis.lib.database.upsert import assign
from parvis.lib.errors import Invalid
from parvis.lib.ingest.staging import Staging
from parvis.lib.words import split

BATCH = 1000
SAME_STREET = 0.06  # maximum cost of a matching street: allows a kind of road written after the name
LONGEST_TEXT = 160
CARDINALS = {"N": "nord", "S": "sud", "E": "est", "O": "ouest"}
EXACT_KINDS = {"RU": "rue"}  # other codes are the first letters of the kind: CH chemin, BO boulevard, AV avenue

Progress = Callable[[LoadingReport], None]
AddressKey = tuple[int, int, str, str]  # street, civic, suffix, unit in plain words


def load_roll(
    *,
    path: Path,
    dry_run: bool = False,
    log: Path | None = None,
    progress: Progress = lambda report: None,
) -> LoadingReport:
    """Loads the units of this town's roll; with `dry_run`, only reports what would change.

    A unit is identified by its matricule. The file is the whole roll: units absent from it are deleted at the end, if
    nothing was refused. Owners are never read. Invalid when the file is not a roll, or is another municipality's.
    """
    started = time.monotonic()
    roll, report = Roll(path), LoadingReport(path.name, dry_run)
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        loading = _Loading(roll, report, opened.enter_context(Staging()))
        units = roll.units()
        while batch := list(islice(units, BATCH)):
            if not report.counts["units"]:
                _check_header(roll)
            loading.load(batch)
            report.seconds = time.monotonic() - started
            progress(report)
        if not report.counts["units"]:
            raise Invalid(f"{path.name} holds no unit.")
        loading.remove_absent()
    report.seconds = time.monotonic() - started
    return report


def _check_header(roll: Roll) -> None:
    ours = town().code_mamh
    if ours and roll.code != ours:
        raise Invalid(f"{roll.path.name} is the roll of municipality {roll.code or '?'}, and this town is {ours}.")
    if not (roll.year.isdecimal() and len(roll.year) == 4):
        raise Invalid(f"{roll.path.name} does not say of which year it is (RLM02A).")


class _Loading:
    """The state of one run, with a cache of the streets that match the roll's names."""

    def __init__(self, roll: Roll, report: LoadingReport, seen: Staging) -> None:
        self._roll, self._report, self._seen = roll, report, seen
        self._names = streets()
        self._known: dict[tuple[str, str, str], list[int]] = {}

    def load(self, batch: Sequence[Unit]) -> None:
        """Writes a batch in one transaction, unless this is a dry run."""
        report = self._report
        report.counts["units"] += len(batch)
        units = self._without_duplicates(batch)
        with transaction.atomic():
            existing, new, changed = self._compare(units)
            if not report.dry_run:
                PropertyUnit.objects.bulk_create(new)
                for names, rows in changed.items():
                    PropertyUnit.objects.bulk_update(rows, names, batch_size=100)
            self._link(units, existing, set(units) - set(existing))
        report.counts["created"] += len(new)
        report.counts["updated"] += sum(map(len, changed.values()))
        report.counts["unchanged"] += len(units) - len(new) - sum(map(len, changed.values()))

    def _without_duplicates(self, batch: Sequence[Unit]) -> dict[str, Unit]:
        """The units of a batch by matricule; reports those without a matricule, and duplicates."""
        units: dict[str, Unit] = {}
        seen = self._seen.lines([unit.matricule for unit in batch])
        for unit in batch:
            matricule = unit.matricule
            if not matricule:
                self._report.tell(unit.rank, "-", "it has no matricule that can be read")
            elif first := seen.get(matricule) or (matricule in units and units[matricule].rank):
                self._report.tell(unit.rank, matricule, f"its matricule is already given: unit {first}")
            else:
                units[matricule] = unit
        self._seen.meet_all({matricule: unit.rank for matricule, unit in units.items()})
        return units

    def _compare(
        self, units: Mapping[str, Unit]
    ) -> tuple[dict[str, PropertyUnit], list[PropertyUnit], dict[tuple[str, ...], list[PropertyUnit]]]:
        """(existing units, new ones, changed ones by the names of their changed fields)."""
        existing = {row.matricule: row for row in PropertyUnit.objects.filter(matricule__in=units)}
        new: list[PropertyUnit] = []
        changed: dict[tuple[str, ...], list[PropertyUnit]] = {}
        for matricule, unit in units.items():
            values, problems = unit.values()
            for reason in problems:
                self._report.tell(unit.rank, matricule, reason, refused=False)
            values["year"] = int(self._roll.year)
            row = existing.get(matricule)
            if row is None:
                new.append(PropertyUnit(matricule=matricule, **values))
            elif changes := assign(row, values):
                changed.setdefault(tuple(changes), []).append(row)
                self._report.changed(f"{matricule}: {'; '.join(changes.values())}")
        return existing, new, changed

    def _link(self, units: Mapping[str, Unit], existing: Mapping[str, PropertyUnit], new: set[str]) -> None:
        """Links units to addresses; writes only the links that changed."""
        wanted = {matricule: list(self._candidates(unit)) for matricule, unit in units.items()}
        known = self._addresses(keys for texts in wanted.values() for _text, keys in texts)
        ids = {matricule: row.pk for matricule, row in existing.items()}
        if new and not self._report.dry_run:
            ids |= dict(PropertyUnit.objects.filter(matricule__in=new).values_list("matricule", "pk"))
        current: dict[int, list[tuple[str, int | None]]] = {}
        rows = PropertyAddress.objects.filter(unit__in=ids.values()).order_by("rank")
        for pk, text, address in rows.values_list("unit_id", "text", "address_id"):
            current.setdefault(pk, []).append((text, address))
        created: list[PropertyAddress] = []
        replaced: list[int] = []
        for matricule, texts in wanted.items():
            links = [(text, next((known[key] for key in keys if key in known), None)) for text, keys in texts]
            self._count(units[matricule], links)
            pk = ids.get(matricule, 0)
            if current.get(pk, []) != links:
                replaced += [pk] * (pk in current)
                created += [
                    PropertyAddress(unit_id=pk, rank=rank, text=text, address_id=address)
                    for rank, (text, address) in enumerate(links)
                ]
        if not self._report.dry_run:
            PropertyAddress.objects.filter(unit__in=replaced).delete()
            PropertyAddress.objects.bulk_create(created)

    def _count(self, unit: Unit, links: Sequence[tuple[str, int | None]]) -> None:
        linked = any(address is not None for _text, address in links)
        numbered = [text for text, _address in links if text[:1].isdecimal()]
        self._report.counts["with an address of the town"] += linked
        self._report.counts["without a civic number"] += not numbered
        if numbered and not linked:
            self._report.tell(unit.rank, unit.matricule, f"no address of the town is: {numbered[0]}", refused=False)

    def _candidates(self, unit: Unit) -> Iterator[tuple[str, list[AddressKey]]]:
        """Yields each address of a unit as the roll writes it, with its possible keys, the likeliest first."""
        for place in unit.places:
            ends = [(place.civic, place.suffix), (place.last_civic, place.last_suffix)]
            for civic, suffix in ends[: 1 + (bool(place.last_civic) and ends[0] != ends[1])]:
                keys: list[AddressKey] = []
                if civic.isdecimal() and len(civic) <= 6:
                    apartments = dict.fromkeys((" ".join(split(place.apartment)), ""))
                    pks = self._streets_of(place)
                    keys = [(pk, int(civic), suffix.upper(), apartment) for apartment in apartments for pk in pks]
                yield place.text[:LONGEST_TEXT], keys

    def _streets_of(self, place: Place) -> list[int]:
        """The town's streets that the roll may mean; several only if they differ by a kind that the roll omits."""
        key = (place.kind, place.name, place.cardinal)
        if key not in self._known:
            self._known[key] = self._find(place)
        return self._known[key]

    def _find(self, place: Place) -> list[int]:
        words = plain_words(place.name)
        cardinal = CARDINALS.get(place.cardinal.upper(), "")
        for name in ([*words, cardinal] if cardinal else words, words):
            fits = self._names.fitting(" ".join(name))
            close = {pk: fit.cost for pk, fit in fits.items() if fit.cost <= SAME_STREET and not fit.mistyped}
            if close:
                least = min(close.values())
                best = sorted(pk for pk, cost in close.items() if cost == least)
                of_kind = [pk for pk in best if _is_kind(place.kind, self._names.kind(pk))]
                return of_kind or (best if len(best) == 1 else [])
        return []

    def _addresses(self, candidates: Iterable[Sequence[AddressKey]]) -> dict[AddressKey, int]:
        """The ids of the existing addresses among these keys."""
        wanted = {key for keys in candidates for key in keys}
        keys = {address_key(civic, suffix, self._names.key(street), unit) for street, civic, suffix, unit in wanted}
        rows = Address.objects.filter(key__in=keys).values_list("street_id", "civic", "suffix", "unit", "pk")
        return {(street, civic, suffix, " ".join(split(unit))): pk for street, civic, suffix, unit, pk in rows}

    def remove_absent(self) -> None:
        """Deletes the units that are no longer in the roll, unless something in it was refused."""
        report = self._report
        if report.counts["refused"]:
            report.notes.append("nothing is removed while a unit is refused")
            return
        last = 0
        rows = PropertyUnit.objects.order_by("pk").values_list("matricule", "pk")
        while batch := dict(rows.filter(pk__gt=last)[:BATCH]):
            last = max(batch.values())
            absent = set(batch) - set(self._seen.lines(batch))
            for matricule in sorted(absent, key=batch.__getitem__):
                report.changed(f"{matricule}: removed")
            if absent and not report.dry_run:
                PropertyUnit.objects.filter(pk__in=[batch[matricule] for matricule in absent]).delete()
            report.counts["removed"] += len(absent)


def _is_kind(code: str, kind: str) -> bool:
    wanted = EXACT_KINDS.get(code.upper())
    return kind == wanted if wanted else bool(code and kind) and kind.startswith("".join(split(code)))
