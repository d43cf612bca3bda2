"""What someone fills in to open an incident, to tell its followers something, to end it."""

from typing import Any

from django import forms
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.incident_models import Incident
from parvis.apps.cases.models import ClosingReason
from parvis.apps.cases.services import ENDS, Words
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.places.queries import address_count
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.sectors import street_meant, streets_like
from parvis.lib import quebec
from parvis.lib.languages import pick
from parvis.surfaces.desk.call.forms import KeyedForm
from parvis.surfaces.desk.case.words import lang
from parvis.surfaces.desk.streets.forms import sector_field
from parvis.ui.forms import ByNameField

LEFT_EMPTY = _("Told on every public page too. Left empty: that we know of it and look after it.")
SHOWN = ("title_fr", "title_en", "say_fr", "say_en")


def _line(label: Any, most: int = 160, *, hint: Any = "", rows: int = 0, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput
    return forms.CharField(label=label, max_length=most, help_text=hint, widget=widget, required=required)


def _moment(label: Any, hint: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, help_text=hint, widget=widget)


class IncidentForm(KeyedForm):
    """What is said of an incident and where it is; the street is typed as people write it.

    `sure` is asked, with how many are told, once the whole town was sent: never at first.
    """

    text = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    title_fr = _line(_("What it is, in French"), hint=_("Bris d’aqueduc, feu de circulation éteint"), required=True)
    title_en = _line(_("What it is, in English"), required=True)
    street = _line(
        _("Street"), 120, hint=_("With its numbers below for a few addresses. Or a sector, or the whole town.")
    )
    civic_from = forms.IntegerField(label=_("From number"), required=False, min_value=1, max_value=999_999)
    civic_to = forms.IntegerField(label=_("To number"), required=False, min_value=1, max_value=999_999)
    sector = sector_field()
    whole_town = forms.BooleanField(
        label=_("Or the whole town"), required=False, help_text=_("You will be asked to confirm it.")
    )
    sure = forms.BooleanField(
        error_messages={"required": _("Tick this box to tell the whole town, or choose a street or a sector.")},
        widget=forms.CheckboxInput(attrs={"data-draft-skip": ""}),
    )
    say_fr = _line(_("To say aloud, in French"), 600, rows=2, hint=LEFT_EMPTY)
    say_en = _line(_("To say aloud, in English"), 600, rows=2, hint=LEFT_EMPTY)
    until = _moment(_("Expected end"), _("Leave it empty when nobody knows."))
    subject = ByNameField(
        Subject.objects.none(), to_field_name="slug", label=_("Subject"), required=False, empty_label=_("No subject")
    )
    department = ByNameField(
        Department.objects.none(), to_field_name="slug", label=_("Department that works on it"), empty_label=None
    )
    heard = _line(_("Words of callers, separated by commas"), 600, hint=_("plus d’eau, eau brune, no water"))
    follows = forms.BooleanField(label=_("Tell this person what comes next"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].queryset = Subject.objects.filter(active=True)  # type: ignore[attr-defined]
        town = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
        self.fields["department"].queryset = town  # type: ignore[attr-defined]
        self.fields["sector"].queryset = Sector.objects.all()  # type: ignore[attr-defined]
        if self.is_bound and self["whole_town"].value():
            n = address_count()
            told = ngettext(
                "I confirm: the whole town is told, its %(n)s address, on every public page and at every desk.",
                "I confirm: the whole town is told, its %(n)s addresses, on every public page and at every desk.",
                n,
            )
            self.fields["sure"].label = told % {"n": quebec.number(n, lang())}
        else:
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        """Both things to say of the whole town at once: that it is confirmed, and that no other place is given."""
        typed = super().clean() or self.cleaned_data
        if typed.get("whole_town") and (typed.get("street") or typed.get("sector")):
            self.add_error("whole_town", _("A street or a sector is given too: empty it, or untick the whole town."))
        return typed

    def clean_street(self) -> Street | None:
        """The street that was typed; the closest ones are proposed when it is not known."""
        typed = self.cleaned_data["street"].strip()
        street = street_meant(typed) if typed else None
        if typed and street is None:
            near = streets_like(typed)
            told = gettext("No street of that name. Is it %(names)s?") if near else gettext("No street of that name.")
            raise forms.ValidationError(told % {"names": quebec.join(near, lang(), word=gettext("or"))})
        return street

    def words(self) -> Words:
        """What was typed, for the service."""
        typed = self.cleaned_data
        names = (*SHOWN, "subject", "street", "civic_from", "civic_to", "sector", "whole_town", "until")
        values = {name: typed[name] for name in names}
        for code in ("fr", "en"):
            values[f"say_{code}"] = values[f"say_{code}"] or first_words(values[f"title_{code}"], code)
        return Words(**values, heard=[item.strip() for item in typed["heard"].split(",")], side=RoadNotice.Side.BOTH)


class CorrectForm(IncidentForm):
    """The same, to change what is said of an incident under way; its department stays.

    `everywhere`: it is told to the whole town already, which need not be confirmed again.
    """

    def __init__(self, *args: Any, everywhere: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if everywhere:
            self.fields.pop("sure", None)
        for name in ("department", "follows", "text", "key"):
            del self.fields[name]


def typed_again(incident: Incident) -> dict[str, Any]:
    """The values of an incident as its form shows them. Reads the notice, its subject and its street."""
    notice = incident.notice
    values = {name: getattr(notice, name) for name in (*SHOWN, "civic_from", "civic_to", "sector")}
    return values | {
        "street": notice.street.name if notice.street else "",
        "whole_town": everywhere(incident),
        "subject": notice.subject.slug if notice.subject else "",
        "until": timezone.localtime(notice.until) if notice.until else None,
        "heard": ", ".join(notice.heard),
    }


def everywhere(incident: Incident) -> bool:
    """Whether it is told to the whole town."""
    return incident.notice.street_id is None and incident.notice.sector_id is None


def started(subject: Subject | None, address: Address | None) -> dict[str, Any]:
    """What the form of a new incident holds at first: both languages, from the subject and the street."""
    start: dict[str, Any] = {"street": address.street.name if address else "", "follows": True}
    if subject is None:
        return start
    start |= {"subject": subject.slug, "department": subject.department.slug}
    for code in ("fr", "en"):
        start[f"title_{code}"] = pick(subject, "title", code)
    return start


def first_words(title: str, code: str) -> str:
    """What is said of an incident before anyone wrote better, in that language; "" without a title."""
    with translation.override(code):
        return gettext("We know of it: %(title)s. Someone is looking after it.") % {"title": title} if title else ""


class UpdateForm(KeyedForm):
    """What every follower is told, and the new end expected."""

    words_fr = _line(_("News, in French"), 2000, rows=3, required=True)
    words_en = _line(_("News, in English"), 2000, rows=3)
    until = _moment(_("New expected end"), _("Leave it empty if it does not change."))


class EndForm(KeyedForm):
    """How it ended."""

    reason = forms.ChoiceField(
        label=_("Why it ends"),
        choices=[(end.value, end.label) for end in ENDS],
        initial=ClosingReason.DONE.value,
    )
    words_fr = _line(_("What was done, in French"), 2000, rows=3, required=True)
    words_en = _line(_("What was done, in English"), 2000, rows=3)
    proof = _line(pgettext_lazy("closing", "Proof"), 2000, hint=_("When a request joined to it asks for one."))
