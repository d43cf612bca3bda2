"""Feedback on an answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.content.services.content import LONGEST_OPINION


class UsefulForm(forms.Form):
    """Yes or no, then an optional comment; `revision` is the revision that the reader saw."""

    useful = forms.ChoiceField(choices=[("oui", _("Yes")), ("non", _("No"))], widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    words = forms.CharField(
        label=_("What was missing, or what helped?"),
        help_text=_("Nobody answers here: write no name and no number."),
        required=False,
        max_length=LONGEST_OPINION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("This is too long: keep it under 1,000 characters.")},
    )
