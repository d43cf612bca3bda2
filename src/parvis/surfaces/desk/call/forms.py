"""What an agent fills in during a contact. Services decide; these only read what was typed and give it back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Audience, Channel, Nature, Subject
from parvis.apps.catalogue.question_fields import question_field
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Matter
from parvis.apps.places.queries import by_id as address_by_id
from parvis.apps.residents.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.queries import by_id as person_by_id
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.words import fold, number
from parvis.ui.forms import ByNameField, RefusableForm, shares_fields

KNOWN, NEW, NOBODY = "known", "new", "nobody"


def subject_choices() -> list[tuple[str, Any]]:
    """Every subject a case may be opened on, by family, for a list to choose from."""
    rows = Subject.objects.filter(active=True, routable=True).select_related("group")
    families: dict[str, list[tuple[str, str]]] = {}
    for row in sorted(rows, key=lambda subject: (subject.group.position, subject.group.slug, fold(subject.title))):
        families.setdefault(str(row.group), []).append((row.slug, row.title))
    return [("", _("Choose a subject")), *families.items()]


class RowField(forms.Field):
    """A row that the screen chose, by its number in a hidden field."""

    widget = forms.HiddenInput
    default_error_messages = {"invalid_choice": forms.ModelChoiceField.default_error_messages["invalid_choice"]}

    def __init__(self, read: Callable[[int], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def to_python(self, value: Any) -> Any:
        """The row; None when nothing was chosen."""
        if value in self.empty_values:
            return None
        known = number(str(value))
        row = None if known is None else self.read(known)
        if row is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return row


class KeyedForm(RefusableForm):
    """A form that settles a matter: `key` names the submission, so that sending it twice settles it once."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def rename(self, key: str) -> None:
        """Gives a refused form the key of a new submission, all that was typed being kept."""
        self.data = {name: self.data[name] for name in self.data} | {self.add_prefix("key"): key}


class AnsweredForm(KeyedForm):
    """The answer on the screen, as it was read aloud. `stamp` says which version of it was on the screen."""

    subject = forms.ModelChoiceField(
        Subject.objects.select_related("department"), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(required=False, max_length=20_000)
    lang = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], required=False)
    audience = forms.ChoiceField(choices=Audience, required=False)
    stamp = forms.CharField(required=False, max_length=64)
    address = RowField(address_by_id, required=False)


class WorkedForm(KeyedForm):
    """Something worked out, as it was read aloud; what was typed for it comes beside, under names of its own."""

    name = forms.CharField(max_length=120)
    text = forms.CharField(required=False, max_length=20_000)
    lang = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], required=False)
    stamp = forms.CharField(max_length=64)


class PlaceToldForm(KeyedForm):
    """What was read aloud of an address. `at` is when it was shown, `about` the subject on the screen."""

    address = RowField(address_by_id)
    parts = forms.MultipleChoiceField(choices=Subject.Computed.choices)
    text = forms.CharField(required=False, max_length=20_000)
    lang = forms.ChoiceField(choices=[("fr", "fr"), ("en", "en")], required=False)
    at = forms.CharField(required=False, max_length=40)
    about = forms.CharField(required=False, max_length=60)


