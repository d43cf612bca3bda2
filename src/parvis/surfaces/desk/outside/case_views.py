"""A case sent to the server of an outside body, from its page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.public_cases import public_words
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.open311.models import Forwarding, ServiceMapping
from parvis.apps.open311.queries import forwarding
from parvis.apps.open311.services.forwarding.cases import (
    forward_case,
    settle_forwarding,
    take_forwarding_back,
    try_again,
)
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import number
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.outside.forms import ForwardForm
from parvis.surfaces.desk.outside.leaving import leaving, why_it_stays
from parvis.ui.messages import done, refused, showing_refusal


@requires(Action.READ_CASE, "GET", "POST")
def forward(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The form by which a case is sent to an outside server; it shows all that leaves."""
    case = readable(request, reference)
    found = {row.server_id: row for row in forwarding.destinations_of(case)}
    asked = number((request.POST or request.GET).get("server", "")) or 0
    chosen = found.get(asked) or next(iter(found.values()), None)
    if chosen is None:
        refused(request, _("No outside server takes requests of this subject: a manager says which."))
        return redirect("desk:case", case.reference)
    sends_person = chosen.server.sends_person and case.person is not None
    if request.method != "POST":
        if why := why_it_stays(case):
            refused(request, why)
            return redirect("desk:case", case.reference)
        initial = {"expect": case.seq, "server": chosen.server_id, "words": public_words(case)}
        return _page(request, case, chosen, ForwardForm(initial=initial, sends_person=sends_person))
    if asked != chosen.server_id:
        return _offered_no_longer(request, case, chosen, sends_person=sends_person)
    form = ForwardForm(request.POST, sends_person=sends_person)
    made, status = submit(
        form,
        lambda: forward_case(
            case_id=case.pk,
            server_id=chosen.server_id,
            words=form.cleaned_data["words"],
            share_person=form.cleaned_data.get("share_person", False),
            by=agent_of(request),
            expect=form.cleaned_data["expect"],
        ),
    )
    if made is None:
        return _page(request, case, chosen, form, status)
    done(request, _("%(ref)s: it goes to %(name)s.") % {"ref": case.reference, "name": made.server.name})
    return redirect("desk:case", case.reference)


def _offered_no_longer(request: HttpRequest, case: Case, chosen: ServiceMapping, *, sends_person: bool) -> HttpResponse:
    """The form again with the words typed, for a server that is still offered; nothing goes there unless it is sent."""
    data = {"words": request.POST.get("words", ""), "expect": str(case.seq), "server": str(chosen.server_id)}
    form = ForwardForm(data, sends_person=sends_person)
    form.refuse({}, _("The server that you chose no longer takes this request. This form is now for another one."))
    return _page(request, case, chosen, form, Conflict.status)


def _page(
    request: HttpRequest, case: Case, chosen: ServiceMapping, form: ForwardForm, status: int = 200
) -> HttpResponse:
    context = {
        "case": case,
        "chosen": chosen,
        "form": form,
        "others": forwarding.destinations_of(case),
        "leaving": leaving(case, chosen, agent_of(request)),
    }
    return render(request, "desk/outside/forward.html", context, status=status)


@requires(Action.READ_CASE, "POST")
def again(request: HttpRequest, forwarding_id: int) -> HttpResponseBase:
    """Asks their server now, or sends again what it refused."""
    return _act(
        request,
        lambda: try_again(forwarding_id=forwarding_id, by=agent_of(request)),
        _("%(ref)s: their server is called again."),
        forwarding_id,
    )


@requires(Action.READ_CASE, "POST")
def settle(request: HttpRequest, forwarding_id: int) -> HttpResponseBase:
    """Records the number that they gave, or that they do not have it."""
    has = request.POST.get("have") == "yes"
    given = request.POST.get("number", "") if has else ""
    if has and not given.strip():
        case = readable(request, forwarding.reference_of(forwarding_id))
        refused(request, _("Write the number that they gave it."))
        return redirect("desk:case", case.reference)
    return _act(
        request,
        lambda: settle_forwarding(forwarding_id=forwarding_id, number=given, by=agent_of(request)),
        _("%(ref)s: it is followed there.") if given.strip() else _("%(ref)s: it is sent again."),
        forwarding_id,
    )


@requires(Action.READ_CASE, "POST")
def back(request: HttpRequest, forwarding_id: int) -> HttpResponseBase:
    """Takes the case back from the outside body."""
    words = request.POST.get("words", "")[:2000]
    return _act(
        request,
        lambda: take_forwarding_back(forwarding_id=forwarding_id, words=words, by=agent_of(request)),
        _("%(ref)s: we follow it ourselves again."),
        forwarding_id,
    )


def _act(request: HttpRequest, run: Callable[[], Forwarding], words: str, forwarding_id: int) -> HttpResponseBase:
    with showing_refusal(request, Invalid, Conflict):
        row = run()
        done(request, words % {"ref": row.case.reference})
    return redirect("desk:case", forwarding.reference_of(forwarding_id))
