"""What is due, what is approved, what was destroyed."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.retention.models import Certificate, Run, RunLine
from parvis.apps.retention.queries import runs as queries
from parvis.apps.retention.queries.holds import in_force
from parvis.apps.retention.services import runs as services
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.printing import as_pdf
from parvis.ui.views import or_404

LATEST = 24


class ApprovalForm(RefusableForm):
    """The approval of what was read: `seen` rows."""

    seen = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=gettext_lazy("I have read this proposal, and approve that it be destroyed for good"),
        error_messages={"required": gettext_lazy("Tick this box to approve.")},
    )


class LineForm(RefusableForm):
    """Whether a line is kept, and why."""

    act = forms.ChoiceField(choices=[("keep", ""), ("list", "")])
    why = forms.CharField(max_length=300, required=False)


@requires(Action.APPROVE_DESTRUCTION, "GET")
def retention(request: HttpRequest) -> HttpResponse:
    """The open proposal, the schedule with its holds, the latest certificates."""
    context: dict[str, Any] = {
        "run": queries.open_run(),
        "schedule": queries.schedule(),
        "holds": in_force().count(),
        "certificates": queries.certificates()[:LATEST],
    }
    return render(request, "desk/retention/page.html", context)


@requires(Action.APPROVE_DESTRUCTION, "POST")
def propose(request: HttpRequest) -> HttpResponse:
    """Lists what is due today."""
    with showing_refusal(request):
        made = services.propose(by=agent_of(request))
        return redirect("desk:retention_run", made.pk)
    return redirect("desk:retention")


@requires(Action.APPROVE_DESTRUCTION, "GET")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """A proposal, counted by rule, and what decides it."""
    return _page(request, or_404(queries.run_of(run_id)), ApprovalForm())


def _page(request: HttpRequest, shown: Run, form: ApprovalForm, status: int = 200) -> HttpResponse:
    counted = queries.counted(shown)
    context = {"run": shown, "counted": counted, "due": sum(rule.due for rule in counted), "form": form}
    return render(request, "desk/retention/run.html", context, status=status)


@requires(Action.APPROVE_DESTRUCTION, "POST")
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    """Approves a proposal as it was read."""
    shown, form = or_404(queries.run_of(run_id)), ApprovalForm(request.POST)
    agent = agent_of(request)
    made, status = submit(form, lambda: services.approve(run_id=run_id, seen=form.cleaned_data["seen"], by=agent))
    if made is None:
        return _page(request, or_404(queries.run_of(shown.pk)), form, status)
    done(request, _("It is approved: the destruction begins."))
    return redirect("desk:retention_run", run_id)


@requires(Action.APPROVE_DESTRUCTION, "POST")
def drop(request: HttpRequest, run_id: int) -> HttpResponse:
    """Sets a proposal aside."""
    with showing_refusal(request):
        services.drop(run_id=run_id, by=agent_of(request))
        done(request, _("The proposal is set aside: nothing is destroyed."))
    return redirect("desk:retention")


@requires(Action.APPROVE_DESTRUCTION, "GET")
def lines(request: HttpRequest, run_id: int, app: str, name: str) -> HttpResponse:
    """The lines of a rule in a proposal, a page at a time."""
    shown, rule = or_404(queries.run_of(run_id)), f"{app}.{name}"
    after = request.GET.get("after", "")
    rows, last = queries.lines(shown, rule, int(after) if after.isdecimal() else 0)
    title = next((one.rule.title for one in queries.schedule() if one.rule.slug == rule), rule)
    context = {
        "run": shown,
        "title": title,
        "rows": rows,
        "next_url": f"?after={last}" if last else "",
        "may_decide": shown.state == Run.State.PROPOSED,
    }
    return render(request, "desk/retention/lines.html", context)


@requires(Action.APPROVE_DESTRUCTION, "POST")
def decide_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Keeps a line for a reason, or lists it again."""
    line = get_object_or_404(RunLine, pk=line_id)
    form = LineForm(request.POST)
    if not form.is_valid():
        refused(request, _("Write why it is kept, in 300 characters at most."))
    else:
        with showing_refusal(request, Conflict, Invalid):
            if form.cleaned_data["act"] == "keep":
                services.keep_line(line_id=line_id, why=form.cleaned_data["why"], by=agent_of(request))
            else:
                services.list_again(line_id=line_id, by=agent_of(request))
    app, _dot, name = line.rule.partition(".")
    return redirect("desk:retention_lines", line.run_id, app, name)


@requires(Action.APPROVE_DESTRUCTION, "GET")
def certificate(request: HttpRequest, number: str) -> HttpResponseBase:
    """A certificate as PDF, or as a page to print."""
    shown = get_object_or_404(Certificate, number=number)
    states = [(RunLine.State(left["state"]).label, left["why"], left["count"]) for left in shown.content["left"]]
    context = {
        "certificate": shown,
        "left": states,
        "proposed_at": shown.moment("proposed_at"),
        "approved_at": shown.moment("approved_at"),
    }
    html = render_to_string("desk/retention/certificate.html", context, request)
    return as_pdf(request, html, f"{shown.number}.pdf")
