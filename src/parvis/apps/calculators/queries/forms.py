"""The forms of the calculators: amounts, days, choices, an address. The same for every channel."""

import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from parvis.apps.calculators.queries.guides import Asked
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import clean

MOST_NEAR = 3
MOST_CENTS = 100_000_000_000  # a thousand million dollars
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
_AMOUNT = re.compile(r"(\d{1,3}(?:[\s.,']\d{3})+|\d+)(?:[.,](\d{1,2}))?")


class Dollars(forms.CharField):
    """An amount as people write it ("450 000", "450,000.00 $"), in whole cents."""

    def __init__(self, **more: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=attrs), **more)

    def clean(self, value: Any) -> int | None:
        """The cents; None when empty and optional."""
        text = str(super().clean(value) or "").replace("\u202f", " ").strip().strip("$").strip()
        if not text:
            return None
        match = _AMOUNT.fullmatch(text)
        if not match:
            raise forms.ValidationError(_("Write an amount, such as 450,000."))
        cents = int(re.sub(r"\D", "", match[1])) * 100 + int((match[2] or "0").ljust(2, "0"))
        if cents > MOST_CENTS:
            raise forms.ValidationError(_("This amount is too large."))
        return cents


class DayInput(forms.DateInput):
    """A date control that shows invalid input again as typed, which a date input would blank."""

    input_type = "date"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Use a text input for an invalid date."""
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        try:
            date.fromisoformat(shown or "2000-01-01")
        except ValueError:
            context["widget"]["type"] = "text"
        return context


class Day(forms.DateField):
    """A date between FIRST_DAY and LAST_DAY."""

    default_error_messages = {"invalid": _("Choose a date, such as 2026-11-24.")}

    def __init__(self, **more: Any) -> None:
        earliest = MinValueValidator(FIRST_DAY, _("This date is too far in the past."))
        latest = MaxValueValidator(LAST_DAY, _("This date is too far ahead."))
        widget = DayInput(format="%Y-%m-%d")
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, validators=[earliest, latest], **more)


class CalculatorForm(forms.Form):
    """A form without the `required` attribute, so that the page shows its errors; by itself, a form without fields."""

    use_required_attribute = False


class DatedForm(CalculatorForm):
    """Dates read on a paper document (`on_paper`): none may be after `today`."""

    today: date | None = None
    on_paper: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Reject each date that has not come."""
        values = super().clean() or {}
        for name in self.on_paper:
            if (day := values.get(name)) and day > (self.today or clock.today()):
                self.add_error(name, _("This day has not come yet: look at the paper again."))
        return values


class DutyForm(CalculatorForm):
    """A transfer."""

    paid = Dollars(label=_("Price paid"), error_messages={"required": _("Write the price paid.")})
    on = Day(
        label=_("Day of the transfer"),
        help_text=_("The thresholds of that year count."),
        error_messages={"required": _("Choose the day of the transfer.")},
    )
    stipulated = Dollars(label=_("Price written in the deed, if it is another"), required=False)
    roll = Dollars(label=_("Value on the assessment roll, if you know it"), required=False)
    exempt = forms.BooleanField(label=_("I am told that the law exempts this transfer"), required=False)


class TaxesForm(DatedForm):
    """A tax bill; every field is optional."""

    on_paper = ("sent_on",)
    bill = Dollars(
        label=_("Total of the bill"), help_text=_("It tells whether you may pay in several sums."), required=False
    )
    sent_on = Day(label=_("Day the bill was sent"), help_text=_("It is printed on the bill."), required=False)


