"""The page where an agent decides what the public sees of a case."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, EntryFile, Publication, PublicPhoto
from parvis.apps.cases.queries.lists.to_publish import beside
from parvis.apps.cases.queries.public_cases import public_cases, public_place, publication_of
from parvis.apps.cases.services.publishing import hide_case, publish_photo, publish_words, withdraw_photo
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.files.models import Attachment
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.publishing.forms import RectanglesForm, WordsForm, written
from parvis.surfaces.desk.publishing.list_views import case_to_publish, public_values, undo_address
from parvis.ui.messages import done, refused, showing_refusal


@dataclass(frozen=True)
class Picture:
    """One photo of the case: its form, and its public copy if there is one."""

    photo: Attachment
    form: RectanglesForm
    shown: PublicPhoto | None


@requires(Action.PUBLISH_CASE, "GET", "POST")
def public_side(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What the public sees of a case, and the forms that change it. POST publishes the words and the place."""
    case = case_to_publish(request, reference)
    if request.method != "POST":
        if case.person_id:
            record_reading(user=agent_of(request), subject="case", subject_id=case.pk, reason=case.reference)
        return _page(request, case)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, case, words=form, status=422)
    before = public_values(publication_of(case))
    try:
        publish_words(case_id=case.pk, by=agent_of(request), **form.cleaned_data)
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _page(request, case, words=form, status=error.status)
    except Conflict as conflict:
        form.refuse({}, conflict.message)
        return _page(request, case, words=form, status=conflict.status)
    made = Publication.objects.filter(case=case).first()
    undo = undo_address(case, before, made, agent_of(request))
    done(request, _("%(ref)s: the public page is up to date.") % {"ref": case.reference}, undo_url=undo)
    return redirect("desk:public_side", case.reference)


@requires(Action.PUBLISH_CASE, "POST")
def publish(request: HttpRequest, reference: str, key: UUID) -> HttpResponseBase:
    """Publishes a photo with its rectangles burnt in."""
    case = case_to_publish(request, reference)
    form = RectanglesForm(request.POST, auto_id=f"id_{key}_%s")
    if not form.is_valid():
        return _page(request, case, picture=(key, form), status=422)
    try:
        rectangles = form.cleaned_data["rectangles"]
        publish_photo(case_id=case.pk, photo=key, rectangles=rectangles, by=agent_of(request))
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _page(request, case, picture=(key, form), status=error.status)
    except Conflict as conflict:
        refused(request, str(conflict))
        return redirect("desk:public_side", case.reference)
    undo = reverse("desk:withdraw_photo", args=[case.reference, key])
    done(request, _("%(ref)s: the photo is public.") % {"ref": case.reference}, undo_url=undo)
    return redirect("desk:public_side", case.reference)


@requires(Action.PUBLISH_CASE, "POST")
def withdraw(request: HttpRequest, reference: str, key: UUID) -> HttpResponseBase:
    """Takes a photo back from the public."""
    take_back = partial(withdraw_photo, photo=key)
    return _do(request, reference, take_back, _("%(ref)s: the photo is no longer public."))


@requires(Action.PUBLISH_CASE, "POST")
def hide(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Takes the whole case off the public pages."""
    hide_it = partial(hide_case, hidden=True)
    undo = reverse("desk:show_case", args=[reference])
    return _do(request, reference, hide_it, _("%(ref)s: nothing of it is public any more."), undo)


@requires(Action.PUBLISH_CASE, "POST")
def show(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Puts the case back on the public pages."""
    return _do(request, reference, partial(hide_case, hidden=False), _("%(ref)s: it is public again."))


def _do(request: HttpRequest, reference: str, run: Callable[..., Case], words: str, undo: str = "") -> HttpResponseBase:
    case = case_to_publish(request, reference)
    with showing_refusal(request):
        run(case_id=case.pk, by=agent_of(request))
        done(request, words % {"ref": case.reference}, undo_url=undo)
    return redirect("desk:public_side", case.reference)


def _page(
    request: HttpRequest,
    case: Case,
    *,
    words: WordsForm | None = None,
    picture: tuple[UUID, RectanglesForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    publication = publication_of(case)
    initial = {name: getattr(publication, name) for name in WordsForm.base_fields} if publication else {}
    previous, following, waiting = beside(agent_of(request), case)
    context: dict[str, Any] = {
        "previous": previous,
        "following": following,
        "waiting": waiting,
        "case": case,
        "publication": publication,
        "visible": public_cases().filter(pk=case.pk).exists(),
        "place": public_place(case),
        "words_form": words or WordsForm(initial=initial),
        "pictures": _pictures(case, picture),
    }
    return render(request, "desk/publishing/page.html", context, status=status)


def _pictures(case: Case, refused_one: tuple[UUID, RectanglesForm] | None) -> list[Picture]:
    rows = EntryFile.objects.filter(entry__case=case).select_related("attachment").order_by("pk")
    shown = {
        photo.original_id: photo
        for photo in PublicPhoto.objects.filter(publication__case=case, withdrawn_at=None).select_related("masked")
    }
    photos = {row.attachment.pk: row.attachment for row in rows}.values()
    return [
        Picture(photo, _form(photo, shown.get(photo.pk), refused_one), shown.get(photo.pk))
        for photo in photos
        if photo.is_picture and photo.is_served
    ]


def _form(
    photo: Attachment, shown: PublicPhoto | None, refused_one: tuple[UUID, RectanglesForm] | None
) -> RectanglesForm:
    if refused_one and refused_one[0] == photo.key:
        return refused_one[1]
    initial = {"rectangles": written(shown.rectangles)} if shown else {}
    return RectanglesForm(initial=initial, auto_id=f"id_{photo.key}_%s")
