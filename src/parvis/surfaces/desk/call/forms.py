"""Forms of the call screen. The services validate the outcomes themselves."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Audience, Channel, Nature, Subject
from parvis.apps.catalogue.queries.question_fields import question_field
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Matter
from parvis.apps.places.queries.addresses import by_id as address_by_id
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.queries.people import by_id as person_by_id
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.words import fold, number
from parvis.ui.forms import ByNameField, QuestionsForm, RefusableForm, shares_fields

KNOWN, NEW, NOBODY = "known", "new", "nobody"


def subject_choices() -> list[tuple[str, Any]]:
    """The subjects a case may be opened on, by family, as choices."""
    subjects = Subject.objects.filter(active=True, routable=True).select_related("group")
    families: dict[str, list[tuple[str, str]]] = {}
    for subject in sorted(subjects, key=lambda row: (row.group.position, row.group.slug, fold(row.title))):
        families.setdefault(str(subject.group), []).append((subject.slug, subject.title))
    return [("", _("Choose a subject")), *families.items()]


class RowField(forms.Field):
    """A row chosen by a script, by its id in a hidden field."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid_choice": forms.ModelChoiceField.default_error_messages["invalid_choice"]}

    def __init__(self, read: Callable[[int], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def to_python(self, value: Any) -> Any:
        """The row, or None when nothing was chosen."""
        if value in self.empty_values:
            return None
        pk = number(str(value))
        row = None if pk is None else self.read(pk)
        if row is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return row


class KeyedForm(RefusableForm):
    """A form that settles a matter; `key` is the idempotency key of the submission."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def rename(self, key: str) -> None:
        """Gives a refused form a new key."""
        self.data = {name: self.data[name] for name in self.data} | {self.add_prefix("key"): key}


class ReadAloudForm(KeyedForm):
    """Something read aloud, in `lang`, to a person who asked it in the words of `text`."""

    text = forms.CharField(required=False, max_length=20_000)
    lang = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], required=False)


class AnsweredForm(ReadAloudForm):
    """The answer read aloud. `stamp` identifies the version that was on the screen."""

    subject = forms.ModelChoiceField(
        Subject.objects.select_related("department"), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    audience = forms.ChoiceField(choices=Audience, required=False)
    stamp = forms.CharField(required=False, max_length=64)
    address = RowField(address_by_id, required=False)


class EmailedForm(AnsweredForm):
    """The answer read aloud, to be sent by e-mail too."""

    email = forms.CharField(required=False, max_length=254)


class CalculatedForm(ReadAloudForm):
    """The result of a calculator read aloud; the fields of the calculator itself come beside, with WORK_PREFIX."""

    name = forms.CharField(max_length=120)
    stamp = forms.CharField(max_length=64)


class PlaceAnsweredForm(ReadAloudForm):
    """The parts of an address read aloud. `at` is when they were shown, `about` the subject on the screen."""

    address = RowField(address_by_id)
    parts = forms.MultipleChoiceField(choices=Subject.Computed.choices)
    at = forms.CharField(required=False, max_length=40)
    about = forms.CharField(required=False, max_length=60)


@shares_fields
class CaseForm(QuestionsForm, KeyedForm):
    """A new case; the subject's questions come after, named `ask-<key>`."""

    subject = forms.CharField(
        required=False, label=_("Subject"), widget=forms.Select(choices=CallableChoiceIterator(subject_choices))
    )
    language = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], required=False, widget=forms.HiddenInput)
    nature = forms.ChoiceField(choices=Nature, required=False, label=pgettext_lazy("kind of contact", "Kind"))
    audience = forms.ChoiceField(choices=Audience, required=False, label=_("For"))
    urgent = forms.BooleanField(required=False, label=_("Urgent: someone may be hurt"))
    place = forms.CharField(required=False, max_length=200, label=_("Place"))
    address = RowField(address_by_id, required=False)
    no_place = forms.BooleanField(required=False, label=_("No place yet"))
    words = forms.CharField(
        required=False, max_length=20_000, label=_("In the person's words"), widget=forms.Textarea(attrs={"rows": 3})
    )
    who = forms.ChoiceField(
        choices=[(KNOWN, _("Known person")), (NEW, _("New person")), (NOBODY, _("Anonymous"))],
        required=False,
        widget=forms.RadioSelect,
        label=_("Person"),
    )
    person = RowField(person_by_id, required=False)
    name = forms.CharField(required=False, max_length=160, label=_("Name"))
    phone = forms.CharField(required=False, max_length=40, label=_("Phone"))
    email = forms.CharField(required=False, max_length=254, label=_("E-mail"))
    on_behalf_of = forms.CharField(required=False, max_length=160, label=_("On behalf of"))

    def __init__(self, *args: Any, asked: Subject | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = asked
        comment = self["nature"].value() == Nature.COMMENT
        self.questions = list(asked.questions.all()) if asked and not comment else []
        for question in self.questions:
            self.fields[f"ask-{question.key}"] = question_field(
                question, missing=gettext("Ask this question: the department needs it."), rows=2
            )

    def clean_subject(self) -> Subject:
        """The subject itself."""
        if self.about is None:
            raise forms.ValidationError(_("Choose a subject."))
        return self.about

    def clean(self) -> dict[str, Any]:
        """The values; refuses a known person not chosen, a new person without a name, a place required and missing."""
        values = super().clean() or {}
        values["nature"] = values.get("nature") or Nature.REQUEST
        values["audience"] = values.get("audience") or Audience.RESIDENT
        if values.get("who") == KNOWN and not values.get("person"):
            self.add_error("who", _("Choose the person, register a new one, or leave the request anonymous."))
        if values.get("who") == NEW and not values.get("name"):
            self.add_error("name", _("Write the person's name."))
        self._check_contact_details(values)
        located = values.get("address") or str(values.get("place") or "").strip() or values.get("no_place")
        if self.about and self.about.place == Subject.Place.REQUIRED and not located:
            self.add_error("place", gettext("Say where: an address, an intersection, or a landmark."))
        return values

    def _check_contact_details(self, values: Mapping[str, Any]) -> None:
        for name, read in (("phone", clean_phone), ("email", clean_email)):
            if values.get("who") == NEW and values.get(name):
                try:
                    read(str(values[name]))
                except Unreadable as error:
                    self.add_error(name, str(error))

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """The fields of the subject's questions, in order."""
        return [self[f"ask-{question.key}"] for question in self.questions]

    @property
    def place_text(self) -> str:
        """The place in words, when no address was chosen."""
        typed = str(self.cleaned_data.get("place") or "")
        return typed or (gettext("to be specified") if self.cleaned_data.get("no_place") else "")


class OutcomeForm(KeyedForm):
    """A matter settled without a case, with the subject on the screen and the person's words."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)


class TransferForm(OutcomeForm):
    """The caller is transferred to a department, or to someone in it."""

    department = ByNameField(
        Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL),
        to_field_name="slug",
        label=_("Department"),
    )
    receiver = forms.ModelChoiceField(User.objects.filter(is_active=True), required=False)
    case = forms.IntegerField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False, max_length=2000, label=_("What you tell them"), widget=forms.Textarea(attrs={"rows": 3})
    )


class CallbackForm(OutcomeForm):
    """A promised callback: the number, the reason, the deadline."""

    phone = forms.CharField(max_length=40, label=_("Number to call"), widget=forms.TextInput(attrs={"type": "tel"}))
    reason = forms.CharField(
        required=False, max_length=2000, label=_("To say what"), widget=forms.Textarea(attrs={"rows": 3})
    )
    when = forms.ChoiceField(label=_("Before when"), widget=forms.RadioSelect)
    at = forms.DateTimeField(
        required=False, label=_("Another moment"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moments = callback_moments(now())
        choices = [(key, words) for key, words, _at in self.moments] + [("other", _("Another moment"))]
        self.fields["when"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The values, with `due_at`."""
        values = super().clean() or {}
        offered = {key: at for key, _words, at in self.moments}
        values["due_at"] = offered.get(values.get("when", ""), values.get("at"))
        if values.get("when") == "other" and not values.get("at"):
            self.add_error("at", _("Say which day and at what time."))
        return values


def callback_moments(moment: datetime) -> list[tuple[str, str, datetime]]:
    """The deadlines offered for a callback, as (key, words, when): within the hour, today, the next working day."""
    calendar, lang = working_calendar(), get_language() or "fr"
    local = calendar.local(moment)
    today = local.date()
    tomorrow = calendar.add_working_days(today, 1)
    noon = timezone.make_aware(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 12), calendar.zone)
    result = [("morning", noon), ("next", calendar.end_of_day(tomorrow))]
    if calendar.is_working_day(today) and local < calendar.end_of_day(today):
        result.insert(0, ("today", calendar.end_of_day(today)))
        if local + timedelta(hours=1) < calendar.end_of_day(today):
            result.insert(0, ("hour", local + timedelta(hours=1)))
    at = "at" if lang.startswith("en") else "à"

    def words(when: datetime) -> str:
        there = calendar.local(when)
        return f"{quebec.near_day(there.date(), today, lang)} {at} {quebec.hour(there, lang)}"

    return [(key, words(when), when) for key, when in result]


