"""The forms of health, of whom to call, and of consents."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.households.models.health import LONGEST_ANSWER
from parvis.apps.households.queries import Asked
from parvis.apps.households.rules import MOST_CONTACTS, Call
from parvis.lib import quebec
from parvis.ui.forms import RefusableForm

ANSWERS = (("yes", _("Yes")), ("no", _("No")))
ORDER = (_("Whom to call first"), _("If they do not answer"), _("Then"))


def words(label: Any, hint: Any = "") -> forms.CharField:
    """A few words, on two lines."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


def contact_name(label: Any, hint: Any = "") -> forms.CharField:
    """The name of someone to call."""
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=160, help_text=hint, widget=widget)


def contact_phone(label: Any) -> forms.CharField:
    """A number to call."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
    return forms.CharField(label=label, required=False, max_length=40, widget=widget)


class HealthPageForm(RefusableForm):
    """What whoever leads an activity must know of someone, and whom to call. The service says all that is missing."""

    nothing_to_report = forms.BooleanField(
        label=_("Nothing to report"),
        required=False,
        help_text=_("No allergy, no condition, no medication. Leave the lines below empty."),
    )
    allergies = words(_("Allergies"), _("And how serious: what happens, how fast."))
    conditions = words(_("Conditions"), _("Asthma, epilepsy, a recent injury, a need for help…"))
    medication = words(_("Medication"), _("What is taken during the activity, and who gives it."))
    what_to_do = words(_("What to do"), _("If something happens, in the order of the gestures."))
    contact_name = contact_name(_("Whom to call in an emergency"), _("Someone who answers during the activity."))
    contact_phone = contact_phone(_("Their telephone"))


class EmergencyForm(RefusableForm):
    """Whom to call for the people of the household, first the first."""

    def __init__(self, data: Any = None, *, contacts: Sequence[Call] = ()) -> None:
        said = {f"name_{at}": one.name for at, one in enumerate(contacts)}
        said |= {f"phone_{at}": quebec.phone(one.phone) for at, one in enumerate(contacts)}
        super().__init__(data, initial=said)
        for at, label in enumerate(ORDER):
            self.fields[f"name_{at}"] = contact_name(
                label, _("Someone who answers during the activity.") if not at else ""
            )
            self.fields[f"phone_{at}"] = contact_phone(_("Their telephone"))

    @property
    def said(self) -> list[tuple[str, str]]:
        """Each name and number, as typed."""
        return [(self.cleaned_data[f"name_{at}"], self.cleaned_data[f"phone_{at}"]) for at in range(MOST_CONTACTS)]


class ConsentsForm(RefusableForm):
    """Each purpose apart, with yes and no: nothing is chosen before someone answers."""

    def __init__(self, *args: Any, asked: Sequence[Asked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in asked:
            self.fields[one.purpose] = forms.ChoiceField(
                label=one.text,
                choices=ANSWERS,
                required=False,
                initial={True: "yes", False: "no", None: ""}[one.given],
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """Refuses a form without any answer: nothing would be kept."""
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Answer yes or no to one of these at least."))
        return self.cleaned_data

    @property
    def answers(self) -> dict[str, bool]:
        """By purpose, what was answered; nothing of what was not."""
        return {name: value == "yes" for name, value in self.cleaned_data.items() if value}
