"""A message sent as a test to the person who writes it, from the composer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.services import trying
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.outreach import compose_views
from parvis.surfaces.desk.outreach.forms import TestForm


@requires(Action.WRITE_MESSAGE, "POST")
def send_test(request: HttpRequest, message_id: int) -> HttpResponse:
    """Keeps what is typed, when it is given, then sends it as a test. What was done in each channel, in words."""
    message, user = compose_views.message_or_404(request, message_id), agent_of(request)
    form, refusal, status = TestForm(request.POST, user=user), "", 200
    context: dict[str, Any] = {"trial_form": form, "tried": []}
    if not form.is_valid():
        refusal, status = " ".join(str(error) for errors in form.errors.values() for error in errors), 422
    elif "revision" in request.POST:
        typed, refusal = compose_views.keep_typed(request, message)
        message = compose_views.message_or_404(request, message_id)
        context |= {"form": typed, "message": message, "conflict": refusal, "errors": typed.errors}
    if not refusal:
        request.session[compose_views.KEPT_TRIAL] = {name: request.POST.get(name, "") for name in form.fields}
        try:
            context["tried"] = trying.send_test(message_id=message_id, by=user, **form.target())
        except (Conflict, Invalid) as found:
            refusal, status = found.first_error, found.status
    context["trial_refusal"] = refusal
    if "HX-Request" in request.headers:
        return render(request, "desk/outreach/tested.html", context)
    return compose_views.compose_page(request, message, status=status, trial=context)
