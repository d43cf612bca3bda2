"""The answer to a message."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Subject
from parvis.surfaces.desk.call.forms import KeyedForm
from parvis.ui.forms import RefusableForm


class ReplyForm(KeyedForm):
    """What is sent to the citizen. `stamp` identifies the standard answer that the words come from, `ground` is why
    the town may write in English."""

    words = forms.CharField(
        max_length=20_000,
        label=_("Your answer"),
        widget=forms.Textarea(attrs={"rows": 14, "data-key": "e"}),
        required=False,
    )
    subject = forms.ModelChoiceField(
        Subject.objects.select_related("department"), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    stamp = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    language = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], widget=forms.HiddenInput)
    ground = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class DayForm(RefusableForm):
    """The day when a message that is put off comes back."""

    day = forms.DateField(label=_("Or on"), widget=forms.DateInput(attrs={"type": "date"}))
