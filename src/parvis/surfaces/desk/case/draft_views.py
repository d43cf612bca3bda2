"""What is typed in the forms of a case: kept as one types, discarded, given back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.directory.permissions import Action
from parvis.apps.workspace import drafts
from parvis.lib.errors import NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.call.draft import LAST_SEQ, parse
from parvis.surfaces.desk.case.gestures import Gesture, gesture_named
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import Place
from parvis.ui.messages import done, refused
from parvis.ui.templatetags.ui import hour

NEVER_KEPT = ("expect", "photo", "kept", "sure")


@requires(Action.READ_CASE, "POST")
def keep(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Keeps what is typed for one gesture; answers {seq, saved} in words.

    `seq` is greater than the one sent when it came too late to be kept. 422 when it is too long.
    """
    (case, gesture), typed = _of(request, reference, name), parse(request.POST.get("draft", ""))
    seq = number(request.POST.get("seq", ""))
    if typed is None or not seq or seq > LAST_SEQ or not all(isinstance(item, str) for item in typed.values()):
        return JsonResponse({"error": _("This draft cannot be read.")}, status=400)
    try:
        kept = drafts.save_draft(case=case, gesture=name, seq=seq, typed=_kept(gesture, typed), by=agent_of(request))
    except Refused as no:
        return JsonResponse({"error": str(no)}, status=no.status)
    return JsonResponse({"seq": kept.seq, "saved": _("Kept at %(hour)s") % {"hour": hour(kept.saved_at)}})


@requires(Action.READ_CASE, "POST")
def discard(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Puts away what was typed for one gesture, as the form holds it; it can be given back."""
    (case, gesture), place = _of(request, reference, name), Place.asked(request.POST)
    typed = _kept(gesture, {field: request.POST.get(field, "") for field in request.POST})
    drafts.discard_draft(case=case, gesture=name, typed=typed, by=agent_of(request))
    query = f"?{place.in_address}" if place else ""
    undo = reverse("desk:restore_case_draft", args=[case.reference, name])
    done(request, _("Your words are put away."), undo_url=f"{undo}{query}")
    return redirect(place.url(case.reference) if place else reverse("desk:case", args=[case.reference]))


@requires(Action.READ_CASE, "POST")
def restore(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Gives back what was put away, in its form."""
    (case, _gesture), place = _of(request, reference, name), Place.asked(request.GET)
    try:
        drafts.restore_draft(case=case, gesture=name, by=agent_of(request))
    except NotFound as no:
        refused(request, str(no))
    there = place.url(case.reference, name) if place else f"{reverse('desk:case', args=[case.reference])}?do={name}"
    return redirect(f"{there}#do-{name}")


def _of(request: HttpRequest, reference: str, name: str) -> tuple[Case, Gesture]:
    case = readable(request, reference)
    gesture = gesture_named(name, case)
    if gesture is None or gesture.one_press:
        raise Http404
    return case, gesture


def _kept(gesture: Gesture, typed: dict[str, Any]) -> dict[str, str]:
    """The fields of the gesture's form that may be kept."""
    return {name: typed[name] for name in typed.keys() & gesture.form.base_fields.keys() if name not in NEVER_KEPT}
