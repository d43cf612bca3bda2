"""Loading of a town's folder into the database; idempotent."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction

from parvis.apps.cases.services.due_dates import due_date_recalculation
from parvis.apps.catalogue.loading import load_catalogue
from parvis.apps.content.loading import load_knowledge
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory import queries as directory
from parvis.apps.directory.loading import load_departments, load_heads, load_sample_staff, load_town
from parvis.apps.directory.models import Town
from parvis.apps.directory.services.staff import retire_samples
from parvis.apps.leisure.loading import hall_warnings, load_leisure, load_season_facts
from parvis.apps.mail.loading import load_mailboxes
from parvis.apps.matching.services.vectors import keep_vectors
from parvis.apps.outreach.loading import load_message_templates
from parvis.apps.places.loading import load_map, load_neighbours, load_places
from parvis.apps.privacy.loading import load_register
from parvis.apps.residents.loading import load_disclosures
from parvis.apps.retention.loading import load_periods
from parvis.apps.schedules.loading.collections import load_collections
from parvis.apps.schedules.loading.transit import load_transit
from parvis.apps.schedules.loading.winter import load_winter
from parvis.apps.schedules.loading.works import load_works
from parvis.apps.workspace.loading import load_phrases
from parvis.lib import clock
from parvis.lib.database.upsert import UpsertCounts
from parvis.lib.ingest.problems import Problem, Problems
from parvis.operations.town.folder import Folder
from parvis.operations.town.reading import TownFileError, TownFiles, read

FORMAT = "9"
SHOWN = 40


@dataclass(frozen=True)
class LoadReport:
    """The result of a load. `unchanged`: the folder was already loaded, and nothing was done."""

    town: str
    demo: bool
    dry_run: bool
    unchanged: bool
    seconds: float
    tallies: dict[str, UpsertCounts] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    moved: tuple[due_date_recalculation.Moved, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for `--json`."""
        return {
            "town": self.town,
            "demo": self.demo,
            "dry_run": self.dry_run,
            "unchanged": self.unchanged,
            "seconds": round(self.seconds, 3),
            "counts": {kind: asdict(tally) for kind, tally in self.tallies.items()},
            "kept": list(self.kept),
            "warnings": list(self.warnings),
            "promises": [moved_as_json(moved) for moved in self.moved],
        }

    def lines(self) -> list[str]:
        """The report as lines to print."""
        if self.unchanged:
            return [f"{self.town}: nothing changed since it was loaded."]
        lines = [f"{self.town}: {'would be ' if self.dry_run else ''}loaded in {self.seconds:.1f} s."]
        for kind, tally in self.tallies.items():
            counts = ", ".join(f"{count} {name}" for name, count in asdict(tally).items() if count)
            if counts:
                lines.append(f"  {kind}: {counts}")
        lines += [f"  kept: {line}" for line in self.kept]
        lines += moved_lines(self.moved, dry_run=self.dry_run)
        return lines + [f"  to mend: {line}" for line in self.warnings]


def moved_as_json(moved: due_date_recalculation.Moved) -> dict[str, str]:
    """A due date that moved, as plain values: its case, the times before and after in ISO 8601."""
    local = directory.working_calendar().local
    return {"case": moved.reference, "before": local(moved.before).isoformat(), "after": local(moved.after).isoformat()}


def moved_lines(moved: Sequence[due_date_recalculation.Moved], *, dry_run: bool) -> list[str]:
    """The due dates that moved with the calendar, as lines to print, the first SHOWN in detail."""
    if not moved:
        return []
    local = directory.working_calendar().local
    verb = "would get" if dry_run else "got"
    lines = [f"  promises: {len(moved)} open requests {verb} another date with the calendar"]
    for case in moved[:SHOWN]:
        lines.append(f"    {case.reference}: {local(case.before):%Y-%m-%d %H:%M} -> {local(case.after):%Y-%m-%d %H:%M}")
    return lines + ([f"    ... and {len(moved) - SHOWN} more"] if len(moved) > SHOWN else [])


