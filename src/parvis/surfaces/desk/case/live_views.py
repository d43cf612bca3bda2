"""What moves on the page of one case while someone reads it: what others did, who else is there; and taking back."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases import queries as cases
from parvis.apps.cases.access import may_read
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.replies import entry_name, unasked_in
from parvis.apps.directory.permissions import Action
from parvis.apps.workspace import queries, services
from parvis.apps.workspace.queries import Viewer
from parvis.lib.errors import NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import Place
from parvis.ui.messages import done, refused


@requires(Action.READ_CASE, "GET")
def live(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What changed of a case since the entry `after`, in words, and who else is there; 204 when nothing did.

    Asking says that one is there, and with `writing` that words wait to be sent. The event `case-moved` asks for the
    page again. A case that is not before one's eyes any more is said to be gone, and is watched no longer.
    """
    user = agent_of(request)
    case = cases.whole(reference)
    if case is None or not may_read(user, case):
        gone = {"gone": True, "words": _("This request is no longer in your sight.")}
        answer = render(request, "desk/workspace/live.html", gone)
        answer.headers["HX-Reswap"] = "delete"
        return answer
    others = services.look(case=case, by=user, writing=request.GET.get("writing") == "1")
    mark = ",".join(f"{other.name}{'*' if other.writing else ''}" for other in others)
    moved, others_moved = case.seq != number(request.GET.get("after", "")), mark != request.GET.get("have", "")
    if not moved and not others_moved:
        return HttpResponse(status=204)
    context = {
        "reference": reference,
        "mark": mark,
        "others": others,
        "others_moved": others_moved,
        "said": _said(others),
        "words": _last_words(case) if moved else "",
    }
    answer = render(request, "desk/workspace/live.html", context)
    if moved:
        answer.headers["HX-Trigger"] = "case-moved"
    return answer


def _last_words(case: Case) -> str:
    entry = Entry.objects.select_related("actor").get(case=case, seq=case.seq)
    who = entry.actor.display_name if entry.actor and not entry.by_citizen else ""
    added = unasked_in(case) if entry.kind == Entry.Kind.REPLIED else ()
    who = who or (_("The citizen") if entry.by_citizen else "Parvis")
    return _("%(who)s: %(what)s") % {"who": who, "what": entry_name(entry, added)}


def _said(others: list[Viewer]) -> str:
    return ", ".join(
        _("%(name)s has words not sent here") % {"name": other.name} if other.writing else other.name
        for other in others
    )


@requires(Action.READ_CASE, "POST")
def leave(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The page of the case was left."""
    services.leave(case=readable(request, reference), by=agent_of(request))
    return HttpResponse(status=204)


@requires(Action.READ_CASE, "POST")
def undo(request: HttpRequest, reference: str, seq: int) -> HttpResponseBase:
    """Takes back what one just did to a case; says why when it cannot be. Leads where one was."""
    user, case = agent_of(request), cases.whole(reference)
    if case is None:
        raise Http404
    try:
        case = services.take_back(case_id=case.pk, seq=seq, by=user)
        done(request, _("%(ref)s: taken back. The journal keeps both.") % {"ref": case.reference})
    except NotFound as missing:
        raise Http404 from missing
    except Refused as no:
        refused(request, str(no))
    place = Place.asked(request.GET)
    if place is not None:
        return redirect(place.url(case.reference if "case" in request.GET and may_read(user, case) else ""))
    return redirect("desk:case", case.reference) if may_read(user, case) else redirect("desk:queue")


@requires(Action.READ_CASE, "GET")
def colleagues(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Who may be called by name in a note of that case, as choices, for what is typed after the @."""
    case = readable(request, reference)
    result = queries.colleagues(request.GET.get("q", "")[:60], case)
    people = [user for user in result if user.pk != agent_of(request).pk]
    return render(request, "desk/workspace/colleagues.html", {"people": people})
