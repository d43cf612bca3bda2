"""What stands beside a case when one asks for it: its person's file, the plan around it, a day to see it again."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.access import may_read
from parvis.apps.cases.models import Case
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.apps.intake import queries as intake
from parvis.apps.places.plan import sketch
from parvis.apps.workspace import queries, services
from parvis.apps.workspace.models import FollowUp
from parvis.lib import quebec
from parvis.lib.errors import Invalid
from parvis.surfaces.desk.case.later_form import LaterForm
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, needs_reason, requires
from parvis.surfaces.desk.people.lines import readable_matters
from parvis.surfaces.desk.queue.screen import Place
from parvis.ui.messages import done

SHOWN = 5


@requires(Action.READ_CASE, "GET")
def file(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The person's file in brief, its reading kept. A sensitive one stays shut until its page was given a reason."""
    case, user = readable(request, reference), agent_of(request)
    if case.person is None or not user.may(Action.READ_PERSON):
        raise Http404
    person = case.person.canonical
    context: dict[str, Any] = {"case": case, "person": person}
    if needs_reason(user, person):
        return render(request, "desk/workspace/file.html", context | {"shut": True})
    record_reading(user=user, subject="person", subject_id=person.pk, reason=case.reference)
    person_file = intake.file(person, limit=20)
    theirs = [item for item in person_file.cases if item.pk != case.pk and may_read(user, item)]
    told = [given for given in person_file.given if given.matter.case is None or may_read(user, given.matter.case)]
    contacts = [
        {"contact": contact, "matters": readable_matters(contact, user)} for contact in person_file.contacts[:SHOWN]
    ]
    context |= {"theirs": theirs[:SHOWN], "contacts": contacts, "told": told[:3]}
    return render(request, "desk/workspace/file.html", context)


@requires(Action.READ_CASE, "GET")
def plan(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The plan around the place of a case, with the other open requests about; none without a place one may see."""
    case, user = readable(request, reference), agent_of(request)
    if not can_see_place(user, case):
        shut = {"case": case, "shut": True, "may_read_person": user.may(Action.READ_PERSON)}
        return render(request, "desk/workspace/plan.html", shut)
    point = case.point or (case.address.point if case.address else None)
    if point is None:
        return render(request, "desk/workspace/plan.html", {"case": case})
    drawn = sketch(point)
    about = [item for item in queries.open_about(case, point, drawn.side // 2) if may_read(user, item.case)]
    context = {"case": case, "sketch": drawn, "about": about, "geo": f"{point[0]:.6f},{point[1]:.6f}"}
    return render(request, "desk/workspace/plan.html", context)


@requires(Action.READ_CASE, "GET", "POST")
def later(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Chooses the day when a case comes back before one's eyes."""
    case, user = readable(request, reference), agent_of(request)
    before = queries.follow_up_on(case, user)
    if request.method != "POST":
        form = LaterForm(initial={"on": before.on, "words": before.words} if before else None)
        return _later(request, case, form, before, 200)
    form = LaterForm(request.POST)
    if not form.is_valid():
        return _later(request, case, form, before, 422)
    try:
        made = services.follow_up(case=case, on=form.cleaned_data["on"], words=form.cleaned_data["words"], by=user)
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _later(request, case, form, before, wrong.status)
    day = quebec.day(made.on, get_language() or "fr", year=False)
    told = _("%(ref)s comes back before your eyes on %(day)s.") % {"ref": case.reference, "day": day}
    done(request, told, undo_url=f"{reverse('desk:end_follow_up', args=[made.pk])}?back=1")
    place = Place.asked(request.POST)
    return redirect(place.url(case.reference)) if place else redirect("desk:case", case.reference)


def _later(request: HttpRequest, case: Case, form: LaterForm, before: FollowUp | None, status: int) -> HttpResponse:
    context = {"case": case, "form": form, "before": before}
    return render(request, "desk/workspace/later.html", context, status=status)
