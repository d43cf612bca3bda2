"""Bringing the history of an earlier system: checked line by line, written by batches, safe to run again."""

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
from parvis.apps.cases.services import add_legacy_steps, key_of, record_legacy_cases
from parvis.lib.clock import now
from parvis.lib.ingest.staging import Staging
from parvis.operations.importing import people
from parvis.operations.importing.dates import UnreadableDate
from parvis.operations.importing.histories import history, late_notes
from parvis.operations.importing.legacy_case import LegacyCase, Note, numbered_again
from parvis.operations.importing.lookups import Lookups
from parvis.operations.importing.mapping import Mapping
from parvis.operations.importing.refusals import CannotImport
from parvis.operations.importing.report import Problem, Report, open_log
from parvis.operations.importing.rows import Reader
from parvis.operations.importing.source import Line, Source, open_source

BATCH = 100

Progress = Callable[[Report], None]


def import_cases(
    *,
    path: Path,
    mapping: Mapping,
    notes: Path | None = None,
    dry_run: bool = False,
    log: Path | None = None,
    progress: Progress = lambda report: None,
) -> Report:
    """Brings the cases of a file, with their people and notes; with `dry_run`, only says what would not fit.

    Each batch is one transaction: stopped at any moment, it may be run again, and goes on where it was; a case that is
    here already is left as it is, but for notes that it lacks. Nobody is told anything. CannotImport when the file as a
    whole cannot be used. Memory does not grow with the file.
    """
    started = time.monotonic()
    source = open_source(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    _refuse_unfit(source, mapping.columns, mapping)
    report = Report(mapping.system, path.name, dry_run, source.encoding, source.delimiter)
    report.unused = _unused(source, mapping)
    with ExitStack() as opened:
        report.log = opened.enter_context(open_log(log)) if log else None
        scratch = opened.enter_context(Staging())
        reader = Reader(mapping, Lookups())
        if notes:
            _keep_notes(notes, reader, scratch, report)
        for batch in _batches(_readable(source, reader, scratch, report)):
            _settle(batch, mapping.system, report)
            report.seconds = time.monotonic() - started
            progress(report)
        for number, line in scratch.left_notes():
            report.tell([Problem(line, number, _("This note is of a request that is not in the file."), notes=True)])
    report.seconds = time.monotonic() - started
    return report


def _batches(legacy_cases: Iterator[LegacyCase]) -> Iterator[list[LegacyCase]]:
    while batch := list(islice(legacy_cases, BATCH)):
        yield batch


def _refuse_unfit(source: Source, fields: dict[str, tuple[str, ...]], mapping: Mapping) -> None:
    """CannotImport when a column that nothing can do without is missing."""
    needed = ["number", "words"]
    if fields is mapping.columns:
        needed = ["opened_at", *(["number"] if mapping.without_number == "refuse" else [])]
    missing = [", ".join(fields[name]) for name in needed if not any(map(source.has, fields[name]))]
    if missing:
        text = _("The file %(file)s does not have these columns: %(missing)s. It has: %(columns)s.")
        words = {"file": source.path.name, "missing": "; ".join(missing), "columns": ", ".join(source.columns)}
        raise CannotImport(text % words)


def _unused(source: Source, mapping: Mapping) -> list[str]:
    used = {column for columns in mapping.columns.values() for column in columns}
    used |= {kept.column for kept in mapping.keep} | set(mapping.counts)
    known = replace(source, columns=tuple(used))
    return [column for column in source.columns if column and not known.has(column)]


def _readable(source: Source, reader: Reader, scratch: Staging, report: Report) -> Iterator[LegacyCase]:
    """The cases that the file holds, each once; what does not fit is told on the way."""
    for line in source.lines():
        report.counts["lines"] += 1
        legacy_case, problems = reader.read(line)
        if legacy_case is None and not problems:
            report.counts["left"] += 1
        if legacy_case and (times_first := scratch.meet(legacy_case.identity, line.number))[0] > 1:
            times, first = times_first
            if legacy_case.number:
                text = _("Its number is already that of line %(line)d.")
                problems.append(Problem(line.number, legacy_case.number, text % {"line": first}))
                legacy_case = None
            else:
                legacy_case = numbered_again(legacy_case, times)
        report.tell(problems)
        if legacy_case:
            yield _with_notes(legacy_case, scratch)


def _with_notes(legacy_case: LegacyCase, scratch: Staging) -> LegacyCase:
    kept = scratch.take_notes(legacy_case.number) if legacy_case.number else []
    more = tuple(Note(words, datetime.fromisoformat(at) if at else None) for _line, at, words in kept)
    return replace(legacy_case, notes=(*legacy_case.notes, *more)) if more else legacy_case


def _keep_notes(path: Path, reader: Reader, scratch: Staging, report: Report) -> None:
    """Reads the file of notes into the scratch, so that each waits for its case, wherever that is."""
    mapping = reader.mapping
    if not mapping.notes:
        raise CannotImport(_("The mapping does not say how notes are read: it has no “notes”."))
    source = open_source(path, encoding=mapping.encoding, delimiter="")
    _refuse_unfit(source, {name: columns for name, columns in mapping.notes.items() if name != "author"}, mapping)
    rows = (row for line in source.lines() if (row := _note(line, reader, report)))
    scratch.keep_notes(rows)


def _note(line: Line, reader: Reader, report: Report) -> tuple[str, int, str, str] | None:
    """One line of the notes, for the scratch; None when it does not fit, which is told."""
    fields = reader.mapping.notes
    number, words = line.get(fields["number"]), line.get(fields["words"], "\n")
    written, author = line.get(fields.get("at", ())), line.get(fields.get("author", ()), " ")
    wrong, at = line.wrong, ""
    if not wrong and not (number and words):
        wrong = _("A note needs the number of its request, and words.")
    if not wrong and written:
        try:
            when = reader.date(written)
            at = when.moment.isoformat()
            wrong = _("This note was written in the future.") if reader.to_come(when) else ""
        except UnreadableDate:
            wrong = _("“%(value)s” is not a date that the mapping can read.") % {"value": written}
    if wrong:
        report.tell([Problem(line.number, number, wrong, notes=True)])
        return None
    return number, line.number, at, f"{author} : {words}" if author else words


def _settle(batch: Iterable[LegacyCase], system: str, report: Report) -> None:
    """One batch: what is new is written in one transaction, unless this is a dry run."""
    wanted = {key_of(system, legacy_case.identity): legacy_case for legacy_case in batch}
    here = dict(Case.objects.filter(key__in=wanted).values_list("key", "pk"))
    new = {key: one for key, one in wanted.items() if key not in here}
    if not report.dry_run:
        with transaction.atomic():
            _write(new, system, report)
            added = sum(_add_notes(pk, wanted[key]) for key, pk in here.items() if wanted[key].notes)
        report.counts["notes"] += added
    report.counts["already"] += len(here)
    report.counts["created"] += len(new)
    report.counts["open"] += sum(legacy_case.is_open for legacy_case in new.values())
    report.counts["closed"] += sum(not legacy_case.is_open for legacy_case in new.values())
    report.counts["notes"] += sum(len(legacy_case.notes) for legacy_case in new.values())


def _write(new: dict[str, LegacyCase], system: str, report: Report) -> None:
    wanted = [legacy_case.person for legacy_case in new.values() if legacy_case.person]
    or_register, unknown = people.find_or_register(system=system, wanted=wanted)
    report.counts["people_new"] += unknown
    report.counts["people_known"] += len({person.pk for person in or_register.values()}) - unknown
    moment = now()
    histories = []
    for key, result in new.items():
        person = or_register[people.key_of(system, result.person)] if result.person else None
        histories.append(history(result, key=key, system=system, file=report.file, person=person, moment=moment))
    if histories:
        record_legacy_cases(histories=histories)


def _add_notes(case_id: int, legacy_case: LegacyCase) -> int:
    """Adds to a case that is here the notes that it lacks; returns how many."""
    rows = Entry.objects.filter(case=case_id, kind=Entry.Kind.NOTED).values_list("data", flat=True)
    known = {str(data.get("note")) for data in rows if data.get("note")}
    steps = late_notes(legacy_case, known)
    if steps:
        add_legacy_steps(case_id=case_id, steps=steps)
    return len(steps)
