"""Forms of the transitions on a case, and of its follow-up. The services validate the transitions themselves."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import ClosingReason, Entry
from parvis.apps.cases.queries.assigning import Worker, workers_of
from parvis.apps.cases.queries.replies import entry_name, unasked
from parvis.apps.cases.services.handling import CLOSING_REASONS
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import present_in, working_calendar
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.files.models import Attachment
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.surfaces.desk.case.transition_forms import LetterForm, NotifyForm, TransitionForm, words_field
from parvis.ui.forms import ByNameField, DayField, RefusableForm

WORKERS = roles_with(Action.WORK_CASE)
DAYS_PROPOSED = 5
HEARD_ON = (Channel.PHONE, Channel.COUNTER, Channel.EMAIL, Channel.SOCIAL, Channel.LETTER, Channel.TEXT)


class TakeForm(TransitionForm):
    """A transition without fields: one press."""


class AnswerForm(NotifyForm):
    """An answer to the citizen; the case stays open."""

    words = words_field(_("Your answer"))
    field_order = ("words", "other")


class AskForm(LetterForm):
    """A question for the citizen."""

    words = words_field(_("Your question"), _("The promise waits until the reply."))


class NoteForm(TransitionForm):
    """An internal note."""

    words = words_field(
        _("Internal note"), _("It never leaves the house. @ calls a colleague, :: a ready phrase."), rows=3
    )


class WaitForm(TransitionForm):
    """The third party the case waits for."""

    words = words_field(_("Whom you are waiting for, and for what"), _("The promise waits until you resume."), rows=3)


class CalledForm(TransitionForm):
    """A phone call made to the citizen."""

    words = words_field(_("What was said"), rows=3)


class HeardForm(TransitionForm):
    """The citizen's own words, written down by an agent."""

    words = words_field(_("In the citizen's words"))
    channel = forms.ChoiceField(
        label=_("How they said it"), choices=[(kind.value, kind.label) for kind in HEARD_ON], initial=Channel.PHONE
    )

    def values_in(self, entry: Entry) -> dict[str, str]:
        return {"channel": str(entry.data.get("channel"))}


class WithdrawForm(TransitionForm):
    """The citizen withdraws the request."""

    words = words_field(_("In the citizen's words"), required=False, rows=2)


class EraseForm(TransitionForm):
    """Erasure required by law: which entry, on what ground, and a confirmation."""

    entry = forms.TypedChoiceField(
        label=_("What must be erased"),
        coerce=int,
        error_messages={"required": _("Choose what must be erased.")},
        widget=forms.Select(attrs={"data-first": ""}),
    )
    words = words_field(_("The ground, which stays written"), _("Such as: request for rectification 2026-12."), rows=2)
    subscriptions = forms.BooleanField(
        required=False,
        label=_("Also erase the newsletter and the alerts sent to this person’s address and numbers"),
        help_text=_("Nothing comes there any more, alerts included."),
    )
    sure = forms.BooleanField(
        widget=forms.CheckboxInput(attrs={"data-draft-skip": ""}),
        label=_("I understand that these words and these photos cannot be brought back"),
        error_messages={"required": _("Tick this box to erase for good.")},
    )

    def prepare(self) -> None:
        entries = Entry.objects.filter(case=self.case).annotate(pictures=Count("files")).order_by("-seq")
        added = unasked(entries)
        erasable = [
            (entry.seq, self._line(entry, entry_name(entry, added)))
            for entry in entries
            if entry.salt and entry.kind != Entry.Kind.ERASED
            if entry.body or entry.proof or entry.pictures or entry.seq == 1
        ]
        self.fields["entry"].choices = [("", _("Choose an entry of the journal")), *erasable]  # type: ignore[attr-defined]

    @staticmethod
    def _line(entry: Any, name: str) -> str:
        when = quebec.moment(working_calendar().local(entry.at), get_language() or "fr")
        parts = [f"{entry.seq}. {name}", when]
        if entry.pictures:
            parts.append(ngettext("%(n)d photo", "%(n)d photos", entry.pictures) % {"n": entry.pictures})
        return ", ".join([*parts, Truncator(entry.body or entry.proof).chars(60)]).rstrip(", ")


