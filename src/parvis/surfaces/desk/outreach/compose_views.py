"""The composer, its draft kept at each pause, and the approval by a second person."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.files.web import respond
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.queries import messages
from parvis.apps.outreach.rules.audiences import may_write_to
from parvis.apps.outreach.services import approvals, drafts, publishing, templates
from parvis.apps.outreach.services.drafts import MessageDraft
from parvis.lib.errors import Conflict, Invalid, NotAllowed, Outdated
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.outreach.forms import ApproveForm, MessageForm, TestForm, initial_of
from parvis.surfaces.desk.outreach.screen import audience_context, follow_context, previews, whole
from parvis.ui.messages import done, refused
from parvis.ui.views import or_404


@requires(Action.WRITE_MESSAGE, "GET", "POST")
def compose(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """The composer. POST saves what was typed, then does what the button asks."""
    message = message_or_404(request, message_id)
    if not (message.is_editable or message.is_out):
        return redirect("desk:follow_message", message_id)
    if request.method != "POST":
        return compose_page(request, message)
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return compose_page(request, message, form, 422)
    user, what = agent_of(request), request.POST.get("do", "save")
    try:
        image_id = _image(message, form, user)
        saved = drafts.save_draft(
            message_id=message_id, revision=form.cleaned_data["revision"], draft=form.draft(image_id), by=user
        )
        drafts.close_kept(message_id=message_id, by=user)
        return _do(request, what, saved, form, user)
    except Outdated as conflict:
        return compose_page(request, message_or_404(request, message_id), form, 409, refusal=str(conflict))
    except (Invalid, Conflict, NotAllowed) as refusal:
        fresh = message_or_404(request, message_id)
        form = _again(request, fresh)
        form.is_valid()
        form.refuse(refusal.fields, refusal.message)
        return compose_page(request, fresh, form, refusal.status)


def _image(message: Message, form: MessageForm, user: User) -> int | None:
    """The picture of the message: the one just given, none, or the one it has. Raises Invalid (picture)."""
    if upload := form.cleaned_data["picture"]:
        try:
            return keep_photo(upload, by=Actor.staff(user)).pk
        except Invalid as refusal:
            raise Invalid.in_field("picture", refusal.message) from refusal
    return None if form.cleaned_data["no_picture"] else messages.content_of(message).image_id


def _again(request: HttpRequest, message: Message) -> MessageForm:
    """The same words, on the revision that was just saved."""
    data = request.POST.copy()
    data["revision"] = str(message.revision)
    return MessageForm(data)


def _do(request: HttpRequest, what: str, message: Message, form: MessageForm, user: User) -> HttpResponseBase:
    if what == "ask":
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=user)
        done(request, _("Approval is asked: another editor or manager sees it in Communications."))
        return redirect("desk:approve_message", message.pk)
    if what == "send":
        approvals.approve(message_id=message.pk, revision=message.revision, by=user)
        done(request, _("On its way, to the participants alone."))
        return redirect("desk:follow_message", message.pk)
    if what == "alone":
        approvals.approve(message_id=message.pk, revision=message.revision, by=user)
        if message.is_out:
            letters = bool(request.POST.get("with_letters"))
            publishing.correct(message_id=message.pk, revision=message.revision, with_letters=letters, by=user)
        done(request, _("Published alone: the journal says so."))
        return redirect("desk:follow_message", message.pk)
    if what == "correct":
        letters = bool(request.POST.get("with_letters"))
        publishing.correct(message_id=message.pk, revision=message.revision, with_letters=letters, by=user)
        done(request, _("Corrected: each channel is being replaced."))
        return redirect("desk:follow_message", message.pk)
    if what == "template":
        templates.save_template(
            name=form.cleaned_data["title_fr"], draft=form.draft(messages.content_of(message).image_id), by=user
        )
        done(request, _("Kept as a template."))
    return redirect("desk:compose_message", message.pk)


@requires(Action.WRITE_MESSAGE, "POST")
def draft(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Keeps what is typed and valid, what was stored for the rest, and paints the previews again.

    200 with both texts when someone else saved meanwhile.
    """
    before = message_or_404(request, message_id)
    if not request.POST.get("revision", "").isdigit():
        return HttpResponse(status=422)
    form, conflict = keep_typed(request, before)
    message = message_or_404(request, message_id)
    context = {"message": message, "conflict": conflict, "errors": form.errors, **previews(message)}
    return render(request, "desk/outreach/kept.html", context)


def keep_typed(request: HttpRequest, message: Message) -> tuple[MessageForm, str]:
    """Saves what is typed and valid, and what was stored for the rest; the form, and why nothing was saved, or ""."""
    form = MessageForm(request.POST)
    if not form.is_valid() and "revision" not in form.cleaned_data:
        return form, str(form.errors.get("revision", [""])[0])
    _keep_stored(form, message)
    try:
        drafts.save_draft(
            message_id=message.pk,
            revision=form.cleaned_data["revision"],
            draft=form.draft(messages.content_of(message).image_id),
            by=agent_of(request),
        )
    except (Outdated, Conflict) as refusal:
        return form, str(refusal)
    return form, ""


