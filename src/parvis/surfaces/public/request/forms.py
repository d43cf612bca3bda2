"""The form of a new request."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Audience, Nature, SiteCode, Subject
from parvis.apps.catalogue.queries.question_fields import answers_said, question_field
from parvis.apps.catalogue.queries.site_codes import in_use
from parvis.apps.directory.queries import ground_choices
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses, neighbours, suggesting
from parvis.apps.places.queries.finding import street_in
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.rules.shapes import Point
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.lib.i18n.languages import clean
from parvis.surfaces.public.form_guard import HoneypotForm, email_field, name_field, phone_field
from parvis.surfaces.public.forms import LONGEST, words_field
from parvis.surfaces.public.frame import english_by_exception, english_offered
from parvis.ui.forms import QuestionsForm

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


def place_field() -> forms.CharField:
    """A place, typed; the addresses that it may be are suggested, and the one chosen fills in `address`."""
    return forms.CharField(
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


def address_field() -> forms.ModelChoiceField[Address]:
    """The address chosen among those suggested."""
    return forms.ModelChoiceField(
        Address.objects.select_related("street", "sector"), required=False, widget=forms.HiddenInput
    )


class RequestForm(QuestionsForm, HoneypotForm):
    """The words, the questions of the subject `about` (as `ask-<key>`), the place, the requester.

    `open_subject`: the form chooses its subject (field `subject`); `about` is then the one chosen so far, if any, and
    words may be left out when the subject says enough. `filled` names what was read in the words, and `guessed` the
    subject chosen from them, so that both are shown as such and a choice made by hand is never replaced.
    """

    key = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    filled = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    guessed = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    altcha = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    code = forms.CharField(
        required=False,
        max_length=20,
        label=_("The six digits that we sent you"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    subject = forms.CharField(required=False, max_length=80, label=_("What is it about?"))
    words = words_field(_("In your words"), rows=5, required=_("Say in a few words what it is about."))
    nature = forms.ChoiceField(choices=NATURES, required=False, widget=forms.RadioSelect, label=_("What is it?"))
    place = place_field()
    address = address_field()
    pin = forms.CharField(required=False, max_length=60, label=_("Point on the map"))
    site = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    found = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    beyond = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
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

    def __init__(self, *args: Any, about: Subject | None, open_subject: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen, self.open_subject = about, open_subject
        self.questions = list(about.questions.all()) if about else []
        self.is_comment = (self["nature"].value() or self.usual_nature) == Nature.COMMENT
        missing = gettext("Answer this question: it tells us whom to send, and with what.")
        for question in self.questions:
            self.fields[f"ask-{question.key}"] = question_field(question, missing=missing, free=self.is_comment)
        self.order_fields(["key", "seen", "words", "nature", *(f"ask-{question.key}" for question in self.questions)])
        if open_subject:
            self.fields["words"].required = about is not None and about.nature != Nature.REQUEST
        else:
            del self.fields["subject"]
        if about and about.place == Subject.Place.NONE and not open_subject:
            for name in ("place", "address", "pin", "site"):
                del self.fields[name]
        if not english_offered():
            del self.fields["language"]
        if not english_by_exception():
            del self.fields["ground"]

    @property
    def about(self) -> Subject:
        """The subject; only after a form without errors, or one whose subject is fixed."""
        if self.chosen is None:
            raise ValueError("the form has no subject yet")
        return self.chosen

    @property
    def usual_nature(self) -> str:
        """The nature of the requests of its subject."""
        return self.chosen.nature if self.chosen else Nature.REQUEST

    @property
    def spoken(self) -> str:
        """The words as typed; those of the subject's title when none were and the subject says enough."""
        words = str(self["words"].value() or "").strip()
        return words or (self.chosen.title if self.open_subject and self.chosen else "")

    def fill(self) -> None:
        """Fills in what the words already say and nobody answered: choices of the subject's questions, the place.

        Called before the form is shown, never before it is sent: what is filled in is read first.
        """
        words = str(self._typed("words") or "")[:LONGEST]
        said = {f"ask-{key}": value for key, value in answers_said(words, self.questions).items()}
        if "place" in self.fields and not self._typed("pin") and (street := street_in(words)):
            said["place"] = street
        found = {name: value for name, value in said.items() if not self._typed(name)}
        if not found:
            return
        found["filled"] = " ".join(dict.fromkeys([*str(self._typed("filled") or "").split(), *found]))
        if self.is_bound:
            self.data = {name: self.data[name] for name in self.data} | found
        else:
            self.initial = {**self.initial, **found}

    def _typed(self, name: str) -> Any:
        """The value of a field; read without its bound field when nothing was sent, which would keep the first one."""
        return self[name].value() if self.is_bound else self.initial.get(name)

    @property
    def filled_names(self) -> frozenset[str]:
        """The fields filled in from the words."""
        return frozenset(str(self["filled"].value() or "").split())

    def clean_pin(self) -> Point | None:
        """The point; an error when it is outside the town, which names the other town when it is known."""
        text = self.cleaned_data.get("pin", "")
        point = read_pin(text)
        if text and (point is None or not plan().holds(point)):
            other = neighbours.neighbour_at(point) if point else None
            told = f"{neighbours.how_to_tell(other)} " if other else ""
            raise forms.ValidationError(
                told + gettext("This point is not in the town. Move it, or describe the place in words.")
            )
        return point

    def clean(self) -> dict[str, Any]:
        """The cleaned values, with the `address` chosen or typed in full; `nature` and `language` are never empty."""
        values = super().clean()
        values["nature"] = values.get("nature") or self.usual_nature
        if self.open_subject:
            if self.chosen is None:
                self.add_error("subject", _("Choose what it is about: it decides who takes care of it."))
            elif "words" not in self.errors:
                values["words"] = self.spoken
            if self.chosen and self.chosen.place == Subject.Place.NONE:
                values |= {"place": "", "pin": None}
        values["audience"] = values.get("audience") or Audience.RESIDENT
        values["language"] = clean(values.get("language") or get_language())
        values["who"] = values.get("who") or ME
        values["address"] = self._address(values)
        if not values["address"] and not values.get("pin") and "pin" not in self.errors:
            values["pin"] = self._point_of_words(values)
        needs_place = self.place_needed and "pin" not in self.errors
        if needs_place and not (values["address"] or values.get("pin") or str(values.get("place") or "").strip()):
            self.add_error("place", _("Say where: an address, the corner of two streets, a landmark."))
        if values["who"] == ME:
            self._check_person(values)
        return values

    @staticmethod
    def _address(values: Mapping[str, Any]) -> Address | None:
        """The suggested address that was chosen, unless the text changed since; else the one typed in full, unless it
        names a neighbouring town.
        """
        text = str(values.get("place") or "").strip()
        chosen = values.get("address")
        if isinstance(chosen, Address) and text == chosen.label:
            return chosen
        return addresses.exact(text) if text and not neighbours.neighbour_named(text) else None

    @staticmethod
    def _point_of_words(values: Mapping[str, Any]) -> Point | None:
        """The point of a corner or a landmark written in full, when it is in the town."""
        text = str(values.get("place") or "").strip()
        point = suggesting.locate(text) if text and not neighbours.neighbour_named(text) else None
        return point if point and plan().holds(point) else None

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

    @cached_property
    def site_code(self) -> SiteCode | None:
        """The code from which the form was opened, while its place is still the one of the code."""
        code = in_use(str(self["site"].value() or "")) if "site" in self.fields else None
        if code is None:
            return None
        place, pin = str(self["place"].value() or "").strip(), read_pin(str(self["pin"].value() or ""))
        return code if place == code.full_place or (pin and pin == read_pin(write_pin(code.point))) else None

    @property
    def place_needed(self) -> bool:
        """Whether a place is required, in words or as a point."""
        return self.chosen is not None and self.chosen.place == Subject.Place.REQUIRED

    @property
    def found_place(self) -> Point | None:
        """The location read from a photo uploaded earlier, when it is in the town."""
        point = read_pin(str(self["found"].value() or ""))
        return point if point and plan().holds(point) else None

    @property
    def photo_beyond(self) -> Point | None:
        """Where a photo uploaded earlier was taken, when it is out of the town."""
        point = read_pin(str(self["beyond"].value() or ""))
        return point if point and not plan().holds(point) else None

    def renew(self, key: str) -> None:
        """Gives the form the key of another submission, without losing what was typed."""
        self.data = {name: self.data[name] for name in self.data} | {"key": key}

    @property
    def asked_fields(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields of the subject's questions, in order, and whether each was filled in from the words."""
        names = [f"ask-{question.key}" for question in self.questions]
        return [(self[name], name in self.filled_names) for name in names]

    @property
    def answered(self) -> list[tuple[str, str]]:
        """The label and the answer, as shown, of each question that has one."""
        rows = []
        for field, _filled in self.asked_fields:
            value = str(field.value() or "")
            shown = dict(getattr(field.field.widget, "choices", ())).get(value, value)
            rows += [(str(field.label), str(shown))] if value else []
        return rows
