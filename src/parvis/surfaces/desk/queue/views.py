"""The queue of a department: what is owed, the most pressing first."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from parvis.apps.cases import queries as cases
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import departments, present_in
from parvis.lib.words import number
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue import screen as queue_screen
from parvis.surfaces.desk.queue.screen import Place


@requires(Action.READ_CASE, "GET")
def first_queue(request: HttpRequest) -> HttpResponseBase:
    """The queue that is most this person's own."""
    mine = queue_screen.departments_of(agent_of(request))
    if not mine:
        raise Http404
    return redirect("desk:department_queue", mine[0].slug)


@requires(Action.READ_CASE, "GET")
def department_queue(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One department's queue, with the case named by `case` open beside it."""
    place = queue_screen.place_in(request, slug)
    reference = request.GET.get("case", "")
    if not reference:
        context = queue_screen.queue(agent_of(request), place)
        context["present"] = [
            present_colleague
            for present_colleague in present_in(context["department"])
            if present_colleague.user.pk != agent_of(request).pk
        ]
        return render(request, "desk/queue/queue.html", {**context})
    case = case_screen.readable(request, reference)
    return both(
        request, place, case.pk, case_screen.screen(agent_of(request), case, place, do=request.GET.get("do", ""))
    )


def both(request: HttpRequest, place: Place, case_id: int, case: dict[str, Any], status: int = 200) -> HttpResponse:
    """The list, and one case open beside it."""
    context = queue_screen.queue(agent_of(request), place, case_id)
    return render(request, "desk/queue/queue.html", {**case, **context}, status=status)


@requires(Action.READ_CASE, "GET")
def changes(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The list again, and how many of its requests others changed since `since`; 204 when none was."""
    user, place, since = agent_of(request), queue_screen.place_in(request, slug), request.GET.get("since", "")
    department = next((item for item in queue_screen.departments_of(user) if item.slug == slug), None)
    if department is None or not since.isdecimal():
        raise Http404
    count = cases.changed_since(int(since[:18]), department, user)
    if not count:
        return HttpResponse(status=204)
    words = ngettext("%(n)d change in the queue", "%(n)d changes in the queue", count) % {"n": count}
    context = queue_screen.queue(user, place, number(request.GET.get("case", "")))
    answer = render(request, "desk/queue/list.html", {**context, "fresh": words})
    answer.headers["HX-Trigger-After-Swap"] = "queue"
    return answer


@requires(Action.READ_CASE, "GET")
def present(request: HttpRequest) -> HttpResponseBase:
    """Who is at a screen now in the department named by `department`, as choices for passing a request on."""
    slug = request.GET.get("department", "")
    department = next((item for item in departments() if item.slug == slug), None)
    if department is None:
        return HttpResponse(status=204)
    return render(request, "desk/case/present.html", {"present": present_in(department), "chosen": ""})
