"""What waits for a second person: what gives much money back, and the end of a court's restriction."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_readings
from parvis.apps.households.models import RestrictionEnding
from parvis.apps.households.services.custody import decide_ending, endings_asked
from parvis.apps.leisure.models import CancellationRequest
from parvis.apps.leisure.queries.cancellations import cancellations_asked
from parvis.apps.leisure.services.cancellation_approvals import decide_cancellation
from parvis.lib import clock
from parvis.lib.errors import Conflict, NotAllowed
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.leisure.household_views import AGAIN
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404


class DecideForm(RefusableForm):
    """The answer of a second person, with a word for who asked."""

    note = forms.CharField(label=_("A word for who asked"), max_length=300, required=False)


class ConfirmForm(DecideForm):
    """The same, for someone who saw the document."""

    seen = forms.BooleanField(
        label=_("I saw this document, and keep no copy of it"),
        error_messages={"required": _("Only who saw the document confirms it.")},
    )

    def __init__(self, *args: Any, refuses: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].required = not refuses


@requires(Action.SEE_APPROVALS, "GET")
def approvals(request: HttpRequest) -> HttpResponseBase:
    """What waits, the oldest first; those who asked read that someone else decides. Readings of children are logged."""
    return _page(request)


def _page(request: HttpRequest, bound: tuple[str, int, DecideForm] | None = None, status: int = 200) -> HttpResponse:
    user = agent_of(request)
    endings = endings_asked() if user.may(Action.CONFIRM_COURT_DECISION) else []
    children = [row.restriction.child_id for row in endings]
    record_readings(user=user, subject="custody", subject_ids=children, once_since=clock.now() - AGAIN)
    cancellations = cancellations_asked() if user.may(Action.APPROVE_REFUND) else []

    def form_of(kind: str, pk: int, form: type[DecideForm]) -> DecideForm:
        if bound and bound[:2] == (kind, pk):
            return bound[2]
        return form(auto_id=f"{kind}_{pk}_%s")

    context = {
        "endings": [(row, form_of("ending", row.pk, ConfirmForm), row.asked_by_id == user.pk) for row in endings],
        "cancellations": [
            (row, form_of("cancellation", row.pk, DecideForm), row.asked_by_id == user.pk) for row in cancellations
        ],
    }
    return render(request, "desk/leisure/approvals.html", context, status=status)


@requires(Action.APPROVE_REFUND, "POST")
def decide_on_cancellation(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """Cancels what was asked, or leaves it (`do` is "refuse")."""
    row = or_404(CancellationRequest.objects.filter(pk=request_id).first())
    approved = request.POST.get("do") != "refuse"
    form = DecideForm(request.POST, auto_id=f"cancellation_{row.pk}_%s")
    with showing_refusal(request, NotAllowed):
        made, status = submit(
            form,
            lambda: decide_cancellation(
                request=row, approved=approved, note=form.cleaned_data["note"], by=agent_of(request)
            ),
        )
        if made is None:
            return _page(request, ("cancellation", row.pk, form), status)
        words = gettext("Cancelled: everyone is told, and what was paid is given back.")
        done(request, words if approved else gettext("Nothing is cancelled. Who asked for it finds your word here."))
    return redirect("desk:approvals")


@requires(Action.CONFIRM_COURT_DECISION, "POST")
def decide_on_ending(request: HttpRequest, ending_id: int) -> HttpResponseBase:
    """Confirms the decision of a court, or leaves the restriction as it is (`do` is "refuse")."""
    row = or_404(RestrictionEnding.objects.filter(pk=ending_id).select_related("restriction").first())
    approved = request.POST.get("do") != "refuse"
    form = ConfirmForm(request.POST, auto_id=f"ending_{row.pk}_%s", refuses=not approved)
    with showing_refusal(request, NotAllowed, Conflict):
        made, status = submit(
            form,
            lambda: decide_ending(ending=row, approved=approved, note=form.cleaned_data["note"], by=agent_of(request)),
        )
        if made is None:
            return _page(request, ("ending", row.pk, form), status)
        ended = gettext("It is ended. %(name)s may come again.") % {"name": row.restriction.name}
        done(request, ended if approved else gettext("The restriction goes on."))
    return redirect("desk:approvals")
