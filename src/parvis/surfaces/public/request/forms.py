"""The form of a new request."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Audience, Nature, Subject
from parvis.apps.catalogue.queries.question_fields import question_field
from parvis.apps.directory.queries import ground_choices
from parvis.apps.places import queries as places
from parvis.apps.places.models import Address
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.rules.shapes import Point
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.lib.i18n.languages import clean
from parvis.surfaces.public.form_guard import HoneypotForm, email_field, name_field, phone_field
from parvis.surfaces.public.forms import words_field
from parvis.surfaces.public.frame import english_by_exception, english_offered

ME, NOBODY = "me", "nobody"
PIN = re.compile(r"(-?\d{1,2}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)")
NATURES = [
    (Nature.REQUEST, _("Something to do, to fix or to obtain")),
    (Nature.INFORMATION, _("A question")),
    (Nature.COMPLAINT, _("A complaint about a service")),
    (Nature.COMMENT, _("A comment or an idea, without a reply")),
]
REACHES = [
    (Person.Reach.EMAIL, _("By e-mail, at each step")),
    (Person.Reach.PHONE, _("By phone")),
    (Person.Reach.NONE, _("I will come back and look by myself")),
]
AUDIENCES = [
    (Audience.RESIDENT, _("I live here")),
    (Audience.OWNER, _("I own a property here")),
    (Audience.MERCHANT, _("I run a business here")),
    (Audience.PROMOTER, _("I have a project to build here")),
]
LANGUAGE_CHOICES = [("fr", "Français"), ("en", "English")]


def read_pin(text: str) -> Point | None:
    """Latitude and longitude, six decimals (11 cm), of "45.42419,-73.37167"; None for anything else."""
    match = PIN.fullmatch(text.strip())
    if not match:
        return None
    north, east = round(float(match[1]), 6), round(float(match[2]), 6)
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None  # noqa: PLR2004


def write_pin(point: Point) -> str:
    """The point as text that `read_pin` reads."""
    return f"{point[0]:.6f},{point[1]:.6f}"


class PhotosInput(forms.FileInput):
    """A file input that accepts several files."""

    allow_multiple_selected = True


class RequestForm(HoneypotForm):
    """The words, the questions of the subject `about` (as `ask-<key>`), the place, the requester."""

    key = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    words = words_field(_("In your words"), rows=5, required=_("Say in a few words what it is about."))
    nature = forms.ChoiceField(choices=NATURES, required=False, widget=forms.RadioSelect, label=_("What is it?"))
    place = forms.CharField(
        required=False,
        max_length=200,
        label=_("Address, corner of streets or landmark"),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "data-combobox": reverse_lazy("public:request_places"),
                "data-combobox-value": "id_address",
            }
        ),
    )
    address = forms.ModelChoiceField(
        Address.objects.select_related("street", "sector"), required=False, widget=forms.HiddenInput
    )
    pin = forms.CharField(required=False, max_length=60, label=_("Point on the map"))
    found = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    photos = forms.Field(
        required=False,
        label=_("Add photos"),
        widget=PhotosInput(attrs={"multiple": True, "accept": "image/jpeg,image/png,image/heic,image/heif,image/webp"}),
    )
    who = forms.ChoiceField(
        choices=[(ME, _("I say who I am")), (NOBODY, _("I stay anonymous"))],
        required=False,
        widget=forms.RadioSelect,
        label=_("You"),
    )
    name = name_field(required=False)
    email = email_field()
    phone = phone_field(_("Phone"))
    reach = forms.ChoiceField(
        choices=REACHES, required=False, widget=forms.RadioSelect, label=_("How should we tell you what happens?")
    )
    language = forms.ChoiceField(
        choices=LANGUAGE_CHOICES,
        required=False,
        widget=forms.RadioSelect,
        label=pgettext_lazy("of a person", "In which language?"),
    )
    ground = forms.ChoiceField(choices=partial(ground_choices, _("Choose")), required=False, label=_("Why in English?"))
    audience = forms.ChoiceField(choices=AUDIENCES, required=False, label=_("You are"))

    def __init__(self, *args: Any, about: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        self.questions = list(about.questions.all())
        self.is_comment = (self["nature"].value() or about.nature) == Nature.COMMENT
        missing = gettext("Answer this question: it tells us whom to send, and with what.")
        for question in self.questions:
            self.fields[f"ask-{question.key}"] = question_field(question, missing=missing, free=self.is_comment)
        self.order_fields(["key", "seen", "words", "nature", *(f"ask-{question.key}" for question in self.questions)])
        if about.place == Subject.Place.NONE:
            for name in ("place", "address", "pin"):
                del self.fields[name]
        if not english_offered():
            del self.fields["language"]
        if not english_by_exception():
            del self.fields["ground"]

    def clean_pin(self) -> Point | None:
        """The point; an error when it is outside the town."""
        text = self.cleaned_data.get("pin", "")
        point = read_pin(text)
        if text and (point is None or not plan().holds(point)):
            raise forms.ValidationError(_("This point is not in the town. Move it, or describe the place in words."))
        return point

    def clean(self) -> dict[str, Any]:
        """The cleaned values, with the `address` chosen or typed in full; `nature` and `language` are never empty."""
        values = super().clean()
        values["nature"] = values.get("nature") or self.about.nature
        values["audience"] = values.get("audience") or Audience.RESIDENT
        values["language"] = clean(values.get("language") or get_language())
        values["who"] = values.get("who") or ME
        values["address"] = self._address(values)
        needs_place = self.place_needed and "pin" not in self.errors
        if needs_place and not (values["address"] or values.get("pin") or str(values.get("place") or "").strip()):
            self.add_error("place", _("Say where: an address, the corner of two streets, a landmark."))
        if values["who"] == ME:
            self._check_person(values)
        return values

    @staticmethod
    def _address(values: Mapping[str, Any]) -> Address | None:
        """The suggested address that was chosen, unless the text changed since; else the one typed in full."""
        text = str(values.get("place") or "").strip()
        chosen = values.get("address")
        if isinstance(chosen, Address) and text == chosen.label:
            return chosen
        return places.exact(text) if text else None

    def _check_person(self, values: dict[str, Any]) -> None:
        if not str(values.get("name") or "").strip():
            self.add_error("name", _("Write your name, or choose to stay anonymous."))
        for name, read in (("email", clean_email), ("phone", clean_phone)):
            try:
                read(str(values.get(name) or ""))
            except Unreadable as error:
                self.add_error(name, str(error))
        email, phone = bool(values.get("email")), bool(values.get("phone"))
        if "ground" in self.fields and values["language"] == "en" and not values.get("ground"):
            self.add_error("ground", _("Say which of these applies, or choose French."))
        values["reach"] = values.get("reach") or (Person.Reach.EMAIL if email or not phone else Person.Reach.PHONE)
        if values["reach"] == Person.Reach.EMAIL and not email and "email" not in self.errors:
            self.add_error("email", _("Write your e-mail address, or choose another way to be told."))
        if values["reach"] == Person.Reach.PHONE and not phone and "phone" not in self.errors:
            self.add_error("phone", _("Write your phone number, or choose another way to be told."))

    @property
    def place_needed(self) -> bool:
        """Whether a place is required, in words or as a point."""
        return self.about.place == Subject.Place.REQUIRED

    @property
    def found_place(self) -> Point | None:
        """The location read from a photo uploaded earlier, when it is in the town."""
        point = read_pin(str(self["found"].value() or ""))
        return point if point and plan().holds(point) else None

    def renew(self, key: str) -> None:
        """Gives the form the key of another submission, without losing what was typed."""
        self.data = {name: self.data[name] for name in self.data} | {"key": key}

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """Adds a service's refusal to the form, that of a question beside that question."""
        super().refuse({f"ask-{k}" if f"ask-{k}" in self.fields else k: text for k, text in fields.items()}, message)

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """The fields of the subject's questions, in order."""
        return [self[f"ask-{question.key}"] for question in self.questions]

    @property
    def details(self) -> dict[str, str]:
        """Question key to its answer, as typed."""
        return {question.key: str(self.cleaned_data.get(f"ask-{question.key}") or "") for question in self.questions}
