"""Incidents: opened and joined from a contact or from here, corrected, told, ended."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.cases import incidents as queries
from parvis.apps.cases import queries as cases
from parvis.apps.cases import services
from parvis.apps.cases.incident_models import Incident
from parvis.apps.cases.models import ClosingReason
from parvis.apps.directory.permissions import Action
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.incidents.forms import (
    CorrectForm,
    EndForm,
    IncidentForm,
    UpdateForm,
    everywhere,
    started,
    typed_again,
)
from parvis.ui.messages import done, refused


@requires(Action.READ_ANSWERS, "GET")
def incidents(request: HttpRequest) -> HttpResponse:
    """Those under way, then those that ended, with both figures of the year: incidents, and who told of them."""
    past, after = queries.page(request.GET.get("after", ""))
    year = timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    context = {
        "under_way": queries.all_shown(),
        "past": [(queries.shown(item), _reason(item)) for item in past],
        "after": f"?after={after}" if after else "",
        "figures": queries.counted(year, year.replace(year=year.year + 1)),
        "year": year.year,
        "may_open": agent_of(request).may(Action.OPEN_INCIDENT),
    }
    return render(request, "desk/incidents/list.html", context)


def _reason(incident: Incident) -> str:
    return str(ClosingReason(incident.reason).label) if incident.reason in ClosingReason.values else ""


@requires(Action.OPEN_INCIDENT, "GET", "POST")
def new_incident(request: HttpRequest) -> HttpResponseBase:
    """An incident to open from the desk, without a contact."""
    form = IncidentForm(request.POST or None, initial={"key": uuid4().hex, **started(None, None)})
    del form.fields["follows"]
    if request.method == "POST" and form.is_valid():
        typed, agent = form.cleaned_data, agent_of(request)
        try:
            made = services.open_incident(
                key=f"desk:{typed['key']}"[:64], words=form.words(), department=typed["department"], by=agent
            )
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.message)
        else:
            words = _("Incident opened: %(title)s.") % {"title": made.notice.title}
            done(request, words, undo_url=reverse("desk:undo_incident", args=[made.pk]))
            return redirect("desk:incident", made.pk)
    return render(request, "desk/incidents/new.html", {"form": form}, status=422 if form.errors else 200)


@requires(Action.READ_ANSWERS, "GET")
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """One incident: what is said of it, what was told, who told of it."""
    return _page(request, incident_id)


def _page(request: HttpRequest, incident_id: int, status: int = 200, **forms: Any) -> HttpResponse:
    result, user = queries.by_id(incident_id), agent_of(request)
    if result is None:
        raise Http404
    rows, after = queries.reports(result, request.GET.get("after", ""))
    following = queries.following(result)
    context = {
        "incident": result,
        "shown": queries.shown(result),
        "reason": _reason(result),
        "following": following,
        "updates": queries.updates(result),
        "reports": rows if user.may(Action.READ_PERSON) else None,
        "after": f"?after={after}" if after else "",
        "may_open": user.may(Action.OPEN_INCIDENT) and result.is_open,
        "may_end": queries.may_end(user, result) and result.is_open,
        "may_undo": result.is_open and result.opened_by_id == user.pk and queries.stands_alone(result),
        "takes_back": user.may(Action.WORK_ANY_CASE),
        "update_form": UpdateForm(initial={"key": uuid4().hex}, auto_id="update-%s"),
        "end_form": EndForm(initial={"key": uuid4().hex}, auto_id="end-%s"),
        "correct_form": CorrectForm(initial=typed_again(result), auto_id="correct-%s"),
    }
    return render(request, "desk/incidents/page.html", context | forms, status=status)


@requires(Action.OPEN_INCIDENT, "POST")
def correct_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Other words for it, from now on."""
    by_id = queries.by_id(incident_id)
    wide = by_id is not None and everywhere(by_id)
    form = CorrectForm(request.POST, auto_id="correct-%s", everywhere=wide)

    def run() -> None:
        services.correct_incident(incident_id=incident_id, words=form.words(), by=agent_of(request))

    return _sent(request, incident_id, "correct_form", form, run, _("Corrected: everyone is told the new words."))


@requires(Action.OPEN_INCIDENT, "POST")
def tell_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """One update for every follower."""
    form = UpdateForm(request.POST, auto_id="update-%s")

    def run() -> None:
        services.tell_update(incident_id=incident_id, by=agent_of(request), **form.cleaned_data)

    return _sent(request, incident_id, "update_form", form, run, _("On its way to each person who follows it."))


@requires(Action.END_INCIDENT, "POST")
def end_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """It is over: each follower is told, each request joined to it closed."""
    form = EndForm(request.POST, auto_id="end-%s")

    def run() -> None:
        services.end_incident(incident_id=incident_id, by=agent_of(request), **form.cleaned_data)

    return _sent(request, incident_id, "end_form", form, run, _("It is over. Each person who follows it is told."))


def _sent(
    request: HttpRequest, incident_id: int, name: str, form: Any, run: Callable[[], None], told: str
) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, incident_id, 422, **{name: form})
    try:
        run()
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _page(request, incident_id, wrong.status, **{name: form})
    except Conflict as conflict:
        form.refuse({}, conflict.message)
        return _page(request, incident_id, conflict.status, **{name: form})
    except NotFound as missing:
        raise Http404 from missing
    done(request, told)
    return redirect("desk:incident", incident_id)


@requires(Action.OPEN_INCIDENT, "POST")
def undo_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """It was opened by mistake."""
    return _taken_back(
        request, lambda: services.undo_incident(incident_id=incident_id, by=agent_of(request)), "desk:incidents"
    )


@requires(Action.OPEN_INCIDENT, "POST")
def join_case(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """A request joined by its reference: from the incident, or from the page of the request (`back`)."""
    case = cases.whole(request.POST.get("reference", ""))
    back = redirect("desk:case", case.reference) if case and "back" in request.POST else None
    there = back or redirect("desk:incident", incident_id)
    if case is None:
        refused(request, _("There is no request of that number."))
        return there
    try:
        made = services.join_case(incident_id=incident_id, case_id=case.pk, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except (Conflict, NotAllowed) as no:
        refused(request, str(no))
        return there
    words = _("%(reference)s is joined to the incident.") % {"reference": case.reference}
    done(request, words, undo_url=reverse("desk:leave_incident", args=[made.pk]))
    return there


@requires(Action.OPEN_INCIDENT, "POST")
def leave_incident(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """That report, or that request, is no longer of the incident."""
    return _taken_back(
        request, lambda: services.leave_incident(report_id=report_id, by=agent_of(request)), "desk:incidents"
    )


@requires(Action.OPEN_INCIDENT, "POST")
def stop_following(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """That person hears no more of it."""
    return _taken_back(
        request, lambda: services.stop_following(report_id=report_id, by=agent_of(request)), "desk:incidents"
    )


def _taken_back(request: HttpRequest, run: Callable[[], Any], otherwise: str) -> HttpResponseBase:
    try:
        made = run()
    except NotFound as missing:
        raise Http404 from missing
    except (Conflict, NotAllowed) as no:
        refused(request, str(no))
        return redirect(otherwise)
    done(request, _("It is taken back."))
    incident_id = made.pk if isinstance(made, Incident) else made.incident_id
    return redirect("desk:incident", incident_id)
