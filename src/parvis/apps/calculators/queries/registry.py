"""The calculators of each subject and their inputs: one list for the public page, the agent's pane and programs.

The same inputs give the same result everywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.at_address import PARTS, at_address
from parvis.apps.calculators.queries.base import Computed
from parvis.apps.calculators.queries.duty import transfer_duty
from parvis.apps.calculators.queries.forms import (
    AddressForm,
    CalculatorForm,
    DatedForm,
    Dollars,
    DutyForm,
    GuideForm,
    RevisionForm,
    SaleForm,
    SubsidyForm,
    TaxesForm,
)
from parvis.apps.calculators.queries.guides import guide_of, has_guide, papers, permit, questions_of
from parvis.apps.calculators.queries.opening_hours import reach
from parvis.apps.calculators.queries.revision import roll_revision
from parvis.apps.calculators.queries.sale import tax_sale
from parvis.apps.calculators.queries.subsidies import PREFIX, second_hand_counts, subsidy
from parvis.apps.calculators.queries.taxes import tax_instalments
from parvis.apps.calculators.rules import permit_guide
from parvis.apps.calculators.rules.tax_sale import Known
from parvis.apps.content.queries import answers
from parvis.lib import clock, quebec
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.i18n.languages import Lang, clean

TAXES = "paiement-taxes"
LATE = "arrerages"  # answered by the calculator of TAXES
SHOWN = "vu"  # the field that lists the questions of a guide on the page


@dataclass(frozen=True)
class Calculator:
    """The calculator of the computed answer `name` on a subject slug; `guided`: one question at a time, not a form."""

    name: str
    subject: str
    guided: bool = False

    @property
    def key(self) -> str:
        """Its identifier on a screen, such as "permit:piscine"."""
        return f"{self.name}:{self.subject}"

    @property
    def icon(self) -> str:
        """The icon beside its label."""
        return {"reach": "clock"}.get(self.name, "list-checks" if self.guided else "calculator")

    @property
    def label(self) -> str:
        """The text of the link to it, beside the answer on its subject."""
        if self.name == "permit":
            return _("Do I need a permit? A few questions to know")
        return _("Whose door is it? A few questions") if self.guided else self.title

    @property
    def title(self) -> str:
        """Its title, in the active language."""
        if self.guided:
            lang = clean(translation.get_language())
            titled = answers.published(self.subject, lang) or answers.card(self.subject, lang)
            permit_title, papers_title = _("%(subject)s: do I need a permit?"), _("%(subject)s: whose door is it?")
            title = permit_title if self.name == "permit" else papers_title
            return title % {"subject": titled.title if titled else self.subject}
        titles: dict[str, str] = {
            "transfer-duty": _("Estimate the transfer duty"),
            "tax-instalments": _("Due dates of taxes, and what being late costs"),
            "roll-revision": _("Last day to ask for a review of the assessment"),
            "tax-sale": _("Sale for unpaid taxes: where do I stand?"),
            "reach": _("Open now? Hours of the coming days"),
            "subsidy": _("Am I eligible, and for how much?"),
        }
        return titles[self.name]

    @property
    def lede(self) -> str:
        """Its purpose in one line, in the active language."""
        if self.guided:
            intro = guide_of(self.subject).intro
            return intro[1] if clean(translation.get_language()) == "en" else intro[0]
        ledes: dict[str, str] = {
            "transfer-duty": _(
                "The “welcome tax”, by the thresholds of the year. It is an estimate: only the bill counts."
            ),
            "tax-instalments": _(
                "When the next instalment is due, and what happens when it is late. It never gives a balance."
            ),
            "roll-revision": _("Until when you may contest the value of your property."),
            "tax-sale": _(
                "By the papers that you received: the step reached, and what still stops the sale. It never gives an "
                "amount, and it is no legal advice."
            ),
            "reach": _("Whether the counter is open, when it opens next, and the number for what cannot wait."),
            "subsidy": _("What the programme may give for your purchase. Nothing is promised."),
        }
        return ledes[self.name]

    @property
    def asks(self) -> bool:
        """Whether it has any input."""
        return self.guided or bool(_FORMS[self.name].base_fields)

    @property
    def of_the_moment(self) -> bool:
        """Whether its result may change at any minute."""
        return self.name == "reach"

    @property
    def at_once(self) -> bool:
        """Whether it gives a result without any input."""
        return self.name in ("tax-instalments", "reach")


@dataclass(frozen=True)
class Calculated:
    """A calculator with its form, and the computed answer once the form is complete.

    `asked` are the questions and answers in words, as `Given` stores them. `shown` names the questions of a guide that
    the form shows; `whole`: no question remains.
    """

    work: Calculator
    form: forms.Form
    computed: Computed[Any] | None = None
    asked: tuple[tuple[str, str], ...] = ()
    shown: str = ""
    whole: bool = True


def calculators_on(slug: str, lang: str) -> list[Calculator]:
    """The calculators on that subject in this town; no query while nothing changes."""
    calculators = []
    if has_guide(slug):
        calculators.append(_guide(slug))
    target = TAXES if slug == LATE else slug
    if answers.card(target, clean(lang)) is None:
        return calculators
    if target in _SUBJECTS:
        calculators.append(Calculator(_SUBJECTS[target], target))
    elif target.startswith(PREFIX):
        calculators.append(Calculator("subsidy", target))
    return calculators


def _guide(slug: str) -> Calculator:
    return Calculator("permit" if guide_of(slug).kind == permit_guide.KIND else "papers", slug, guided=True)


def calculator_of(key: str, lang: str) -> Calculator | None:
    """The calculator with that key (`Calculator.key`), if the town has it."""
    subject = key.partition(":")[2]
    return next((work for work in calculators_on(subject, lang) if work.key == key), None)


def calculator_named(name: str, subject: str = "", lang: str = "fr") -> Calculator | None:
    """The calculator with that name, on that subject where several share a name; None if the town lacks it."""
    slug = next((slug for slug, calculator in _SUBJECTS.items() if calculator == name), subject)
    return calculator_of(f"{name}:{slug}", lang)


def names() -> tuple[str, ...]:
    """The name of every calculator, whether or not the town has its facts."""
    return (*_FORMS, "permit", "papers", *PARTS)


def calculate(
    name: str, typed: Mapping[str, str], lang: Lang, *, today: date | None = None
) -> tuple[Computed[Any], tuple[tuple[str, str], ...]]:
    """The computed answer of that name for these values, and the questions asked in words; for programs.

    `subject` among the values names the programme or guide, `address` the place. Raises NotFound when the town lacks
    it; Invalid, with errors by field, when the values are incomplete.
    """
    if name in PARTS:
        form = AddressForm(dict(typed))
        if not form.is_valid():
            raise _incomplete(form)
        return at_address(name, form.cleaned_data["address"], moment=_moment(today)), _in_words(form, lang)
    work = calculator_named(name, typed.get("subject", ""), lang)
    if work is None:
        raise NotFound(_("The town has nothing of that name to work out on that subject."))
    values = {field: value for field, value in typed.items() if field != "subject"}
    result = calculated(work, values, lang, today=today, whole=True)
    if unknown := set() if work.guided else set(values) - set(result.form.fields):
        words = _("Nothing of that name is asked; these are: %(names)s.") % {"names": ", ".join(result.form.fields)}
        raise Invalid(_("Something is missing, or cannot be read."), dict.fromkeys(sorted(unknown), words))
    if result.computed is None:
        raise _incomplete(result.form)
    return result.computed, result.asked


def _moment(today: date | None) -> datetime:
    """The current time, on the day of the question."""
    local = timezone.localtime(clock.now())
    return local if today is None else datetime.combine(today, local.time(), local.tzinfo)


def _incomplete(form: forms.Form) -> Invalid:
    errors = {field: " ".join(map(str, messages)) for field, messages in form.errors.items()}
    if isinstance(form, GuideForm):
        for name, field in form.fields.items():
            if not form.is_bound or name in form.errors or not form.data.get(name):
                values = ", ".join(str(value) for value, _label in field.choices)  # type: ignore[attr-defined]
                errors[name] = f"{field.label} ({values})"
    return Invalid(_("Something is missing, or cannot be read."), errors)


def calculated(
    work: Calculator,
    typed: Mapping[str, str],
    lang: Lang,
    *,
    prefix: str = "",
    today: date | None = None,
    whole: bool = False,
) -> Calculated:
    """The result for the typed values, in the active language; without values, the empty form.

    `whole`: the input is final, so missing values are errors. Value names start with `prefix` and a hyphen, if any. An
    unticked box is absent. `today` overrides the day of the question.
    """
    start = f"{prefix}-" if prefix else ""
    values = {name.removeprefix(start): value for name, value in typed.items() if name.startswith(start)}
    data = QueryDict(mutable=True)
    data.update({f"{start}{name}": value for name, value in values.items()})
    if work.guided:
        return _guided(work, values, data, lang, prefix, today)
    form = _form(work, values, data, prefix, whole=whole)
    if isinstance(form, DatedForm):
        form.today = today
    computed = None
    if form.is_bound and form.is_valid():
        computed = _COMPUTE[work.name](work.subject, form.cleaned_data, today)
    elif work.at_once and not form.is_bound:
        computed = _COMPUTE[work.name](work.subject, {}, today)
    return Calculated(work, form, computed, _in_words(form, lang) if computed else ())


def _form(work: Calculator, own: Mapping[str, str], data: QueryDict, prefix: str, *, whole: bool) -> forms.Form:
    kind = _FORMS[work.name]
    form = kind(data if whole or set(own) & set(kind.base_fields) else None, prefix=prefix or None)
    if work.name == "subsidy" and not second_hand_counts(work.subject):
        del form.fields["second_hand"]
    return form


def _guided(
    work: Calculator, own: Mapping[str, str], data: QueryDict, lang: Lang, prefix: str, today: date | None
) -> Calculated:
    asked = questions_of(work.subject, own, lang, today)
    started = SHOWN in own or any(question.answer for question in asked)
    form = GuideForm(asked, data if started else None, own.get(SHOWN, "").split(","), prefix)
    words = [(question.label, dict(question.choices).get(question.answer, "")) for question in asked]
    if not asked or not all(answer for _label, answer in words):
        return Calculated(work, form, shown=form.keys, whole=False)
    follow = permit if work.name == "permit" else papers
    return Calculated(work, form, follow(work.subject, own, today=today), tuple(words), form.keys)


def _in_words(form: forms.Form, lang: Lang) -> tuple[tuple[str, str], ...]:
    """The values given, as a reader sees them; omitted ones are left out."""
    result = []
    for name, value in (form.cleaned_data if form.is_bound else {}).items():
        field = form.fields[name]
        if value in (None, "", False):
            continue
        if isinstance(field, forms.BooleanField):
            answer = _("Yes")
        elif isinstance(field, forms.ChoiceField):
            answer = str(dict(field.choices)[value])  # type: ignore[arg-type]
        elif isinstance(field, forms.DateField):
            answer = quebec.day_of_month(value, lang, year=True)
        else:
            answer = quebec.money(value, lang) if isinstance(field, Dollars) else str(value)
        result.append((str(field.label), answer))
    return tuple(result)


# --- The computations by name ----------------------------------------------------------------------------------------


def _revision(_slug: str, values: Mapping[str, Any], today: date | None) -> Computed[Any]:
    year = values["roll_year"] or values["notice_on"].year
    return roll_revision(**{**values, "roll_year": year}, today=today)


_SUBJECTS = {
    "mutation": "transfer-duty",
    TAXES: "tax-instalments",
    "evaluation-fonciere": "roll-revision",
    "vente-non-paiement": "tax-sale",
    "joindre": "reach",
}
_FORMS: dict[str, type[forms.Form]] = {
    "transfer-duty": DutyForm,
    "tax-instalments": TaxesForm,
    "roll-revision": RevisionForm,
    "tax-sale": SaleForm,
    "subsidy": SubsidyForm,
    "reach": CalculatorForm,
}
_COMPUTE: dict[str, Callable[[str, Mapping[str, Any], date | None], Computed[Any]]] = {
    "transfer-duty": lambda _slug, values, _today: transfer_duty(**values),
    "tax-instalments": lambda _slug, values, today: tax_instalments(**values, today=today),
    "roll-revision": _revision,
    "tax-sale": lambda _slug, values, today: tax_sale(Known(**values), today=today),
    "subsidy": lambda slug, values, today: subsidy(slug, **values, today=today),
    "reach": lambda _slug, _values, today: reach(moment=_moment(today)),
}
