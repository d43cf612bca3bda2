"""The form by which a citizen chooses how to be told of one request."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.ui.forms import RefusableForm


class NoticeForm(RefusableForm):
    """One box for each means; several may be ticked, or only the last."""

    altcha = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    email = forms.BooleanField(label=_("By e-mail"), required=False)
    text = forms.BooleanField(label=_("By text message"), required=False)
    phone = forms.CharField(
        label=_("Number of your mobile phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("We send it a code first, to be sure that it is yours. STOP in reply ends it at any time."),
    )
    push = forms.BooleanField(label=_("By a notice on this device"), required=False)
    push_shown = forms.BooleanField(required=False, widget=forms.HiddenInput)  # an unticked box, or none
    quiet = forms.BooleanField(
        label=_("Send me nothing"), required=False, help_text=_("You come back to this page and look by yourself.")
    )
