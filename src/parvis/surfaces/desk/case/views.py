"""One case: its page, the transitions made on it, its files."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry, EntryFile
from parvis.apps.cases.queries.access import may_open, may_read
from parvis.apps.cases.queries.language_choice import entry_language
from parvis.apps.cases.rules.placeholders import filled, holes_of
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.filling import values_for
from parvis.apps.cases.services.undo import UNDO_FOR, may_undo
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import open_file
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.files.web import respond
from parvis.apps.open311.models import ServiceMapping
from parvis.apps.workspace.services import drafts, workspace
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.case.case_actions import CaseAction, action_named, server_instead
from parvis.surfaces.desk.case.forms import CloseForm
from parvis.surfaces.desk.case.screen import RefusedForm
from parvis.surfaces.desk.case.transition_forms import LetterForm, TransitionForm
from parvis.surfaces.desk.gate import agent_of, by_slug, requires
from parvis.surfaces.desk.queue.screen import QueuePosition, departments_of
from parvis.ui.messages import done, refused
from parvis.ui.views import or_404


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The page of one case. Other spellings of its reference redirect to it."""
    found = case_screen.readable(request, reference)
    if found.reference != reference:
        return redirect("desk:case", found.reference)
    position = QueuePosition.named_by(request.GET)
    options: dict[str, Any] = {"do": request.GET.get("do", ""), "asks_language": "language_choice" in request.GET}
    return render(request, "desk/case/case.html", case_screen.screen(agent_of(request), found, position, **options))


