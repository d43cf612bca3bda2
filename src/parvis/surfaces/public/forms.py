"""What a citizen may write."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 5_000


class TrackForm(forms.Form):
    """The reference and the code of the receipt."""

    reference = forms.CharField(
        label=_("Reference"),
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "26-0417-K", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Write the reference, such as 26-0417-K.")},
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        error_messages={"required": _("Write the ten characters of the code.")},
    )
