"""Incidents: opened, corrected, joined by cases, updated, ended."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.cases.models import ClosingReason, Incident
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services.incidents import approvals, incident_news
from parvis.apps.cases.services.incidents import incidents as incident_services
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import is_decider
from parvis.lib.errors import Conflict, NotAllowed
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.incidents.forms import (
    CorrectForm,
    EndForm,
    IncidentForm,
    UpdateForm,
    everywhere,
    initial_of,
    new_initial,
)
from parvis.surfaces.desk.second_person import ApproveForm
from parvis.ui.messages import done, refused, showing_refusal


@requires(Action.READ_ANSWERS, "GET")
def incidents(request: HttpRequest) -> HttpResponse:
    """Open incidents, then those that ended, with the year's counts of incidents and of reports."""
    past, after = queries.page(request.GET.get("after", ""))
    year = timezone.localtime().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    context = {
        "under_way": queries.all_shown(),
        "past": [(queries.shown(incident), _reason(incident)) for incident in past],
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
    """Opens an incident without a contact."""
    form = IncidentForm(request.POST or None, initial={"key": uuid4().hex, **new_initial(None, None)})
    del form.fields["follows"]

    def open_it() -> Incident:
        values, agent = form.cleaned_data, agent_of(request)
        return incident_services.open_incident(
            key=f"desk:{values['key']}"[:64], words=form.words(), department=values["department"], by=agent
        )

    made, by = submit(form, open_it)[0] if request.method == "POST" else None, agent_of(request)
    if made is None:
        decides, everywhere = is_decider(by), by.may_everywhere(Action.APPROVE_INCIDENT)
        context = {
            "form": form,
            "decides_alone": decides and (everywhere or not by.may(Action.APPROVE_INCIDENT)),
            "decides_for_own": decides and by.may(Action.APPROVE_INCIDENT),
        }
        return render(request, "desk/incidents/new.html", context, status=422 if form.errors else 200)
    words = _("Incident opened: %(title)s.") % {"title": made.notice.title}
    done(request, words, undo_url=reverse("desk:undo_incident", args=[made.pk]))
    return redirect("desk:incident", made.pk)


@requires(Action.READ_ANSWERS, "GET")
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """One incident: its texts, its updates, its reports."""
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
        **_awaited(result, user),
        "may_end": queries.may_end(user, result) and result.is_open,
        "may_undo": result.is_open and result.opened_by_id == user.pk and queries.stands_alone(result),
        "takes_back": queries.may_end(user, result),
        "may_compose": user.may_everywhere(Action.WRITE_MESSAGE) and result.is_open,
        "update_form": UpdateForm(initial={"key": uuid4().hex}, auto_id="update-%s"),
        "end_form": EndForm(initial={"key": uuid4().hex}, auto_id="end-%s"),
        "correct_form": CorrectForm(initial=initial_of(result), auto_id="correct-%s"),
    }
    return render(request, "desk/incidents/page.html", context | forms, status=status)


def _awaited(incident: Incident, user: User) -> dict[str, Any]:
    """What waits for a second person, and whether the user may be that person or decide alone."""
    decisions = queries.decisions(incident)
    if incident.asked_at is None or not incident.is_open:
        return {"decisions": decisions}
    wrote = user.pk in queries.writers_of(incident)
    approves = may_on(user, Action.APPROVE_INCIDENT, incident.department_id)
    return {
        "decisions": decisions,
        "proposed": queries.proposed_notice(incident),
        "may_approve": approves and not wrote,
        "may_decide_alone": approves and wrote and is_decider(user),
        "approve_form": ApproveForm(initial={"seen": incident.asked_at.isoformat()}, auto_id="approve-%s"),
    }


@requires(Action.APPROVE_INCIDENT, "POST")
def approve_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Makes the words that wait public, or sends them back to who wrote them."""
    form, by = ApproveForm(request.POST), agent_of(request)
    service, words = approvals.approve_incident, _("Approved: the public reads it now.")
    if request.POST.get("do") == "refuse":
        service, words = approvals.send_incident_back, _("Sent back to its author.")
    with showing_refusal(request, Conflict, NotAllowed):
        form.is_valid()
        service(incident_id=incident_id, seen=form.seen_at, note=form.cleaned_data.get("note", ""), by=by)
        done(request, words)
    return redirect("desk:incident", incident_id)


@requires(Action.OPEN_INCIDENT, "POST")
def ask_for_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Asks again for the approval of an incident that was sent back."""
    with showing_refusal(request):
        approvals.ask_for_incident(incident_id=incident_id, by=agent_of(request))
        done(request, _("Approval is asked: those who may give it are told by e-mail."))
    return redirect("desk:incident", incident_id)