class RevisionForm(DatedForm):
    """A notice of assessment."""

    on_paper = ("notice_on",)
    kind = forms.ChoiceField(
        label=_("What did you receive?"),
        choices=[("roll", _("The notice of a new roll")), ("certificate", _("A certificate of alteration"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what you received.")},
    )
    notice_on = Day(
        label=_("Day the notice was sent"), error_messages={"required": _("Choose the day the notice was sent.")}
    )
    value = Dollars(
        label=_("Value on the notice"), error_messages={"required": _("Write the value that the notice gives.")}
    )
    roll_year = forms.IntegerField(
        label=_("First year of the roll"),
        help_text=_("It is on the notice, for instance 2025 for the roll of 2025, 2026 and 2027."),
        required=False,
        min_value=FIRST_DAY.year,
        max_value=LAST_DAY.year,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("Write a year, such as 2025.")),
    )

    def clean(self) -> dict[str, Any]:
        """Require the first year of the roll for a new roll only."""
        values = super().clean() or {}
        missing = values.get("roll_year") is None and "roll_year" not in self.errors
        if values.get("kind") == "roll" and missing:
            self.add_error("roll_year", _("Write the first year of the roll."))
        return values


class SubsidyForm(CalculatorForm):
    """A purchase."""

    price = Dollars(label=_("Price paid, taxes included"), error_messages={"required": _("Write the price paid.")})
    bought_on = Day(label=_("Day of the purchase"), error_messages={"required": _("Choose the day of the purchase.")})
    units = forms.IntegerField(
        label=_("How many?"),
        help_text=_("Children or devices, as the programme counts them."),
        initial=1,
        min_value=1,
        max_value=50,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("Write how many.")}
        | dict.fromkeys(("invalid", "min_value", "max_value"), _("Write a whole number, from 1 to 50.")),
    )
    second_hand = forms.BooleanField(label=_("Bought second-hand"), required=False)


class SaleForm(DatedForm):
    """The dates of a sale for unpaid taxes, in order; each may be missing or planned."""

    deposit_on = Day(
        label=_("Day of the notice of deposit of the collection roll"),
        help_text=_("It is the notice that comes with the bills, once a year."),
        required=False,
    )
    ordered_on = Day(label=_("Day the council ordered the sale"), required=False)
    first_notice_on = Day(label=_("Day the public notice first came out"), required=False)
    second_notice_on = Day(label=_("Day it came out for the second time"), required=False)
    sale_on = Day(label=_("Day of the sale"), help_text=_("The public notice gives it."), required=False)
    sold = forms.BooleanField(label=_("The property was sold that day"), required=False)

    def clean(self) -> dict[str, Any]:
        """Require one date at least, in order; the date of a completed sale must have come."""
        self.on_paper = ("sale_on",) if self.cleaned_data.get("sold") else ()
        values = super().clean()
        if not self.errors and not any(values.values()):
            self.add_error("deposit_on", _("Choose at least one day."))
        if values.get("sold") and values.get("sale_on") is None and "sale_on" not in self.errors:
            self.add_error("sale_on", _("Choose the day of the sale."))
        days = [name for name, value in values.items() if isinstance(value, date)]
        for before, name in pairwise(days):
            if values[name] < values[before]:
                self.add_error(name, _("This day comes before the one above: look at the papers again."))
        return values


class AddressForm(CalculatorForm):
    """A civic address of the town."""

    address = forms.CharField(
        label=_("Number and street"), max_length=200, error_messages={"required": _("Write an address.")}
    )

    def clean_address(self) -> Address:
        """The address, with its street and sector loaded."""
        typed = self.cleaned_data["address"]
        if (exact := addresses.exact(typed)) is not None:
            return exact
        if near := [address.label for address in addresses.complete(typed, limit=MOST_NEAR)]:
            params = {"near": quebec.join(near, clean(get_language()), word=str(_("or")))}
            raise forms.ValidationError(_("No single address is written so. Perhaps: %(near)s."), params=params)
        raise forms.ValidationError(_("This address is not known here."))


class GuideForm(CalculatorForm):
    """The questions of a guide asked so far; a question not shown before is not reported missing."""

    def __init__(self, asked: Iterable[Asked], data: Any = None, shown: Iterable[str] = (), prefix: str = "") -> None:
        super().__init__(data, prefix=prefix or None)
        self.shown = set(shown)
        for question in asked:
            self.fields[question.key] = forms.ChoiceField(
                label=question.label,
                help_text=question.hint,
                choices=question.choices,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose an answer; “I do not know” is one."),
                    "invalid_choice": _("Choose one of these answers."),
                },
            )

    def full_clean(self) -> None:
        """Drop the errors of questions asked for the first time."""
        super().full_clean()
        for key in [key for key in self.errors if key in self.fields and key not in self.shown]:
            del self.errors[key]

    @property
    def keys(self) -> str:
        """The questions shown, as submitted back by the form."""
        return ",".join(self.fields)
