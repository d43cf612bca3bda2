"""Import of cases from a legacy system: checked line by line, written in batches, idempotent."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.opening.legacy_cases import add_legacy_steps, key_of, record_legacy_cases
from parvis.lib.clock import now
from parvis.lib.ingest.staging import Staging
from parvis.operations.importing import people
from parvis.operations.importing.dates import UnreadableDate
from parvis.operations.importing.histories import history, late_notes
from parvis.operations.importing.legacy_case import LegacyCase, Note, with_rank
from parvis.operations.importing.lookups import Lookups
from parvis.operations.importing.mapping import Mapping
from parvis.operations.importing.mapping import key as column_key
from parvis.operations.importing.report import CannotImport, ImportReport, Problem, open_log
from parvis.operations.importing.rows import Reader
from parvis.operations.importing.source import Record, Source, open_source

BATCH = 100

Progress = Callable[[ImportReport], None]


def import_cases(
    *,
    path: Path,
    mapping: Mapping,
    notes: Path | None = None,
    carry_over: bool = False,
    dry_run: bool = False,
    log: Path | None = None,
    progress: Progress = lambda report: None,
) -> ImportReport:
    """Imports the cases of a file, with their people and notes; with `dry_run`, only reports the problems.

    An open request becomes one like any other, with a date counted from today when it has none; with `carry_over`, it
    stays as it was: no promise, not public, in no figure. Each batch is one transaction: an interrupted import may be
    run again, and resumes. Existing cases are unchanged, except that missing notes are added. Sends no notifications.
    CannotImport when the file as a whole is unusable. Memory use does not grow with the file.
    """
    started = time.monotonic()
    source = open_source(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    _check_columns(source, mapping.columns, mapping)
    report = ImportReport(mapping.system, path.name, dry_run, source.encoding, source.delimiter, carry_over=carry_over)
    report.unused = _unused(source, mapping)
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        staging = opened.enter_context(Staging())
        reader = Reader(mapping, Lookups())
        if notes:
            _stage_notes(notes, reader, staging, report)
        legacy_cases = _valid_cases(source, reader, staging, report)
        while batch := list(islice(legacy_cases, BATCH)):
            _import(batch, mapping.system, report)
            report.seconds = time.monotonic() - started
            progress(report)
        for number, line in staging.left_notes():
            report.tell([Problem(line, number, _("This note is of a request that is not in the file."), notes=True)])
    report.seconds = time.monotonic() - started
    return report


def _check_columns(source: Source, fields: dict[str, tuple[str, ...]], mapping: Mapping) -> None:
    """CannotImport when a required column is missing."""
    required = ["number", "words"]
    if fields is mapping.columns:
        required = ["opened_at", *(["number"] if mapping.without_number == "refuse" else [])]
    missing = [", ".join(fields[name]) for name in required if not any(map(source.has, fields[name]))]
    if missing:
        text = _("The file %(file)s does not have these columns: %(missing)s. It has: %(columns)s.")
        words = {"file": source.path.name, "missing": "; ".join(missing), "columns": ", ".join(source.columns)}
        raise CannotImport(text % words)


def _unused(source: Source, mapping: Mapping) -> list[str]:
    used = {column for columns in mapping.columns.values() for column in columns}
    used |= {kept.column for kept in mapping.keep} | set(mapping.counts)
    used_keys = set(map(column_key, used))
    return [column for column in source.columns if column and column_key(column) not in used_keys]


def _valid_cases(source: Source, reader: Reader, staging: Staging, report: ImportReport) -> Iterator[LegacyCase]:
    """Yields the valid cases of the file, each once; reports problems."""
    for line in source.lines():
        report.counts["lines"] += 1
        legacy_case, problems = reader.read(line)
        if legacy_case is None and not problems:
            report.counts["left"] += 1
        if legacy_case:
            times, first = staging.meet(legacy_case.identity, line.number)
            if times > 1 and legacy_case.number:
                text = _("Its number is already that of line %(line)d.")
                problems.append(Problem(line.number, legacy_case.number, text % {"line": first}))
                legacy_case = None
            else:
                legacy_case = with_rank(legacy_case, times)
        report.tell(problems)
        if legacy_case:
            carried_over = report.carry_over and legacy_case.is_open
            yield replace(_with_notes(legacy_case, staging), carried_over=carried_over)


def _with_notes(legacy_case: LegacyCase, staging: Staging) -> LegacyCase:
    staged = staging.take_notes(legacy_case.number) if legacy_case.number else []
    notes = [Note(words, datetime.fromisoformat(at) if at else None) for _line, at, words in staged]
    return replace(legacy_case, notes=(*legacy_case.notes, *notes))


def _stage_notes(path: Path, reader: Reader, staging: Staging, report: ImportReport) -> None:
    """Stores the notes in the staging database until their cases are read."""
    mapping = reader.mapping
    if not mapping.notes:
        raise CannotImport(_("The mapping does not say how notes are read: it has no “notes”."))
    source = open_source(path, encoding=mapping.encoding, delimiter="")
    _check_columns(source, {name: columns for name, columns in mapping.notes.items() if name != "author"}, mapping)
    staging.keep_notes(row for line in source.lines() if (row := _note(line, reader, report)))


def _note(line: Record, reader: Reader, report: ImportReport) -> tuple[str, int, str, str] | None:
    """A line of the notes, as a staging row; None when it is refused, which is reported."""
    fields = reader.mapping.notes
    number, words = line.get(fields["number"]), line.get(fields["words"], "\n")
    written, author = line.get(fields.get("at", ())), line.get(fields.get("author", ()), " ")
    error, at = line.wrong, ""
    if not error and not (number and words):
        error = _("A note needs the number of its request, and words.")
    if not error and written:
        try:
            when = reader.date(written)
            at = when.moment.isoformat()
            error = _("This note was written in the future.") if reader.is_future(when) else ""
        except UnreadableDate:
            error = _("“%(value)s” is not a date that the mapping can read.") % {"value": written}
    if error:
        report.tell([Problem(line.number, number, error, notes=True)])
        return None
    return number, line.number, at, f"{author} : {words}" if author else words


def _import(batch: Iterable[LegacyCase], system: str, report: ImportReport) -> None:
    """Writes the new cases of a batch in one transaction, unless this is a dry run."""
    by_key = {key_of(system, legacy_case.identity): legacy_case for legacy_case in batch}
    existing = dict(Case.objects.filter(key__in=by_key).values_list("key", "pk"))
    new = {key: legacy_case for key, legacy_case in by_key.items() if key not in existing}
    if not report.dry_run:
        with transaction.atomic():
            _write(new, system, report)
            added = sum(_add_notes(pk, by_key[key]) for key, pk in existing.items() if by_key[key].notes)
        report.counts["notes"] += added
    report.counts["already"] += len(existing)
    report.counts["created"] += len(new)
    report.counts["open"] += sum(legacy_case.is_open for legacy_case in new.values())
    report.counts["new_dates"] += sum(legacy_case.gets_new_date for legacy_case in new.values())
    report.counts["shown"] += sum(legacy_case.is_shown for legacy_case in new.values())
    report.counts["closed"] += sum(not legacy_case.is_open for legacy_case in new.values())
    report.counts["notes"] += sum(len(legacy_case.notes) for legacy_case in new.values())


def _write(new: dict[str, LegacyCase], system: str, report: ImportReport) -> None:
    records = [legacy_case.person for legacy_case in new.values() if legacy_case.person]
    registered, created = people.find_or_register(system=system, records=records)
    report.counts["people_new"] += created
    report.counts["people_known"] += len({person.pk for person in registered.values()}) - created
    moment = now()
    histories = []
    for key, legacy_case in new.items():
        person = registered[people.key_of(system, legacy_case.person)] if legacy_case.person else None
        histories.append(history(legacy_case, key=key, system=system, file=report.file, person=person, moment=moment))
    if histories:
        record_legacy_cases(histories=histories)


def _add_notes(case_id: int, legacy_case: LegacyCase) -> int:
    """Adds the missing notes to an existing case; returns their number."""
    rows = Entry.objects.filter(case=case_id, kind=Entry.Kind.NOTED).values_list("data", flat=True)
    known = {str(data.get("note")) for data in rows if data.get("note")}
    steps = late_notes(legacy_case, known)
    if steps:
        add_legacy_steps(case_id=case_id, steps=steps)
    return len(steps)
