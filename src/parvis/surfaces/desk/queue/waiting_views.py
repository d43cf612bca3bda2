"""Contacts waiting for an agent: listed, assigned, taken."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.directory.models import Presence
from parvis.apps.directory.queries import people_who_may
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.queries.contacts import waiting_contacts
from parvis.apps.intake.services.assigning import assign_contact, take_contact
from parvis.apps.residents.queries.access import Field
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.views import contact_url
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.ui.messages import done, showing_refusal

PAGE = 50


@requires(Action.TAKE_CONTACT, "GET")
def waiting(request: HttpRequest) -> HttpResponse:
    """The waiting contacts, oldest first; the words of sensitive files are hidden."""
    contacts = waiting_contacts(agent_of(request), PAGE)
    visible = visible_people(agent_of(request), (contact.person for contact in contacts), Field.FILE)
    rows = [(contact, contact.person_id is None or contact.person_id in visible) for contact in contacts]
    agents = people_who_may(Action.TAKE_CONTACT) if rows else []
    context = {**screen.frame(request), "rows": rows, "agents": agents, "more": len(contacts) == PAGE}
    return render(request, "desk/call/waiting.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def assign(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Assigns a waiting contact to the agent named in the form, or to nobody."""
    name = request.POST.get("agent", "")
    to = next((user for user in people_who_may(Action.TAKE_CONTACT) if user.username == name), None)
    with showing_refusal(request, Conflict, Invalid):
        if name and to is None:
            raise Invalid(_("Choose someone who answers contacts."))
        assign_contact(contact_id=contact_id, to=to, by=agent_of(request))
        done(request, pgettext("contact", "Given to %(name)s.") % {"name": to} if to else _("Given back to everyone."))
    return redirect("desk:waiting")


@requires(Action.TAKE_CONTACT, "POST")
def take(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Takes a waiting contact and opens its screen."""
    agent = agent_of(request)
    with showing_refusal(request):
        contact = take_contact(contact_id=contact_id, by=agent)
        record_presence(user=agent, status=Presence.Status.BUSY)
        return redirect(contact_url(contact.pk))
    return redirect("desk:waiting")
