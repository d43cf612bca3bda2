"""The forms about one person of a household: health and consents said by an adult, who must not come for a child."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.households.models import Individual, PickUpRestriction
from parvis.apps.households.models.health import LONGEST_ANSWER
from parvis.apps.households.queries import Asked
from parvis.ui.forms import DayField, RefusableForm


def answer(label: Any) -> forms.CharField:
    """A few words that were said."""
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_ANSWER, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SaidForm(RefusableForm):
    """What an adult of the household says to the desk; `adults` are those who may."""

    said_by = forms.ChoiceField(label=_("Said by"))

    def __init__(self, *args: Any, adults: Sequence[Individual], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said_by"].choices = [(one.public_id, one.name) for one in adults]  # type: ignore[attr-defined]


class HealthSaidForm(SaidForm):
    """A health form, as it is said. It never shows what was said before."""

    nothing_to_report = forms.BooleanField(label=_("Nothing to report"), required=False)
    allergies = answer(_("Allergies"))
    conditions = answer(_("Conditions"))
    medication = answer(_("Medication"))
    what_to_do = answer(_("What to do"))
    contact_name = forms.CharField(label=_("Whom to call in an emergency"), max_length=160, required=False)
    contact_phone = forms.CharField(
        label=_("Their telephone"), required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    def __init__(self, *args: Any, has_contact: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_contact:
            self.fields["contact_name"].help_text = _("The household has one: left empty, it stays.")


class ConsentsSaidForm(SaidForm):
    """Each purpose apart: what is not asked on the telephone stays as it is."""

    def __init__(self, *args: Any, asked: Sequence[Asked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in asked:
            self.fields[one.purpose] = forms.ChoiceField(
                label=one.text,
                choices=(("yes", _("Yes")), ("no", _("No"))),
                required=False,
                initial={True: "yes", False: "no", None: ""}[one.given],
                widget=forms.RadioSelect,
            )

    @property
    def answers(self) -> dict[str, bool]:
        """By purpose, what was answered."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "said_by"}
        return {name: value == "yes" for name, value in said.items() if value}


class CustodyForm(RefusableForm):
    """Someone who must not come for a child, by a document that was seen."""

    adult = forms.ChoiceField(label=_("Who must not come"), required=False)
    name = forms.CharField(
        label=_("Or their name, when they are of no household"), max_length=160, required=False, empty_value=""
    )
    document = forms.ChoiceField(label=_("Document seen"), choices=PickUpRestriction.Document.choices)
    document_on = DayField(label=_("Date of the document"))
    seen = forms.BooleanField(
        label=_("I saw this document, and keep no copy of it"),
        error_messages={"required": _("Only a document that you saw may be recorded.")},
    )

    def __init__(self, *args: Any, adults: Sequence[Individual], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(one.public_id, one.name) for one in adults]
        self.fields["adult"].choices = [("", _("Someone else")), *known]  # type: ignore[attr-defined]


class EndCustodyForm(RefusableForm):
    """Why someone may come again, by a document that was seen."""

    document = forms.ChoiceField(label=_("Document that ends it"), choices=PickUpRestriction.Document.choices)
    document_on = DayField(label=_("Date of the document"))
    why = forms.CharField(
        label=_("Why they may come again"), max_length=300, required=False, help_text=_("What the document says.")
    )
    seen = forms.BooleanField(
        label=_("I saw this document, and keep no copy of it"),
        error_messages={"required": _("Only a document that you saw ends it.")},
    )
