"""Threats and distress: marked in a call or on a request, told to who can help, taken, lifted."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases import queries as cases
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import alerts, services
from parvis.apps.intake.models import Alert
from parvis.apps.knowledge.help_lines import HELP_LINES
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.surfaces.desk.alerts.forms import AlertForm
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import contact_url, show
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.ui.messages import done, refused


@requires(Action.RAISE_ALERT, "GET")
def alert_list(request: HttpRequest) -> HttpResponse:
    """The alerts that this person may read: what was marked, by whom, why, who took it, what was lifted. A supervisor
    is shown before them the requests that come and go between departments.
    """
    user = agent_of(request)
    rows, after = alerts.page(user, request.GET.get("after", ""))
    supervises = user.may(Action.HANDLE_ALERT)
    context = {
        "alerts": [(row, supervises or row.by_id == user.pk, _may_take(row, supervises)) for row in rows],
        "after": f"?after={after}" if after else "",
        "back_again": cases.come_back() if supervises else [],
        "help_lines": HELP_LINES,
    }
    return render(request, "desk/alerts/list.html", context)


def _may_take(alert: Alert, supervises: bool) -> bool:
    waits = alert.taken_at is None and alert.lifted_at is None
    return waits and (supervises or alert.kind == Alert.Kind.DISTRESS)


@requires(Action.RAISE_ALERT, "GET")
def changes(request: HttpRequest) -> HttpResponseBase:
    """The bar of the alerts that wait for someone, and the event `alerts`; 204 when the screen has it (`have`)."""
    waiting = alerts.untaken(agent_of(request))
    mark = alerts.mark(waiting)
    if request.GET.get("have", "") == mark:
        return HttpResponse(status=204)
    answer = render(request, "desk/alerts/bar.html", {"alerts_now": waiting, "alerts_mark": mark})
    answer.headers["HX-Trigger"] = "alerts"
    return answer


@requires(Action.TAKE_CONTACT, "POST")
def mark_contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """A threat or a distress heard in a contact, which goes on."""
    contact = my_contact(request, contact_id)
    form = AlertForm(request.POST, prefix="alert")
    try:
        made = services.raise_alert(**_typed(form), contact=contact, by=agent_of(request))
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return show(request, contact, Draft.of(contact), form=form, status=wrong.status)
    done(request, _marked(made))
    return redirect(f"{contact_url(contact_id)}?pane=alert")


@requires(Action.RAISE_ALERT, "POST")
def mark_case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A threat or a distress read on a request."""
    case = case_screen.readable(request, reference)
    form = AlertForm(request.POST, prefix="alert")
    try:
        made = services.raise_alert(**_typed(form), case=case, by=agent_of(request))
    except Invalid as wrong:
        refused(request, str(next(iter(wrong.fields.values()), wrong.message)))
    else:
        done(request, _marked(made))
    return redirect("desk:case", case.reference)


def _typed(form: AlertForm) -> dict[str, Any]:
    """What was typed, right or not: someone is alerted whatever became of the key of the form."""
    form.is_valid()
    typed = form.cleaned_data
    return {
        "key": str(typed.get("key") or uuid4().hex),
        "kind": str(typed.get("kind", "")),
        "words": str(typed.get("words", form["words"].value() or "")),
    }


def _marked(alert: Alert) -> str:
    if alert.kind == Alert.Kind.THREAT:
        return _("A supervisor is alerted; the names of the staff are no longer told.")
    return _("Someone is alerted. Stay with the person.")


@requires(Action.RAISE_ALERT, "POST")
def take_alert(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """This person looks after it."""
    return _moved(
        request, lambda: services.take_alert(alert_id=alert_id, by=agent_of(request)), _("You look after it.")
    )


@requires(Action.RAISE_ALERT, "POST")
def lift_alert(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """It holds no more, and why."""
    why = request.POST.get("why", "")
    return _moved(
        request,
        lambda: services.lift_alert(alert_id=alert_id, why=why, by=agent_of(request)),
        _("The mark is lifted; what it said, and why it was lifted, stay written."),
    )


def _moved(request: HttpRequest, run: Callable[[], Alert], words: str) -> HttpResponseBase:
    try:
        made = run()
    except NotFound as missing:
        raise Http404 from missing
    except (Conflict, NotAllowed) as no:
        refused(request, str(no))
        return redirect("desk:alerts")
    except Invalid as wrong:
        refused(request, str(wrong.fields.get("why", wrong)))
        return redirect("desk:alerts")
    done(request, words)
    if "back" in request.POST and made.case:
        return redirect("desk:case", made.case.reference)
    return redirect("desk:alerts")
