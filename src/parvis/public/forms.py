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


class WordsForm(forms.Form):
    """A few words about a request; `since` is the number of the last entry that the page showed."""

    words = forms.CharField(
        label=_("Your message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write a few words, then send."),
            "max_length": _("This is too long: keep it under 5,000 characters."),
        },
    )
    since = forms.IntegerField(widget=forms.HiddenInput, required=False)


class WithdrawForm(forms.Form):
    """Nothing is asked of someone who withdraws."""

    since = forms.IntegerField(widget=forms.HiddenInput, required=False)
