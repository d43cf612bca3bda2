"""Forms of the codes put on places and equipment."""

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.catalogue.models import SiteCode, Subject
from parvis.apps.catalogue.queries.subjects import all_routable
from parvis.apps.catalogue.rules.site_codes import read_degrees
from parvis.apps.catalogue.services.site_codes import SiteDetails
from parvis.ui.forms import RefusableForm

PAPERS = [("a4", "A4"), ("letter", pgettext_lazy("paper", "Letter, 8½ × 11"))]
SIZES = [
    ("small", _("Small, 50 mm: a lamp post, a bin")),
    ("medium", _("Medium, 90 mm: a bus shelter, a door")),
    ("large", _("Large, one to a page: a park entrance")),
]
LONGEST_LIST = 100_000


def _subjects() -> list[tuple[str, str]]:
    open_ones = [subject for subject in all_routable() if subject.place != Subject.Place.NONE]
    rows = sorted(((subject.slug, subject.title) for subject in open_ones), key=lambda row: row[1].casefold())
    return [("", str(_("None: those of its kind are offered"))), *rows]


class CodeForm(RefusableForm):
    """What bears a code, and where it stands."""

    kind = forms.CharField(
        label=_("Kind of thing"),
        required=False,
        max_length=40,
        help_text=_("In the words of the town: streetlight, bus shelter, park. The subjects offered come from it."),
    )
    name_fr = forms.CharField(label=_("Name, in French"), max_length=80)
    name_en = forms.CharField(label=_("Name, in English"), max_length=80, required=False)
    number = forms.CharField(
        label=_("Number painted on it"), max_length=30, required=False, help_text=_("A request from the code keeps it.")
    )
    place_text = forms.CharField(
        label=pgettext_lazy("a code", "Where it stands"),
        required=False,
        max_length=120,
        help_text=_(
            "An address, a corner or a landmark. If it is none of these, write its latitude and longitude too."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-combobox": reverse_lazy("public:request_places")}),
    )
    latitude = forms.CharField(label=_("Latitude"), required=False, max_length=20)
    longitude = forms.CharField(label=_("Longitude"), required=False, max_length=20)
    subject = forms.ChoiceField(label=_("Subject"), required=False, choices=_subjects)

    def __init__(self, *args: Any, site: SiteCode | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keep_subject(site.subject if site else None)

    def _keep_subject(self, subject: Subject | None) -> None:
        """Adds the present subject to the choices when it is offered no longer, so that it is not lost unseen."""
        field = self.fields["subject"]
        offered = _subjects()
        if subject is None or subject.slug in dict(offered):
            return
        field.choices = [  # type: ignore[attr-defined]
            *offered,
            (subject.slug, _("%(subject)s (no longer offered)") % {"subject": subject.title}),
        ]
        field.help_text = _("This subject is no longer offered: it stays with the code until you choose another.")

    @classmethod
    def of(cls, site: SiteCode) -> "CodeForm":
        """The form of an existing code."""
        names = ("kind", "name_fr", "name_en", "number", "place_text")
        initial: dict[str, Any] = {name: getattr(site, name) for name in names}
        initial |= {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"}
        return cls(initial=initial | {"subject": site.subject.slug if site.subject else ""}, site=site)

    def clean(self) -> dict[str, Any]:
        """The cleaned values; both degrees, or neither."""
        values = super().clean() or {}
        for name in ("latitude", "longitude"):
            typed = str(values.get(name) or "")
            values[name] = read_degrees(typed) if typed else None
            if typed and values[name] is None:
                self.add_error(name, _("Write degrees, such as 45.454200."))
        if (values.get("latitude") is None) != (values.get("longitude") is None):
            self.add_error("longitude", _("Latitude and longitude go together."))
        return values

    def details(self, subjects: dict[str, Subject], *, before: SiteCode | None = None) -> SiteDetails:
        """The values of a valid form. When only the words of the place changed, they are what places it."""
        values = self.cleaned_data
        point = (values["latitude"], values["longitude"]) if values["latitude"] is not None else None
        if (
            before
            and values["place_text"] != before.place_text
            and point
            == (
                round(before.latitude, 6),
                round(before.longitude, 6),
            )
        ):
            point = None
        names = ("name_fr", "name_en", "kind", "number", "place_text")
        own: dict[str, Any] = {name: str(values.get(name) or "") for name in names}
        subject = subjects.get(values["subject"])
        if subject is None and before and before.subject and before.subject.slug == values["subject"]:
            subject = before.subject
        return SiteDetails(**own, point=point, subject=subject)


class ListForm(RefusableForm):
    """A list of equipment, pasted or in a file."""

    text = forms.CharField(
        label=_("The list"),
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_("The first line names the columns: kind, name, number, place, latitude, longitude, subject."),
    )
    file = forms.FileField(label=_("Or a CSV file"), required=False)

    def clean(self) -> dict[str, Any]:
        """The cleaned values, with the text of the file when nothing was pasted."""
        values = super().clean() or {}
        upload = values.get("file")
        if not values.get("text") and upload:
            content = upload.read(LONGEST_LIST + 1)
            if len(content) > LONGEST_LIST:
                self.add_error("file", _("This file is too long: 500 lines at most at once."))
            try:
                values["text"] = content.decode("utf-8-sig")
            except UnicodeDecodeError:
                values["text"] = content.decode("cp1252", errors="replace")
        return values


class SheetForm(forms.Form):
    """How labels are printed."""

    paper = forms.ChoiceField(label=_("Paper"), choices=PAPERS, initial="letter")
    size = forms.ChoiceField(label=_("Size of the labels"), choices=SIZES, initial="medium")
