"""The data of a calculator's or guide's page."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries import registry
from parvis.apps.calculators.queries.base import CalculationText
from parvis.apps.calculators.queries.registry import Calculated
from parvis.apps.content.queries.rendering import ShownFact
from parvis.surfaces.public.answers.screen import Reading, Source, fact_row, language, read, request_url, sources_of


@dataclass(frozen=True)
class Sheet:
    """One page: its subject, its form, and the result once the form is complete."""

    reading: Reading
    worked: Calculated

    @property
    def title(self) -> str:
        return self.worked.work.title

    @property
    def button(self) -> str:
        """The label of the submit button."""
        if self.worked.work.guided:
            return _("See the outcome") if self.worked.whole else _("Go on")
        return _("Work it out")

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """(question, answer) of a guide so far, shown beside its outcome."""
        return self.worked.asked if self.worked.work.guided else ()

    @property
    def text(self) -> CalculationText | None:
        """The result in words."""
        return self.worked.computed.words(language()) if self.worked.computed else None

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines of the result."""
        return [
            {
                "label": row.label,
                "value": row.value,
                "state": "sample" if row.sample else "",
                "mark": row.sample,
                "to": row.url,
            }
            for row in (self.text.rows if self.text else ())
        ]

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The dated values behind the result, each with its source."""
        return [fact_row(fact, self.reading) for fact in self._shown_facts]

    @property
    def sources(self) -> list[Source]:
        """The sources of those values."""
        return sources_of(self._shown_facts)

    @property
    def _shown_facts(self) -> list[ShownFact]:
        return self.worked.computed.facts_told(language()) if self.worked.computed else []

    @property
    def request_url(self) -> str:
        """The form to send the question to an agent, with the result."""
        short = self.text.short if self.text else ""
        return request_url(self.reading.card, f"{self.title}. {short}".strip())


def sheet(slug: str, typed: QueryDict, *, guided: bool) -> Sheet:
    """The calculator of a subject, or its guide, filled in with `typed`. Raises Http404 when there is none."""
    reading, lang = read(slug), language()
    offered = registry.calculators_on(slug, lang)
    calculator = next((each for each in offered if each.guided == guided and each.subject == slug), None)
    if reading is None or calculator is None:
        raise Http404
    return Sheet(reading, registry.calculated(calculator, {name: typed.get(name, "") for name in typed}, lang))
