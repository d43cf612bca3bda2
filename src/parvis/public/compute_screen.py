"""What a page where something is worked out shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from parvis.knowledge import computing
from parvis.knowledge.computed import permit_guide
from parvis.knowledge.computing import Computed, Said
from parvis.knowledge.computing.subsidies import second_hand_counts
from parvis.public.answer_screen import Reading, Source, fact_row, language, read, request_url, sources_of
from parvis.public.compute_forms import DutyForm, GuideForm, RevisionForm, SubsidyForm, TaxesForm
from parvis.public.tools import DUTY, REVISION, TAXES, calculates, title_of


@dataclass(frozen=True)
class Sheet:
    """The page: its subject, its form, what was worked out when the form is whole. `shown` are the questions asked."""

    reading: Reading
    title: str
    lede: str
    form: forms.Form
    button: str
    computed: Computed[Any] | None = None
    shown: str = ""
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> Said | None:
        """The words of the result."""
        return self.computed.words(language()) if self.computed else None

    @property
    def rows(self) -> list[dict[str, str]]:
        """The lines of the result."""
        rows = self.said.rows if self.said else ()
        return [{"label": row.label, "value": row.value, "state": "sample" if row.sample else ""} for row in rows]

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


def calculation(slug: str, typed: QueryDict) -> Sheet:
    """The calculation on a subject; Http404 when there is none. Nothing typed: the empty form."""
    reading = read(slug)
    if reading is None or not calculates(slug, language()):
        raise Http404
    kind = {DUTY: DutyForm, TAXES: TaxesForm, REVISION: RevisionForm}.get(slug, SubsidyForm)
    form = kind(typed if set(typed) & set(kind.base_fields) else None)
    if isinstance(form, SubsidyForm) and not second_hand_counts(slug):
        del form.fields["second_hand"]
    computed = None
    if form.is_bound and form.is_valid():
        computed = _worked_out(slug, form.cleaned_data)
    elif slug == TAXES and not form.is_bound:
        computed = computing.tax_instalments()
    return Sheet(reading, title_of(slug), _lede(slug), form, _("Work it out"), computed)


def _worked_out(slug: str, values: Mapping[str, Any]) -> Computed[Any]:
    if slug == DUTY:
        return computing.transfer_duty(**values)
    if slug == TAXES:
        return computing.tax_instalments(**values)
    if slug == REVISION:
        year = values["roll_year"] or values["notice_on"].year
        return computing.roll_revision(**{**values, "roll_year": year})
    return computing.subsidy(slug, **values)


def _lede(slug: str) -> str:
    ledes = {
        DUTY: _("The “welcome tax”, by the thresholds of the year. It is an estimate: only the bill counts."),
        TAXES: _("When the next instalment is due, and what happens when it is late. It never gives a balance."),
        REVISION: _("Until when you may contest the value of your property."),
    }
    return ledes.get(slug) or _("What the programme may give for your purchase. Nothing is promised.")


def guide(slug: str, typed: QueryDict) -> Sheet:
    """The guided questions on a subject; Http404 when there are none."""
    reading = read(slug)
    if reading is None or not computing.has_guide(slug):
        raise Http404
    one, lang = computing.guide_of(slug), language()
    permit = one.kind == permit_guide.KIND
    answers = {key: typed.get(key, "") for key in typed}
    asked = computing.questions_of(slug, answers, lang)
    begun = "vu" in typed or any(question.answer for question in asked)
    form = GuideForm(asked, typed if begun else None, typed.get("vu", "").split(","))
    words = {question.key: dict(question.choices).get(question.answer, "") for question in asked}
    whole = bool(asked) and all(words.values())
    work = computing.permit if permit else computing.papers
    title = _("%(subject)s: do I need a permit?") if permit else _("%(subject)s: whose door is it?")
    return Sheet(
        reading,
        title % {"subject": reading.title},
        one.intro[1] if lang == "en" else one.intro[0],
        form,
        _("See the outcome") if whole else _("Go on"),
        work(slug, answers) if whole else None,
        form.keys,
        tuple((question.label, words[question.key]) for question in asked) if whole else (),
    )
