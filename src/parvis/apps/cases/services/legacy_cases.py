"""Cases that lived in an earlier system, written with the journal they had there: many at once, nobody told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from parvis.apps.cases.journal import EntryDraft, attach, draft
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.numbers import next_numbers
from parvis.apps.cases.services.indexing import indexed_words
from parvis.apps.directory.queries import working_calendar
from parvis.apps.search import services as search
from parvis.lib.clock import now
from parvis.lib.ids import make_reference

IMPORTED = "import:"


@dataclass(frozen=True)
class Step:
    """One line of the past journal: when it happened, what it says, and what it changed in the case."""

    at: datetime
    line: EntryDraft
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LegacyHistory:
    """A case as it was when it was opened (`case`, without reference nor journal), then what happened to it, in order.

    `words` are those by which it is found beside its own, the number of the earlier system among them.
    """

    case: Case
    opening: EntryDraft
    steps: Sequence[Step] = ()
    words: str = ""


def key_of(system: str, number: str) -> str:
    """The key of the case that had this number in that system: the same one is never brought twice.

    It begins with IMPORTED, which tells the cases that were brought from all others.
    """
    return IMPORTED + sha256(f"{system}\n{number}".encode()).hexdigest()[:56]


@transaction.atomic
def record_legacy_cases(*, histories: Sequence[LegacyHistory]) -> list[Case]:
    """Writes these cases and their journals, each entry at its own moment and marked as recorded now; tells nobody.

    References are of the series of the year in which each case was opened. A key that exists already is an
    IntegrityError: the caller leaves such cases out. A dozen queries, however many cases there are.
    """
    moment = now()
    years = [working_calendar().local(history.case.opened_at).year for history in histories]
    numbers = {year: iter(next_numbers(year, years.count(year))) for year in dict.fromkeys(years)}
    drafts: list[list[Entry]] = []
    for history, year in zip(histories, years, strict=True):
        history.case.reference = make_reference(year, next(numbers[year]))
        drafts.append(_journal(history, moment))
    cases = Case.objects.bulk_create([history.case for history in histories])
    Entry.objects.bulk_create([entry for entries in drafts for entry in entries])
    lines = [line for history in histories for line in (history.opening, *(step.line for step in history.steps))]
    attach(zip([entry for entries in drafts for entry in entries], lines, strict=True))
    search.index_many(kind="case", words={case.pk: _words(case, history) for case, history in _pairs(cases, histories)})
    return cases


@transaction.atomic
def add_legacy_steps(*, case_id: int, steps: Sequence[Step]) -> Case:
    """Adds lines of the past to a case that was brought before: what an earlier import did not have. Tells nobody."""
    case = Case.objects.select_for_update().get(pk=case_id)
    moment = now()
    entries = [_recorded(case, step, moment) for step in steps]
    case.save(update_fields=["seq", "head", "changed_at"])
    Entry.objects.bulk_create(entries)
    attach(zip(entries, [step.line for step in steps], strict=True))
    return case


def _journal(history: LegacyHistory, moment: datetime) -> list[Entry]:
    case = history.case
    opening = draft(case, history.opening, at=case.opened_at, recorded_at=moment, opening=True)
    return [opening, *(_recorded(case, step, moment) for step in history.steps)]


def _recorded(case: Case, step: Step, moment: datetime) -> Entry:
    return draft(case, step.line, at=step.at, recorded_at=moment, changes=step.changes)


def _pairs(cases: Sequence[Case], histories: Sequence[LegacyHistory]) -> "zip[tuple[Case, LegacyHistory]]":
    return zip(cases, histories, strict=True)


def _words(case: Case, history: LegacyHistory) -> str:
    return f"{indexed_words(case, case.person)} {history.words}"