@shares_fields
class CaseForm(KeyedForm):
    """Everything a case needs; the questions of the subject come after, named `ask-<key>`."""

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
        """The typed values; refuses a known person who was not chosen, and a new one without a name."""
        typed = super().clean() or {}
        typed["nature"] = typed.get("nature") or Nature.REQUEST
        typed["audience"] = typed.get("audience") or Audience.RESIDENT
        if typed.get("who") == KNOWN and not typed.get("person"):
            self.add_error("who", _("Choose the person, register a new one, or leave the request anonymous."))
        if typed.get("who") == NEW and not typed.get("name"):
            self.add_error("name", _("Write the person's name."))
        self._check_reach(typed)
        if self.about and self.about.place == Subject.Place.REQUIRED and not self._says_where(typed):
            self.add_error("place", gettext("Say where: an address, an intersection, or a landmark."))
        return typed

    def _check_reach(self, typed: Mapping[str, Any]) -> None:
        for name, read in (("phone", clean_phone), ("email", clean_email)):
            if typed.get("who") == NEW and typed.get(name):
                try:
                    read(str(typed[name]))
                except Unreadable as wrong:
                    self.add_error(name, str(wrong))

    @staticmethod
    def _says_where(typed: Mapping[str, Any]) -> bool:
        return bool(typed.get("address") or str(typed.get("place") or "").strip() or typed.get("no_place"))

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """As for every settling form; what a service says of a question stands beside that question."""
        super().refuse({f"ask-{k}" if f"ask-{k}" in self.fields else k: text for k, text in fields.items()}, message)

    @property
    def asked_fields(self) -> list[forms.BoundField]:
        """The fields of the subject's own questions, in order."""
        return [self[f"ask-{question.key}"] for question in self.questions]

    @property
    def details(self) -> dict[str, str]:
        """Question key to what was answered, as typed."""
        return {question.key: str(self.cleaned_data.get(f"ask-{question.key}") or "") for question in self.questions}

    @property
    def place_text(self) -> str:
        """The place in words, when no address was chosen."""
        typed = str(self.cleaned_data.get("place") or "")
        return typed or (gettext("to be specified") if self.cleaned_data.get("no_place") else "")


class TransferForm(KeyedForm):
    """To whom the caller is put through."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    department = ByNameField(
        Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL),
        to_field_name="slug",
        label=_("Department"),
    )
    receiver = forms.ModelChoiceField(User.objects.filter(is_active=True), required=False)
    case = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False, max_length=2000, label=_("What you tell them"), widget=forms.Textarea(attrs={"rows": 3})
    )


class CallbackForm(KeyedForm):
    """A call promised: to which number, why, and before when."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
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
        """The typed values, with `due_at`."""
        typed = super().clean() or {}
        offered = {key: at for key, _words, at in self.moments}
        typed["due_at"] = offered.get(typed.get("when", ""), typed.get("at"))
        if typed.get("when") == "other" and not typed.get("at"):
            self.add_error("at", _("Say which day and at what time."))
        return typed


def callback_moments(moment: datetime) -> list[tuple[str, str, datetime]]:
    """The moments worth offering for a call, as (key, words, when): within the hour, today, the next working day."""
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
    here = [(key, when, calendar.local(when)) for key, when in result]
    return [
        (key, f"{quebec.near_day(there.date(), today, lang)} {at} {quebec.hour(there, lang)}", when)
        for key, when, there in here
    ]


class NotOursForm(KeyedForm):
    """Whose it is: the right door, given to the person."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    door = ByNameField(
        Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL),
        to_field_name="slug",
        required=False,
        widget=forms.RadioSelect,
        label=_("Whose it is"),
        empty_label=None,
    )
    note = forms.CharField(required=False, max_length=2000, label=pgettext_lazy("free text", "Note"))


class UnansweredForm(KeyedForm):
    """A question nobody could answer: it goes to those who write the answers."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    text = forms.CharField(
        required=False, max_length=20_000, label=_("The question"), widget=forms.Textarea(attrs={"rows": 3})
    )
    note = forms.CharField(required=False, max_length=2000, label=_("What was missing"))


class PersonForm(forms.Form):
    """Someone to register from the person's pane."""

    use_required_attribute = False
    name = forms.CharField(max_length=160, label=_("Name"))
    phone = forms.CharField(required=False, max_length=40, label=_("Phone"))
    email = forms.CharField(required=False, max_length=254, label=_("E-mail"))
    place = forms.CharField(required=False, max_length=200, label=_("Address"))
    address = RowField(address_by_id, required=False)


class MatterForm(forms.Form):
    """What may be corrected of a matter."""

    use_required_attribute = False
    subject = ByNameField(
        Subject.objects.all(), to_field_name="slug", required=False, label=_("Subject"), empty_label=_("No subject")
    )
    nature = forms.ChoiceField(choices=Nature, label=pgettext_lazy("kind of contact", "Kind"))
    outcome = forms.ChoiceField(choices=Matter.Outcome, label=_("Outcome"))
    words = forms.CharField(
        required=False, max_length=20_000, label=_("In the person's words"), widget=forms.Textarea(attrs={"rows": 2})
    )


class ContactForm(forms.Form):
    """What may be corrected of a contact."""

    use_required_attribute = False
    channel = forms.ChoiceField(choices=Channel, label=_("Channel"))
