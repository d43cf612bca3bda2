"""The form of a routing rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Audience, Nature, RoutingRule, Subject
from parvis.apps.catalogue.services.routing_rules import CONDITIONS, RuleWords
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Sector
from parvis.lib.words import fold
from parvis.surfaces.desk.case.screen import street_owners
from parvis.ui.forms import ByNameField, RefusableForm


def _many(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple())


class RuleForm(RefusableForm):
    """A rule's conditions (all those given must match), its destination, and the reason shown."""

    subjects = _many(_("Subjects"))
    sectors = _many(_("Sectors"))
    street_owners = _many(_("Who keeps the street"))
    natures = _many(_("Kind"))
    audiences = _many(_("Audience"))
    words = forms.CharField(
        label=_("Words"),
        help_text=_("One of them in the request is enough; separate them by commas."),
        required=False,
        max_length=600,
    )
    to = ByNameField(
        Department.objects.filter(active=True),
        to_field_name="slug",
        label=_("Goes to"),
        empty_label=_("Choose a department"),
        error_messages={"required": _("Choose a department.")},
        help_text=_("An outside body: the department of the subject follows it up, and the citizen gets its door."),
    )
    urgent = forms.BooleanField(label=_("Urgent"), required=False)
    why_fr = forms.CharField(label=_("Why, in French"), max_length=300, required=False)
    why_en = forms.CharField(label=_("Why, in English"), max_length=300, required=False)

    def __init__(self, *args: Any, rule: RoutingRule | None = None, **kwargs: Any) -> None:
        initial = {} if rule is None else {name: getattr(rule, name) for name in CONDITIONS}
        if rule is not None:
            initial["words"] = ", ".join(rule.words)
            initial |= {"to": rule.to.slug, "urgent": rule.urgent, "why_fr": rule.why_fr, "why_en": rule.why_en}
        super().__init__(*args, **{"initial": initial, **kwargs})
        subjects, chosen = Subject.objects.filter(active=True, routable=True), self["subjects"].value() or ()
        choices: dict[str, list[tuple[str, Any]]] = {
            "subjects": sorted(
                ((subject.slug, subject.title) for subject in subjects),
                key=lambda choice: (choice[0] not in chosen, fold(choice[1])),
            ),
            "sectors": sorted(
                ((sector.slug, str(sector)) for sector in Sector.objects.all()), key=lambda choice: fold(choice[1])
            ),
            "street_owners": list(street_owners().items()),
            "natures": list(Nature.choices),
            "audiences": list(Audience.choices),
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def rule_words(self, rule: RoutingRule | None) -> RuleWords:
        """The valid values, for the service; the streets of the rule, which have no field, stay."""
        data = self.cleaned_data
        names = ("subjects", "sectors", "street_owners", "natures", "audiences", "to", "urgent", "why_fr", "why_en")
        words = tuple(word.strip() for word in data["words"].split(",") if word.strip())
        return RuleWords(**{name: data[name] for name in names}, words=words, streets=rule.streets if rule else ())
