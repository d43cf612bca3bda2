"""How each department assigns its cases, and the hours of people who work in several departments."""

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.directory.rules.posts import write_hours
from parvis.apps.directory.services.staff import set_assignment, set_hours
from parvis.lib.errors import Invalid
from parvis.lib.words import fold
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done
from parvis.ui.views import or_404


@requires(Action.SET_ASSIGNMENT, "GET")
def receiving(request: HttpRequest) -> HttpResponseBase:
    """The departments with their mode of assignment, then people of several departments with their hours."""
    return _page(request)


def _page(request: HttpRequest, refused: dict[int, tuple[str, str]] | None = None) -> HttpResponseBase:
    """Three queries. `refused`: the hours typed, and their error, by the id of the membership."""
    shared = User.objects.filter(is_active=True).annotate(n=Count("memberships__department", distinct=True))
    rows = Membership.objects.filter(user__in=shared.filter(n__gt=1)).select_related("user", "department")
    lang, refused = get_language() or "fr", refused or {}
    people: dict[User, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row.user.alphabetical, fold(row.department.name), row.pk)):
        typed, error = refused.get(row.pk, (write_hours(row.hours, lang), ""))
        people.setdefault(row.user, []).append({"place": row, "typed": typed, "error": error})
    workers = Department.objects.filter(
        active=True, memberships__role__in=roles_with(Action.WORK_CASE), memberships__user__is_active=True
    )
    own = workers.exclude(kind=Department.Kind.EXTERNAL).distinct()
    departments = sorted(own, key=lambda department: fold(department.name))
    context = {"departments": departments, "ways": Department.Assignment.choices, "people": people.items()}
    return render(request, "desk/rules/assignments.html", context, status=422 if refused else 200)


@requires(Action.SET_ASSIGNMENT, "POST")
def assign(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Sets how a department assigns new cases."""
    department = or_404(Department.objects.filter(slug=slug, active=True).first())
    try:
        set_assignment(department=department, assignment=request.POST.get("assignment", ""), by=agent_of(request))
    except Invalid as error:
        raise Http404 from error
    done(request, _("%(department)s: kept for the requests to come.") % {"department": department.name})
    return redirect("desk:assignments")


@requires(Action.SET_ASSIGNMENT, "POST")
def hours(request: HttpRequest, membership_id: int) -> HttpResponseBase:
    """Sets the hours of someone in a department."""
    membership = or_404(Membership.objects.filter(pk=membership_id).select_related("user", "department").first())
    typed = request.POST.get("hours", "")[:400]
    try:
        set_hours(membership=membership, typed=typed, by=agent_of(request))
    except Invalid as error:
        return _page(request, {membership.pk: (typed, str(error.message))})
    names = {"name": membership.user.display_name, "department": membership.department.name}
    done(request, _("%(name)s, %(department)s: hours kept.") % names)
    return redirect("desk:assignments")
