"""What an editor fills in on a gap, and to bring facts from a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import Department
from parvis.apps.insight.gaps import subjects_for_choice
from parvis.apps.insight.models import Gap
from parvis.apps.knowledge.example_training import elsewhere_for_choice
from parvis.lib.errors import Refused
from parvis.ui.forms import ByNameField


class Refusable(forms.Form):
    """A form that shows the refusal of a service where it belongs."""

    use_required_attribute = False

    def refuse(self, refused: Refused) -> None:
        """Beside each field that it names, else above the form."""
        self.is_valid()
        named = {name: message for name, message in refused.fields.items() if name in self.fields}
        for name, message in (named or {"": refused.message}).items():
            self.add_error(name or None, forms.ValidationError(str(message)))


class TeachForm(Refusable):
    """One more way of asking about a subject."""

    text = forms.CharField(
        label=_("How people ask it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In their own words, without a name, an address nor a number: it is kept for good."),
    )
    subject = ByNameField(subjects_for_choice(), label=_("Subject"), to_field_name="slug")
    language = forms.ChoiceField(label=_("Language"), choices=[("fr", _("French")), ("en", _("English"))])

    @classmethod
    def of(cls, gap: Gap, words: list[str]) -> "TeachForm":
        """As the page opens: the newest words of the gap, the subject that they come closest to."""
        values: dict[str, Any] = {"text": words[0] if words else "", "language": gap.language}
        return cls(initial=values | ({"subject": gap.near.slug} if gap.near else {}))


class TheirsForm(Refusable):
    """What is not ours, which the engine then recognises; or a door alone, when it is nothing that is known yet."""

    theirs = ByNameField(
        elsewhere_for_choice(),
        label=_("What it is"),
        to_field_name="slug",
        required=False,
        empty_label=pgettext_lazy("not ours", "Nothing of this list"),
    )
    text = forms.CharField(
        label=_("How people ask it"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In their own words, without a name, an address nor a number: it is kept for good."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("fr", _("French")), ("en", _("English"))], required=False
    )
    door = ByNameField(
        Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL),
        label=_("Otherwise, whose door it is"),
        required=False,
        to_field_name="slug",
        empty_label=pgettext_lazy("door", "Choose"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "id_theirs_%s"  # it stands beside another form with these names
        super().__init__(*args, **kwargs)

    @classmethod
    def of(cls, gap: Gap, words: list[str]) -> "TheirsForm":
        """As the page opens: the newest words of the gap."""
        return cls(initial={"text": words[0] if words else "", "language": gap.language})

    def clean(self) -> dict[str, Any]:
        """One or the other must be chosen."""
        values = super().clean() or {}
        if not values.get("theirs") and not values.get("door") and not self.errors:
            self.add_error("theirs", _("Choose whose it is."))
        return values


class FileForm(Refusable):
    """A file of facts."""

    file = forms.FileField(
        label=_("File of facts (CSV)"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )
