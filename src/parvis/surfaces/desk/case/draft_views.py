"""Drafts of the forms of a case: saved while typing, discarded, restored."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.workspace.services import drafts
from parvis.lib.errors import NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.call.draft import LAST_SEQ, parse
from parvis.surfaces.desk.case.case_actions import CaseAction, action_named
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import QueuePosition
from parvis.ui.messages import done, showing_refusal
from parvis.ui.templatetags.ui import hour

NOT_SAVED = ("expect", "photo", "kept", "sure")


@requires(Action.READ_CASE, "POST")
def keep(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Saves the draft of one action; returns {seq, saved}, the time in words.

    `seq` is greater than the one sent when a later draft was saved already. 422 when the draft is too long.
    """
    (case, action), typed = _of(request, reference, name), parse(request.POST.get("draft", ""))
    seq = number(request.POST.get("seq", ""))
    if typed is None or not seq or seq > LAST_SEQ or not all(isinstance(value, str) for value in typed.values()):
        return JsonResponse({"error": _("This draft cannot be read.")}, status=400)
    values, agent = _storable(action, typed), agent_of(request)
    try:
        saved = drafts.save_draft(case=case, action=name, seq=seq, typed=values, by=agent)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return JsonResponse({"seq": saved.seq, "saved": _("Kept at %(hour)s") % {"hour": hour(saved.saved_at)}})


@requires(Action.READ_CASE, "POST")
def discard(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Discards the draft of one action, as the form holds it; it can be restored."""
    (case, action), position = _of(request, reference, name), QueuePosition.named_by(request.POST)
    typed = _storable(action, {field: request.POST.get(field, "") for field in request.POST})
    drafts.discard_draft(case=case, action=name, typed=typed, by=agent_of(request))
    query = f"?{position.in_address}" if position else ""
    undo = reverse("desk:restore_case_draft", args=[case.reference, name])
    done(request, _("Your words are put away."), undo_url=f"{undo}{query}")
    return redirect(position.url(case.reference) if position else reverse("desk:case", args=[case.reference]))


@requires(Action.READ_CASE, "POST")
def restore(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Restores a discarded draft in its form."""
    (case, _action), position = _of(request, reference, name), QueuePosition.named_by(request.GET)
    with showing_refusal(request, NotFound):
        drafts.restore_draft(case=case, action=name, by=agent_of(request))
    url = position.url(case.reference, name) if position else f"{reverse('desk:case', args=[case.reference])}?do={name}"
    return redirect(f"{url}#do-{name}")


def _of(request: HttpRequest, reference: str, name: str) -> tuple[Case, CaseAction]:
    case = readable(request, reference)
    action = action_named(name, case)
    if action is None or action.one_press:
        raise Http404
    return case, action


def _storable(action: CaseAction, typed: dict[str, Any]) -> dict[str, str]:
    """The values of the action's form that a draft may hold."""
    return {name: typed[name] for name in typed.keys() & action.form.base_fields.keys() if name not in NOT_SAVED}
