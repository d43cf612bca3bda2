"""To whom requests go in each department, and when those who work in two places are in each of them."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory import services
from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.permissions import Action, roles_with
from parvis.apps.directory.posts import write_hours
from parvis.lib.errors import Invalid
from parvis.lib.words import fold
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done


@requires(Action.SET_ROUTING, "GET")
def receiving(request: HttpRequest) -> HttpResponseBase:
    """The departments with how they receive, then the people of several places with their hours. Three queries."""
    return _shown(request)


def _shown(request: HttpRequest, wrong: dict[int, tuple[str, str]] | None = None) -> HttpResponseBase:
    shared = User.objects.filter(is_active=True).annotate(n=Count("memberships__department", distinct=True))
    rows = Membership.objects.filter(user__in=shared.filter(n__gt=1)).select_related("user", "department")
    lang, wrong = get_language() or "fr", wrong or {}
    people: dict[User, list[dict[str, Any]]] = {}
    for row in sorted(
        rows, key=lambda membership: (membership.user.alphabetical, fold(membership.department.name), membership.pk)
    ):
        typed, error = wrong.get(row.pk, (write_hours(row.hours, lang), ""))
        people.setdefault(row.user, []).append({"place": row, "typed": typed, "error": error})
    workers = Department.objects.filter(
        active=True, memberships__role__in=roles_with(Action.WORK_CASE), memberships__user__is_active=True
    )
    departments = sorted(
        workers.exclude(kind=Department.Kind.EXTERNAL).distinct(), key=lambda department: fold(department.name)
    )
    context = {"departments": departments, "ways": Department.Assignment.choices, "people": people.items()}
    return render(request, "desk/rules/assignments.html", context, status=422 if wrong else 200)


@requires(Action.SET_ROUTING, "POST")
def assign(request: HttpRequest, slug: str) -> HttpResponseBase:
    """How the requests that come to that department are given from now on."""
    department = Department.objects.filter(slug=slug, active=True).first()
    if department is None:
        raise Http404
    try:
        services.set_assignment(
            department=department, assignment=request.POST.get("assignment", ""), by=agent_of(request)
        )
    except Invalid as wrong:
        raise Http404 from wrong
    done(request, _("%(department)s: kept for the requests to come.") % {"department": department.name})
    return redirect("desk:assignments")


@requires(Action.SET_ROUTING, "POST")
def hours(request: HttpRequest, membership_id: int) -> HttpResponseBase:
    """When someone is in that place."""
    place = Membership.objects.filter(pk=membership_id).select_related("user", "department").first()
    if place is None:
        raise Http404
    typed = request.POST.get("hours", "")[:400]
    try:
        services.set_hours(membership=place, typed=typed, by=agent_of(request))
    except Invalid as wrong:
        return _shown(request, {place.pk: (typed, str(wrong.message))})
    told = {"name": place.user.display_name, "department": place.department.name}
    done(request, _("%(name)s, %(department)s: hours kept.") % told)
    return redirect("desk:assignments")
