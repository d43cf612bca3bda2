"""The baseline of a trial: what the service was like, week by week, for those who manage it."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from parvis.apps.directory.permissions import Action
from parvis.apps.insight import queries
from parvis.surfaces.desk.gate import requires


@requires(Action.READ_FIGURES, "GET")
def baseline(request: HttpRequest) -> HttpResponseBase:
    """The weeks of the trial, the latest first; the one that runs is counted every hour."""
    lines = queries.baseline()
    return render(request, "desk/baseline/page.html", {"trial": queries.trial(), "lines": lines})


@requires(Action.READ_FIGURES, "GET")
def baseline_csv(request: HttpRequest) -> HttpResponseBase:
    """The same weeks for a spreadsheet (UTF-8 with its mark, commas)."""
    response = HttpResponse("\ufeff" + queries.as_csv(queries.baseline()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="baseline.csv"'
    return response


@requires(Action.READ_FIGURES, "GET")
def baseline_json(request: HttpRequest) -> HttpResponseBase:
    """The same weeks for a program."""
    return JsonResponse({"weeks": queries.as_rows(queries.baseline())})
