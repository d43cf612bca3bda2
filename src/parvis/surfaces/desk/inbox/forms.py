"""The answer to a message."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.mail.models import Incoming
from parvis.surfaces.desk.call.forms import KeyedForm
from parvis.ui.forms import RefusableForm

KEPT = ("words", "subject", "stamp", "language", "ground", "everyone", "also")


class ReplyForm(KeyedForm):
    """What is sent to the citizen. `stamp` identifies the standard answer that the words come from, `ground` is why
    the town may write in English, `also` are the answers inserted since, as "slug=stamp"."""

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
    everyone = forms.BooleanField(required=False, label=_("Reply to everyone"))
    latest = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the message that was read
    also = forms.CharField(required=False, max_length=600, widget=forms.HiddenInput)

    def reading(self, incoming: Incoming) -> "ReplyForm":
        """The same form, of someone who has read this message since, with its own errors still to be said."""
        data = dict(self.data.items()) | {self.add_prefix("latest"): str(incoming.pk)}
        form = ReplyForm(data, prefix=self.prefix)
        form.is_valid()
        return form

    def typed(self) -> dict[str, str]:
        """What the form holds, to be kept as a draft."""
        return typed_in({name: self.data.get(self.add_prefix(name), "") for name in KEPT})


def typed_in(values: Mapping[str, Any]) -> dict[str, str]:
    """The values of a draft that the form has, as text; others are left out."""
    return {name: values[name] for name in KEPT if isinstance(values.get(name), str) and values[name]}


class DayForm(RefusableForm):
    """The day when a message that is put off comes back."""

    day = forms.DateField(label=_("Or on"), widget=forms.DateInput(attrs={"type": "date"}))
