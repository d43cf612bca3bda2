"""The inbox: messages listed, read, answered, taken back, turned into requests; the quarantine."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.answering import of_stamp
from parvis.apps.content.queries.rendering import TO_CHECK
from parvis.apps.directory.models import Actor
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.queries import open_file
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import inbox as inbox_queries
from parvis.apps.intake.queries.conversations import merged_into
from parvis.apps.intake.services import assigning, contacts, requests
from parvis.apps.intake.services.mail import drafts, received, replies
from parvis.apps.intake.services.mail.inbox import open_message
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.mail import queries as mail
from parvis.apps.mail.services import incoming as mailbox
from parvis.apps.residents.queries.access import Field
from parvis.lib.errors import Conflict, Invalid, Refused
from parvis.surfaces.desk.call.draft import key_of
from parvis.surfaces.desk.call.forms import NEW
from parvis.surfaces.desk.call.views import contact_url
from parvis.surfaces.desk.gate import agent_of, can_see, requires
from parvis.surfaces.desk.inbox import screen
from parvis.surfaces.desk.inbox.forms import DayForm, ReplyForm
from parvis.surfaces.desk.inbox.screen import message_url, readable, view_of
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

LONGEST = 20_000
# Of the message in its frame: its style is inside it, and so are its pictures.
WRITTEN_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@requires(Action.TAKE_CONTACT, "GET")
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages of a view, oldest first; `view` is one of `intake.queries.inbox.VIEWS`."""
    return render(request, "desk/inbox/page.html", screen.frame(request, view_of(request)))


