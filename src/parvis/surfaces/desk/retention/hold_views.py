"""Holds: what is kept whatever the schedule says."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.retention.queries.holds import every_hold
from parvis.apps.retention.queries.registry import rules
from parvis.apps.retention.services.holds import end_hold, place_hold
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.ui.forms import DayField, RefusableForm
from parvis.ui.messages import done, showing_refusal


class HoldForm(RefusableForm):
    """What is kept, why, until when."""

    file = forms.CharField(
        label=gettext_lazy("A file"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The reference that a line shows, or the address of the page of a household."),
    )
    rule = forms.ChoiceField(label=gettext_lazy("Or a kind of data"), required=False)
    why = forms.CharField(
        label=gettext_lazy("Why it is kept"),
        max_length=300,
        help_text=gettext_lazy("A request for access, a lawsuit. Name nobody: it is printed on certificates."),
    )
    until = DayField(label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: until you end it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Only the file above")), *((slug, rule.title) for slug, rule in rules().items())]
        self.fields["rule"].choices = choices  # type: ignore[attr-defined]


@requires(Action.APPROVE_DESTRUCTION, "GET", "POST")
def holds(request: HttpRequest) -> HttpResponse:
    """Holds in force, then those that ended; the form that places one, filled with ?file=."""
    form = HoldForm(request.POST or None, initial={"file": request.GET.get("file", "")})
    status = 200
    if request.method == "POST":
        made, status = submit(form, lambda: place_hold(**form.cleaned_data, by=agent_of(request)))
        if made is not None:
            done(request, _("It is kept: %(name)s.") % {"name": made.name})
            return redirect("desk:retention_holds")
    return render(request, "desk/retention/holds.html", {"holds": every_hold(), "form": form}, status=status)


@requires(Action.APPROVE_DESTRUCTION, "POST")
def end(request: HttpRequest, hold_id: int) -> HttpResponse:
    """Ends a hold, for a reason."""
    with showing_refusal(request, Conflict, Invalid):
        end_hold(hold_id=hold_id, why=request.POST.get("why", ""), by=agent_of(request))
        done(request, _("The hold has ended: the next proposal lists what it kept."))
    return redirect("desk:retention_holds")
