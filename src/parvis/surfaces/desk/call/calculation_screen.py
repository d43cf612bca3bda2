"""Calculations during a contact, and computed answers for an address: the panes, and the answers recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries import at_address, base, registry
from parvis.apps.calculators.queries.at_address import PARTS
from parvis.apps.calculators.queries.base import Computed
from parvis.apps.calculators.queries.registry import Calculated, Calculator
from parvis.apps.catalogue.models import Subject
from parvis.apps.content.queries.answers import current_answer
from parvis.apps.intake.services.matters import GivenAnswer
from parvis.apps.places.models import Address
from parvis.lib.clock import now
from parvis.lib.i18n.languages import Lang, clean
from parvis.surfaces.desk.call.draft import WORK_NAME, WORK_PREFIX, Draft

WORK = "work"
READ_FOR = timedelta(hours=2)  # how long an answer may stay on the screen before it is read aloud


@dataclass(frozen=True)
class Sheet:
    """A calculator on the screen, in the person's language: its form, then the words to say."""

    work: Calculator
    worked: Calculated
    lang: Lang

    @property
    def said(self) -> base.CalculationText | None:
        """The result in words, once calculated."""
        return self.worked.computed.words(self.lang) if self.worked.computed else None

    @property
    def stamp(self) -> str:
        """A hash of the words, which changes with the facts."""
        return self.worked.computed.stamp(self.lang) if self.worked.computed else ""

    @property
    def typed(self) -> list[tuple[str, str]]:
        """The values typed in the form, to be submitted again with the result read aloud."""
        form, shown = self.worked.form, self.worked.shown
        values = [(form.add_prefix(name), str(form[name].value() or "")) for name in form.fields]
        return [(name, value) for name, value in values if value] + ([(f"{WORK_PREFIX}-vu", shown)] if shown else [])

    @property
    def sources(self) -> list[str]:
        """The sources of the facts behind the result."""
        facts = self.worked.computed.facts_told(self.lang) if self.worked.computed else []
        return list(dict.fromkeys(fact.source for fact in facts if fact.source and not fact.mark))

    def given_answer(self) -> GivenAnswer | None:
        """The answer to record once the result was read aloud; None before a result."""
        if self.worked.computed is None:
            return None
        return _given(self.worked.computed, self.lang, self.work.subject, self.worked.asked)


def sheet(key: str, typed: Mapping[str, str], lang: Lang) -> Sheet | None:
    """The calculator of that key with the values typed (names with WORK_PREFIX); None when the town has none."""
    calculator = registry.calculator_of(key, lang)
    if calculator is None:
        return None
    with translation.override(lang):
        return Sheet(calculator, registry.calculated(calculator, typed, lang, prefix=WORK_PREFIX), lang)


def pane(draft: Draft) -> dict[str, Any] | None:
    """The context of the pane; None when the draft names no calculator."""
    named = sheet(draft.fields.get(WORK_NAME, ""), draft.fields, draft.lang)
    return {"sheet": named, "language_choice": draft.lang} if named else None


# --- An address ----------------------------------------------------------------------------------------------------


def answers_at(
    address: Address, parts: Iterable[str], lang: Lang, moment: datetime
) -> list[tuple[Subject | None, GivenAnswer]]:
    """The answer to record for each part read aloud, as of the moment it was shown, with its subject."""
    subjects, chosen = _subjects(), set(parts)
    with translation.override(lang):
        label = _("Address")
    answers = []
    for part in PARTS:
        if part in chosen:
            computed, subject = at_address.at_address(part, address, moment=moment), subjects.get(part)
            slug = subject.slug if subject else ""
            answers.append((subject, _given(computed, lang, slug, ((label, address.label),))))
    return answers


def shown_at(typed: str) -> datetime | None:
    """The moment an address was shown; None when it is invalid, in the future, or more than READ_FOR ago."""
    try:
        shown = parse_datetime(typed)
    except ValueError:
        shown = None
    moment = now()
    return shown if shown and shown.tzinfo and moment - READ_FOR <= shown <= moment else None


def _subjects() -> dict[str, Subject]:
    """The first subject whose answer gives each part."""
    subjects: dict[str, Subject] = {}
    for subject in Subject.objects.filter(active=True).order_by("position", "slug"):
        for part in subject.computed:
            subjects.setdefault(part, subject)
    return subjects


def _given(computed: Computed[Any], lang: Lang, slug: str, asked: Iterable[tuple[str, str]]) -> GivenAnswer:
    words = computed.words(clean(lang))
    rows = [[row.label, row.value] for row in words.rows]
    inputs = {**computed.given_inputs, "asked": [list(pair) for pair in asked], "rows": rows}
    answer = current_answer(slug) if slug else None
    return GivenAnswer(answer, words.short, lang, computed.given_facts(lang), inputs, computed=True)
