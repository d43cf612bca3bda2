"""Imports cases from an earlier system with their journal, in bulk and without notifying anyone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.indexing import indexed_words
from parvis.apps.cases.services.journal import EntryDraft, attach, draft
from parvis.apps.cases.services.opening.numbers import next_numbers
from parvis.apps.directory.queries import working_calendar
from parvis.apps.search import services as search
from parvis.lib.clock import now
from parvis.lib.ids import make_reference

IMPORTED = "import:"


@dataclass(frozen=True)
class Step:
    """One past entry: when it happened, what it says, and what it changed in the case."""

    at: datetime
    line: EntryDraft
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LegacyHistory:
    """A case as opened (`case`, without reference nor journal), then its later steps in order.

    `words` are extra search words, such as its number in the earlier system.
    """

    case: Case
    opening: EntryDraft
    steps: Sequence[Step] = ()
    words: str = ""


def key_of(system: str, number: str) -> str:
    """The key of the case with this number in that system, so that it is imported once; starts with IMPORTED."""
    return IMPORTED + sha256(f"{system}\n{number}".encode()).hexdigest()[:56]


@transaction.atomic
def record_legacy_cases(*, histories: Sequence[LegacyHistory]) -> list[Case]:
    """Writes these cases and their journals, each entry dated when it happened and recorded now; notifies nobody.

    References belong to the year in which each case was opened. Raises IntegrityError for a key that already exists:
    the caller filters those out. A dozen queries in all.
    """
    moment = now()
    years = [working_calendar().local(history.case.opened_at).year for history in histories]
    numbers = {year: iter(next_numbers(year, years.count(year))) for year in dict.fromkeys(years)}
    entries: list[Entry] = []
    for history, year in zip(histories, years, strict=True):
        case = history.case
        case.reference = make_reference(year, next(numbers[year]))
        entries.append(draft(case, history.opening, at=case.opened_at, recorded_at=moment, opening=True))
        entries += _drafts(case, history.steps, moment)
    cases = Case.objects.bulk_create([history.case for history in histories])
    Entry.objects.bulk_create(entries)
    lines = [line for history in histories for line in (history.opening, *(step.line for step in history.steps))]
    attach(zip(entries, lines, strict=True))
    words = {case.pk: indexed_words(case, case.person) for case in cases}
    words = {case.pk: f"{words[case.pk]} {history.words}" for case, history in zip(cases, histories, strict=True)}
    search.index_many(kind="case", words=words)
    return cases


@transaction.atomic
def add_legacy_steps(*, case_id: int, steps: Sequence[Step]) -> Case:
    """Adds past entries, missing from an earlier import, to an imported case. Notifies nobody."""
    case = Case.objects.select_for_update().get(pk=case_id)
    entries = _drafts(case, steps, now())
    case.save(update_fields=["seq", "head", "changed_at"])
    Entry.objects.bulk_create(entries)
    attach(zip(entries, [step.line for step in steps], strict=True))
    return case


def _drafts(case: Case, steps: Sequence[Step], moment: datetime) -> list[Entry]:
    return [draft(case, step.line, at=step.at, recorded_at=moment, changes=step.changes) for step in steps]
