"""When someone leaves: their access cut at once, then all that was theirs given to others, in two steps."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import services
from parvis.apps.workspace.queries import left_by
from parvis.apps.workspace.services import end_waiting
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import fold
from parvis.surfaces.desk.admin.offboarding_forms import SuccessorsForm
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done, refused


@requires(Action.MANAGE_STAFF, "GET")
def leaving(request: HttpRequest) -> HttpResponseBase:
    """Everyone who works here; first those whose account is closed and who still have something in their name."""
    people = User.objects.filter(memberships__isnull=False).distinct().select_related("departure_asked_by")
    people = people.prefetch_related("memberships__department")
    rows = sorted(people, key=lambda user: user.alphabetical)
    places = {row.pk: sorted({place.department.name for place in row.memberships.all()}, key=fold) for row in rows}
    context = {
        "gone": [row for row in rows if not row.is_active],
        "me": agent_of(request),
        "here": [{"person": row, "places": ", ".join(places[row.pk])} for row in rows if row.is_active],
    }
    return render(request, "desk/offboarding/list.html", context)


@requires(Action.MANAGE_STAFF, "GET", "POST")
def leave(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """What is in that person's name, and to whom each kind goes; sent, it all moves."""
    user = _worker(user_id)
    open_work = services.open_work_of(user)
    form = SuccessorsForm(request.POST or None, leaver=user, found=open_work, initial=request.GET.dict())
    me = agent_of(request)
    context = {
        "person": user,
        "found": open_work,
        "form": form,
        "waiting": left_by(user),
        "myself": user.pk == me.pk,
        "two_managers": services.needs_second_manager(user),
        "may_confirm": services.may_confirm_cut(user, me),
        "asked_by_me": user.departure_asked_by_id == me.pk,
    }
    if request.method != "POST":
        return render(request, "desk/offboarding/person.html", context)
    if form.is_valid():
        try:
            services.move_all(user_id=user_id, successors=form.successors(), by=agent_of(request))
            end_waiting(user=user, by=agent_of(request))
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.message)
        except Conflict as conflict:
            refused(request, str(conflict.message))
            return redirect("desk:leave", user_id)
        else:
            done(request, _("All that was in the name of %(name)s has someone now.") % {"name": user.display_name})
            return redirect("desk:offboarding")
    return render(request, "desk/offboarding/person.html", context, status=422)


@requires(Action.MANAGE_STAFF, "POST")
def cut(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Closes the account now, or asks for it; what was chosen already of what follows stays chosen."""
    user = _worker(user_id)
    names = SuccessorsForm(leaver=user, found=services.open_work_of(user)).fields
    chosen = urlencode({name: request.POST[name] for name in names if request.POST.get(name)})
    page = reverse("desk:leave", args=[user_id]) + (f"?{chosen}" if chosen else "")
    by = agent_of(request)
    try:
        if services.needs_second_manager(user) and not services.may_confirm_cut(user, by):
            services.ask_to_cut_access(user_id=user_id, by=by)
            done(request, _("A second manager must confirm it on this page; until then, nothing changes."))
            return redirect(page)
        services.cut_access(user_id=user_id, by=by)
    except Conflict as conflict:
        refused(request, str(conflict.message))
        return redirect(page)
    done(request, _("%(name)s no longer enters. Say who takes what was theirs.") % {"name": user.display_name})
    return redirect(page)


@requires(Action.MANAGE_STAFF, "POST")
def withdraw(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Takes back what one asked for: nobody will be asked to confirm it any more."""
    try:
        services.withdraw_request_to_cut(user_id=user_id, by=agent_of(request))
    except Conflict as conflict:
        refused(request, str(conflict.message))
    else:
        done(request, _("Your request is withdrawn: nothing changed."))
    return redirect("desk:leave", user_id)


def _worker(user_id: int) -> User:
    user = (
        User.objects.filter(pk=user_id, memberships__isnull=False)
        .select_related("departure_asked_by")
        .distinct()
        .first()
    )
    if user is None:
        raise Http404
    return user
