"""Open callbacks: whom to phone, by when, what about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.queries.access import may_read
from parvis.apps.catalogue.rules import promises
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Callback
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.services.callbacks import callback_done, callback_missed
from parvis.apps.residents.queries.access import Field
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.case.words import DeadlineLabel, deadline, lang
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused

PAGE = 50


class ReachedForm(RefusableForm):
    """What was said on a successful callback."""

    note = forms.CharField(
        label=_("What was said"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True)
class CallbackRow:
    """A callback as shown; `number` is "" when the user may not see the person's phone number.

    A `restricted` one is for others to make: only the reference of its request is shown, and whom to ask.
    """

    callback: Callback
    number: str
    face: DeadlineLabel
    tries: str
    readable: bool
    restricted: bool
    form: ReachedForm
    opened: bool


def _row(callback: Callback, user: User, visible: set[int], bound: ReachedForm | None = None) -> CallbackRow:
    left = promises.left(callback.due_at, now(), lang(), working_calendar())
    return CallbackRow(
        callback=callback,
        number=callback.phone if callback.person_id is None or callback.person_id in visible else "",
        face=deadline(callback.due_at, left),
        tries=_attempts(callback),
        readable=callback.case is not None and may_read(user, callback.case),
        restricted=callback.case is not None and callback.case.restricted,
        form=bound or ReachedForm(auto_id=f"call-{callback.pk}-%s"),
        opened=bound is not None,
    )


def _attempts(callback: Callback) -> str:
    if not callback.attempts:
        return ""
    last = parse_datetime(str(callback.attempts[-1]["at"]))
    count = len(callback.attempts)
    words = ngettext("%(n)d call without answer", "%(n)d calls without answer", count) % {"n": count}
    return f"{words}, {_moment_words(last)}" if last else words


def _moment_words(moment: datetime) -> str:
    local, here = working_calendar().local(moment), working_calendar().local(now())
    day = quebec.relative_day(local.date(), here.date(), lang()) or quebec.day_short(local, lang())
    return f"{day}, {quebec.hour(local, lang())}"


@requires(Action.MAKE_CALLBACK, "GET")
def callbacks(request: HttpRequest) -> HttpResponseBase:
    """The open callbacks, earliest deadline first."""
    return _list(request)


def _list(request: HttpRequest, bound: tuple[int, ReachedForm] | None = None, status: int = 200) -> HttpResponse:
    user = agent_of(request)
    bound_id, form = bound or (0, None)
    open_callbacks = contacts.open_callbacks(user, PAGE)
    visible = visible_people(user, (callback.person for callback in open_callbacks), Field.PHONE)
    rows = [_row(callback, user, visible, form if callback.pk == bound_id else None) for callback in open_callbacks]
    context: dict[str, Any] = {"calls": rows, "bound": form, "more": len(open_callbacks) == PAGE}
    return render(request, "desk/callbacks/list.html", context, status=status)


@requires(Action.MAKE_CALLBACK, "POST")
def reached(request: HttpRequest, callback_id: int) -> HttpResponseBase:
    """Records a successful callback and what was said."""
    form = ReachedForm(request.POST, auto_id=f"call-{callback_id}-%s")
    if not form.is_valid():
        return _list(request, (callback_id, form), 422)
    try:
        callback_done(callback_id=callback_id, note=form.cleaned_data["note"], by=agent_of(request))
    except Invalid as error:
        form.add_error("note", str(error.fields.get("note", error)))
        return _list(request, (callback_id, form), error.status)
    except Conflict as conflict:
        return _closed_already(request, callback_id, conflict)
    done(request, gettext("The call is kept."))
    return redirect("desk:callbacks")


@requires(Action.MAKE_CALLBACK, "POST")
def missed(request: HttpRequest, callback_id: int) -> HttpResponseBase:
    """Records an attempt without answer; the callback stays open."""
    try:
        callback_missed(callback_id=callback_id, note="", by=agent_of(request))
    except Conflict as conflict:
        return _closed_already(request, callback_id, conflict)
    done(request, gettext("Attempt kept; the call is still to make."))
    return redirect("desk:callbacks")


def _closed_already(request: HttpRequest, callback_id: int, conflict: Conflict) -> HttpResponseBase:
    """Success for an agent who submits twice; the conflict when a colleague made the call."""
    made = contacts.callback_of(callback_id)
    if made is None or made.done_by_id != agent_of(request).pk:
        refused(request, str(conflict))
    else:
        done(request, gettext("The call is kept."))
    return redirect("desk:callbacks")
