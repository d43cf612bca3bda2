"""The Wagtail forms of an answer, and of a new version of a fact."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput

from parvis.apps.catalogue.models import Audience, Subject
from parvis.apps.content.models import Answer, Fact, FactProposal
from parvis.apps.content.rules import values as fact_values
from parvis.apps.content.services.fact_review import submit_fact
from parvis.apps.directory.models import Department
from parvis.surfaces.editor.related import RelatedField
from parvis.ui.forms import ByName


class AnswerForm(WagtailAdminModelForm):
    """An answer in both languages. A new one must be for a subject without an answer."""

    audiences = forms.MultipleChoiceField(
        label=capfirst(pgettext_lazy("answer", "audiences")),
        choices=Audience.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Whom this answer serves."),
    )
    related = RelatedField(
        label=_("Related subjects"),
        required=False,
        help_text=_("Offered to the reader under the answer, in this order. Saving gives one more place."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            _set_choices(self.fields["owner"], _town_departments())
        if "subject" in self.fields:
            _set_choices(self.fields["subject"], _subjects_for(self.instance))
            self.fields["subject"].disabled = self.instance.pk is not None
        if "audiences" in self.fields and self.instance.pk is None:
            self.initial.setdefault("audiences", [Audience.RESIDENT])


def _subjects_for(answer: Answer) -> Any:
    """The subjects without an answer; for a saved answer, its own."""
    if answer.pk is not None:
        return Subject.objects.filter(pk=answer.subject_id)
    return Subject.objects.filter(active=True, answer__isnull=True)


def _town_departments() -> Any:
    return Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)


def _set_choices(field: Any, rows: Any) -> None:
    """Offers these rows, sorted by name, in a field made by Wagtail."""
    field.iterator = ByName
    field.queryset = rows


class FactForm(WagtailAdminModelForm):
    """One version of a fact, its value typed as people write it. Saving publishes the new version, or proposes it."""

    value_fr = forms.CharField(
        label=_("Value, French"),
        widget=AdminAutoHeightTextInput,
        required=False,
        help_text=_(
            "Amount: 42,50. Date: 2027-05-01. Hour: 16:30. Length in metres: 1,2. Area in square metres. "
            "List or opening hours: one item per line."
        ),
    )
    value_en = forms.CharField(
        label=_("Value, English"),
        widget=AdminAutoHeightTextInput,
        required=False,
        help_text=_("For words, lists and hours only; numbers and dates are written in both languages for you."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_choices(self.fields["owner"], _town_departments())
        self.fields["area"].empty_label = _("The whole town")
        for name in ("valid_from", "valid_to", "verified_on"):
            self.fields[name].widget = AdminDateInput()
        if self.instance.pk is None:
            return
        for name in ("key", "kind", "area"):
            self.fields[name].disabled = True
        for lang in ("fr", "en"):
            if lang == "fr" or self.instance.kind in fact_values.BILINGUAL:
                self.initial[f"value_{lang}"] = fact_values.typed(self.instance.kind, self.instance.value, lang)

    def clean(self) -> dict[str, Any]:
        """The cleaned values, with the `value` parsed by its kind; errors for a key in use and an unreadable value."""
        cleaned: dict[str, Any] = super().clean()
        same = Fact.objects.filter(key=cleaned.get("key"), area=cleaned.get("area"))
        if self.instance.pk is None and same.exists():
            self.add_error("key", _("This fact exists already: change it instead."))
        self._check_pending_proposals(cleaned)
        kind = cleaned.get("kind") or self.instance.kind
        if kind:
            try:
                cleaned["value"] = fact_values.read(kind, cleaned.get("value_fr", ""), cleaned.get("value_en", ""))
            except fact_values.Unreadable:
                label = Fact.Kind(kind).label
                self.add_error("value_fr", _("Write a value of this kind: %(kind)s.") % {"kind": label})
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The last day comes before the first."))
        return cleaned

    def _check_pending_proposals(self, cleaned: dict[str, Any]) -> None:
        pending = FactProposal.objects.filter(key=cleaned.get("key"), area=cleaned.get("area"), decided_at=None)
        if pending.exclude(proposed_by=self.for_user).exists():
            self.add_error(None, _("A colleague’s new value of this fact waits for review: it is decided on first."))

    def validate_constraints(self) -> None:
        """Does nothing: saving closes the previous version, which frees the key."""

    def save(self, commit: bool = True) -> Fact | FactProposal:
        """Publishes or proposes the new version. `verified_by` defaults to the signed-in user."""
        values = self.cleaned_data
        if values["verified_on"] and not values["verified_by"]:
            values["verified_by"] = self.for_user.display_name
        names = (
            *("key", "kind", "value", "label_fr", "label_en", "owner", "source_title", "source_url", "unit"),
            *("valid_from", "valid_to", "verified_on", "verified_by", "example", "area"),
        )
        return submit_fact(**{name: values[name] for name in names}, by=self.for_user)
