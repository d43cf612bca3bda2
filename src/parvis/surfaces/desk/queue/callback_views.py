"""The calls owed: whom to phone, by when, to say what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.access import may_read
from parvis.apps.catalogue import promises
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.models import Callback
from parvis.apps.residents.access import Field
from parvis.lib import quebec
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.surfaces.desk.case.words import Face, deadline, lang
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.ui.messages import done, refused

PAGE = 50


class ReachedForm(forms.Form):
    """What was said to the person who answered."""

    use_required_attribute = False
    note = forms.CharField(
        label=_("What was said"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True)
class Call:
    """One call as it is shown: its deadline, the attempts made, whether its case may be opened, its form.

    Its `number` is "" while the file of its person is shut to this reader.
    """

    callback: Callback
    number: str
    face: Face
    tries: str
    readable: bool
    form: ReachedForm
    opened: bool


def _call(callback: Callback, user: User, open_to: set[int], bound: ReachedForm | None = None) -> Call:
    left = promises.left(callback.due_at, now(), lang(), working_calendar())
    return Call(
        callback=callback,
        number=callback.phone if callback.person_id is None or callback.person_id in open_to else "",
        face=deadline(callback.due_at, left),
        tries=_tries(callback),
        readable=callback.case is not None and may_read(user, callback.case),
        form=bound or ReachedForm(auto_id=f"call-{callback.pk}-%s"),
        opened=bound is not None,
    )


def _tries(callback: Callback) -> str:
    if not callback.attempts:
        return ""
    last = parse_datetime(str(callback.attempts[-1]["at"]))
    count = len(callback.attempts)
    words = ngettext("%(n)d call without answer", "%(n)d calls without answer", count) % {"n": count}
    return f"{words}, {_when(last)}" if last else words


def _when(moment: datetime) -> str:
    local, here = working_calendar().local(moment), working_calendar().local(now())
    day = quebec.relative_day(local.date(), here.date(), lang()) or quebec.day_short(local, lang())
    return f"{day}, {quebec.hour(local, lang())}"


@requires(Action.MAKE_CALLBACK, "GET")
def callbacks(request: HttpRequest) -> HttpResponseBase:
    """The calls owed, the most pressing first."""
    return _list(request)


def _list(request: HttpRequest, bound: tuple[int, ReachedForm] | None = None, status: int = 200) -> HttpResponse:
    user = agent_of(request)
    number, form = bound or (0, None)
    owed = intake.open_callbacks(PAGE)
    open_to = visible_people(user, (callback.person for callback in owed), Field.PHONE)
    calls = [_call(callback, user, open_to, form if callback.pk == number else None) for callback in owed]
    context: dict[str, Any] = {"calls": calls, "bound": form, "more": len(owed) == PAGE}
    return render(request, "desk/callbacks/list.html", context, status=status)


@requires(Action.MAKE_CALLBACK, "POST")
def reached(request: HttpRequest, callback_id: int) -> HttpResponseBase:
    """The person answered: what was said is kept."""
    form = ReachedForm(request.POST, auto_id=f"call-{callback_id}-%s")
    if not form.is_valid():
        return _list(request, (callback_id, form), 422)
    try:
        services.callback_done(callback_id=callback_id, note=form.cleaned_data["note"], by=agent_of(request))
    except Invalid as wrong:
        form.add_error("note", str(wrong.fields.get("note", wrong)))
        return _list(request, (callback_id, form), wrong.status)
    except NotFound as missing:
        raise Http404 from missing
    except Conflict as conflict:
        return _made_before(request, callback_id, conflict)
    done(request, gettext("The call is kept."))
    return redirect("desk:callbacks")


@requires(Action.MAKE_CALLBACK, "POST")
def missed(request: HttpRequest, callback_id: int) -> HttpResponseBase:
    """Nobody answered: the call stays owed, and the attempt is kept."""
    try:
        services.callback_missed(callback_id=callback_id, note="", by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except Conflict as conflict:
        return _made_before(request, callback_id, conflict)
    done(request, gettext("Attempt kept; the call is still to make."))
    return redirect("desk:callbacks")


def _made_before(request: HttpRequest, callback_id: int, conflict: Conflict) -> HttpResponseBase:
    """The same person sending twice sees the call as made; another learns that a colleague made it."""
    made = intake.callback_of(callback_id)
    if made is None or made.done_by_id != agent_of(request).pk:
        refused(request, str(conflict))
    else:
        done(request, gettext("The call is kept."))
    return redirect("desk:callbacks")
