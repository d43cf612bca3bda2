"""The treasurer's page: what is odd first, what agrees folded, the refunds that wait."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.billing.models import ProviderEvent, Refund
from parvis.apps.billing.queries import treasury as queries
from parvis.apps.billing.queries.counter import counter_of
from parvis.apps.billing.queries.events import set_aside
from parvis.apps.billing.services import events
from parvis.apps.billing.services.refunds import let_go, record_given
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.services.reconciling import ask_to_compare
from parvis.lib.clock import today
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import DayField, RefusableForm
from parvis.ui.messages import done, refused, showing_refusal


class DayForm(forms.Form):
    """A day that was, or is."""

    day = DayField(label=gettext_lazy("Day"))

    def clean_day(self) -> date:
        """Refuses a day to come."""
        day: date = self.cleaned_data["day"]
        if day > today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


class GivenForm(RefusableForm):
    """How a refund was given at the counter; or that one which is proposed goes back on its card."""

    way = forms.ChoiceField(choices=[(Refund.Way.ORIGINAL, ""), (Refund.Way.CHEQUE, ""), (Refund.Way.CASH, "")])
    details = forms.CharField(max_length=80, required=False)


@requires(Action.READ_LEDGER, "GET")
def treasury(request: HttpRequest) -> HttpResponse:
    """The report of a night (the latest, or ?day=), what is odd first; the payments of that day; refunds that wait."""
    reports = queries.latest_reports()
    form = DayForm(request.GET)
    asked: date | None = form.cleaned_data["day"] if form.is_valid() else None
    day = asked or (reports[0].day if reports else today())
    report = next((one for one in reports if one.day == day), None)
    agent = agent_of(request)
    context: dict[str, Any] = {
        "day": day,
        "reports": reports,
        "report": report,
        "odd": queries.odd_rows(report) if report else [],
        "counter": counter_of(day),
        "messages_aside": set_aside(),
        "taken": queries.payments_of(day),
        "refunds": queries.waiting_refunds(),
        "may_refund": agent.may(Action.REFUND_PAYMENT),
        "may_take": agent.may(Action.TAKE_PAYMENT),
    }
    return render(request, "desk/treasury/page.html", context)


@requires(Action.READ_LEDGER, "POST")
def compare(request: HttpRequest) -> HttpResponse:
    """Has a day compared again by a job, since the provider is asked."""
    form = DayForm(request.POST)
    if not form.is_valid():
        refused(request, str(form.errors["day"][0]))
        return redirect("desk:treasury")
    day = form.cleaned_data["day"]
    ask_to_compare(day=day)
    done(request, _("The provider is being asked. Load this page again in a moment."))
    return redirect(f"{reverse('desk:treasury')}?day={day.isoformat()}")


@requires(Action.READ_LEDGER, "POST")
def provider_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Has a message of the provider that was set aside tried again, or closes it (`do`)."""
    event = get_object_or_404(ProviderEvent, pk=event_id)
    with showing_refusal(request, Conflict):
        if request.POST.get("do") == "close":
            events.close(event=event, by=agent_of(request))
            done(request, _("This message is closed: nothing is to be done of it."))
        else:
            events.try_again(event=event, by=agent_of(request))
            done(request, _("This message is being tried again. Load this page again in a moment."))
    return redirect(reverse("desk:treasury") + "#messages")


@requires(Action.REFUND_PAYMENT, "POST")
def refund_given(request: HttpRequest, refund_id: int) -> HttpResponse:
    """Records that a refund was given by cheque, or in cash; or has a proposed one given back on its card."""
    refund = get_object_or_404(Refund, pk=refund_id)
    form = GivenForm(request.POST)
    if form.is_valid() and form.cleaned_data["way"] == Refund.Way.ORIGINAL:
        with showing_refusal(request, Conflict):
            let_go(refund=refund, by=agent_of(request))
            done(request, _("This refund is asked of the provider."))
    elif form.is_valid():
        with showing_refusal(request, Conflict, Invalid):
            record_given(
                refund=refund,
                way=Refund.Way(form.cleaned_data["way"]),
                details=form.cleaned_data["details"],
                by=agent_of(request),
            )
            done(request, _("This refund is recorded."))
    else:
        refused(request, _("Say how this refund was given."))
    return redirect(reverse("desk:treasury") + "#refunds")