@requires(Action.OPEN_INCIDENT, "POST")
def correct_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Corrects the texts or the location of an open incident."""
    current = queries.by_id(incident_id)
    wide = current is not None and everywhere(current)
    form = CorrectForm(request.POST, auto_id="correct-%s", everywhere=wide)

    def run() -> object:
        return incident_services.correct_incident(incident_id=incident_id, words=form.words(), by=agent_of(request))

    return _submit(request, incident_id, "correct_form", form, run, _("Corrected: everyone is told the new words."))


def _told(incident_id: int, words: str) -> str:
    """What was done, and that the public reads it only once someone else has approved it."""
    incident = queries.by_id(incident_id)
    if incident is None or incident.asked_at is None:
        return words
    return _("Kept. The public reads it once someone else has approved it; they were told by e-mail.")


@requires(Action.OPEN_INCIDENT, "POST")
def tell_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Sends an update to every follower."""
    form = UpdateForm(request.POST, auto_id="update-%s")

    def run() -> object:
        return incident_news.send_update(incident_id=incident_id, by=agent_of(request), **form.cleaned_data)

    return _submit(request, incident_id, "update_form", form, run, _("On its way to each person who follows it."))


@requires(Action.END_INCIDENT, "POST")
def end_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Ends an incident: notifies its followers and closes the cases joined to it."""
    form = EndForm(request.POST, auto_id="end-%s")

    def run() -> object:
        return incident_news.end_incident(incident_id=incident_id, by=agent_of(request), **form.cleaned_data)

    return _submit(request, incident_id, "end_form", form, run, _("It is over. Each person who follows it is told."))


def _submit(
    request: HttpRequest, incident_id: int, name: str, form: Any, run: Callable[[], object], words: str
) -> HttpResponseBase:
    _made, status = submit(form, run)
    if status != 200:
        return _page(request, incident_id, status, **{name: form})
    done(request, _told(incident_id, words) if name == "correct_form" else words)
    return redirect("desk:incident", incident_id)


@requires(Action.OPEN_INCIDENT, "POST")
def undo_incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Undoes an incident opened by mistake."""
    return _undo(request, lambda: incident_services.undo_incident(incident_id=incident_id, by=agent_of(request)))


@requires(Action.OPEN_INCIDENT, "POST")
def join_case(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """Joins a case by its reference: from the incident, or from the page of the case (`back`)."""
    case = cases.by_reference(request.POST.get("reference", ""))
    back = redirect("desk:case", case.reference) if case and "back" in request.POST else None
    next_page = back or redirect("desk:incident", incident_id)
    if case is None:
        refused(request, _("There is no request of that number."))
        return next_page
    with showing_refusal(request, Conflict, NotAllowed):
        made = incident_services.join_case(incident_id=incident_id, case_id=case.pk, by=agent_of(request))
        words = _("%(reference)s is joined to the incident.") % {"reference": case.reference}
        done(request, words, undo_url=reverse("desk:leave_incident", args=[made.pk]))
    return next_page


@requires(Action.OPEN_INCIDENT, "POST")
def leave_incident(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """Detaches a report, or a case, from the incident."""
    return _undo(request, lambda: incident_services.leave_incident(report_id=report_id, by=agent_of(request)))


@requires(Action.OPEN_INCIDENT, "POST")
def stop_following(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """Stops the notifications of one follower."""
    return _undo(request, lambda: incident_services.stop_following(report_id=report_id, by=agent_of(request)))


def _undo(request: HttpRequest, run: Callable[[], Any]) -> HttpResponseBase:
    with showing_refusal(request, Conflict, NotAllowed):
        made = run()
        done(request, _("It is taken back."))
        incident_id = made.pk if isinstance(made, Incident) else made.incident_id
        return redirect("desk:incident", incident_id)
    return redirect("desk:incidents")
