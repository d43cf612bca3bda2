"""What a page where something is worked out shows."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from parvis.apps.knowledge import calculators
from parvis.apps.knowledge.calculators import Calculated, CalculationText, Computed
from parvis.surfaces.public.answers.screen import Reading, Source, fact_row, language, read, request_url, sources_of


@dataclass(frozen=True)
class Sheet:
    """The page: its subject, its form, what was worked out when the form is whole."""

    reading: Reading
    worked: Calculated

    @property
    def title(self) -> str:
        """The title of the page."""
        return self.worked.work.title

    @property
    def lede(self) -> str:
        """What it is for, in one line."""
        return self.worked.work.lede

    @property
    def form(self) -> forms.Form:
        """What is asked."""
        return self.worked.form

    @property
    def button(self) -> str:
        """What sends the form."""
        return button_of(self.worked)

    @property
    def computed(self) -> Computed[Any] | None:
        """What was worked out, once the form is whole."""
        return self.worked.computed

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """The questions of a guide that were answered, to be read again beside its outcome."""
        return self.worked.asked if self.worked.work.guided else ()

    @property
    def said(self) -> CalculationText | None:
        """The words of the result."""
        return self.computed.words(language()) if self.computed else None

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines of the result."""
        rows = self.said.rows if self.said else ()
        return [
            {
                "label": row.label,
                "value": row.value,
                "state": "sample" if row.sample else "",
                "mark": row.sample,
                "to": row.url,
            }
            for row in rows
        ]

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The dated values behind the result, each with its source."""
        told = self.computed.facts_told(language()) if self.computed else []
        return [fact_row(fact, self.reading) for fact in told]

    @property
    def sources(self) -> list[Source]:
        """Where those values come from."""
        return sources_of(self.computed.facts_told(language()) if self.computed else [])

    @property
    def request_url(self) -> str:
        """Where the question is passed on, with what was worked out."""
        short = self.said.short if self.said else ""
        return request_url(self.reading.card, f"{self.title}. {short}".strip())


def button_of(worked: Calculated) -> str:
    """What the button that sends a form of that work says."""
    if worked.work.guided:
        return _("See the outcome") if worked.whole else _("Go on")
    return _("Work it out")


def sheet(slug: str, typed: QueryDict, *, guided: bool) -> Sheet:
    """The calculation on a subject, or its guided questions; Http404 when there is none."""
    reading, lang = read(slug), language()
    works = [
        calculator
        for calculator in calculators.calculators_on(slug, lang)
        if calculator.guided == guided and calculator.subject == slug
    ]
    if reading is None or not works:
        raise Http404
    return Sheet(reading, calculators.calculated(works[0], {name: typed.get(name, "") for name in typed}, lang))
