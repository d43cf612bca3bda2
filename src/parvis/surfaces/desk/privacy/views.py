"""The register: what is wrong first; one line of it, with its assessments, and the form that records another."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.privacy import queries
from parvis.apps.privacy.services import record_assessment
from parvis.lib import clock
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import DayField, RefusableForm
from parvis.ui.messages import done
from parvis.ui.views import or_404

YEAR = timedelta(days=365)


class AssessmentForm(RefusableForm):
    """An assessment: when, what it is called, where it is, who approved it, and by when it is looked at again."""

    made_on = DayField(label=gettext_lazy("Day of the assessment"))
    title = forms.CharField(label=gettext_lazy("Title of the assessment"), max_length=200)
    reference = forms.CharField(
        label=pgettext_lazy("assessment", "Where it is"),
        max_length=300,
        help_text=gettext_lazy("Its link, or its file number."),
    )
    approved_by = forms.CharField(label=gettext_lazy("Approved by"), max_length=160)
    review_on = DayField(label=gettext_lazy("To look at again by"))


@requires(Action.ASSESS_PRIVACY, "GET")
def register(request: HttpRequest) -> HttpResponse:
    """Every form and processor: alarms, what lacks an assessment or is past its review, then the rest."""
    rows = queries.register()
    context = {
        "rows": rows,
        "alarms": [row for row in rows if row.is_alarm],
        "wrong": sum(row.in_use and not row.is_good for row in rows),
    }
    return render(request, "desk/privacy/register.html", context)


@requires(Action.ASSESS_PRIVACY, "GET", "POST")
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """What the town says of one, and its assessments; POST records another one."""
    row = or_404(next((row for row in queries.register() if row.slug == slug), None))
    today = clock.today()
    form = AssessmentForm(request.POST or None, initial={"made_on": today, "review_on": today + YEAR})
    if request.method == "POST" and form.is_valid():
        with form.catching():
            record_assessment(slug=slug, by=agent_of(request), **form.cleaned_data)
            done(request, _("The assessment is recorded."))
            return redirect("desk:privacy_one", slug)
    context = {
        "row": row,
        "form": form,
        "assessments": list(row.collection.assessments.all()) if row.collection else [],
    }
    return render(request, "desk/privacy/one.html", context, status=422 if form.errors else 200)
