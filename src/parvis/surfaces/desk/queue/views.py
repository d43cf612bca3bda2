"""The queue of a department: its open cases, most urgent first."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from parvis.apps.cases.queries.cases import changed_since
from parvis.apps.directory.queries import departments, present_in
from parvis.apps.directory.rules.permissions import Action
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
    """A department's queue."""
    context = queue_screen.queue(agent_of(request), queue_screen.position_in(request, slug))
    return render(request, "desk/queue/queue.html", context)


@requires(Action.READ_CASE, "GET")
def neighbours(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The links from a case to the previous and the next one of the list it was opened from."""
    case, position = case_screen.readable(request, reference), QueuePosition.named_by(request.GET)
    if position is None:
        raise Http404
    found = queue_screen.neighbours(agent_of(request), position, case)
    return render(request, "desk/case/neighbours.html", {"neighbours": found})


@requires(Action.READ_CASE, "GET")
def changes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The list again, with the number of cases that others changed since `since`; 204 when none was."""
    user, since = agent_of(request), request.GET.get("since", "")
    department = by_slug(queue_screen.departments_of(user), slug)
    if department is None or not since.isdecimal():
        raise Http404
    count = changed_since(int(since[:18]), department, user)
    if not count:
        return HttpResponse(status=204)
    words = ngettext("%(n)d change in the queue", "%(n)d changes in the queue", count) % {"n": count}
    context = queue_screen.queue(user, queue_screen.position_in(request, slug))
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
