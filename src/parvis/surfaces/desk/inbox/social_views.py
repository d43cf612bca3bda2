"""Messages and comments of social networks: listed, read, answered in the town's name, hidden, closed."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import inbox
from parvis.apps.intake.queries.social import SOCIAL_MINE, SOCIAL_NEW, social_contact
from parvis.apps.intake.services.mail.inbox import close_message, open_message, restore_message
from parvis.apps.intake.services.matters import MatterInput
from parvis.apps.intake.services.social.answers import answer_social, latest_message, take_social_back
from parvis.apps.residents.queries.access import Field
from parvis.apps.social.services import outgoing
from parvis.apps.social.services.incoming import ask_to_hide
from parvis.lib.errors import NotFound, Refused
from parvis.surfaces.desk.gate import agent_of, can_see, requires
from parvis.surfaces.desk.inbox import social_screen as screen
from parvis.surfaces.desk.inbox.social_screen import SocialReplyForm, readable, social_url, view_of
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404


@requires(Action.TAKE_CONTACT, "GET")
def social_inbox(request: HttpRequest) -> HttpResponse:
    """The contacts of a view, oldest first; `view` is one of `intake.queries.social.SOCIAL_VIEWS`."""
    return render(request, "desk/social/inbox.html", screen.frame(request))


@requires(Action.TAKE_CONTACT, "GET")
def social_message(request: HttpRequest, contact_id: int) -> HttpResponse:
    """A conversation and the answer that could be sent: `answer` chooses another, `ground` allows English."""
    contact = or_404(social_contact(contact_id, agent_of(request)))
    if contact.person is None or can_see(agent_of(request), contact.person.canonical, Field.FILE):
        open_message(contact_id=contact_id, by=agent_of(request))
    return _show(request, contact)


def _show(
    request: HttpRequest, contact: Contact, form: SocialReplyForm | None = None, status: int = 200
) -> HttpResponse:
    context = screen.frame(request, contact.pk) | screen.page(request, contact, form)
    return render(request, "desk/social/inbox.html", context, status=status)


@requires(Action.TAKE_CONTACT, "POST")
def send(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sends an answer; the conversation shows it, and the means to take it back, meanwhile."""
    contact, agent = readable(request, contact_id), agent_of(request)
    form = SocialReplyForm(request.POST, prefix="reply")
    if not form.is_valid():
        return _show(request, contact, form, 422)
    values = form.cleaned_data
    message = latest_message(contact_id)
    question = inbox.question_of("", message.text)
    language, _policy = inbox.mail_language(contact, values["ground"])
    try:
        answer_social(
            contact_id=contact_id,
            key=values["key"],
            words=values["words"],
            ground=values["ground"],
            given=screen.given_of(contact, values, question, language),
            matter=MatterInput(
                contact_id, values["key"], agent, words=message.text, subject=values["subject"], finish=True
            ),
            latest=values["latest"],
            by=agent,
        )
    except Refused as refusal:
        form.refuse(refusal.fields, refusal.message)
        return _show(request, contact, form, refusal.status)
    return HttpResponseRedirect(social_url(contact_id, view_of(request)))


@requires(Action.TAKE_CONTACT, "POST")
def take_back(request: HttpRequest, reply_id: int) -> HttpResponseBase:
    """Takes back an answer that has not left."""
    with showing_refusal(request):
        reply = take_social_back(reply_id=reply_id, by=agent_of(request))
        done(request, _("Taken back: nothing was sent."))
        return HttpResponseRedirect(social_url(reply.contact_id, SOCIAL_MINE))
    return redirect("desk:social_inbox")


@requires(Action.TAKE_CONTACT, "POST")
def send_due(request: HttpRequest) -> HttpResponse:
    """Sends now what can no longer be taken back, instead of within the minute."""
    outgoing.send_due()
    return HttpResponse(status=204)


@requires(Action.TAKE_CONTACT, "POST")
def hide(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Hides the comment from the public, or shows it again (`hidden` is "1" or "")."""
    contact = readable(request, contact_id)
    hidden = request.POST.get("hidden") == "1"
    with showing_refusal(request):
        ask_to_hide(message_id=latest_message(contact.pk).pk, hidden=hidden)
        done(request, _("Hidden from the public in a moment.") if hidden else _("Shown again in a moment."))
    return HttpResponseRedirect(social_url(contact_id, view_of(request)))


@requires(Action.TAKE_CONTACT, "POST")
def close(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Ends a contact without an answer, with a reason, or opens it again (`why` is "")."""
    readable(request, contact_id)
    why, agent = request.POST.get("why", ""), agent_of(request)
    try:
        if why:
            close_message(contact_id=contact_id, why=why, by=agent)
        else:
            restore_message(contact_id=contact_id, by=agent)
    except NotFound:
        raise
    except Refused as refusal:
        refused(request, str(refusal))
        return HttpResponseRedirect(social_url(contact_id, view_of(request)))
    if not why:
        done(request, _("Back among the messages to answer."))
        return HttpResponseRedirect(social_url(contact_id, SOCIAL_NEW))
    done(request, _("Closed without an answer."), undo_url=reverse("desk:close_social", args=[contact_id]))
    return redirect("desk:social_inbox")
