"""Panels opened beside a case: the person's file, the map, the follow-up."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import may_read
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.queries import contacts as intake
from parvis.apps.places.queries.plan import sketch
from parvis.apps.workspace import queries
from parvis.apps.workspace.models import FollowUp
from parvis.apps.workspace.services.workspace import follow_up
from parvis.lib import quebec
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.case.forms import LaterForm
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, needs_reason, requires, submit
from parvis.surfaces.desk.people.lines import readable_matters
from parvis.surfaces.desk.queue.screen import QueuePosition
from parvis.ui.messages import done

SHOWN = 5


@requires(Action.READ_CASE, "GET")
def file(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The person's file in brief; the reading is logged. A sensitive file is hidden until a reason is given."""
    case, user = readable(request, reference), agent_of(request)
    if case.person is None or not user.may(Action.READ_PERSON):
        raise Http404
    person = case.person.canonical
    context: dict[str, Any] = {"case": case, "person": person}
    if needs_reason(user, person, of=case):
        return render(request, "desk/workspace/file.html", context | {"shut": True})
    record_reading(user=user, subject="person", subject_id=person.pk, reason=case.reference)
    person_file = intake.file(person, user=user, limit=20)
    theirs = [other for other in person_file.cases if other.pk != case.pk and may_read(user, other)]
    given = [given for given in person_file.given if given.matter.case is None or may_read(user, given.matter.case)]
    contacts = [
        {"contact": contact, "matters": readable_matters(contact, user)} for contact in person_file.contacts[:SHOWN]
    ]
    context |= {"theirs": theirs[:SHOWN], "contacts": contacts, "told": given[:3]}
    return render(request, "desk/workspace/file.html", context)


@requires(Action.READ_CASE, "GET")
def plan(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The map around a case, with the other open cases nearby unless `?small`; none without a place they may see."""
    case, user = readable(request, reference), agent_of(request)
    if not can_see_place(user, case):
        shut = {"case": case, "shut": True, "may_read_person": user.may(Action.READ_PERSON)}
        return render(request, "desk/workspace/plan.html", shut)
    point = case.point or (case.address.point if case.address else None)
    if point is None:
        return render(request, "desk/workspace/plan.html", {"case": case})
    drawn = sketch(point)
    if "small" in request.GET:
        return render(request, "desk/case/mini_plan.html", {"sketch": drawn})
    about = [nearby for nearby in queries.open_about(case, point, drawn.side // 2) if may_read(user, nearby.case)]
    context = {"case": case, "sketch": drawn, "about": about, "geo": f"{point[0]:.6f},{point[1]:.6f}"}
    return render(request, "desk/workspace/plan.html", context)


@requires(Action.READ_CASE, "GET")
def more(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The incidents that a case may join and the bodies that it may be sent to: the end of its menu, or a page."""
    case = readable(request, reference)
    part = request.headers.get("HX-Request") == "true"
    context = case_screen.more(agent_of(request), case)
    return render(request, f"desk/case/more{'' if part else '_page'}.html", context)


@requires(Action.READ_CASE, "GET", "POST")
def later(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Sets the user's follow-up on a case."""
    case, user = readable(request, reference), agent_of(request)
    before = queries.follow_up_on(case, user)
    if request.method != "POST":
        form = LaterForm(initial={"on": before.on, "words": before.words} if before else None)
        return _later(request, case, form, before, 200)
    form = LaterForm(request.POST)
    made, status = submit(form, lambda: follow_up(case=case, **form.cleaned_data, by=user))
    if made is None:
        return _later(request, case, form, before, status)
    day = quebec.day(made.on, get_language() or "fr", year=False)
    words = _("%(ref)s comes back before your eyes on %(day)s.") % {"ref": case.reference, "day": day}
    done(request, words, undo_url=f"{reverse('desk:end_follow_up', args=[made.pk])}?back=1")
    position = QueuePosition.named_by(request.POST)
    return redirect(position.url(case.reference)) if position else redirect("desk:case", case.reference)


def _later(request: HttpRequest, case: Case, form: LaterForm, before: FollowUp | None, status: int) -> HttpResponse:
    place = QueuePosition.named_by(request.POST if request.method == "POST" else request.GET)
    context = {"case": case, "form": form, "before": before, "place": place}
    return render(request, "desk/workspace/later.html", context, status=status)
