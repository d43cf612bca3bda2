"""A contact that opens or joins an incident, and the undo."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Presence
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.services.incidents import begin_incident, join_contact, unjoin_contact
from parvis.apps.intake.services.matters import MatterInput
from parvis.lib.errors import Conflict, NotAllowed, Refused
from parvis.surfaces.desk.call.draft import Draft, key_of
from parvis.surfaces.desk.call.matter_views import after, again, matter_input_of
from parvis.surfaces.desk.call.views import contact_url, recent_url
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.surfaces.desk.incidents.forms import IncidentForm
from parvis.ui.messages import done, refused, showing_refusal


@requires(Action.TAKE_CONTACT, "POST")
def begin(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Opens an incident; the contact is its first report."""
    form = IncidentForm(request.POST, prefix="incident")
    if not form.is_valid():
        return again(request, contact_id, form)
    values, matter_input = form.cleaned_data, matter_input_of(request, contact_id, form)
    try:
        matter = begin_incident(
            matter_input, words=form.words(), department=values["department"], follows=values["follows"]
        )
    except Refused as refusal:
        return again(request, contact_id, form, refusal)
    words = _("Incident opened. Every agent sees it.")
    if matter.incident and matter.incident.asked_at:
        words = _("Incident opened. Every agent sees it; the public reads it once someone else approves it.")
    return _settled(request, contact_id, matter, words)


@requires(Action.TAKE_CONTACT, "POST")
def join(request: HttpRequest, contact_id: int, incident_id: int) -> HttpResponseBase:
    """Reports an open incident. `follows`: the person is notified of its updates, if they can be reached."""
    contact, agent = my_contact(request, contact_id), agent_of(request)
    matter_input = MatterInput(
        contact_id=contact_id,
        key=request.POST.get("key", "")[:64] or key_of(contact, "incident"),
        by=agent,
        words=request.POST.get("text", "")[:20_000] or Draft.of(contact).text,
        finish="more" not in request.POST,
    )
    try:
        matter = join_contact(matter_input, incident_id=incident_id, follows="follows" in request.POST)
    except Conflict as refusal:
        if contact.state == Contact.State.DONE:
            return redirect(recent_url(contact.pk))
        refused(request, str(refusal))
        return redirect(contact_url(contact_id))
    return _settled(request, contact_id, matter, _("Attached to the incident."))


def _settled(request: HttpRequest, contact_id: int, matter: Matter, words: str) -> HttpResponseBase:
    done(request, words, undo_url=reverse("desk:unjoin", args=[matter.pk]), place="call")
    return after(request, contact_id, matter.pk)


@requires(Action.TAKE_CONTACT, "POST")
def unjoin(request: HttpRequest, matter_id: int) -> HttpResponseBase:
    """Undoes the report of an incident: the contact is in progress again."""
    agent = agent_of(request)
    with showing_refusal(request, Conflict, NotAllowed):
        contact = unjoin_contact(matter_id=matter_id, by=agent)
        record_presence(user=agent, status=Presence.Status.BUSY)
        done(request, _("It is taken back: the contact is in your hands again."))
        return redirect(contact_url(contact.pk))
    return redirect("desk:recent")
