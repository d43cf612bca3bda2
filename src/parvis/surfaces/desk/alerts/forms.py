"""The form that raises an alert."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.intake.models import Alert
from parvis.ui.forms import RefusableForm


class AlertForm(RefusableForm):
    """What was heard or read; the submit button sets `kind`."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Alert.Kind, required=False, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What was said or written"),
        help_text=_("Word for word if you can. For a threat it is needed: whoever asks why reads it."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def blank(prefix: str, words: str = "") -> AlertForm:
    """An unbound form with a new key."""
    return AlertForm(initial={"key": uuid4().hex, "words": words}, prefix=prefix)
