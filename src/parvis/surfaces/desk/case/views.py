"""One case: its page, the moves made on it, the files that came with it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.access import may_read
from parvis.apps.cases.filling import values_for
from parvis.apps.cases.language_choice import entry_language
from parvis.apps.cases.models import Case, Entry, EntryFile
from parvis.apps.cases.placeholders import filled, holes_of
from parvis.apps.cases.services import may_undo
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import open_file
from parvis.apps.files.services import keep_photo
from parvis.apps.files.serving import respond
from parvis.apps.workspace import drafts
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.surfaces.desk.case import screen as case_screen
from parvis.surfaces.desk.case.forms import CloseForm
from parvis.surfaces.desk.case.gestures import Gesture, gesture_named
from parvis.surfaces.desk.case.move_forms import LetterForm, MoveForm
from parvis.surfaces.desk.case.screen import Sent
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import Place, departments_of
from parvis.surfaces.desk.queue.views import both
from parvis.ui.messages import done, refused


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The page of one case. Another way of writing its reference leads to the same page."""
    readable = case_screen.readable(request, reference)
    if readable.reference != reference:
        return redirect("desk:case", readable.reference)
    asked: dict[str, Any] = {"do": request.GET.get("do", ""), "asks_language": "language_choice" in request.GET}
    context = case_screen.screen(agent_of(request), readable, None, **asked)
    return render(request, "desk/case/case.html", {**context})