class NotOursForm(OutcomeForm):
    """The matter belongs to an external body, whose contact details were given."""

    door = ByNameField(
        Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL),
        to_field_name="slug",
        required=False,
        widget=forms.RadioSelect,
        label=_("Whose it is"),
        empty_label=None,
    )
    note = forms.CharField(required=False, max_length=2000, label=pgettext_lazy("free text", "Note"))


class UnansweredForm(OutcomeForm):
    """A question without an answer, sent to the editors."""

    text = forms.CharField(
        required=False, max_length=20_000, label=_("The question"), widget=forms.Textarea(attrs={"rows": 3})
    )
    note = forms.CharField(required=False, max_length=2000, label=_("What was missing"))


class PersonForm(RefusableForm):
    """A new person, registered from the person's pane."""

    name = forms.CharField(max_length=160, label=_("Name"))
    phone = forms.CharField(required=False, max_length=40, label=_("Phone"))
    email = forms.CharField(required=False, max_length=254, label=_("E-mail"))
    place = forms.CharField(required=False, max_length=200, label=_("Address"))
    address = RowField(address_by_id, required=False)


class MatterForm(RefusableForm):
    """Corrections to a matter."""

    subject = ByNameField(
        Subject.objects.all(), to_field_name="slug", required=False, label=_("Subject"), empty_label=_("No subject")
    )
    nature = forms.ChoiceField(choices=Nature, label=pgettext_lazy("kind of contact", "Kind"))
    outcome = forms.ChoiceField(choices=Matter.Outcome, label=_("Outcome"))
    words = forms.CharField(
        required=False, max_length=20_000, label=_("In the person's words"), widget=forms.Textarea(attrs={"rows": 2})
    )


class ContactForm(RefusableForm):
    """Corrections to a contact."""

    channel = forms.ChoiceField(choices=Channel, label=_("Channel"))
