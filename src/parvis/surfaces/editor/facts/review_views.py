"""The review of proposed fact values: each is compared with the current one, then approved or sent back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from parvis.apps.content.models import Fact, FactContent, FactProposal
from parvis.apps.content.services import fact_review
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.lib import quebec
from parvis.lib.errors import Invalid, Refused
from parvis.surfaces.editor.account import editor_of
from parvis.surfaces.editor.panels import written

LIST = "edition:fact_review"
FIELDS: dict[str, str | Promise] = {
    "value": pgettext_lazy("answer", "Value"),
    "unit": lazy("Unit, after a number"),
    "valid_from": lazy("In force from"),
    "valid_to": lazy("Last day"),
    "source_title": pgettext_lazy("answer", "Source"),
    "source_url": lazy("Address of the source"),
    "verified_on": lazy("Verified on"),
    "verified_by": lazy("Verified by"),
    "example": lazy("This is an example, not the town’s value"),
    "label_fr": lazy("Name, French"),
    "label_en": lazy("Name, English"),
    "owner": pgettext_lazy("answer", "Owner"),
}


@dataclass(frozen=True)
class Comparison:
    """A proposed version beside the current one: `rows` are (field, before, after) for each change; `wrong` is the
    error of sending it back.
    """

    proposal: FactProposal
    current: Fact | None
    rows: list[tuple[str | Promise, str, str]]
    wrong: str = ""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The pending proposals, the oldest first, and the outcome of one's own."""
    return _page(request)


@require_POST
def approve(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Publishes the proposed version."""
    seen = request.POST.get("seen", "")
    fact_id = int(seen) if seen.isdecimal() and len(seen) < 18 else None
    done = _("The new value is in force; the one before is kept.")
    return _decide(request, partial(fact_review.approve_fact, proposal_id=proposal_id, seen=fact_id), done)


@require_POST
def send_back(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Rejects the proposed version, with a reason."""
    reason = request.POST.get("reason", "")[:500]
    try:
        fact_review.send_fact_back(proposal_id=proposal_id, reason=reason, by=editor_of(request))
    except Invalid as invalid:
        return _page(request, wrong=(proposal_id, str(invalid.message)), status=invalid.status)
    except Refused as refused:
        messages.warning(request, str(refused.message))
        return redirect(LIST)
    messages.success(request, _("Sent back, with what you said."))
    return redirect(LIST)


@require_POST
def withdraw(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Withdraws one's own proposal."""
    done = _("Your proposal is withdrawn; nothing changes.")
    return _decide(request, partial(fact_review.withdraw_fact, proposal_id=proposal_id), done)


def _decide(request: HttpRequest, decide: Callable[..., Any], done: str) -> HttpResponse:
    try:
        decide(by=editor_of(request))
    except Refused as refused:
        messages.warning(request, str(refused.message))
    else:
        messages.success(request, done)
    return redirect(LIST)


def _page(request: HttpRequest, *, wrong: tuple[int, str] = (0, ""), status: int = 200) -> HttpResponse:
    user = editor_of(request)
    proposals = fact_review.waiting_facts()
    current = fact_review.current_versions(proposals)
    context = {
        "waiting": [
            (
                _compare(proposal, current.get(proposal.pk), wrong),
                may_on(user, Action.PUBLISH_ANSWER, proposal.owner_id),
            )
            for proposal in proposals
        ],
        "decided": [(proposal, written(proposal)) for proposal in fact_review.decided_facts(user)],
        "me": user,
        "page_title": _("Values to review"),
        "header_icon": "tasks",
    }
    return render(request, "editor/facts/review.html", context, status=status)


def _compare(proposal: FactProposal, current: Fact | None, wrong: tuple[int, str]) -> Comparison:
    before = {name: _text_of(current, name) if current else "" for name in FIELDS}
    after = {name: _text_of(proposal, name) for name in FIELDS}
    rows = [(label, before[name], after[name]) for name, label in FIELDS.items() if before[name] != after[name]]
    return Comparison(proposal, current, rows, wrong=wrong[1] if wrong[0] == proposal.pk else "")


def _text_of(fact: FactContent, name: str) -> str:
    value = getattr(fact, name)
    if name == "value":
        return written(fact)
    if name in ("valid_from", "valid_to", "verified_on"):
        return quebec.day_of_month(value, get_language() or "fr", year=True) if value else ""
    if name == "example":
        return _("yes") if value else _("no")
    return str(value or "")