class AssignForm(TransitionForm):
    """A colleague of the same department."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Colleague"),
        empty_label=_("Choose a colleague"),
        error_messages={"required": _("Choose a colleague.")},
        help_text=_("Those present first, then the least laden. When someone is away, their delegate receives it."),
        widget=forms.Select(attrs={"data-first": ""}),
    )

    def prepare(self) -> None:
        people = User.objects.filter(
            is_active=True, memberships__department=self.case.department_id, memberships__role__in=WORKERS
        )
        field = self.fields["to"]
        field.queryset = people.exclude(pk=self.case.owner_id or 0).distinct()  # type: ignore[attr-defined]
        workers = workers_of(self.case.department, subject_id=self.case.subject_id)
        colleagues = [worker for worker in workers if worker.user.pk != self.case.owner_id]
        choices = [(colleague.user.pk, self._line(colleague)) for colleague in colleagues]
        field.choices = [("", gettext("Choose a colleague")), *choices]  # type: ignore[attr-defined]
        if colleagues and colleagues[0].present and colleagues[0].posted and not colleagues[0].away:
            field.initial = colleagues[0].user.pk

    def values_in(self, entry: Entry) -> dict[str, str]:
        to = User.objects.filter(username=str(entry.data.get("to"))).first()
        return {"to": str(to.pk) if to else ""}

    @staticmethod
    def _line(colleague: Worker) -> str:
        """The name, the number of open cases, the presence."""
        load = ngettext("%(n)d open", "%(n)d open", colleague.load) % {"n": colleague.load}
        parts = [colleague.user.display_name, load]
        if colleague.away:
            parts.append(pgettext("on leave", "away"))
        elif not colleague.posted:
            parts.append(gettext("elsewhere by their hours"))
        elif colleague.present:
            parts.append(gettext("at a screen now"))
        return ", ".join(parts)


class PassOnForm(TransitionForm):
    """Another department, optionally a colleague present there, and why."""

    department = ByNameField(
        Department.objects.none(),
        to_field_name="slug",
        label=_("Department"),
        empty_label=_("Choose a department"),
        error_messages={"required": _("Choose a department.")},
        widget=forms.Select(attrs={"data-first": "", "data-present": ""}),
    )
    receiver = forms.ModelChoiceField(User.objects.filter(is_active=True), required=False, label=_("Colleague"))
    words = words_field(_("Why it is theirs"), _("Read by the department that receives it."), rows=3)

    def prepare(self) -> None:
        others = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
        self.fields["department"].queryset = others.exclude(pk=self.case.department_id)  # type: ignore[attr-defined]

    def values_in(self, entry: Entry) -> dict[str, str]:
        return {"department": str(entry.data.get("to"))}

    @property
    def present(self) -> list[Any]:
        """The colleagues present in the chosen department, for a refused form."""
        slug = str(self["department"].value() or "")
        department = Department.objects.filter(slug=slug).first() if slug else None
        return list(present_in(department)) if department else []


class NotMineForm(TransitionForm):
    """The right department or external body, if known, and why."""

    to = ByNameField(
        Department.objects.none(),
        first=lambda row: row.kind == Department.Kind.EXTERNAL,
        to_field_name="slug",
        required=False,
        label=_("Whose it is, if you know"),
        empty_label=_("I do not know: the desk will find out"),
        help_text=_(
            "An outside body: the citizen receives its door, and the request closes; unless it takes requests by"
            " Open311: you then see what leaves before you send it, and we follow it."
        ),
    )
    words = words_field(
        _("Why it is not yours"),
        _("The citizen reads it too when the request closes for an outside body; else it is a note for us."),
        rows=3,
    )

    def prepare(self) -> None:
        others = Department.objects.filter(active=True).exclude(pk=self.case.department_id)
        self.fields["to"].queryset = others  # type: ignore[attr-defined]

    def values_in(self, entry: Entry) -> dict[str, str]:
        return {"to": str(entry.data.get("to"))} if self._typed("to") else {}


class NewDateForm(NotifyForm):
    """A new promised date."""

    field_order = ("due", "words", "other")

    due = DayField(
        label=_("New date"),
        help_text=_("A working day to come: the citizen is promised the end of that day."),
        attrs={"data-first": ""},
        error_messages={"required": _("Choose the new date.")},
    )
    words = words_field(_("Why, in plain words for the citizen"), rows=3)

    def prepare(self) -> None:
        super().prepare()
        calendar = working_calendar()
        current = calendar.local(now()).date()
        promised = calendar.local(self.case.due_at).date() if self.case.due_at else current
        self.fields["due"].initial = calendar.add_working_days(max(current, promised), DAYS_PROPOSED)
        self.fields["due"].widget.attrs["min"] = calendar.add_working_days(current, 1).isoformat()

    def values_in(self, entry: Entry) -> dict[str, str]:
        due = entry.gives("due_at")
        return {"due": working_calendar().local(datetime.fromisoformat(due)).date().isoformat()} if due else {}

    @property
    def first_day(self) -> date:
        """The first day that may be promised."""
        return date.fromisoformat(self.fields["due"].widget.attrs["min"])


class VisitForm(NotifyForm):
    """The day of a visit on site, and its purpose."""

    field_order = ("day", "words", "other")

    day = DayField(label=_("Day of the visit"), help_text=_("The promise stands."), attrs={"data-first": ""})
    words = words_field(_("Who comes and what for, for the citizen"), rows=3)

    def prepare(self) -> None:
        super().prepare()
        self.fields["day"].widget.attrs["min"] = working_calendar().local(now()).date().isoformat()

    def values_in(self, entry: Entry) -> dict[str, str]:
        day = entry.gives("visit_on")
        return {"day": str(day)} if day else {}


class CloseForm(NotifyForm):
    """The reason for closing, the words to the citizen, and the proof that the subject requires."""

    reason = forms.ChoiceField(
        label=_("Why it closes"),
        widget=forms.RadioSelect(attrs={"data-first": ""}),
        error_messages={"required": _("Choose why it closes.")},
    )
    words = words_field(_("Your words to the citizen"), _("What was done, or why it cannot be."))
    proof = forms.CharField(label=_("Proof"), required=False, max_length=400)
    photo = forms.FileField(
        label=pgettext_lazy("proof of work", "Photo"),
        required=False,
        help_text=_("JPEG, PNG, WebP or HEIC, 12 MB at most. The position it holds is removed."),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/heic,image/heif,image/webp", "capture": "environment"}
        ),
    )
    kept = forms.ModelChoiceField(
        Attachment.objects.none(), to_field_name="key", required=False, widget=forms.HiddenInput
    )

    def prepare(self) -> None:
        super().prepare()
        reasons = [reason for reason in CLOSING_REASONS if reason != ClosingReason.PASSED]
        self.fields["reason"].choices = [(reason.value, reason.label) for reason in reasons]  # type: ignore[attr-defined]
        self.fields["kept"].queryset = Attachment.objects.filter(added_by=self.by)  # type: ignore[attr-defined]
        kind = self.case.subject.proof
        if kind == Subject.Proof.NONE:
            del self.fields["proof"]
        elif kind == Subject.Proof.PHOTO:
            self.fields["proof"].label = gettext("Number of the work order")
            self.fields["proof"].help_text = gettext("A photo, or this number: one of the two is enough.")
        else:
            self.fields["proof"].label = gettext("What was done and seen")

    def values_in(self, entry: Entry) -> dict[str, str]:
        return {"reason": str(entry.data.get("reason"))}

    def keep(self, attachment: Attachment) -> None:
        """Remembers a stored photo, so that it need not be uploaded again."""
        self.data = dict(self.data.items()) | {"kept": str(attachment.key)}

    @property
    def kept_photo(self) -> Attachment | None:
        """The photo uploaded by an earlier submission."""
        key = str(self.data.get("kept", "")) if self.is_bound else ""
        if not key:
            return None
        try:
            return self.fields["kept"].clean(key)  # type: ignore[no-any-return]
        except forms.ValidationError:
            return None


class NoteCommentForm(LetterForm):
    """Closes a comment, with optional words to its author."""

    words = words_field(_("Words to its author, if you wish"), required=False, rows=3)


# --- Follow-up ------------------------------------------------------------------------------------------------------

FOLLOW_UP_WORDS = 300


def follow_up_day(attrs: Mapping[str, str] | None = None, *, required: bool = True) -> DayField:
    """The field of the day of a follow-up."""
    return DayField(label=_("See it again on"), required=required, attrs=attrs)


def next_working_day() -> date:
    """The default day of a follow-up."""
    return working_calendar().add_working_days(today(), 1)


class LaterForm(RefusableForm):
    """A follow-up: a coming day, and a few words for oneself."""

    on = follow_up_day({"data-focus": ""})
    words = forms.CharField(
        label=_("For yourself, if you wish"),
        required=False,
        max_length=FOLLOW_UP_WORDS,
        help_text=_("Nobody else reads it. The promise made to the citizen stands."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = {"on": next_working_day()} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, **{"initial": initial, "auto_id": "later-%s", **kwargs})
        self.fields["on"].widget.attrs["min"] = (today() + timedelta(days=1)).isoformat()
