"""Requests of the public form kept for someone to look at: opened as they were sent, or set aside as spam."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.queries.held_requests import held_requests
from parvis.apps.intake.services.held_requests import open_held, refuse_held, restore_held
from parvis.lib.errors import NotFound, Refused
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.inbox import screen
from parvis.ui.messages import done, refused, showing_refusal


@requires(Action.TAKE_CONTACT, "GET")
def held(request: HttpRequest) -> HttpResponse:
    """Those that wait, oldest first, then those set aside."""
    lists = {"waiting": held_requests(), "set_aside": held_requests(set_aside=True), "view": "held"}
    return render(request, "desk/inbox/held.html", screen.frame(request, "") | lists)


@requires(Action.TAKE_CONTACT, "POST")
def open_one(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Opens the request, with the promise of one sent now."""
    try:
        opened = open_held(contact_id=contact_id, by=agent_of(request))
    except NotFound:
        raise
    except Refused as refusal:
        refused(request, str(refusal.message))
    else:
        done(request, _("Opened: request %(reference)s.") % {"reference": opened.case.reference})
    return redirect("desk:held_requests")


@requires(Action.TAKE_CONTACT, "POST")
def refuse(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sets the request aside as spam, from where it may come back."""
    with showing_refusal(request):
        refuse_held(contact_id=contact_id, by=agent_of(request))
        done(request, _("Set aside: it can be brought back below."))
    return redirect("desk:held_requests")


@requires(Action.TAKE_CONTACT, "POST")
def restore(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Puts a request set aside back among those to look at."""
    restore_held(contact_id=contact_id, by=agent_of(request))
    return redirect("desk:held_requests")
