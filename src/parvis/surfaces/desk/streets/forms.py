"""Forms that declare a snow operation or publish a road notice."""

from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.sectors import street_meant, streets_like
from parvis.apps.schedules.rules.nights import FARTHEST, Word
from parvis.apps.schedules.services.works import NewRoadNotice
from parvis.lib import quebec
from parvis.surfaces.desk.case.words import lang
from parvis.ui.forms import ByNameField, DayField, RefusableForm

CHOSEN = ("kind", "closure", "side")
BILINGUAL = ("nature", "details", "detour", "parking", "collection")


class DeclareForm(RefusableForm):
    """A night, and whether there is an operation; the submit button sets `word`."""

    night = forms.TypedChoiceField(label=_("Night"), coerce=date.fromisoformat)
    word = forms.ChoiceField(choices=[(Word.ON.value, ""), (Word.OFF.value, "")], widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("A word for those who answer"),
        help_text=_("Shown to the agents beside the declaration: 10 cm expected, freezing rain."),
        required=False,
        max_length=200,
    )

    def __init__(self, *args: Any, tonight: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nights = [tonight + timedelta(days=n) for n in range(FARTHEST + 1)]
        self.fields["night"].choices = [(day.isoformat(), night_words(day, tonight)) for day in nights]  # type: ignore[attr-defined]


def night_words(day: date, tonight: date | None = None) -> str:
    """The name of a night, after the date of its evening."""
    words = gettext("Tonight, %(day)s") if day == tonight else gettext("Night of %(day)s")
    return words % {"day": quebec.day(day, lang(), year=False)}


def _line(label: Any, field: str, *, required: bool = False, hint: Any = "") -> forms.CharField:
    limit = RoadNotice._meta.get_field(field).max_length  # type: ignore[union-attr]
    widget = forms.Textarea(attrs={"rows": 3}) if field.startswith("details") else forms.TextInput
    return forms.CharField(label=label, required=required, max_length=limit, help_text=hint, widget=widget)


def sector_field() -> ByNameField:
    """A sector instead of a street, ordered by kind, then name. The form sets its queryset."""
    label, empty = _("Or a whole sector"), _("No sector")
    return ByNameField(
        Sector.objects.none(), first=lambda sector: sector.kind, label=label, required=False, empty_label=empty
    )


class StreetForm(forms.Form):
    """A form with a `street`, typed as people write it."""

    def clean_street(self) -> Street | None:
        """The street named; the error suggests the closest ones when it is unknown."""
        typed = self.cleaned_data["street"].strip()
        street = street_meant(typed) if typed else None
        if typed and street is None:
            near = streets_like(typed)
            words = gettext("No street of that name. Is it %(names)s?") if near else gettext("No street of that name.")
            raise forms.ValidationError(words % {"names": quebec.join(near, lang(), word=gettext("or"))})
        return street


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=999_999)


class NoticeForm(StreetForm, RefusableForm):
    """A road notice."""

    key = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    owner = ByNameField(Department.objects.none(), label=_("Department"), empty_label=None)
    kind = forms.ChoiceField(label=_("What it is"), choices=RoadNotice.Kind)
    nature_fr = _line(
        _("In a few words, in French"), "nature_fr", required=True, hint=_("Pavage, remplacement d’un ponceau")
    )
    street = forms.CharField(label=_("Street"), required=False, max_length=120)
    civic_from = _number(_("From number"))
    civic_to = _number(_("To number"))
    side = forms.ChoiceField(label=_("Side"), choices=RoadNotice.Side)
    sector = sector_field()
    whole_town = forms.BooleanField(
        label=_("The whole town"), required=False, help_text=_("For a notice about water, in the place of both.")
    )
    first_day = DayField(label=_("First day"))
    last_day = DayField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty for a notice to boil water: it lasts until lifted."),
    )
    from_hour = _hour(_("From what hour"))
    until_hour = _hour(_("Until what hour"))
    closure = forms.ChoiceField(label=_("Traffic"), choices=RoadNotice.Closure)
    detour_fr = _line(_("Detour"), "detour_fr")
    parking_fr = _line(_("Parking"), "parking_fr")
    collection_fr = _line(_("What becomes of the collections"), "collection_fr")
    details_fr = _line(
        _("What people must do"), "details_fr", hint=_("Required for a notice to boil water, in both languages.")
    )
    weather = forms.BooleanField(label=_("The dates depend on the weather"), required=False)
    nature_en = _line(_("In a few words"), "nature_en")
    detour_en = _line(_("Detour"), "detour_en")
    parking_en = _line(_("Parking"), "parking_en")
    collection_en = _line(_("What becomes of the collections"), "collection_en")
    details_en = _line(_("What people must do"), "details_en")

    def __init__(self, *args: Any, owners: list[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Department.objects.filter(pk__in=[owner.pk for owner in owners])  # type: ignore[attr-defined]
        self.fields["sector"].queryset = Sector.objects.all()  # type: ignore[attr-defined]

    @property
    def english(self) -> list[forms.BoundField]:
        """The English fields, in the order of the French ones."""
        return [self[f"{name}_en"] for name in BILINGUAL]

    @property
    def english_wrong(self) -> bool:
        """Whether an English field has errors."""
        return any(field.errors for field in self.english)

    def notice(self) -> NewRoadNotice:
        """The valid values, as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("key", "owner")}
        return NewRoadNotice(**values)


def before_words(before: dict[str, Any]) -> list[str]:
    """The values of a notice before a correction, one line for each field of its form."""
    result = []
    for name, value in before.items():
        if name in NoticeForm.base_fields:
            language = gettext(" (English)") if name.endswith("_en") else ""
            label = f"{NoticeForm.base_fields[name].label}{language}"
            result.append(gettext("%(field)s: %(value)s") % {"field": label, "value": _display(name, value)})
    if before.get("place_fr") == "":
        whole_town = NoticeForm.base_fields["whole_town"].label
        result.append(gettext("%(field)s: %(value)s") % {"field": whole_town, "value": gettext("Yes")})
    return result


def _display(name: str, value: Any) -> Any:
    """A value of the journal in words."""
    if value in (None, ""):
        return gettext("nothing")
    if name in CHOSEN:
        return dict(NoticeForm.base_fields[name].choices).get(value, value)  # type: ignore[attr-defined]
    if name in ("first_day", "last_day"):
        return quebec.day(date.fromisoformat(value), lang())
    if name in ("from_hour", "until_hour"):
        return quebec.hour(time.fromisoformat(value), lang())
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return value


def initial_of(works: RoadNotice) -> dict[str, Any]:
    """The initial values of the form of an existing notice."""
    names = [name for name in NoticeForm.base_fields if name not in ("key", "owner", "street")]
    values = {name: getattr(works, name) for name in names}
    return values | {"owner": works.owner_id, "street": works.street.name if works.street else ""}