@requires(Action.READ_CASE, "GET", "POST")
def move(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """Makes one move on a case, then shows it again, beside the queue when it came from there.

    Asked for without being sent, it leads to the case, the gesture's form open; a page that asks gets the form alone,
    for the entries up to `seen`.
    """
    result, user = case_screen.readable(request, reference), agent_of(request)
    gesture = gesture_named(name, result)
    if gesture is None:
        raise Http404
    if request.method != "POST":
        return _form(request, result, gesture)
    place = Place.asked(request.POST)
    form = gesture.form(request.POST, request.FILES, case=result, by=user, name=gesture.name)
    if _made_already(gesture, form, result, user):
        drafts.end_draft(case=result, gesture=gesture.name, by=user)
        return _after(request, result, place)
    if isinstance(form, CloseForm):
        _keep_photo(form, request, user)
    if not form.is_valid():
        return _again(request, result, place, Sent(gesture, form), 422)
    expect = form.cleaned_data["expect"]
    try:
        made = gesture.run(case_id=result.pk, by=user, expect=expect, values=_values(form))
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _again(request, result, place, Sent(gesture, form), wrong.status)
    except Conflict as conflict:
        return _meanwhile(request, result, place, Sent(gesture, form, expect), conflict)
    except NotAllowed as no:
        if not may_read(user, result):
            raise Http404 from no
        raise
    if not gesture.one_press:
        drafts.end_draft(case=result, gesture=gesture.name, by=user)
    entry = Entry.objects.select_related("case").filter(case=made, seq=made.seq).first()
    done(
        request, _told(gesture, entry, made), undo_url=_undo_url(entry, user, place, beside="stay" not in request.POST)
    )
    return _after(request, result, place)


def _form(request: HttpRequest, item: Case, gesture: Gesture) -> HttpResponseBase:
    place = Place.asked(request.GET)
    if request.headers.get("X-Requested-With") == "fetch":
        context = case_screen.panel(agent_of(request), item, gesture, place, request.GET.get("seen", ""))
        return render(request, "desk/case/panel.html", context)
    if place is not None:
        return redirect(f"{place.url(item.reference, gesture.name)}#do-{gesture.name}")
    return redirect(f"{reverse('desk:case', args=[item.reference])}?do={gesture.name}#do-{gesture.name}")


def _told(gesture: Gesture, entry: Entry | None, made: Case) -> str:
    """What was done; words that reach nobody are not said to be sent."""
    if gesture.kind in (Entry.Kind.ANSWERED, Entry.Kind.ASKED) and entry and not entry.notified_via:
        return _("%(ref)s: it is on the page of the request; nothing is sent.") % {"ref": made.reference}
    return _("%(ref)s: %(done)s") % {"ref": made.reference, "done": gesture.done}


def _undo_url(entry: Entry | None, user: User, place: Place | None, *, beside: bool) -> str:
    """Where the move is taken back, coming back to the same place; "" when it cannot be."""
    if entry is None or not may_undo(entry, user, now()):
        return ""
    query = place.query | ({"case": "1"} if beside else {}) if place else {}
    return f"{reverse('desk:undo', args=[entry.case.reference, entry.seq])}{'?' + urlencode(query) if query else ''}"


def _values(form: MoveForm) -> dict[str, Any]:
    values = dict(form.cleaned_data) | {
        "language_choice": form.language_choice if isinstance(form, LetterForm) else None
    }
    if isinstance(form, CloseForm):
        values["photos"] = [form.kept_photo] if form.kept_photo else []
    return values


def _keep_photo(form: CloseForm, request: HttpRequest, user: User) -> None:
    """Keeps the photo as soon as it arrives, so that mending the rest does not ask for it again."""
    upload = request.FILES.get("photo")
    if upload is None:
        return
    try:
        form.keep(keep_photo(upload, by=Actor.staff(user)))
    except Invalid as wrong:
        form.full_clean()
        form.refuse(wrong.fields, wrong.message)


def _made_already(gesture: Gesture, form: MoveForm, item: Case, user: User) -> bool:
    """Whether the entry that followed the page is this very move: the same submission came twice."""
    expect = form["expect"].value()
    if not str(expect).isdecimal() or int(expect) >= item.seq:
        return False
    words = str(form["words"].value() or "").strip() if "words" in form.fields else ""
    said = words.replace("\r\n", "\n")
    next_one, then = (Entry.objects.filter(case=item, seq=int(expect) + at, actor=user).first() for at in (1, 2))
    if next_one is None or next_one.kind != gesture.kind or (then is not None and then.kind == Entry.Kind.UNDONE):
        return False
    lang = entry_language(next_one)
    told = filled(said, values_for(item, user, lang), lang) if holes_of(said) else said
    return next_one.body.replace("\r\n", "\n") in (said, told) and form.asks_as(next_one)


def _after(request: HttpRequest, item: Case, place: Place | None) -> HttpResponseBase:
    """The case again; the list alone when the move was made from there, or when it left one's sight."""
    if request.POST.get("back") == "comments":
        slug = request.POST.get("department", "")
        return redirect(f"{reverse('desk:comments')}?{urlencode({'department': slug})}" if slug else "desk:comments")
    still = Case.objects.get(pk=item.pk)
    if not may_read(agent_of(request), still):
        left = item.department.slug
        theirs = left in [department.slug for department in departments_of(agent_of(request))]
        return redirect(place.url() if place else Place(left).url() if theirs else "desk:queue")
    if place is None:
        return redirect("desk:case", item.reference)
    if "stay" in request.POST:
        return redirect(f"{place.url()}#c-{item.reference}")
    return redirect(place.url(item.reference))


def _again(request: HttpRequest, item: Case, place: Place | None, sent: Sent, status: int) -> HttpResponse:
    context = case_screen.screen(agent_of(request), item.pk, place, sent=sent)
    if place is not None:
        return both(request, place, item.pk, context, status)
    return render(request, "desk/case/case.html", {**context}, status=status)


def _meanwhile(
    request: HttpRequest, item: Case, place: Place | None, sent: Sent, conflict: Conflict
) -> HttpResponseBase:
    """The same page as it is now: what changed since, and the words as they were typed."""
    if sent.gesture.one_press:
        refused(request, str(conflict))
        return _after(request, item, place)
    seq = Case.objects.values_list("seq", flat=True).get(pk=item.pk)
    sent.form.refuse({}, conflict.message)
    sent.form.seen_again(seq)
    return _again(request, item, place, sent, conflict.status)


@requires(Action.READ_CASE, "GET")
def file(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """A file that came with a case one may read, reduced with `?small`; the same 404 for every other."""
    try:
        attachment = open_file(key)
        if not _may_see(agent_of(request), attachment):
            raise Http404
        return respond(attachment, thumbnail="small" in request.GET)
    except NotFound as missing:
        raise Http404 from missing


def _may_see(user: User, attachment: Attachment) -> bool:
    if attachment.added_by_id == user.pk:
        return True
    rows = EntryFile.objects.filter(attachment=attachment).select_related("entry__case")
    return any(may_read(user, row.entry.case) for row in rows)