@requires(Action.READ_CASE, "GET", "POST")
def transition(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Makes one transition on a case, then shows the case again, or the list from which it was made.

    A GET redirects to the case with the action's form open; a fetch gets the form alone, for the entries up to `seen`.
    """
    case, user = case_screen.readable(request, reference), agent_of(request)
    action = or_404(action_named(name, case))
    if request.method != "POST":
        return _form(request, case, action)
    position = QueuePosition.named_by(request.POST)
    form = action.form(request.POST, request.FILES, case=case, by=user, name=action.name)
    if _made_already(action, form, case, user):
        drafts.end_draft(case=case, action=action.name, by=user)
        return _after(request, case, position)
    if isinstance(form, CloseForm):
        _keep_photo(form, request, user)
    if not form.is_valid():
        return _again(request, case, position, RefusedForm(action, form), 422)
    expect = form.cleaned_data["expect"]
    try:
        if service := server_instead(action, case, user, form.cleaned_data):
            return _lead_to_server(request, case, service, form)
        changed = action.run(case_id=case.pk, by=user, expect=expect, values=_values(form))
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _again(request, case, position, RefusedForm(action, form), error.status)
    except Conflict as conflict:
        return _meanwhile(request, case, position, RefusedForm(action, form, expect), conflict)
    except NotAllowed as refusal:
        if not may_read(user, case):
            raise Http404 from refusal
        raise
    if not action.one_press:
        drafts.end_draft(case=case, action=action.name, by=user)
    entry = Entry.objects.select_related("case").filter(case=changed, seq=changed.seq).first()
    in_list = "stay" in request.POST
    undo_url = _undo_url(entry, user, position, beside=not in_list)
    until, place = entry.at + UNDO_FOR if entry else None, "queue" if in_list else "case"
    done(request, _message(action, entry, changed), undo_url=undo_url, until=until, place=place)
    return _after(request, case, position)


def _lead_to_server(
    request: HttpRequest, case: Case, service: ServiceMapping, form: TransitionForm
) -> HttpResponseBase:
    """Keeps the reason of a "not mine" as a note, once, then opens the form that shows what leaves; nothing has yet."""
    user, words, expect = agent_of(request), form.cleaned_data["words"], form.cleaned_data["expect"]
    if not Entry.objects.filter(case=case, seq=(expect or 0) + 1, actor=user, kind=Entry.Kind.NOTED).exists():
        workspace.note(case_id=case.pk, words=words, by=user, expect=expect)
    drafts.end_draft(case=case, action=str(Transition.NOT_MINE).replace("_", "-"), by=user)
    done(request, _("%(ref)s: your reason is kept as a note. Nothing has left yet.") % {"ref": case.reference})
    return redirect(f"{reverse('desk:forward_case', args=[case.reference])}?server={service.server_id}")


def _form(request: HttpRequest, case: Case, action: CaseAction) -> HttpResponseBase:
    position = QueuePosition.named_by(request.GET)
    if request.headers.get("X-Requested-With") == "fetch":
        context = case_screen.panel(agent_of(request), case, action, position, request.GET.get("seen", ""))
        return render(request, "desk/case/panel.html", context)
    if position is not None:
        return redirect(f"{position.url(case.reference, action.name)}#do-{action.name}")
    return redirect(f"{reverse('desk:case', args=[case.reference])}?do={action.name}#do-{action.name}")


def _message(action: CaseAction, entry: Entry | None, made: Case) -> str:
    """What was done, without claiming that words were sent when nobody was notified."""
    if action.kind in (Entry.Kind.ANSWERED, Entry.Kind.ASKED) and entry and not entry.notified_via:
        return _("%(ref)s: it is on the page of the request; nothing is sent.") % {"ref": made.reference}
    return _("%(ref)s: %(done)s") % {"ref": made.reference, "done": action.done}


def _undo_url(entry: Entry | None, user: User, position: QueuePosition | None, *, beside: bool) -> str:
    """The URL that undoes the transition and returns to the same position; "" when it cannot be undone."""
    if entry is None or not may_undo(entry, user, now()):
        return ""
    query = position.query | ({"case": "1"} if beside else {}) if position else {}
    return f"{reverse('desk:undo', args=[entry.case.reference, entry.seq])}{'?' + urlencode(query) if query else ''}"


def _values(form: TransitionForm) -> dict[str, Any]:
    values = {**form.cleaned_data, "language_choice": form.language_choice if isinstance(form, LetterForm) else None}
    if isinstance(form, CloseForm):
        values["photos"] = [form.kept_photo] if form.kept_photo else []
    return values


def _keep_photo(form: CloseForm, request: HttpRequest, user: User) -> None:
    """Stores the photo first, so that it need not be uploaded again when another field is refused."""
    upload = request.FILES.get("photo")
    if upload is None:
        return
    try:
        form.keep(keep_photo(upload, by=Actor.staff(user)))
    except Invalid as error:
        form.full_clean()
        form.refuse(error.fields, error.message)


def _made_already(action: CaseAction, form: TransitionForm, case: Case, user: User) -> bool:
    """Whether the next journal entry is this very transition: the same form was submitted twice."""
    expect = form["expect"].value()
    if not str(expect).isdecimal() or int(expect) >= case.seq:
        return False
    typed = str(form["words"].value() or "").strip() if "words" in form.fields else ""
    words = typed.replace("\r\n", "\n")
    entry, following = (Entry.objects.filter(case=case, seq=int(expect) + n, actor=user).first() for n in (1, 2))
    if entry is None or entry.kind != action.kind or (following and following.kind == Entry.Kind.UNDONE):
        return False
    lang = entry_language(entry)
    rendered = filled(words, values_for(case, user, lang), lang) if holes_of(words) else words
    return entry.body.replace("\r\n", "\n") in (words, rendered) and form.same_as(entry)


def _after(request: HttpRequest, case: Case, position: QueuePosition | None) -> HttpResponseBase:
    """The case again; the list alone after a transition made from it, or when the user may no longer read the case."""
    if request.POST.get("back") == "comments":
        slug = request.POST.get("department", "")
        return redirect(f"{reverse('desk:comments')}?{urlencode({'department': slug})}" if slug else "desk:comments")
    if not may_read(agent_of(request), Case.objects.get(pk=case.pk)):
        former = by_slug(departments_of(agent_of(request)), case.department.slug)
        position = position or (QueuePosition(former.slug) if former else None)
        return redirect(position.url() if position else "desk:queue")
    if position is None:
        return redirect("desk:case", case.reference)
    if "stay" in request.POST:
        return redirect(f"{position.url()}#c-{case.reference}")
    return redirect(position.url(case.reference))


def _again(
    request: HttpRequest, case: Case, position: QueuePosition | None, form: RefusedForm, status: int
) -> HttpResponse:
    context = case_screen.screen(agent_of(request), case.pk, position, refused=form)
    return render(request, "desk/case/case.html", context, status=status)


def _meanwhile(
    request: HttpRequest, case: Case, position: QueuePosition | None, sent: RefusedForm, conflict: Conflict
) -> HttpResponseBase:
    """The current page after a conflict: what changed meanwhile, and the words as typed."""
    if sent.action.one_press:
        refused(request, str(conflict))
        return _after(request, case, position)
    sent.form.refuse({}, conflict.message)
    sent.form.expect_entry(Case.objects.values_list("seq", flat=True).get(pk=case.pk))
    return _again(request, case, position, sent, conflict.status)


@requires(Action.READ_CASE, "GET")
def file(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """A file of a readable case, as a thumbnail with `?small`; Http404 for every other."""
    attachment = open_file(key)
    if not _may_see(agent_of(request), attachment):
        raise Http404
    return respond(attachment, thumbnail="small" in request.GET, download=not attachment.is_picture)


def _may_see(user: User, attachment: Attachment) -> bool:
    rows = EntryFile.objects.filter(attachment=attachment).select_related("entry__case")
    if attachment.added_by_id == user.pk:
        return all(may_open(user, row.entry.case) for row in rows)
    return any(may_read(user, row.entry.case) for row in rows)
