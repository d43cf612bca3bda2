"""The property units of the assessment roll, up to hundreds of thousands: linked to the town's addresses."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from django.db import transaction

from parvis.apps.directory.queries import town
from parvis.apps.places.finding import streets
from parvis.apps.places.keys import address_key, plain_words
from parvis.apps.places.models import Address, PropertyAddress, PropertyUnit
from parvis.apps.places.report import LoadingReport, open_log
from parvis.apps.places.roll import Place, Roll, Unit
from parvis.lib.errors import Invalid
from parvis.lib.ingest.staging import Staging
from parvis.lib.words import split

BATCH = 1000
SAME_STREET = 0.06  # what a street may owe and still be the one that the roll names: a kind written after the name
LONGEST_TEXT = 160
CARDINALS = {"N": "nord", "S": "sud", "E": "est", "O": "ouest"}
EXACT_KINDS = {"RU": "rue"}  # the other codes are the first letters of the kind: CH chemin, BO boulevard, AV avenue

Progress = Callable[[LoadingReport], None]
Door = tuple[int, int, str, str]  # street, civic, suffix, unit in plain words


def load_roll(
    *,
    path: Path,
    dry_run: bool = False,
    log: Path | None = None,
    progress: Progress = lambda report: None,
) -> LoadingReport:
    """Brings the units of the roll of this town; with `dry_run`, only says what would change.

    A unit is known again by its matricule. The file is the whole roll: a unit that it does not hold is removed at the
    end, when nothing of the file was refused. Owners are never read. Invalid when the file is no roll, or is that of
    another municipality.
    """
    started = time.monotonic()
    roll, report = Roll(path), LoadingReport(path.name, dry_run)
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        loading = _Loading(roll, report, opened.enter_context(Staging()))
        units = roll.units()
        while batch := list(islice(units, BATCH)):
            if not report.counts["units"]:
                _refuse_other(roll)
            loading.settle(batch)
            report.seconds = time.monotonic() - started
            progress(report)
        if not report.counts["units"]:
            raise Invalid(f"{path.name} holds no unit.")
        loading.take_away()
    report.seconds = time.monotonic() - started
    return report


def _refuse_other(roll: Roll) -> None:
    ours = town().code_mamh
    if ours and roll.code != ours:
        raise Invalid(f"{roll.path.name} is the roll of municipality {roll.code or '?'}, and this town is {ours}.")
    if not (roll.year.isdecimal() and len(roll.year) == 4):
        raise Invalid(f"{roll.path.name} does not say of which year it is (RLM02A).")


class _Loading:
    """One run: the roll so far, and the streets that its names were found to be."""

    def __init__(self, roll: Roll, report: LoadingReport, met: Staging) -> None:
        self._roll, self._report, self._met = roll, report, met
        self._names = streets()
        self._known: dict[tuple[str, str, str], list[int]] = {}

    def settle(self, batch: Sequence[Unit]) -> None:
        """One batch, in one transaction unless this is a dry run."""
        report = self._report
        report.counts["units"] += len(batch)
        units = self._unmet(batch)
        with transaction.atomic():
            rows, new, changed = self._compare(units)
            if not report.dry_run:
                PropertyUnit.objects.bulk_create(new)
                for names, some in changed.items():
                    PropertyUnit.objects.bulk_update(some, names, batch_size=100)
            self._place(units, rows, set(units) - set(rows))
        report.counts["created"] += len(new)
        report.counts["updated"] += sum(map(len, changed.values()))
        report.counts["unchanged"] += len(units) - len(new) - sum(map(len, changed.values()))

    def _unmet(self, batch: Sequence[Unit]) -> dict[str, Unit]:
        """The units of a batch by matricule, each once."""
        unmet: dict[str, Unit] = {}
        met = self._met.lines([unit.matricule for unit in batch])
        for unit in batch:
            matricule = unit.matricule
            if not matricule:
                self._report.tell(unit.rank, "-", "it has no matricule that can be read")
            elif first := met.get(matricule) or (matricule in unmet and unmet[matricule].rank):
                self._report.tell(unit.rank, matricule, f"its matricule is already given: unit {first}")
            else:
                unmet[matricule] = unit
        self._met.meet_all({matricule: unit.rank for matricule, unit in unmet.items()})
        return unmet

    def _compare(
        self, units: Mapping[str, Unit]
    ) -> tuple[dict[str, PropertyUnit], list[PropertyUnit], dict[tuple[str, ...], list[PropertyUnit]]]:
        """(those that are here, new ones, those that differ by the names of what differs)."""
        here = {row.matricule: row for row in PropertyUnit.objects.filter(matricule__in=units)}
        new: list[PropertyUnit] = []
        changed: dict[tuple[str, ...], list[PropertyUnit]] = {}
        for matricule, unit in units.items():
            values, wrong = unit.values()
            for reason in wrong:
                self._report.tell(unit.rank, matricule, reason, refused=False)
            values["year"] = int(self._roll.year)
            present = here.get(matricule)
            if present is None:
                new.append(PropertyUnit(matricule=matricule, **values))
                continue
            differ = tuple(name for name, value in values.items() if getattr(present, name) != value)
            told = [f"{name}: {getattr(present, name)} -> {values[name]}" for name in differ]
            for name in differ:
                setattr(present, name, values[name])
            if differ:
                changed.setdefault(differ, []).append(present)
                self._report.changed(f"{matricule}: {'; '.join(told)}")
        return here, new, changed

    def _place(self, units: Mapping[str, Unit], here: Mapping[str, PropertyUnit], new: set[str]) -> None:
        """Links the units to addresses; those of a unit that did not change are left as they are."""
        wanted = {matricule: list(self._doors(unit)) for matricule, unit in units.items()}
        known = self._addresses(doors for every in wanted.values() for _text, doors in every)
        ids = {matricule: row.pk for matricule, row in here.items()}
        if new and not self._report.dry_run:
            ids |= dict(PropertyUnit.objects.filter(matricule__in=new).values_list("matricule", "pk"))
        present: dict[int, list[tuple[str, int | None]]] = {}
        for unit, text, address in (
            PropertyAddress.objects.filter(unit__in=ids.values())
            .order_by("rank")
            .values_list("unit_id", "text", "address_id")
        ):
            present.setdefault(unit, []).append((text, address))
        rows: list[PropertyAddress] = []
        gone: list[int] = []
        for matricule, every in wanted.items():
            linked = [(text, next((known[door] for door in doors if door in known), None)) for text, doors in every]
            self._count(units[matricule], linked)
            pk = ids.get(matricule, 0)
            if present.get(pk, []) != linked:
                gone += [pk] * (pk in present)
                rows += [
                    PropertyAddress(unit_id=pk, rank=rank, text=text, address_id=address)
                    for rank, (text, address) in enumerate(linked)
                ]
        if not self._report.dry_run:
            PropertyAddress.objects.filter(unit__in=gone).delete()
            PropertyAddress.objects.bulk_create(rows)

    def _count(self, unit: Unit, linked: Sequence[tuple[str, int | None]]) -> None:
        result = sum(address is not None for _text, address in linked)
        numbered = [text for text, _address in linked if text[:1].isdecimal()]
        self._report.counts["with an address of the town"] += result > 0
        self._report.counts["without a civic number"] += not numbered
        if numbered and not result:
            self._report.tell(unit.rank, unit.matricule, f"no address of the town is: {numbered[0]}", refused=False)

    def _doors(self, unit: Unit) -> Iterator[tuple[str, list[Door]]]:
        """Each address that the roll gives, in its words, and the doors that it may be, the likeliest first."""
        for place in unit.places:
            ends = [(place.civic, place.suffix), (place.last_civic, place.last_suffix)]
            for civic, suffix in ends[: 1 + (bool(place.last_civic) and ends[0] != ends[1])]:
                doors: list[Door] = []
                if civic.isdecimal() and len(civic) <= 6:
                    apartment = " ".join(split(place.apartment))
                    ways = dict.fromkeys((apartment, ""))
                    doors = [(pk, int(civic), suffix.upper(), unit) for unit in ways for pk in self._streets_of(place)]
                yield place.text[:LONGEST_TEXT], doors

    def _streets_of(self, place: Place) -> list[int]:
        """The streets of the town that the roll may mean; one, unless two differ by a kind that it does not say."""
        key = (place.kind, place.name, place.cardinal)
        if key not in self._known:
            self._known[key] = self._find(place)
        return self._known[key]

    def _find(self, place: Place) -> list[int]:
        words = plain_words(place.name)
        cardinal = CARDINALS.get(place.cardinal.upper(), "")
        for asked in ([*words, cardinal] if cardinal else words, words):
            fits = self._names.fitting(" ".join(asked))
            close = {pk: fit.cost for pk, fit in fits.items() if fit.cost <= SAME_STREET and not fit.mistyped}
            if close:
                least = min(close.values())
                best = sorted(pk for pk, cost in close.items() if cost == least)
                of_kind = [pk for pk in best if _is_kind(place.kind, self._names.kind(pk))]
                return of_kind or (best if len(best) == 1 else [])
        return []

    def _addresses(self, wanted: Iterable[Sequence[Door]]) -> dict[Door, int]:
        """The addresses that stand at those doors."""
        doors = {door for every in wanted for door in every}
        keys = {address_key(civic, suffix, self._names.key(street), unit) for street, civic, suffix, unit in doors}
        rows = Address.objects.filter(key__in=keys).values_list("street_id", "civic", "suffix", "unit", "pk")
        return {(street, civic, suffix, " ".join(split(unit))): pk for street, civic, suffix, unit, pk in rows}

    def take_away(self) -> None:
        """Removes the units that the roll does not hold any more, unless something of it was refused."""
        report = self._report
        if report.counts["refused"]:
            report.notes.append("nothing is removed while a unit is refused")
            return
        last = 0
        while some := list(
            PropertyUnit.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "matricule")[:BATCH]
        ):
            last = some[-1][0]
            known = self._met.lines([matricule for _pk, matricule in some])
            gone = [(pk, matricule) for pk, matricule in some if matricule not in known]
            for _pk, matricule in gone:
                report.changed(f"{matricule}: removed")
            if gone and not report.dry_run:
                PropertyUnit.objects.filter(pk__in=[pk for pk, _matricule in gone]).delete()
            report.counts["removed"] += len(gone)


def _is_kind(code: str, kind: str) -> bool:
    wanted = EXACT_KINDS.get(code.upper())
    return kind == wanted if wanted else bool(code and kind) and kind.startswith("".join(split(code)))
