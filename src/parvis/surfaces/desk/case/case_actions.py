"""The actions of a case's page: the key, labels, form and service of each, and which fit the state of the case."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.queries.access import transitions_for
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.misrouting import not_mine
from parvis.apps.directory.models import Actor, User
from parvis.apps.open311.models import ServiceMapping
from parvis.apps.open311.queries import forwarding
from parvis.apps.workspace.services import drafts, workspace
from parvis.lib.errors import Conflict
from parvis.surfaces.desk.case import forms
from parvis.surfaces.desk.case.transition_forms import TransitionForm
from parvis.surfaces.desk.outside.leaving import live_sending, may_leave, still_with

OPTIONAL = ("other",)  # a field only when merged cases receive the words too
Values = dict[str, Any]
Run = Callable[..., Case]


@dataclass(frozen=True)
class CaseAction:
    """One action. `run` takes case_id, by, expect and the cleaned values; `one_press` has no form."""

    transition: Transition
    key: str
    label: str | Promise
    icon: str
    form: type[TransitionForm]
    kind: Entry.Kind
    run: Callable[..., Case]
    send: str | Promise = ""
    done: str | Promise = ""
    one_press: bool = False
    to_citizen: bool = False

    @property
    def name(self) -> str:
        """The slug of the action in URLs and HTML ids."""
        return str(self.transition).replace("_", "-")


def _plain(service: Run, *names: str) -> Run:
    """Calls the service with these of the cleaned values."""

    def run(*, values: Values, **common: Any) -> Case:
        return service(**common, **{name: values[name] for name in (*names, *OPTIONAL) if name in values})

    return run


def _as_citizen(service: Run, *names: str) -> Run:
    """As `_plain`, for the services that citizens call too: the agent acts for the citizen."""
    run = _plain(service, *names)

    def signed(*, by: User, **common: Any) -> Case:
        return run(by=Actor.staff(by), **common)

    return signed


def _close_comment(*, values: Values, **common: Any) -> Case:
    return handling.close(
        reason=ClosingReason.PASSED, words=values["words"], language_choice=values["language_choice"], **common
    )


def _erase(*, values: Values, **common: Any) -> Case:
    return drafts.erase_words(
        seq=values["entry"], ground=values["words"], subscriptions=values["subscriptions"], **common
    )


def server_instead(action: CaseAction, case: Case, by: User, values: Values) -> ServiceMapping | None:
    """The service of an outside server to which "not mine" leads, by the form that shows what leaves.

    None for another action, and for a case that cannot be sent: the citizen then gets the door of the body. Raises
    Conflict while the case is with a server.
    """
    to = values.get("to") if action.transition == _T.NOT_MINE else None
    mapping = forwarding.destination_of(case, to) if to else None
    if mapping is None:
        return None
    if live := live_sending(case):
        raise Conflict(still_with(live))
    return mapping if may_leave(case) and str(_T.TAKE) in transitions_for(by, case) else None


_K, _T = Entry.Kind, Transition
TAKE = CaseAction(
    _T.TAKE, "t", pgettext_lazy("action", "Take"), "hand", forms.TakeForm, _K.TAKEN, _plain(handling.take),
    done=_("It is yours."), one_press=True,
)  # fmt: skip
RESUME = CaseAction(
    _T.RESUME, "w", pgettext_lazy("action", "Resume"), "play", forms.TakeForm, _K.RESUMED, _plain(handling.resume),
    done=_("The promise runs again."), one_press=True,
)  # fmt: skip
REPLY = CaseAction(
    _T.REPLY, "e", _("Their reply"), "message-square-reply", forms.HeardForm, _K.REPLIED,
    _as_citizen(citizen.reply, "words", "channel"), _("Add the reply"), _("The reply is added."),
)  # fmt: skip
UNASKED = replace(
    REPLY,
    label=pgettext_lazy("action", "Their words"),
    send=_("Add these words"),
    done=_("The citizen's words are added."),
)
CASE_ACTIONS: tuple[CaseAction, ...] = (
    TAKE,
    CaseAction(
        _T.ANSWER, "r", pgettext_lazy("action", "Answer"), "reply", forms.AnswerForm, _K.ANSWERED,
        _plain(handling.answer, "words", "language_choice"), _("Send the answer"), _("The answer is sent."),
        to_citizen=True,
    ),
    CaseAction(
        _T.ASK, "d", pgettext_lazy("action", "Ask"), "circle-help", forms.AskForm, _K.ASKED,
        _plain(handling.ask, "words", "language_choice"), _("Ask, and pause the promise"),
        _("The question is sent; the promise waits."), to_citizen=True,
    ),
    CaseAction(
        _T.PASS_ON, "p", pgettext_lazy("action", "Pass on"), "forward", forms.PassOnForm, _K.PASSED,
        _plain(handling.pass_on, "department", "receiver", "words"), _("Pass it on"), _("It is passed on."),
    ),
    CaseAction(
        _T.NOT_MINE, "x", pgettext_lazy("action", "Not mine"), "signpost", forms.NotMineForm, _K.PASSED,
        _plain(not_mine, "to", "words"), _("Send it on"), _("It is sent on; the bounce is counted."),
    ),
    CaseAction(
        _T.NEW_DATE, "n", pgettext_lazy("action", "New date"), "calendar-clock", forms.NewDateForm, _K.PROMISED,
        _plain(handling.new_date, "due", "words", "language_choice"), _("Promise this date"),
        _("The new date is promised."),
        to_citizen=True,
    ),
    CaseAction(
        _T.VISIT, "v", pgettext_lazy("action", "Visit"), "calendar-days", forms.VisitForm, _K.VISIT,
        _plain(handling.plan_visit, "day", "words", "language_choice"), _("Tell them this day"),
        _("The visit is planned."),
        to_citizen=True,
    ),
    CaseAction(
        _T.CLOSE, "c", pgettext_lazy("action", "Close"), "circle-check", forms.CloseForm, _K.CLOSED,
        _plain(handling.close, "reason", "words", "proof", "photos", "language_choice"), _("Close the request"),
        _("The request is closed."), to_citizen=True,
    ),
    CaseAction(
        _T.NOTE, "m", pgettext_lazy("action", "Note"), "notebook-pen", forms.NoteForm, _K.NOTED,
        _plain(workspace.note, "words"), _("Keep the note"), _("The note is kept."),
    ),
    CaseAction(
        _T.WAIT, "w", pgettext_lazy("action", "Wait"), "hourglass", forms.WaitForm, _K.WAITING,
        _plain(handling.wait, "words"), _("Wait, and pause the promise"), _("The promise waits."),
    ),
    RESUME,
    CaseAction(
        _T.ASSIGN, "a", pgettext_lazy("action", "Assign"), "user-plus", forms.AssignForm, _K.ASSIGNED,
        _plain(handling.assign, "to"), _("Give it to this colleague"), _("It is given to your colleague."),
    ),
    REPLY,
    CaseAction(
        _T.CALLED, "l", _("Call made"), "phone-outgoing", forms.CalledForm, _K.CALLED,
        _plain(citizen.called, "words"), _("Keep the call"), _("The call is kept."),
    ),
    CaseAction(
        _T.NOT_FIXED, "f", _("Not fixed"), "rotate-ccw", forms.HeardForm, _K.REOPENED,
        _as_citizen(citizen.not_fixed, "words", "channel"), _("Reopen, one level up"), _("The request is open again."),
    ),
    CaseAction(
        _T.WITHDRAW, "", _("Withdraw"), "x", forms.WithdrawForm, _K.CLOSED, _as_citizen(citizen.withdraw, "words"),
        _("Close at the citizen's wish"), _("The request is withdrawn."),
    ),
    CaseAction(
        _T.ERASE, "", pgettext_lazy("action", "Erase by law"), "trash-2", forms.EraseForm, _K.ERASED, _erase,
        _("Erase for good"), _("It is erased; the ground stays written."),
    ),
)  # fmt: skip
NOTE_COMMENT = CaseAction(
    _T.CLOSE, "c", _("Noted"), "circle-check", forms.NoteCommentForm, _K.CLOSED, _close_comment,
    _("Noted"), _("The comment is noted."), to_citizen=True,
)  # fmt: skip


# The actions that fit a case, by its situation: at most six stand on the page, the others under "More".
FITTING: dict[str, tuple[Transition, ...]] = {
    "to_take": (_T.TAKE, _T.ANSWER, _T.ASK, _T.VISIT, _T.PASS_ON, _T.CLOSE),
    "working": (_T.ANSWER, _T.ASK, _T.NEW_DATE, _T.VISIT, _T.PASS_ON, _T.CLOSE),
    "paused": (_T.ANSWER, _T.REPLY, _T.NEW_DATE, _T.RESUME, _T.CLOSE),
    "closed": (_T.NOT_FIXED, _T.ANSWER, _T.REPLY, _T.CALLED),
    "comment": (_T.CLOSE, _T.ANSWER, _T.PASS_ON),
}
FEWEST = 3  # fewer than these that the user may make are completed by others
INTENTS: dict[str | Promise, tuple[Transition, ...]] = {
    _("Write and listen"): (_T.ANSWER, _T.ASK, _T.NOTE, _T.REPLY, _T.CALLED),
    _("Hand it to someone"): (_T.TAKE, _T.ASSIGN, _T.PASS_ON, _T.NOT_MINE),
    _("Choose its time"): (_T.NEW_DATE, _T.VISIT, _T.WAIT, _T.RESUME),
    _("End it, or open it again"): (_T.CLOSE, _T.NOT_FIXED, _T.WITHDRAW, _T.ERASE),
}


def situation(case: Case) -> str:
    """The key in FITTING of a case."""
    if not case.is_open:
        return "closed"
    if case.is_comment:
        return "comment"
    if case.is_paused:
        return "paused"
    return "working" if case.owner_id else "to_take"


def actions_of(case: Case) -> tuple[CaseAction, ...]:
    """The actions of this case, in the order of the page."""
    instead = {_T.CLOSE: NOTE_COMMENT} if case.is_comment else {}
    instead |= {_T.REPLY: UNASKED} if case.state != State.ASKED else {}
    return tuple(instead.get(action.transition, action) for action in CASE_ACTIONS)


def action_named(name: str, case: Case) -> CaseAction | None:
    """The action of that slug, for this case."""
    return next((action for action in actions_of(case) if action.name == name), None)
