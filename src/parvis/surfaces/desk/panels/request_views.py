"""The requests of local bodies: looked at, approved, refused."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.panels.models import PanelRequest
from parvis.apps.panels.queries import requests
from parvis.apps.panels.services.requests import approve_request, refuse_request
from parvis.lib.errors import Conflict
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.panels.forms import DecisionForm
from parvis.ui.messages import done, refused
from parvis.ui.views import or_404


@requires(Action.MANAGE_PANELS, "GET")
def panel_requests(request: HttpRequest) -> HttpResponse:
    """The requests to look at, then those decided."""
    context = {"waiting": requests.open_requests(), "past": requests.past_requests(), "rules": requests.rules()}
    return render(request, "desk/panels/requests.html", context)


@requires(Action.MANAGE_PANELS, "GET", "POST")
def decide(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """One request, with the messages of its body in the year; POST `decision` approves or refuses it."""
    row = or_404(requests.request_by_id(request_id))
    form = DecisionForm(request.POST or None, initial={"text_fr": row.text})
    status = 200
    if request.method == "POST":
        decided, status = submit(form, lambda: _decide(request, row, form))
        if status == Conflict.status:
            refused(request, str(form.non_field_errors()[0]))
            return redirect("desk:panel_requests")
        if decided is not None:
            done(request, _("%(body)s is told by e-mail.") % {"body": decided.body})
            return redirect("desk:panel_requests")
    context = {"row": row, "form": form, "quota": requests.quota(row.body, row.first_day.year)}
    return render(request, "desk/panels/request.html", context, status=status)


def _decide(request: HttpRequest, row: PanelRequest, form: DecisionForm) -> PanelRequest:
    values, by = form.cleaned_data, agent_of(request)
    if request.POST.get("decision") == "refuse":
        return refuse_request(request_id=row.pk, words=values["words"], by=by)
    return approve_request(
        request_id=row.pk,
        text=values["text_fr"],
        groups=values.get("groups", ()),
        playlist_id=values.get("playlist"),
        words=values["words"],
        by=by,
    )
