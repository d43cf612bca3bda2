"""Live updates on the page of a case: others' changes, who else is viewing it; and undo."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.queries.replies import entry_name, unasked_in
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.workspace import queries
from parvis.apps.workspace.queries import Viewer
from parvis.apps.workspace.services import workspace
from parvis.lib.errors import Refused
from parvis.lib.words import number
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import QueuePosition
from parvis.ui.messages import done, showing_refusal


@requires(Action.READ_CASE, "GET")
def live(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What changed in a case since the entry `after`, in words, and who else is viewing it; 204 when nothing changed.

    The poll records the user's presence, with `writing` when they have unsent words. The event `case-moved` makes the
    page reload the case. When the user may no longer read the case, the page says so and polling stops.
    """
    user = agent_of(request)
    case = cases.by_reference(reference)
    if case is None or not may_read(user, case):
        gone = {"gone": True, "words": _("This request is no longer in your sight.")}
        response = render(request, "desk/workspace/live.html", gone)
        response.headers["HX-Reswap"] = "delete"
        return response
    others = workspace.record_viewing(case=case, by=user, writing=request.GET.get("writing") == "1")
    mark = ",".join(f"{other.name}{'*' if other.writing else ''}" for other in others)
    case_changed = case.seq != number(request.GET.get("after", ""))
    others_changed = mark != request.GET.get("have", "")
    if not case_changed and not others_changed:
        return HttpResponse(status=204)
    context = {
        "reference": reference,
        "mark": mark,
        "others": others,
        "others_moved": others_changed,
        "said": _viewers_in_words(others),
        "words": _last_change(case) if case_changed else "",
    }
    response = render(request, "desk/workspace/live.html", context)
    if case_changed:
        response.headers["HX-Trigger"] = "case-moved"
    return response


def _last_change(case: Case) -> str:
    entry = Entry.objects.select_related("actor").get(case=case, seq=case.seq)
    who = entry.actor.display_name if entry.actor and not entry.by_citizen else ""
    added = unasked_in(case) if entry.kind == Entry.Kind.REPLIED else ()
    who = who or (_("The citizen") if entry.by_citizen else "Parvis")
    return _("%(who)s: %(what)s") % {"who": who, "what": entry_name(entry, added)}


def _viewers_in_words(others: list[Viewer]) -> str:
    return ", ".join(
        _("%(name)s has words not sent here") % {"name": other.name} if other.writing else other.name
        for other in others
    )


@requires(Action.READ_CASE, "POST")
def leave(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ends the user's presence on the case."""
    workspace.leave(case=readable(request, reference), by=agent_of(request))
    return HttpResponse(status=204)


@requires(Action.READ_CASE, "POST")
def undo(request: HttpRequest, reference: str, seq: int) -> HttpResponseBase:
    """Undoes the user's last transition on a case, or says why not; back to where they were."""
    user, case = agent_of(request), cases.by_reference(reference)
    if case is None:
        raise Http404
    with showing_refusal(request, Refused):
        case = workspace.undo_entry(case_id=case.pk, seq=seq, by=user)
        done(request, _("%(ref)s: taken back. The journal keeps both.") % {"ref": case.reference})
    position = QueuePosition.named_by(request.GET)
    if position is not None:
        return redirect(position.url(case.reference if "case" in request.GET and may_read(user, case) else ""))
    return redirect("desk:case", case.reference) if may_read(user, case) else redirect("desk:queue")


@requires(Action.READ_CASE, "GET")
def colleagues(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Autocompletion of @mentions in a note of the case."""
    case = readable(request, reference)
    matches = queries.colleagues(request.GET.get("q", "")[:60], case)
    people = [user for user in matches if user.pk != agent_of(request).pk]
    return render(request, "desk/workspace/colleagues.html", {"people": people})
