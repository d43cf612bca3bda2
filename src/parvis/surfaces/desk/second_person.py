"""The form by which a second person answers for the words that wait, on the page of each kind of them."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.ui.forms import RefusableForm


class ApproveForm(RefusableForm):
    """The answer of the second person; `seen`: the moment of the words that they read."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(label=_("A word for the author"), max_length=500, required=False)

    @property
    def seen_at(self) -> datetime | None:
        """That moment; None when it is not readable."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None
