"""The gestures of a case's page: each names its key, its words, its form, and the service that does it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases import services
from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.states import Move
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.workspace import drafts
from parvis.apps.workspace import services as workspace
from parvis.surfaces.desk.case import forms
from parvis.surfaces.desk.case.move_forms import MoveForm

TOLD = ("other",)  # asked only when others read what is told
Values = dict[str, Any]
Run = Callable[..., Case]


@dataclass(frozen=True)
class Gesture:
    """One gesture. `run` takes case_id, by, expect and the typed values; `one_press` needs no words."""

    move: Move
    key: str
    label: str | Promise
    icon: str
    form: type[MoveForm]
    kind: Entry.Kind
    run: Callable[..., Case]
    send: str | Promise = ""
    done: str | Promise = ""
    one_press: bool = False
    to_citizen: bool = False
    main: bool = False

    @property
    def name(self) -> str:
        """The word of the gesture in addresses and identifiers."""
        return str(self.move).replace("_", "-")


def _plain(service: Run, *names: str) -> Run:
    """Calls the service with those of the typed values."""

    def run(*, values: Values, **common: Any) -> Case:
        return service(**common, **{name: values[name] for name in (*names, *TOLD) if name in values})

    return run


def _theirs(service: Run, *names: str) -> Run:
    """As `_plain`, for what a citizen does themselves too: the agent writes it down."""
    run = _plain(service, *names)

    def signed(*, by: User, **common: Any) -> Case:
        return run(by=Actor.staff(by), **common)

    return signed


def _close(*, values: Values, **common: Any) -> Case:
    return services.close(
        reason=values["reason"],
        words=values["words"],
        proof=values.get("proof", ""),
        photos=values.get("photos", ()),
        other=values.get("other", ""),
        language_choice=values["language_choice"],
        **common,
    )


def _close_comment(*, values: Values, **common: Any) -> Case:
    return services.close(
        reason=ClosingReason.PASSED, words=values["words"], language_choice=values["language_choice"], **common
    )


def _erase(*, values: Values, **common: Any) -> Case:
    return drafts.erase_words(seq=values["entry"], ground=values["words"], **common)


def _send(service: Run) -> Run:
    return _plain(service, "words")


def _tell(service: Run) -> Run:
    return _plain(service, "words", "language_choice")


_K = Entry.Kind
TAKE = Gesture(
    Move.TAKE, "t", pgettext_lazy("gesture", "Take"), "hand", forms.TakeForm, _K.TAKEN, _plain(services.take),
    done=_("It is yours."), one_press=True, main=True,
)  # fmt: skip
RESUME = Gesture(
    Move.RESUME, "w", pgettext_lazy("gesture", "Resume"), "play", forms.TakeForm, _K.RESUMED, _plain(services.resume),
    done=_("The promise runs again."), one_press=True,
)  # fmt: skip
REPLY = Gesture(
    Move.REPLY, "j", _("Citizen's reply"), "message-square-reply", forms.HeardForm, _K.REPLIED,
    _theirs(services.reply, "words", "channel"), _("Add the reply"), _("The reply is added."),
)  # fmt: skip
UNASKED = replace(
    REPLY, label=_("Citizen's words"), send=_("Add these words"), done=_("The citizen's words are added.")
)
GESTURES: tuple[Gesture, ...] = (
    TAKE,
    Gesture(
        Move.ANSWER, "r", pgettext_lazy("gesture", "Answer"), "reply", forms.AnswerForm, _K.ANSWERED,
        _tell(services.answer), _("Send the answer"), _("The answer is sent."), to_citizen=True, main=True,
    ),
    Gesture(
        Move.ASK, "d", pgettext_lazy("gesture", "Ask"), "circle-help", forms.AskForm, _K.ASKED, _tell(services.ask),
        _("Ask, and pause the promise"), _("The question is sent; the promise waits."), to_citizen=True, main=True,
    ),
    Gesture(
        Move.PASS_ON, "p", pgettext_lazy("gesture", "Pass on"), "forward", forms.PassOnForm, _K.PASSED,
        _plain(services.pass_on, "department", "receiver", "words"), _("Pass it on"), _("It is passed on."), main=True,
    ),
    Gesture(
        Move.NOT_MINE, "x", pgettext_lazy("gesture", "Not mine"), "signpost", forms.NotMineForm, _K.PASSED,
        _plain(services.not_mine, "to", "words"), _("Send it on"), _("It is sent on; the bounce is counted."),
        main=True,
    ),
    Gesture(
        Move.NEW_DATE, "n", pgettext_lazy("gesture", "New date"), "calendar-clock", forms.NewDateForm, _K.PROMISED,
        _plain(services.new_date, "due", "words", "language_choice"), _("Promise this date"),
        _("The new date is promised."),
        to_citizen=True, main=True,
    ),
    Gesture(
        Move.VISIT, "v", pgettext_lazy("gesture", "Plan a visit"), "calendar-days", forms.VisitForm, _K.VISIT,
        _plain(services.plan_visit, "day", "words", "language_choice"), _("Tell them this day"),
        _("The visit is planned."),
        to_citizen=True,
    ),
    Gesture(
        Move.CLOSE, "c", pgettext_lazy("gesture", "Close"), "circle-check", forms.CloseForm, _K.CLOSED, _close,
        _("Close the request"), _("The request is closed."), to_citizen=True, main=True,
    ),
    Gesture(
        Move.NOTE, "m", pgettext_lazy("gesture", "Note"), "notebook-pen", forms.NoteForm, _K.NOTED,
        _send(workspace.note), _("Keep the note"), _("The note is kept."),
    ),
    Gesture(
        Move.WAIT, "w", pgettext_lazy("gesture", "Wait"), "hourglass", forms.WaitForm, _K.WAITING,
        _send(services.wait), _("Wait, and pause the promise"), _("The promise waits."),
    ),
    RESUME,
    Gesture(
        Move.ASSIGN, "a", pgettext_lazy("gesture", "Assign"), "user-plus", forms.AssignForm, _K.ASSIGNED,
        _plain(services.assign, "to"), _("Give it to this colleague"), _("It is given to your colleague."),
    ),
    REPLY,
    Gesture(
        Move.CALLED, "l", _("Call made"), "phone-outgoing", forms.CalledForm, _K.CALLED, _send(services.called),
        _("Keep the call"), _("The call is kept."),
    ),
    Gesture(
        Move.NOT_FIXED, "f", _("Not fixed"), "rotate-ccw", forms.HeardForm, _K.REOPENED,
        _theirs(services.not_fixed, "words", "channel"), _("Reopen, one level up"), _("The request is open again."),
        main=True,
    ),
    Gesture(
        Move.WITHDRAW, "", _("Withdraw"), "x", forms.WithdrawForm, _K.CLOSED, _theirs(services.withdraw, "words"),
        _("Close at the citizen's wish"), _("The request is withdrawn."),
    ),
    Gesture(
        Move.ERASE, "", pgettext_lazy("gesture", "Erase by law"), "trash-2", forms.EraseForm, _K.ERASED, _erase,
        _("Erase for good"), _("It is erased; the ground stays written."),
    ),
)  # fmt: skip
NOTE_COMMENT = Gesture(
    Move.CLOSE, "c", _("Noted"), "circle-check", forms.NoteCommentForm, _K.CLOSED, _close_comment,
    _("Noted"), _("The comment is noted."), to_citizen=True, main=True,
)  # fmt: skip


def gestures_of(case: Case) -> tuple[Gesture, ...]:
    """The gestures that this case has, in the order of the page: only a question that waits is replied to."""
    instead = {Move.CLOSE: NOTE_COMMENT} if case.is_comment else {}
    instead |= {Move.REPLY: UNASKED} if case.state != State.ASKED else {}
    return tuple(instead.get(gesture.move, gesture) for gesture in GESTURES)


def gesture_named(name: str, case: Case) -> Gesture | None:
    """The gesture of that name in addresses, for this case."""
    return next((gesture for gesture in gestures_of(case) if gesture.name == name), None)
