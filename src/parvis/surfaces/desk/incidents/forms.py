"""Forms that open an incident, correct it, update its followers, end it."""

from typing import Any

from django import forms
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import ClosingReason, Incident
from parvis.apps.cases.queries.incidents import proposed_notice
from parvis.apps.cases.services.incidents.incident_news import ENDS
from parvis.apps.cases.services.incidents.incidents import Words
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.queries.addresses import address_count
from parvis.apps.schedules.models import RoadNotice
from parvis.lib import quebec
from parvis.lib.i18n.languages import pick
from parvis.surfaces.desk.call.forms import KeyedForm
from parvis.surfaces.desk.case.words import lang
from parvis.surfaces.desk.streets.forms import StreetForm, sector_field
from parvis.ui.forms import ByNameField

LEFT_EMPTY = _("Told on every public page too. Left empty: that we know of it and look after it.")
TEXTS = ("title_fr", "title_en", "say_fr", "say_en")


def _line(label: Any, limit: int = 160, *, hint: Any = "", rows: int = 0, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput
    return forms.CharField(label=label, max_length=limit, help_text=hint, widget=widget, required=required)


def _moment(label: Any, hint: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, help_text=hint, widget=widget)


class IncidentForm(StreetForm, KeyedForm):
    """The texts and the location of an incident.

    `sure` exists only on a submission for the whole town: it confirms how many addresses are told.
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
            words = ngettext(
                "I confirm: the whole town is told, its %(n)s address, on every public page and at every desk.",
                "I confirm: the whole town is told, its %(n)s addresses, on every public page and at every desk.",
                n,
            )
            self.fields["sure"].label = words % {"n": quebec.number(n, lang())}
        else:
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        """Refuses the whole town together with a street or a sector."""
        values = super().clean() or self.cleaned_data
        if values.get("whole_town") and (values.get("street") or values.get("sector")):
            self.add_error("whole_town", _("A street or a sector is given too: empty it, or untick the whole town."))
        return values

    def words(self) -> Words:
        """The valid values, as the service takes them."""
        data = self.cleaned_data
        names = (*TEXTS, "subject", "street", "civic_from", "civic_to", "sector", "whole_town", "until")
        values = {name: data[name] for name in names}
        for code in ("fr", "en"):
            values[f"say_{code}"] = values[f"say_{code}"] or default_message(values[f"title_{code}"], code)
        return Words(**values, heard=[words.strip() for words in data["heard"].split(",")], side=RoadNotice.Side.BOTH)


class CorrectForm(IncidentForm):
    """Corrects an open incident; its department stays.

    `everywhere`: the whole town is told already, and need not be confirmed again.
    """

    def __init__(self, *args: Any, everywhere: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if everywhere:
            self.fields.pop("sure", None)
        for name in ("department", "follows", "text", "key"):
            del self.fields[name]


def initial_of(incident: Incident) -> dict[str, Any]:
    """The initial values of the form of an existing incident: the words that wait for an approval, else those in force.

    Reads the notice, its subject and its street.
    """
    notice = proposed_notice(incident)
    values = {name: getattr(notice, name) for name in (*TEXTS, "civic_from", "civic_to", "sector")}
    return values | {
        "street": notice.street.name if notice.street else "",
        "whole_town": notice.street_id is None and notice.sector_id is None,
        "subject": notice.subject.slug if notice.subject else "",
        "until": timezone.localtime(notice.until) if notice.until else None,
        "heard": ", ".join(notice.heard),
    }


def everywhere(incident: Incident) -> bool:
    """Whether it covers the whole town."""
    return incident.notice.street_id is None and incident.notice.sector_id is None


def new_initial(subject: Subject | None, address: Address | None) -> dict[str, Any]:
    """The initial values of the form of a new incident: the titles of the subject, the street of the address."""
    initial: dict[str, Any] = {"street": address.street.name if address else "", "follows": True}
    if subject is not None:
        initial |= {"subject": subject.slug, "department": subject.department.slug}
        initial |= {f"title_{code}": pick(subject, "title", code) for code in ("fr", "en")}
    return initial


def default_message(title: str, code: str) -> str:
    """The public message of an incident until a better one is written, in that language; "" without a title."""
    with translation.override(code):
        return gettext("We know of it: %(title)s. Someone is looking after it.") % {"title": title} if title else ""


class UpdateForm(KeyedForm):
    """News for every follower, and the new expected end."""

    words_fr = _line(_("News, in French"), 2000, rows=3, required=True)
    words_en = _line(_("News, in English"), 2000, rows=3)
    until = _moment(_("New expected end"), _("Leave it empty if it does not change."))


class EndForm(KeyedForm):
    """How the incident ended."""

    reason = forms.ChoiceField(
        label=_("Why it ends"),
        choices=[(end.value, end.label) for end in ENDS],
        initial=ClosingReason.DONE.value,
    )
    words_fr = _line(_("What was done, in French"), 2000, rows=3, required=True)
    words_en = _line(_("What was done, in English"), 2000, rows=3)
    proof = _line(pgettext_lazy("closing", "Proof"), 2000, hint=_("When a request joined to it asks for one."))