@requires(Action.TAKE_CONTACT, "GET")
def message(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """One message and the answer that could be sent: `answer` chooses another, `ground` allows English."""
    contact = inbox_queries.message_contact(contact_id, agent_of(request))
    if contact is None:
        if into := merged_into(contact_id):
            return HttpResponseRedirect(message_url(into.pk, view_of(request)))
        raise Http404
    if contact.person is None or can_see(agent_of(request), contact.person.canonical, Field.FILE):
        open_message(contact_id=contact_id, by=agent_of(request))
    return show(request, contact)


def show(
    request: HttpRequest,
    contact: Contact,
    form: ReplyForm | None = None,
    status: int = 200,
    *,
    day: DayForm | None = None,
) -> HttpResponse:
    """The message with the list; `form` and `day` are refused ones, shown again."""
    context = screen.frame(request, view_of(request), contact.pk) | screen.message_page(request, contact, form)
    if not context.get("locked"):
        context |= screen.manners(request, contact, form, day)
    return render(request, "desk/inbox/page.html", context, status=status)


# --- Answering ------------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def send(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sends an answer; the message shows it, and the means to take it back, meanwhile."""
    contact, agent = readable(request, contact_id), agent_of(request)
    form = ReplyForm(request.POST, prefix="reply")
    if not form.is_valid():
        return show(request, contact, form, 422)
    values = form.cleaned_data
    try:
        _join_files(request, contact)
        _refuse_language(contact, values)
        given = _given(contact, values)
        matter = MatterInput(
            contact_id, values["key"], agent, words=_question(contact), subject=values["subject"], finish=True
        )
        replies.answer_mail(
            contact_id=contact_id,
            key=values["key"],
            words=values["words"],
            language=values["language"],
            ground=values["ground"],
            given=given,
            matter=matter,
            everyone=values["everyone"],
            typed=form.typed(),
            latest=values["latest"],
            by=agent,
        )
    except Refused as refusal:
        form = form.reading(replies.incoming_of(contact))
        form.refuse(refusal.fields, refusal.message)
        return show(request, contact, form, refusal.status)
    return HttpResponseRedirect(message_url(contact_id, view_of(request)))


def _join_files(request: HttpRequest, contact: Contact) -> None:
    """Joins the files chosen and not added yet. Raises Invalid when one is left out, so that no letter lacks it."""
    key = request.POST.get("reply-key", "")
    sent = any(reply.key == key for reply in contact.replies.all())
    uploads = [] if sent else request.FILES.getlist("files")
    if left_out := drafts.add_reply_files(contact_id=contact.pk, uploads=uploads, by=agent_of(request)):
        raise Invalid(" ".join(left_out))


def _refuse_language(contact: Contact, values: dict[str, Any]) -> None:
    """Raises Invalid when the town may not write this message in English (see `intake.queries.inbox.mail_language`)."""
    language, _policy = inbox_queries.mail_language(contact, values["ground"])
    if values["language"] == "en" and language != "en":
        raise Invalid(_("Say first why the town may answer in English."))


def _question(contact: Contact) -> str:
    return replies.incoming_of(contact).said


def _all_words(contact: Contact) -> str:
    """What the person wrote, in every message joined to this one, oldest first."""
    return "\n\n".join(row.incoming.said for row in reversed(contact.mails.all()))[:LONGEST].strip()


def _given(contact: Contact, values: dict[str, Any]) -> list[GivenAnswer]:
    """The standard answers that the words come from: the one proposed, and those inserted since.

    Raises Conflict when one changed while it was read, Invalid (words) when a value that is not to be told is left in.
    """
    words, subject = values["words"].strip(), values["subject"]
    used = {subject.slug: values["stamp"]} if subject and values["stamp"] else {}
    for pair in values["also"].split():
        slug, _equals, stamp = pair.partition("=")
        used.setdefault(slug, stamp)
    return [_given_one(contact, slug, stamp, values["language"], words) for slug, stamp in used.items()]


def _given_one(contact: Contact, slug: str, stamp: str, language: str, words: str) -> GivenAnswer:
    answer = answers.current_answer(slug)
    rendered = answers.render(answer, language, audience=contact.audience) if answer else None
    shown = of_stamp(rendered, stamp) if rendered else None
    if answer is None or shown is None:
        raise Conflict(_("The answer changed while you were reading it. Open it again: your words are kept here."))
    if shown.to_check and (text := TO_CHECK[shown.short.lang]) in words:
        message = _("Take out “%(words)s”: nothing leaves with a value that nobody checked.") % {"words": text}
        raise Invalid(message, {"words": message})
    inputs = {"text": inbox_queries.question_of(contact.subject_line, _question(contact)), "audience": contact.audience}
    return GivenAnswer(answer, words, shown.short.lang, shown.given_facts, inputs)


@requires(Action.TAKE_CONTACT, "POST")
def take_back(request: HttpRequest, reply_id: int) -> HttpResponseBase:
    """Takes back an answer that has not left."""
    try:
        reply = replies.take_back(reply_id=reply_id, by=agent_of(request))
    except Conflict as conflict:
        refused(request, str(conflict))
        return redirect("desk:inbox")
    done(request, _("Taken back: nothing was sent."))
    if reply.contact.channel != Channel.EMAIL:
        return redirect(contact_url(reply.contact_id))
    return HttpResponseRedirect(message_url(reply.contact_id, inbox_queries.MINE))


@requires(Action.TAKE_CONTACT, "POST")
def take(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Assigns a waiting message to the agent."""
    return _assign(request, contact_id, mine=True)


@requires(Action.TAKE_CONTACT, "POST")
def leave(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Gives a message back to everyone."""
    return _assign(request, contact_id, mine=False)


def _assign(request: HttpRequest, contact_id: int, *, mine: bool) -> HttpResponseBase:
    agent = agent_of(request)
    with showing_refusal(request):
        assigning.assign_contact(contact_id=contact_id, to=agent if mine else None, by=agent)
        done(request, pgettext("message", "Yours.") if mine else _("Given back to everyone."))
    return HttpResponseRedirect(message_url(contact_id, inbox_queries.MINE if mine else inbox_queries.NEW))


# --- A request ------------------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "POST")
def make_request(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Opens a request from the message at once, or its form when the subject asks what the message does not say.

    With `key`, the request is about a part of the message, in `words` when they were selected: the message stays open
    for the rest.
    """
    contact, agent = readable(request, contact_id), agent_of(request)
    key = request.POST.get("key", "")[:64]
    part = key.startswith(f"{contact.key[:48]}.")
    try:
        assigning.take_contact(contact_id=contact_id, by=agent)
    except Conflict as conflict:
        refused(request, str(conflict))
        return redirect("desk:inbox")
    slug, words = request.POST.get("subject", ""), _all_words(contact)
    if part and (selected := request.POST.get("words", "").strip()[:LONGEST]):
        slug, words = screen.request_subject(selected), selected
    subject, sender = routable(slug) if slug else None, replies.sender_of(contact)
    if subject is not None:
        new_request = NewRequest(
            key=key if part else key_of(contact, "case"),
            subject=subject,
            nature=Nature.REQUEST if subject.nature == Nature.INFORMATION else subject.nature,
            words=words,
            photos=[row.attachment for row in contact.files.all() if row.attachment.is_picture],
            language=contact.language,
            audience=contact.audience,
            by=Actor.staff(agent),
            contact_id=contact_id,
            finish=not part,
            person=contact.person,
            newcomer=sender,
        )
        try:
            opened = requests.open_request(new_request)
        except Refused:
            pass  # the form asks what is missing
        else:
            text = _("Request %(reference)s is open; the receipt leaves.")
            if part:
                text = _("Request %(reference)s is open; the message stays to be answered.")
            done(request, text % {"reference": opened.case.reference})
            if inbox_queries.message_contact(contact_id, agent) is None:  # restricted: it is read no more
                return redirect("desk:inbox")
            return HttpResponseRedirect(message_url(contact_id, inbox_queries.MINE if part else inbox_queries.ANSWERED))
    fields = {"case-who": NEW, "case-name": sender.name, "case-email": sender.email} if sender else {}
    draft = {"text": words, "subject": slug, "picked": "1" if slug else "", "pane": "case", "fields": fields}
    contacts.save_draft(contact_id=contact_id, seq=contact.draft_seq + 1, draft=draft, by=agent)
    return HttpResponseRedirect(contact_url(contact_id))


@requires(Action.TAKE_CONTACT, "GET")
def as_written(request: HttpRequest, contact_id: int) -> HttpResponse:
    """The HTML of a message, made safe, for the sandboxed frame that shows it; nothing in it is loaded or run."""
    contact = readable(request, contact_id)
    incoming = replies.incoming_of(contact)
    page = or_404(mail.as_written(incoming))
    context = {"contact": contact, "incoming": incoming, "page": page, "html": mark_safe(page.html)}  # noqa: S308
    response = render(request, "desk/inbox/written.html", context)
    response["Content-Security-Policy"] = WRITTEN_POLICY
    response["Cache-Control"] = "private, no-store"
    response["X-DNS-Prefetch-Control"] = "off"
    return response


# --- Files and quarantine -------------------------------------------------------------------------------------------


@requires(Action.TAKE_CONTACT, "GET")
def file(request: HttpRequest, contact_id: int, key: UUID) -> HttpResponseBase:
    """A file of a message: pictures are shown, anything else is downloaded."""
    contact, attachment = readable(request, contact_id), open_file(key)
    if all(row.attachment_id != attachment.pk for row in contact.files.all()):
        raise Http404
    return respond(attachment, thumbnail="small" in request.GET, download=not attachment.is_picture)


@requires(Action.TAKE_CONTACT, "GET")
def quarantine(request: HttpRequest) -> HttpResponse:
    """The messages that could not be taken in, with the reason of each, and those that machines wrote."""
    lists = {"set_aside": mail.set_aside(screen.PAGE), "by_machines": mail.by_machines(screen.PAGE)}
    context = screen.frame(request, "") | lists | {"view": "quarantine"}
    return render(request, "desk/inbox/quarantine.html", context)


@requires(Action.TAKE_CONTACT, "POST")
def take_again(request: HttpRequest, incoming_id: int) -> HttpResponseBase:
    """Tries again to take in a quarantined message."""
    with showing_refusal(request):
        mailbox.take_again(incoming_id=incoming_id)
        done(request, _("It is tried again: look in a moment."))
    return redirect("desk:quarantine")


@requires(Action.TAKE_CONTACT, "POST")
def bring_back(request: HttpRequest, incoming_id: int) -> HttpResponseBase:
    """Puts a message that a machine seemed to have written among those to answer."""
    with showing_refusal(request):
        received.bring_back(incoming_id=incoming_id, by=agent_of(request))
        done(request, _("It waits with the messages to answer."))
    return redirect("desk:quarantine")
