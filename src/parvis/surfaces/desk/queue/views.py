"""The queue of a department: its open cases, most urgent first."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from parvis.apps.cases import queries as cases
from parvis.apps.directory.queries import departments, present_in
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.words import number
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.gate import agent_of, by_slug, requires
from parvis.surfaces.desk.queue import screen as queue_screen
from parvis.surfaces.desk.queue.screen import QueuePosition


@requires(Action.READ_CASE, "GET")
def first_queue(request: HttpRequest) -> HttpResponseBase:
    """Redirects to the queue of the user's own department."""
    readable = queue_screen.departments_of(agent_of(request))
    if not readable:
        raise Http404
    return redirect("desk:department_queue", readable[0].slug)


@requires(Action.READ_CASE, "GET")
def department_queue(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A department's queue, with the case named by `case` open beside it."""
    user, position = agent_of(request), queue_screen.position_in(request, slug)
    reference = request.GET.get("case", "")
    if not reference:
        context = queue_screen.queue(user, position)
        present = present_in(context["department"])
        context["present"] = [colleague for colleague in present if colleague.user.pk != user.pk]
        return render(request, "desk/queue/queue.html", context)
    case = case_screen.readable(request, reference)
    context = case_screen.screen(user, case, position, do=request.GET.get("do", ""))
    return queue_with_case(request, position, case.pk, context)


def queue_with_case(
    request: HttpRequest, position: QueuePosition, case_id: int, case: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The list, with one case open beside it; `case` is the context of the case."""
    context = queue_screen.queue(agent_of(request), position, case_id)
    return render(request, "desk/queue/queue.html", {**case, **context}, status=status)


@requires(Action.READ_CASE, "GET")
def changes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The list again, with the number of cases that others changed since `since`; 204 when none was."""
    user, since = agent_of(request), request.GET.get("since", "")
    department = by_slug(queue_screen.departments_of(user), slug)
    if department is None or not since.isdecimal():
        raise Http404
    count = cases.changed_since(int(since[:18]), department, user)
    if not count:
        return HttpResponse(status=204)
    words = ngettext("%(n)d change in the queue", "%(n)d changes in the queue", count) % {"n": count}
    context = queue_screen.queue(user, queue_screen.position_in(request, slug), number(request.GET.get("case", "")))
    response = render(request, "desk/queue/list.html", {**context, "fresh": words})
    response.headers["HX-Trigger-After-Swap"] = "queue"
    return response


@requires(Action.READ_CASE, "GET")
def present(request: HttpRequest) -> HttpResponseBase:
    """The colleagues present in the department named by `department`, as choices for passing a case on."""
    department = by_slug(departments(), request.GET.get("department", ""))
    if department is None:
        return HttpResponse(status=204)
    return render(request, "desk/case/present.html", {"present": present_in(department), "chosen": ""})
