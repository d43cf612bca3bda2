"""The forms of a knowledge gap, and of a file of facts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import Department
from parvis.apps.insight.models import Gap
from parvis.apps.insight.queries.gaps import subjects_for_choice
from parvis.apps.matching.services.example_training import elsewhere_for_choice
from parvis.lib.errors import Refused
from parvis.ui.forms import ByNameField


class Refusable(forms.Form):
    """A form that can show the refusal of a service."""

    use_required_attribute = False

    def refuse(self, refused: Refused) -> None:
        """Adds the errors to the fields that the refusal names, or its message to the form."""
        self.is_valid()
        named = {name: message for name, message in refused.fields.items() if name in self.fields}
        for name, message in (named or {"": refused.message}).items():
            self.add_error(name or None, forms.ValidationError(str(message)))


def _question_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("How people ask it"),
        max_length=2000,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In their own words, without a name, an address nor a number: it is kept for good."),
    )


def _language_field(*, required: bool) -> forms.ChoiceField:
    choices = [("fr", _("French")), ("en", _("English"))]
    return forms.ChoiceField(label=_("Language"), choices=choices, required=required)


class TeachForm(Refusable):
    """A new example question for a subject."""

    text = _question_field(required=True)
    subject = ByNameField(subjects_for_choice(), label=_("Subject"), to_field_name="slug")
    language = _language_field(required=True)

    @classmethod
    def of(cls, gap: Gap, words: list[str]) -> "TeachForm":
        """Prefilled with the newest words of the gap, and the closest subject."""
        values: dict[str, Any] = {"text": words[0] if words else "", "language": gap.language}
        return cls(initial=values | ({"subject": gap.near.slug} if gap.near else {}))


class TheirsForm(Refusable):
    """An out-of-scope topic, for which the engine learns the question; or an external body alone, if none fits."""

    theirs = ByNameField(
        elsewhere_for_choice(),
        label=_("What it is"),
        to_field_name="slug",
        required=False,
        empty_label=pgettext_lazy("not ours", "Nothing of this list"),
    )
    text = _question_field(required=False)
    language = _language_field(required=False)
    door = ByNameField(
        Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL),
        label=_("Otherwise, whose door it is"),
        required=False,
        to_field_name="slug",
        empty_label=pgettext_lazy("door", "Choose"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "id_theirs_%s"  # the page has another form with these field names
        super().__init__(*args, **kwargs)

    @classmethod
    def of(cls, gap: Gap, words: list[str]) -> "TheirsForm":
        """Prefilled with the newest words of the gap."""
        return cls(initial={"text": words[0] if words else "", "language": gap.language})

    def clean(self) -> dict[str, Any]:
        """The cleaned values; an error when neither a topic nor a body is chosen."""
        values = super().clean() or {}
        if not values.get("theirs") and not values.get("door") and not self.errors:
            self.add_error("theirs", _("Choose whose it is."))
        return values


class FileForm(Refusable):
    """A file of facts."""

    file = forms.FileField(
        label=_("File of facts (CSV)"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )
