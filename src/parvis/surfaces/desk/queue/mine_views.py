"""The user's own work: mentions, follow-ups, cases and contacts; and its live updates."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.workspace import queries
from parvis.apps.workspace.services import workspace
from parvis.lib.errors import Refused
from parvis.lib.words import number
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue import mine_screen
from parvis.ui.messages import done, showing_refusal


@requires(Action.READ_CASE, "GET")
def mine(request: HttpRequest) -> HttpResponseBase:
    """Everything that waits for the user, on one page."""
    return render(request, "desk/workspace/mine.html", mine_screen.whole(request))


@requires(Action.READ_CASE, "GET")
def news(request: HttpRequest) -> HttpResponseBase:
    """The count of what waits for the user; 204 when unchanged (`have`).

    In words too, for a notification, when it is more than the screen last `counted`.
    """
    waiting = queries.waiting(agent_of(request))
    mark = f"{waiting.mentions}-{waiting.follow_ups}"
    have, counted = request.GET.get("have", ""), number(request.GET.get("counted", ""))
    if mark == have:
        return HttpResponse(status=204)
    more = counted is not None and waiting.total > counted
    context = {"waiting": waiting, "mark": mark, "words": _words(waiting) if more else ""}
    response = render(request, "desk/workspace/news_changes.html", context)
    if have:
        response.headers["HX-Trigger"] = "mine"
    return response


def _words(waiting: queries.Waiting) -> str:
    parts = []
    if waiting.mentions:
        words = ngettext("%(n)d note calls you", "%(n)d notes call you", waiting.mentions)
        parts.append(words % {"n": waiting.mentions})
    if waiting.follow_ups:
        words = ngettext("%(n)d request to see again", "%(n)d requests to see again", waiting.follow_ups)
        parts.append(words % {"n": waiting.follow_ups})
    return ", ".join(parts)


@requires(Action.READ_CASE, "POST")
def read_mention(request: HttpRequest, mention_id: int) -> HttpResponseBase:
    """Marks a mention as read."""
    workspace.read_mention(mention_id=mention_id, by=agent_of(request))
    return redirect("desk:mine")


@requires(Action.READ_CASE, "POST")
def end_follow_up(request: HttpRequest, follow_up_id: int) -> HttpResponseBase:
    """Ends a follow-up, with an undo."""
    follow_up = workspace.end_follow_up(follow_up_id=follow_up_id, by=agent_of(request))
    undo_url = reverse("desk:resume_follow_up", args=[follow_up.pk])
    done(request, _("%(ref)s does not come back.") % {"ref": follow_up.case.reference}, undo_url=undo_url)
    return redirect("desk:case", follow_up.case.reference) if request.GET.get("back") else redirect("desk:mine")


@requires(Action.READ_CASE, "POST")
def resume_follow_up(request: HttpRequest, follow_up_id: int) -> HttpResponseBase:
    """Resumes a follow-up that was ended."""
    with showing_refusal(request, Refused):
        follow_up = workspace.resume_follow_up(follow_up_id=follow_up_id, by=agent_of(request))
        done(request, _("%(ref)s comes back on its day.") % {"ref": follow_up.case.reference})
    return redirect("desk:mine")
