"""The forms of an account: an address, a code, the filter of a list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.ui.forms import RefusableForm


class EmailForm(RefusableForm):
    """The address to which a code is sent."""

    altcha = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("We send a code of six digits to it: no password, nothing to remember."),
        error_messages={"required": _("Write your e-mail address.")},
    )


class CodeForm(RefusableForm):
    """The six digits that were sent."""

    code = forms.CharField(
        label=_("Code of six digits"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false", "class": "code"}
        ),
        error_messages={"required": _("Write the six digits of the code.")},
    )


class FilterForm(forms.Form):
    """What a list leaves out: closed or open requests, other places, other people."""

    use_required_attribute = False
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", pgettext_lazy("requests", "Open")),
            ("closed", pgettext_lazy("requests", "Ended")),
        ],
    )
    place = forms.ChoiceField(label=_("Place"), required=False)
    behalf = forms.ChoiceField(label=_("On behalf of"), required=False)

    def __init__(self, *args: Any, places: list[str], behalves: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, values, everything in (
            ("place", places, _("All places")),
            ("behalf", behalves, _("Everyone")),
        ):
            if not values:
                del self.fields[name]
                continue
            self.fields[name].choices = [("", everything), *((value, value) for value in values)]  # type: ignore[attr-defined]
