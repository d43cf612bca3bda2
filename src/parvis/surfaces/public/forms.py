"""Forms and fields shared by several public pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 5_000


def words_field(label: Any, *, rows: int, **messages: Any) -> forms.CharField:
    """A text of at most LONGEST characters; optional unless `messages` has one for "required"."""
    too_long = _("This is too long: keep it under 5,000 characters.")
    return forms.CharField(
        label=label,
        required="required" in messages,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"max_length": too_long, **messages},
    )


class TrackForm(forms.Form):
    """The reference and the code printed on the receipt."""

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
