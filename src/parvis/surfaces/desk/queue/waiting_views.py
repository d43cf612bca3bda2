"""The contacts that wait for an agent: who has each, to whom it is given, taken in hand."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.directory.models import Presence
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import people_who_may
from parvis.apps.directory.services import seen
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.residents.access import Field
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.views import contact_url
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.ui.messages import done, refused

PAGE = 50


@requires(Action.TAKE_CONTACT, "GET")
def waiting(request: HttpRequest) -> HttpResponse:
    """The contacts that wait, the oldest first, with who has each; words of a shut file are not shown."""
    waiting_contacts = intake.waiting_contacts(PAGE)
    open_to = visible_people(agent_of(request), (contact.person for contact in waiting_contacts), Field.FILE)
    rows = [(contact, contact.person_id is None or contact.person_id in open_to) for contact in waiting_contacts]
    agents = people_who_may(Action.TAKE_CONTACT) if rows else []
    context = {**screen.frame(request), "rows": rows, "agents": agents, "more": len(waiting_contacts) == PAGE}
    return render(request, "desk/call/waiting.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def assign(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Gives a waiting contact to the agent that the form names, or back to everyone."""
    name = request.POST.get("agent", "")
    to = next((user for user in people_who_may(Action.TAKE_CONTACT) if user.username == name), None)
    try:
        if name and to is None:
            raise Invalid(_("Choose someone who answers contacts."))
        services.assign_contact(contact_id=contact_id, to=to, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except (Conflict, Invalid) as wrong:
        refused(request, str(wrong))
    else:
        done(request, pgettext("contact", "Given to %(name)s.") % {"name": to} if to else _("Given back to everyone."))
    return redirect("desk:waiting")


@requires(Action.TAKE_CONTACT, "POST")
def take(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Begins a waiting contact: its screen opens."""
    agent = agent_of(request)
    try:
        contact = services.take_contact(contact_id=contact_id, by=agent)
    except NotFound as missing:
        raise Http404 from missing
    except Conflict as conflict:
        refused(request, str(conflict))
        return redirect("desk:waiting")
    seen(user=agent, status=Presence.Status.BUSY)
    return redirect(contact_url(contact.pk))