@requires(Action.READ_ANSWERS, "GET")
def picture(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """The picture of a message, reduced with `small`."""
    found = or_404(messages.picture_of(message_or_404(request, message_id)))
    return respond(found, thumbnail="small" in request.GET)


def _keep_stored(form: MessageForm, message: Message) -> None:
    """Gives the fields in error their stored value: what is invalid for a moment erases nothing."""
    stored = initial_of(message) | {
        "subject": message.subject,
        "sectors": list(message.sectors.all()),
        "streets": list(message.streets.all()),
    }
    form.cleaned_data |= {name: stored[name] for name in form.errors if name in stored}


@requires(Action.WRITE_MESSAGE, "POST")
def copy(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Starts another message with the words of this one."""
    key = request.POST.get("key", "")[:64] or uuid4().hex
    made = drafts.copy_message(message_id=message_id, key=key, by=agent_of(request))
    return redirect("desk:compose_message", made.pk)


@requires(Action.APPROVE_MESSAGE, "GET", "POST")
def approve(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """What the second person reads, as each channel paints it, and their answer."""
    message, user = message_or_404(request, message_id), agent_of(request)
    form = ApproveForm(request.POST or None, initial={"revision": message.revision})
    status = 200
    if request.method == "POST" and form.is_valid():
        gesture = approvals.send_back if request.POST.get("do") == "refuse" else approvals.approve
        try:
            gesture(message_id=message_id, by=user, **form.cleaned_data)
        except Outdated as conflict:
            refused(request, str(conflict))
            return redirect("desk:approve_message", message_id)
        except (Invalid, Conflict, NotAllowed) as refusal:
            form.refuse({}, refusal.first_error)
            status = refusal.status
        else:
            return _decided(request, message_id, approved=gesture is approvals.approve)
    context = {
        "form": form,
        "wrote": user.pk in messages.writers_of(message),
        "whole": whole(messages.content_of(message)),
        "waits": messages.awaits_approval(message),
        "section": "outreach",
        **follow_context(message, user),
        **previews(message),
    }
    return render(request, "desk/outreach/approve.html", context, status=status)


def _decided(request: HttpRequest, message_id: int, *, approved: bool) -> HttpResponseBase:
    done(request, _("Approved.") if approved else _("Sent back to its author."))
    return redirect("desk:follow_message", message_id) if approved else redirect("desk:outreach")


def message_or_404(request: HttpRequest, message_id: int) -> Message:
    """The message. Raises Http404, also for one to an audience to which the user does not write."""
    message = or_404(messages.by_id(message_id))
    if not may_write_to(agent_of(request), message.audience):
        raise Http404
    return message


def compose_page(
    request: HttpRequest,
    message: Message,
    form: MessageForm | None = None,
    status: int = 200,
    refusal: str = "",
    trial: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The composer, with what was typed when `form` is given. `trial`: what became of a test."""
    user = agent_of(request)
    kept = messages.kept_of(message, user)
    context: dict[str, Any] = {
        "message": message,
        "form": form or MessageForm(initial=initial_of(message)),
        "refusal": refusal,
        "kept": _compared(message, MessageDraft.from_json(kept.content)) if kept else [],
        "kept_at": kept.saved_at if kept else None,
        "alone": message.urgency == Message.Urgency.EMERGENCY and user.may_everywhere(Action.APPROVE_MESSAGE),
        "section": "outreach",
        **audience_context(message),
        **previews(message),
        "trial_form": _trial_form(request, user, message),
        **{name: value for name, value in (trial or {}).items() if name not in ("form", "errors")},
    }
    return render(request, "desk/outreach/compose.html", context, status=status)


def _compared(message: Message, typed: MessageDraft) -> list[dict[str, Any]]:
    """The words that differ between what is saved and what the user typed: [{label, saved, typed}]."""
    saved, mine = initial_of(message), initial_of(message, typed)
    fields = MessageForm.base_fields
    names = [name for name in fields if name.startswith(("title_", "text_", "short_", "say_", "image_"))]
    return [
        {"label": fields[name].label, "saved": saved[name], "typed": mine[name]}
        for name in names
        if saved[name] != mine[name]
    ]


KEPT_TRIAL = "message_test"  # of the session: where the last test of this person went


def _trial_form(request: HttpRequest, user: User, message: Message) -> TestForm:
    """The form of a test, with what was typed for the last one of this session; no number where only letters leave."""
    form = TestForm(initial={"to_language": user.language} | request.session.get(KEPT_TRIAL, {}), user=user)
    if message.audience:
        form.fields.pop("to_phone", None)
    return form