def load(path: Path | str, *, demo: bool, dry_run: bool = False) -> LoadReport:
    """Loads a town from its folder, all or nothing; TownFileError when anything is wrong.

    Idempotent: it updates the data that the files own, keeps and reports edits made in the product, and deactivates or
    deletes entries absent from the files. The only cases affected are open ones, whose due dates follow the calendar.
    Does nothing when no file changed since the last load. The sample accounts of staff.yaml are created only in demo;
    outside it, those left by a demonstration are closed. With `dry_run` the database is unchanged.
    """
    started, folder = time.monotonic(), Path(path)
    digest = sha256(f"{FORMAT} {demo} {Folder(folder, Problems()).digest()}".encode()).hexdigest()
    current = Town.objects.order_by("pk").first()
    if current is not None and current.folder_hash == digest:
        return LoadReport(current.slug, demo, dry_run, True, time.monotonic() - started)
    files = read(folder, workers=directory.workers())
    if current is not None and current.slug != files.town.slug:
        words = f"this database already serves {current.slug!r}: use another, empty database"
        raise TownFileError(folder, [Problem("town.yaml", "", words)])
    with transaction.atomic():
        tallies, kept = _load(files, demo)
        warnings = (*files.warnings, *hall_warnings(leisure=files.leisure))
        if any(tally.changed for tally in tallies.values()):
            bump_edition()
        Town.objects.filter(slug=files.town.slug).update(folder_hash=digest, loaded_at=clock.now())
        directory.forget()
        moved = (
            list(due_date_recalculation.moved_promises())
            if dry_run and due_date_recalculation.calendar_changed()
            else []
        )
        if dry_run:
            transaction.set_rollback(True)
    directory.forget()
    if not dry_run:
        keep_vectors()
        moved = due_date_recalculation.follow_calendar()
    seconds = time.monotonic() - started
    return LoadReport(files.town.slug, demo, dry_run, False, seconds, tallies, kept, warnings, tuple(moved))


def _load(files: TownFiles, demo: bool) -> tuple[dict[str, UpsertCounts], tuple[str, ...]]:
    tallies = load_town(town=files.town, calendar=files.calendar, language=files.language)
    tallies |= load_departments(departments=files.departments)
    if demo:
        tallies |= load_sample_staff(staff=files.staff)
    else:
        retire_samples()
    tallies |= load_heads(departments=files.departments)
    tallies |= load_places(
        sectors=files.sectors, streets=files.streets, segments=files.segments, addresses=files.addresses
    )
    tallies["map"] = load_map(water=files.water, parks=files.parks, landmarks=files.landmarks, lines=files.street_lines)
    tallies["neighbouring towns"] = load_neighbours(neighbours=files.neighbours, demo=demo)
    tallies |= load_collections(streams=files.collections)
    tallies["winter parking"] = load_winter(winter=files.winter)
    tallies["works"], works_kept = load_works(works=files.works)
    tallies["transit"] = load_transit(transit=files.transit, timetable=files.timetable, demo=demo)
    tallies |= load_catalogue(groups=files.groups, subjects=files.subjects, rules=files.rules)
    tallies["mailboxes"] = load_mailboxes(mailboxes=files.mailboxes)
    tallies["ready phrases"] = load_phrases(phrases=files.phrases)
    tallies["templates of messages"] = load_message_templates(templates=files.messages)
    tallies["what may be said"] = load_disclosures(disclosures=files.disclosures)
    tallies["register of privacy"] = load_register(collections=files.privacy, demo=demo)
    tallies["retention periods"] = load_periods(periods=files.retention, demo=demo)
    directory.forget()  # the calendar just loaded says which days nobody meets
    leisure, leisure_kept = load_leisure(leisure=files.leisure, demo=demo)
    tallies |= leisure
    tallies["facts of the seasons"] = load_season_facts(facts=files.facts)
    knowledge = load_knowledge(
        facts=files.facts,
        answers=files.answers,
        synonyms=files.synonyms,
        danger=files.danger,
        elsewhere=files.elsewhere,
        siblings=files.siblings,
        guides=files.guides,
    )
    return tallies | knowledge.tallies, (*works_kept, *leisure_kept, *knowledge.kept)
