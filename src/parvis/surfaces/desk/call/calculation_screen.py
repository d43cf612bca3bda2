"""What may be worked out during a contact, and what was said of an address: the panes, and what is recorded of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.intake.services import GivenAnswer
from parvis.apps.knowledge import calculators
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.calculators import PARTS, Calculated, Calculator, Computed
from parvis.apps.places.models import Address
from parvis.lib.clock import now
from parvis.lib.languages import Lang, clean
from parvis.surfaces.desk.call.draft import WORK_NAME, WORK_PREFIX, Draft

WORK = "work"
READ_FOR = timedelta(hours=2)  # how long an answer may stay on the screen before it is said


@dataclass(frozen=True)
class Sheet:
    """A work on the agent's screen, in the language of the person: its form, then what to say."""

    work: Calculator
    worked: Calculated
    lang: Lang

    @property
    def said(self) -> calculators.CalculationText | None:
        """The words of the result."""
        return self.worked.computed.words(self.lang) if self.worked.computed else None

    @property
    def stamp(self) -> str:
        """Tells these words from those that other facts would give."""
        return self.worked.computed.stamp(self.lang) if self.worked.computed else ""

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Every field of the form as it was typed, to be sent again with what was read."""
        form, shown = self.worked.form, self.worked.shown
        result = [(form.add_prefix(name), str(form[name].value() or "")) for name in form.fields]
        return [(name, value) for name, value in result if value] + ([(f"{WORK_PREFIX}-vu", shown)] if shown else [])

    @property
    def sources(self) -> list[str]:
        """Where the values behind the result come from."""
        told = self.worked.computed.facts_told(self.lang) if self.worked.computed else []
        return list(dict.fromkeys(fact.source for fact in told if fact.source and not fact.mark))


def sheet(key: str, typed: Mapping[str, str], lang: Lang) -> Sheet | None:
    """The work of that key with what was typed (names with WORK_PREFIX); None when the town has no such work."""
    work = calculators.calculator_of(key, lang)
    if work is None:
        return None
    with translation.override(lang):
        return Sheet(work, calculators.calculated(work, typed, lang, prefix=WORK_PREFIX), lang)


def pane(draft: Draft) -> dict[str, Any] | None:
    """The variables of the pane; None when nothing that exists is asked for."""
    result = sheet(draft.fields.get(WORK_NAME, ""), draft.fields, draft.lang)
    return {"sheet": result, "language_choice": draft.lang} if result else None


def said_of(item: Sheet) -> GivenAnswer | None:
    """What is recorded once the result was read aloud; None while nothing is worked out."""
    if item.worked.computed is None:
        return None
    return _said(item.worked.computed, item.lang, item.work.subject, item.worked.asked)


# --- An address ----------------------------------------------------------------------------------------------------


def said_at(
    address: Address, parts: Iterable[str], lang: Lang, moment: datetime
) -> list[tuple[Subject | None, GivenAnswer]]:
    """What is recorded of each part read aloud, with the subject it is about, as it stood when it was shown."""
    subjects = _subjects()
    with translation.override(lang):
        where = _("Address")
    said = []
    for part in (item for item in PARTS if item in set(parts)):
        computed, subject = calculators.at_address(part, address, moment=moment), subjects.get(part)
        slug = subject.slug if subject else ""
        said.append((subject, _said(computed, lang, slug, ((where, address.label),))))
    return said


def shown_at(typed: str) -> datetime | None:
    """When an address was shown; None when that is no moment, is to come, or is too long ago to be read still."""
    try:
        shown = parse_datetime(typed)
    except ValueError:
        shown = None
    moment = now()
    return shown if shown and shown.tzinfo and moment - READ_FOR <= shown <= moment else None


def _subjects() -> dict[str, Subject]:
    """The first subject of the town whose answer gives each part."""
    subjects: dict[str, Subject] = {}
    for subject in Subject.objects.filter(active=True).order_by("position", "slug"):
        for part in subject.computed:
            subjects.setdefault(part, subject)
    return subjects


def _said(computed: Computed[Any], lang: Lang, slug: str, asked: Iterable[tuple[str, str]]) -> GivenAnswer:
    words = computed.words(clean(lang))
    rows = [[row.label, row.value] for row in words.rows]
    inputs = {**computed.given_inputs, "asked": [list(item) for item in asked], "rows": rows}
    answer = knowledge.current_answer(slug) if slug else None
    return GivenAnswer(answer, words.short, lang, computed.given_facts(lang), inputs, computed=True)
