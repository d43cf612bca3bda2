"""Saved views: named searches, private or shared with a department."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.models import SavedView
from parvis.apps.cases.queries.lists import case_search
from parvis.apps.cases.queries.lists import views as view_queries
from parvis.apps.cases.services.views import change_view, may_change, remove_view, save_view
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.errors import NotFound, Refused
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import departments_of
from parvis.surfaces.desk.search.forms import SearchForm, ViewForm, criteria_of, departments_shared, search_url
from parvis.ui.messages import done
from parvis.ui.views import or_404

MOST_COUNTED = 100


def _departments(user: User) -> list[Any]:
    return departments_shared(user, departments_of(user)) if user.may(Action.SHARE_VIEW) else []


@requires(Action.READ_CASE, "GET")
def views(request: HttpRequest) -> HttpResponseBase:
    """The views of the user; those they may change have a form."""
    return _list(request)


def _list(request: HttpRequest, bound: tuple[int, ViewForm] | None = None, status: int = 200) -> HttpResponse:
    user = agent_of(request)
    departments = _departments(user)
    rows = []
    for saved_view in view_queries.views_of(user):
        form = None
        if may_change(saved_view, user):
            shared, auto_id = saved_view.department, f"view-{saved_view.pk}-%s"
            initial = {"key": saved_view.key, "name": saved_view.name, "share": shared.slug if shared else ""}
            form = ViewForm(initial=initial, departments=departments, shared=shared, auto_id=auto_id)
            form = bound[1] if bound and bound[0] == saved_view.pk else form
        rows.append(
            {
                "view": saved_view,
                "url": search_url(saved_view.criteria),
                "form": form,
                "open": bound and bound[0] == saved_view.pk,
            }
        )
    return render(request, "desk/search/views.html", {"rows": rows}, status=status)


@requires(Action.READ_CASE, "GET")
def line(request: HttpRequest) -> HttpResponseBase:
    """The views as links for the top of a queue, with their counts when those are cheap."""
    user = agent_of(request)
    rows = [
        (saved_view, search_url(saved_view.criteria), _count(saved_view, user))
        for saved_view in view_queries.views_of(user)
    ]
    return render(request, "desk/search/views_line.html", {"rows": rows, "most": MOST_COUNTED})


def _count(view: SavedView, user: User) -> int | None:
    form = SearchForm(view.criteria)
    if not form.is_valid() or form.words:
        return None
    return case_search.count_at_most(form.search_filter, user=user, most=MOST_COUNTED)


@requires(Action.READ_CASE, "GET")
def view(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Redirects to the search of a view."""
    saved_view = or_404(view_queries.view_of(view_id, agent_of(request)))
    return redirect(search_url(saved_view.criteria))


@requires(Action.READ_CASE)
def new(request: HttpRequest) -> HttpResponseBase:
    """Saves the search in the URL as a view: asks for its name and sharing first."""
    user = agent_of(request)
    criteria = criteria_of(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        form = ViewForm(initial={"key": uuid4().hex}, departments=_departments(user))
        return _new(request, form, criteria)
    form = ViewForm(request.POST, departments=_departments(user))
    if form.is_valid():
        values = form.cleaned_data
        try:
            made = save_view(
                key=values["key"], name=values["name"], department=values["share"], criteria=criteria, by=user
            )
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            undo_url = reverse("desk:remove_view", args=[made.pk])
            done(request, _("%(name)s is kept.") % {"name": made.name}, undo_url=undo_url)
            return redirect(search_url(made.criteria))
    return _new(request, form, criteria, 422)


def _new(request: HttpRequest, form: ViewForm, criteria: dict[str, str], status: int = 200) -> HttpResponse:
    context = {"form": form, "criteria": criteria, "url": search_url(criteria)}
    return render(request, "desk/search/new_view.html", context, status=status)


@requires(Action.READ_CASE, "POST")
def change(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Changes the name or the sharing of a view."""
    user = agent_of(request)
    saved_view = or_404(view_queries.view_of(view_id, user))
    shared, auto_id = saved_view.department, f"view-{view_id}-%s"
    form = ViewForm(request.POST, departments=_departments(user), shared=shared, auto_id=auto_id)
    if not form.is_valid():
        return _list(request, (view_id, form), 422)
    values = form.cleaned_data
    try:
        change_view(view_id=view_id, name=values["name"], department=values["share"], by=user)
    except NotFound:
        raise
    except Refused as refusal:
        _refuse(form, refusal)
        return _list(request, (view_id, form), refusal.status)
    done(request, _("The view is changed."))
    return redirect("desk:views")


def _refuse(form: ViewForm, refusal: Refused) -> None:
    for name, text in (refusal.fields or {"__all__": refusal.message}).items():
        field = "share" if name == "department" else name
        form.add_error(field if field in form.fields else None, str(text))


@requires(Action.READ_CASE, "POST")
def remove(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Removes a view, with an undo."""
    return _remove(request, view_id, back=False)


@requires(Action.READ_CASE, "POST")
def back(request: HttpRequest, view_id: int) -> HttpResponseBase:
    """Restores a removed view."""
    return _remove(request, view_id, back=True)


def _remove(request: HttpRequest, view_id: int, *, back: bool) -> HttpResponseBase:
    saved_view = remove_view(view_id=view_id, by=agent_of(request), back=back)
    if back:
        done(request, _("%(name)s is back.") % {"name": saved_view.name})
    else:
        undo = reverse("desk:view_back", args=[saved_view.pk])
        done(request, _("%(name)s is removed.") % {"name": saved_view.name}, undo_url=undo)
    return redirect("desk:views")
