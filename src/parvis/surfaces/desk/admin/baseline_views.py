"""The baseline of a trial: weekly figures of the service before it."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.insight.queries import trials
from parvis.surfaces.desk.gate import password_again, requires


@requires(Action.READ_FIGURES, "GET")
def baseline(request: HttpRequest) -> HttpResponseBase:
    """The weeks, latest first; the current one is counted every hour."""
    lines = trials.baseline()
    return render(request, "desk/baseline/page.html", {"trial": trials.trial(), "lines": lines})


@requires(Action.READ_FIGURES, "GET")
@password_again
def baseline_csv(request: HttpRequest) -> HttpResponseBase:
    """The same weeks as CSV for a spreadsheet (UTF-8 with BOM, commas)."""
    response = HttpResponse("\ufeff" + trials.as_csv(trials.baseline()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="baseline.csv"'
    return response


@requires(Action.READ_FIGURES, "GET")
@password_again
def baseline_json(request: HttpRequest) -> HttpResponseBase:
    """The same weeks as JSON."""
    return JsonResponse({"weeks": trials.as_rows(trials.baseline())})
