"""The waiting line of the counter, for the agents: visits are called, registered by name, set aside."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Presence
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.models import Visit
from parvis.apps.intake.queries.contacts import last_window, line_today
from parvis.apps.intake.services.counter import visits
from parvis.apps.intake.services.counter.visits import WINDOWS
from parvis.lib.errors import Conflict, Invalid, NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.views import contact_url
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done, refused


class WriteInForm(forms.Form):
    """A visitor who takes no ticket: a name is enough."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("Name to call"),
        max_length=80,
        help_text=_("As the person wants to be called. The screen of the hall shows “Jeanne A.”"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-key": "i"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("fr", "Français"), ("en", "English")], required=False, initial="fr"
    )


@requires(Action.TAKE_CONTACT, "GET")
def counter(request: HttpRequest) -> HttpResponse:
    """The line, longest wait first; the visits at the windows; the no-shows and departures."""
    return _page(request)


def _page(
    request: HttpRequest, form: WriteInForm | None = None, *, wrong_window: str = "", status: int = 200
) -> HttpResponse:
    context = {**screen.frame(request), **_line(request), "form": form or WriteInForm(), "key": uuid4().hex}
    context |= {
        "windows": WINDOWS,
        "window": number(request.POST.get("window", "")) if wrong_window else last_window(agent_of(request)),
        "bound": form,
        "wrong_window": wrong_window,
    }
    return render(request, "desk/counter/counter.html", context, status=status)


def _line(request: HttpRequest) -> dict[str, Any]:
    agent, line = agent_of(request), line_today()
    states = [f"{visit.pk}.{visit.state}.{visit.calls}" for visit in (*line.waiting, *line.at_windows, *line.aside)]
    return {
        "line": line,
        "mine": [visit for visit in line.at_windows if visit.agent_id == agent.pk],
        "others": [visit for visit in line.at_windows if visit.agent_id != agent.pk],
        "line_mark": sha256("-".join(states).encode()).hexdigest()[:16],
    }


@requires(Action.TAKE_CONTACT, "GET")
def changes(request: HttpRequest) -> HttpResponseBase:
    """The line again; 204 when it is unchanged (`mark`)."""
    context = _line(request)
    if request.GET.get("mark") == context["line_mark"]:
        return HttpResponse(status=204)
    return render(request, "desk/counter/changes.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def call_next(request: HttpRequest) -> HttpResponseBase:
    """Calls the visitor who has waited longest, and opens the contact."""
    return _call(request, visits.call_next)


@requires(Action.TAKE_CONTACT, "POST")
def call_visit(request: HttpRequest, visit_id: int) -> HttpResponseBase:
    """Calls this visitor, and opens the contact."""
    return _call(request, lambda **options: visits.call_one(visit_id=visit_id, **options))


def _call(request: HttpRequest, call: Callable[..., Visit]) -> HttpResponseBase:
    agent = agent_of(request)
    window, key = number(request.POST.get("window", "")) or 0, request.POST.get("key", "")[:40] or uuid4().hex
    try:
        visit = call(window=window, key=key, by=agent)
    except Invalid as error:
        return _page(request, wrong_window=str(error.fields["window"]), status=error.status)
    except Conflict as refusal:
        refused(request, str(refusal))
        return redirect("desk:counter")
    if visit.contact_id is None or visit.agent_id != agent.pk:
        return redirect("desk:counter")
    record_presence(user=agent, status=Presence.Status.BUSY)
    return redirect(contact_url(visit.contact_id))


@requires(Action.TAKE_CONTACT, "POST")
def write_in(request: HttpRequest) -> HttpResponseBase:
    """Adds a visitor to the line by name."""
    form = WriteInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    values, key = form.cleaned_data, request.POST.get("key", "")[:40] or uuid4().hex
    try:
        visit = visits.write_in(name=values["name"], language=values["language"] or "fr", key=key, by=agent_of(request))
    except Refused as refusal:
        form.add_error("name", str(refusal))
        return _page(request, form, status=refusal.status)
    joined = gettext("%(name)s is at the counter: %(number)s.") % {"name": visit.name, "number": visit.label}
    done(request, joined, undo_url=reverse("desk:leave_line", args=[visit.pk]))
    return redirect("desk:counter")


@requires(Action.TAKE_CONTACT, "POST")
def call_again(request: HttpRequest, visit_id: int) -> HttpResponseBase:
    """Announces the visitor in the hall again."""
    words = gettext("The hall is told again.")
    return _change(request, lambda by: visits.call_again(visit_id=visit_id, by=by), words, stay=True)


@requires(Action.TAKE_CONTACT, "POST")
def no_show(request: HttpRequest, visit_id: int) -> HttpResponseBase:
    """Sets a no-show aside; they may be put back."""
    words = gettext("%(who)s is put aside.")
    return _change(request, lambda by: visits.no_show(visit_id=visit_id, by=by), words, undo="desk:put_back")


@requires(Action.TAKE_CONTACT, "POST")
def put_back(request: HttpRequest, visit_id: int) -> HttpResponseBase:
    """Puts a visitor back in the line, by time of arrival."""
    words = gettext("%(who)s is at the counter again.")
    return _change(request, lambda by: visits.put_back(visit_id=visit_id, by=by), words)


@requires(Action.TAKE_CONTACT, "POST")
def leave_line(request: HttpRequest, visit_id: int) -> HttpResponseBase:
    """Records that the visitor left."""
    words = gettext("%(who)s left the counter.")
    return _change(request, lambda by: visits.leave(visit_id=visit_id, by=by), words, undo="desk:put_back")


def _change(
    request: HttpRequest, change: Callable[[Any], Visit], words: str, *, undo: str = "", stay: bool = False
) -> HttpResponseBase:
    """Runs a change on a visit and reports it; back to the contact with `stay`, to the line otherwise."""
    try:
        visit = change(agent_of(request))
    except (Conflict, NotFound) as refusal:
        refused(request, str(refusal))
        return redirect("desk:counter")
    undo_url = reverse(undo, args=[visit.pk]) if undo else ""
    done(request, words % {"who": visit.label} if "%(" in words else words, undo_url=undo_url)
    if stay and visit.contact_id and request.POST.get("from") == "contact":
        return redirect(contact_url(visit.contact_id))
    return redirect("desk:counter")
