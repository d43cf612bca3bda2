"""What is typed in answer to a message, kept on the server; the files joined to it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import open_file
from parvis.apps.files.web import respond
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import inbox
from parvis.apps.intake.services.mail.drafts import add_reply_files, remove_reply_file, save_mail_draft
from parvis.lib.errors import NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.call.draft import LAST_SEQ, parse
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.inbox.forms import ReplyForm, typed_in
from parvis.surfaces.desk.inbox.screen import message_url, readable, view_of
from parvis.ui.messages import refused, showing_refusal
from parvis.ui.templatetags.ui import hour


@requires(Action.TAKE_CONTACT, "POST")
def keep_draft(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Keeps what was typed; returns {seq, saved}, the time in words.

    `seq` is greater than the one sent when a later draft was kept already. 422 when it is too long, 404 when the sender
    may not be read.
    """
    contact, typed = readable(request, contact_id), parse(request.POST.get("draft", ""))
    seq = number(request.POST.get("seq", ""))
    if typed is None or not seq or seq > LAST_SEQ:
        return JsonResponse({"error": _("This draft cannot be read.")}, status=400)
    try:
        kept = _keep(contact, seq, typed, request)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    return JsonResponse({"seq": kept.seq, "saved": _("Kept at %(hour)s") % {"hour": hour(kept.saved_at)}})


def _keep(contact: Contact, seq: int, typed: Mapping[str, Any], request: HttpRequest) -> Any:
    return save_mail_draft(contact_id=contact.pk, seq=seq, typed=typed_in(typed), by=agent_of(request))


@requires(Action.TAKE_CONTACT, "POST")
def add_files(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Joins the files chosen to the answer being written, and keeps its words."""
    contact = readable(request, contact_id)
    _keep_words(request, contact)
    uploads = request.FILES.getlist("files")
    for why in add_reply_files(contact_id=contact_id, uploads=uploads, by=agent_of(request)):
        refused(request, why)
    return _back(request, contact)


@requires(Action.TAKE_CONTACT, "POST")
def remove_file(request: HttpRequest, contact_id: int, key: UUID) -> HttpResponseBase:
    """Takes a file out of the answer being written, and keeps its words."""
    contact = readable(request, contact_id)
    _keep_words(request, contact)
    with showing_refusal(request, NotFound):
        remove_reply_file(contact_id=contact_id, key=str(key), by=agent_of(request))
    return _back(request, contact)


def _keep_words(request: HttpRequest, contact: Contact) -> None:
    """Keeps the words of the form in which a button about files was pressed."""
    draft = inbox.draft_of(contact, agent_of(request))
    seq = max(number(request.POST.get("seq", "")) or 0, draft.seq if draft else 0) + 1
    try:
        _keep(contact, min(seq, LAST_SEQ), ReplyForm(request.POST, prefix="reply").typed(), request)
    except Refused as refusal:
        refused(request, str(refusal))


def _back(request: HttpRequest, contact: Contact) -> HttpResponseBase:
    return HttpResponseRedirect(f"{message_url(contact.pk, view_of(request))}#joined")


@requires(Action.TAKE_CONTACT, "GET")
def joined_file(request: HttpRequest, contact_id: int, key: UUID) -> HttpResponseBase:
    """A file that leaves, or left, with an answer to a message: pictures are shown, anything else is downloaded."""
    contact, attachment = readable(request, contact_id), open_file(key)
    if attachment not in _joined(request, contact):
        raise Http404
    return respond(attachment, thumbnail="small" in request.GET, download=not attachment.is_picture)


def _joined(request: HttpRequest, contact: Contact) -> list[Attachment]:
    return [*inbox.files_to_send(contact, agent_of(request)), *inbox.files_sent(contact)]
