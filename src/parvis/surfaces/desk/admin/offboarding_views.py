"""Offboarding in two steps: access is cut at once, then the open work is handed over."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import manages
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.services import offboarding
from parvis.apps.workspace.queries import left_by
from parvis.apps.workspace.services.workspace import end_waiting
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import fold
from parvis.surfaces.desk.admin.offboarding_forms import SuccessorsForm
from parvis.surfaces.desk.gate import agent_of, password_again, requires
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404


@requires(Action.MANAGE_STAFF, "GET")
def leaving(request: HttpRequest) -> HttpResponseBase:
    """All staff; first the closed accounts that still own open work. Those of other managers have no link."""
    me = agent_of(request)
    staff = User.objects.filter(memberships__isnull=False).distinct()
    users = sorted(staff.prefetch_related("memberships__department"), key=lambda user: user.alphabetical)
    context = {
        "gone": [user for user in users if not user.is_active],
        "me": me,
        "here": [
            {"person": user, "places": _department_names(user), "mine": user == me or manages(me, user)}
            for user in users
            if user.is_active
        ],
    }
    return render(request, "desk/offboarding/list.html", context)


def _department_names(user: User) -> str:
    return ", ".join(sorted({membership.department.name for membership in user.memberships.all()}, key=fold))


@requires(Action.MANAGE_STAFF, "GET", "POST")
def leave(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """The open work of someone who leaves, and who takes each kind; submitting hands it over."""
    user = _staff_member(user_id)
    open_work = offboarding.open_work_of(user)
    form = SuccessorsForm(request.POST or None, leaver=user, open_work=open_work, initial=request.GET.dict())
    me = agent_of(request)
    context = {
        "person": user,
        "found": open_work,
        "form": form,
        "waiting": left_by(user),
        "myself": user.pk == me.pk,
        "manages": manages(me, user),
        "may_undo": offboarding.may_undo_cut(user, me),
    }
    if not (context["myself"] or context["manages"] or context["may_undo"]):
        raise NotAllowed(_("This person works in a department that another manager looks after."))
    if request.method != "POST":
        return render(request, "desk/offboarding/person.html", context)
    if form.is_valid():
        try:
            offboarding.move_all(user_id=user_id, successors=form.successors(), by=agent_of(request))
            end_waiting(user=user, by=agent_of(request))
        except Invalid as error:
            form.refuse(error.fields, error.message)
        except Conflict as conflict:
            refused(request, str(conflict.message))
            return redirect("desk:leave", user_id)
        else:
            done(request, _("All that was in the name of %(name)s has someone now.") % {"name": user.display_name})
            return redirect("desk:offboarding")
    return render(request, "desk/offboarding/person.html", context, status=422)


@requires(Action.MANAGE_STAFF, "POST")
@password_again
def cut(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Closes the account at once; the successors already chosen stay chosen. Asks for the password again."""
    user = _staff_member(user_id)
    names = SuccessorsForm(leaver=user, open_work=offboarding.open_work_of(user)).fields
    chosen = urlencode({name: request.POST[name] for name in names if request.POST.get(name)})
    page = reverse("desk:leave", args=[user_id]) + (f"?{chosen}" if chosen else "")
    with showing_refusal(request):
        offboarding.cut_access(user_id=user_id, by=agent_of(request))
        done(request, _("%(name)s no longer enters. Say who takes what was theirs.") % {"name": user.display_name})
    return redirect(page)


@requires(Action.MANAGE_STAFF, "POST")
@password_again
def undo(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Opens again an account that another manager closed. Asks for the password again."""
    with showing_refusal(request):
        user = offboarding.undo_cut(user_id=user_id, by=agent_of(request))
        done(request, _("%(name)s enters again, as before; both are told.") % {"name": user.display_name})
    return redirect("desk:leave", user_id)


def _staff_member(user_id: int) -> User:
    staff = User.objects.filter(pk=user_id, memberships__isnull=False).select_related("cut_by")
    return or_404(staff.distinct().first())
