"""Alerts of threats and distress: raised in a contact or on a case, taken, lifted."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.access import readable
from parvis.apps.cases.queries.cases import returned_cases
from parvis.apps.catalogue.models import Channel
from parvis.apps.content.rules.help_lines import HELP_LINES
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.intake.queries import alerts
from parvis.apps.intake.queries.restricted import may_open_contact
from parvis.apps.intake.services import alerts as alert_services
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.surfaces.desk.alerts.forms import AlertForm, blank
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import contact_url, recent_url, show
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404


@requires(Action.RAISE_ALERT, "GET")
def alert_list(request: HttpRequest) -> HttpResponse:
    """The alerts this user may read; for supervisors, also the cases that bounce between departments."""
    user = agent_of(request)
    page, after = alerts.page(user, request.GET.get("after", ""))
    supervises = user.may(Action.HANDLE_ALERT)
    context = {
        "alerts": [(alert, supervises or alert.by_id == user.pk, _may_take(alert, supervises)) for alert in page],
        "after": f"?after={after}" if after else "",
        "back_again": returned_cases(readable(user)) if supervises else [],
        "help_lines": HELP_LINES,
        "answers": user.may(Action.TAKE_CONTACT),
    }
    return render(request, "desk/alerts/list.html", context)


@requires(Action.RAISE_ALERT, "GET")
def see_alert(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """Leads to what an alert is about: its request, or its contact where the user may answer it; else to the list."""
    alert = or_404(alerts.one(alert_id))
    return redirect(_place_of(alert, agent_of(request)) or f"{reverse('desk:alerts')}#alert-{alert.pk}")


def _place_of(alert: Alert, user: User) -> str:
    """The page of the request or of the contact of an alert; "" when this user has none, or may not open it."""
    contact = alert.contact
    if alert.case is not None or contact is None or not user.may(Action.TAKE_CONTACT):
        return reverse("desk:case", args=[alert.case.reference]) if alert.case else ""
    if not may_open_contact(user, contact):
        return ""
    if contact.channel == Channel.EMAIL:
        return reverse("desk:message", args=[contact.pk])
    if contact.channel == Channel.SOCIAL:
        return reverse("desk:social_message", args=[contact.pk])
    if contact.state == Contact.State.WAITING:
        return f"{reverse('desk:waiting')}#contact-{contact.pk}"
    if contact.agent_id == user.pk:
        return contact_url(contact.pk) if contact.state in Contact.IN_HAND else recent_url(contact.pk)
    return reverse("desk:person", args=[contact.person.canonical.pk]) if contact.person else ""


def _may_take(alert: Alert, supervises: bool) -> bool:
    is_open = alert.taken_at is None and alert.lifted_at is None
    return is_open and (supervises or alert.kind != Alert.Kind.THREAT)


@requires(Action.RAISE_ALERT, "GET")
def changes(request: HttpRequest) -> HttpResponseBase:
    """The bar of untaken alerts, with the event `alerts`; 204 when it is unchanged (`have`)."""
    waiting = alerts.untaken(agent_of(request))
    mark = alerts.mark(waiting)
    if request.GET.get("have", "") == mark:
        return HttpResponse(status=204)
    answers = agent_of(request).may(Action.TAKE_CONTACT)
    context = {"alerts_now": waiting, "alerts_mark": mark, "alerts_answered": answers}
    response = render(request, "desk/alerts/bar.html", context)
    response.headers["HX-Trigger"] = "alerts"
    return response


@requires(Action.TAKE_CONTACT, "POST")
def mark_contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Raises an alert in a contact, which stays open."""
    contact = my_contact(request, contact_id)
    form = AlertForm(request.POST, prefix="alert")
    with form.catching():
        made = alert_services.raise_alert(**_values(form), contact=contact, by=agent_of(request))
        done(request, _confirmation(made))
        return redirect(f"{contact_url(contact_id)}?pane=alert")
    return show(request, contact, Draft.of(contact), form=form, status=422)


@requires(Action.RAISE_ALERT, "GET", "POST")
def mark_case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The form that raises an alert on a case, and raises it."""
    case = case_screen.readable(request, reference)
    if request.method != "POST":
        context = {"case": case, "alert_form": blank("alert"), "help_lines": HELP_LINES}
        return render(request, "desk/alerts/mark.html", context)
    form = AlertForm(request.POST, prefix="alert")
    with showing_refusal(request, Invalid):
        made = alert_services.raise_alert(**_values(form), case=case, by=agent_of(request))
        done(request, _confirmation(made))
    return redirect("desk:case", case.reference)


def _values(form: AlertForm) -> dict[str, Any]:
    """The submitted values, valid or not: an alert is raised even when the form lost its key."""
    form.is_valid()
    typed = form.cleaned_data
    return {
        "key": str(typed.get("key") or uuid4().hex),
        "kind": str(typed.get("kind", "")),
        "words": str(typed.get("words", form["words"].value() or "")),
    }


def _confirmation(alert: Alert) -> str:
    if alert.kind == Alert.Kind.THREAT:
        return _("A supervisor is alerted; the names of the staff are no longer told.")
    return _("Someone is alerted. Stay with the person.")


@requires(Action.RAISE_ALERT, "POST")
def take_alert(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """The user takes charge of the alert."""
    return _change(
        request, lambda: alert_services.take_alert(alert_id=alert_id, by=agent_of(request)), _("You look after it.")
    )


@requires(Action.RAISE_ALERT, "POST")
def lift_alert(request: HttpRequest, alert_id: int) -> HttpResponseBase:
    """Lifts the alert, with a reason."""
    why = request.POST.get("why", "")
    return _change(
        request,
        lambda: alert_services.lift_alert(alert_id=alert_id, why=why, by=agent_of(request)),
        _("The mark is lifted; what it said, and why it was lifted, stay written."),
    )


def _change(request: HttpRequest, run: Callable[[], Alert], words: str) -> HttpResponseBase:
    try:
        made = run()
    except (Conflict, NotAllowed) as refusal:
        refused(request, str(refusal))
        return redirect("desk:alerts")
    except Invalid as error:
        refused(request, str(error.fields.get("why", error)))
        return redirect("desk:alerts")
    done(request, words)
    if "back" in request.POST and made.case:
        return redirect("desk:case", made.case.reference)
    return redirect("desk:alerts")
