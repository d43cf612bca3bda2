"""The forms of health and of consents."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.households.models.health import LONGEST_ANSWER
from parvis.apps.households.queries import Asked
from parvis.ui.forms import RefusableForm

ANSWERS = (("yes", _("Yes")), ("no", _("No")))


def words(label: Any, hint: Any = "") -> forms.CharField:
    """A few words, on two lines."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


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
    contact_name = forms.CharField(
        label=_("Whom to call in an emergency"),
        required=False,
        max_length=160,
        help_text=_("Someone who answers during the activity."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_phone = forms.CharField(
        label=_("Their telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


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
