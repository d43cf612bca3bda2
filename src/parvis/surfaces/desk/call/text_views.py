"""Text messages sent from a contact."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, SentText
from parvis.apps.intake.services.texts.sent import send_text, take_text_back
from parvis.apps.telephony.services.texts import outgoing
from parvis.lib.errors import Invalid, NotFound, Refused
from parvis.surfaces.desk.call import texting
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import by_script, contact_url, phone_or_invalid, recent_url, show
from parvis.surfaces.desk.gate import agent_of, my_contact, requires
from parvis.ui.messages import done, showing_refusal


@requires(Action.TAKE_CONTACT, "POST")
def send(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sends a text from the contact; the screen shows it, its state, and for a moment the means to take it back.

    To the script: the texts of the contact, or the refused form. Otherwise the screen of the contact.
    """
    contact = my_contact(request, contact_id)
    slug = request.POST.get("text-subject", "")[:60]
    form = texting.TextForm(request.POST, prefix="text", choices=texting.choices(contact, slug))
    if not form.is_valid():
        return _again(request, contact, form, slug, Invalid.status)
    try:
        sent = send_text(
            contact_id=contact_id,
            key=form.cleaned_data["key"],
            phone=phone_or_invalid(form.cleaned_data["phone"]),
            text=form.text,
            by=agent_of(request),
        )
    except NotFound:
        raise
    except Refused as refusal:
        if contact.state == Contact.State.DONE:
            return redirect(recent_url(contact.pk))
        form.refuse(refusal.fields, refusal.message)
        return _again(request, contact, form, slug, refusal.status)
    if by_script(request):
        response = texts(request, contact_id)
        response.headers["X-Next"] = _next(sent)
        return response
    return HttpResponseRedirect(f"{contact_url(contact_id)}{_next(sent)}")


def _next(sent: SentText) -> str:
    """The query that shows again the request just opened, whose number is being read aloud."""
    return f"?case={sent.case_id}" if sent.kind == SentText.Kind.FOLLOW else ""


def _again(request: HttpRequest, contact: Contact, form: texting.TextForm, slug: str, status: int) -> HttpResponseBase:
    if by_script(request):
        context = {"contact": contact, **texting.pane(contact, slug, form)}
        return render(request, "desk/call/pane_text.html", context, status=status)
    return show(request, contact, Draft.of(contact), form=form, status=status)


@requires(Action.TAKE_CONTACT, "GET", "POST")
def texts(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The texts of the contact with their states, as a fragment."""
    return render(request, "desk/call/texts.html", texting.lines(my_contact(request, contact_id)))


@requires(Action.TAKE_CONTACT, "POST")
def send_due(request: HttpRequest) -> HttpResponse:
    """Sends now what can no longer be taken back, instead of within the minute."""
    outgoing.send_due()
    return HttpResponse(status=204)


@requires(Action.TAKE_CONTACT, "POST")
def take_back(request: HttpRequest, text_id: int) -> HttpResponseBase:
    """Takes back a text that has not left."""
    with showing_refusal(request):
        sent = take_text_back(sent_id=text_id, by=agent_of(request))
        done(request, _("Taken back: nothing was sent."))
        return HttpResponseRedirect(f"{contact_url(sent.contact_id)}{_next(sent)}")
    return redirect("desk:home")
