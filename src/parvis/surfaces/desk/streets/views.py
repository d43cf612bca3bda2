"""What happens in the streets: the snow operation of tonight, the works, the notices about water."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.apps.schedules import services
from parvis.apps.schedules.models import Declaration, RoadNotice
from parvis.apps.schedules.nights import Word
from parvis.apps.schedules.provenance import zone
from parvis.apps.schedules.queries import parking
from parvis.apps.schedules.queries import works as notices
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.localized import localized
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.streets.forms import DeclareForm, NoticeForm, before_words, night_words, typed_again
from parvis.ui.messages import done, refused


@requires(Action.READ_ANSWERS, "GET")
def streets(request: HttpRequest) -> HttpResponse:
    """Tonight, then the notices that count today or later."""
    return _page(request)


def _page(request: HttpRequest, form: DeclareForm | None = None, status: int = 200) -> HttpResponse:
    user, rule = agent_of(request), parking.winter_rule()
    night = rule.nights.night_of(clock.now().astimezone(zone())) if rule else None
    may_declare = rule is not None and user.may_in(Action.DECLARE_OPERATION, rule.owner_id)
    context: dict[str, Any] = {
        "tonight": parking.tonight(),
        "rule": rule,
        "form": (form or DeclareForm(tonight=night)) if may_declare and night else None,
        "journal": [_line(row) for row in parking.declarations()],
        "notices": [(one, user.may_in(Action.PUBLISH_WORKS, owner)) for one, owner in notices.works_now_with_owner()],
        "may_publish": bool(_owners(user)),
    }
    return render(request, "desk/streets/page.html", context, status=status)


def _line(row: Declaration) -> dict[str, Any]:
    return {"row": row, "said": _word(row.word), "night": night_words(row.night)}


def _word(word: str) -> str:
    words = {Word.ON: gettext("Operation"), Word.OFF: gettext("No operation"), Word.WITHDRAWN: gettext("Taken back")}
    return words[Word(word)]


def _owners(user: User) -> list[Department]:
    return [department for department in notices.departments() if user.may_in(Action.PUBLISH_WORKS, department.pk)]


# --- Tonight -------------------------------------------------------------------------------------------------------


@requires(Action.DECLARE_OPERATION, "POST")
def declare(request: HttpRequest) -> HttpResponseBase:
    """An operation, or none, for the night chosen."""
    rule = parking.winter_rule()
    if rule is None:
        refused(request, gettext("The town has no rule of winter parking yet."))
        return redirect("desk:streets")
    form = DeclareForm(request.POST, tonight=rule.nights.night_of(clock.now().astimezone(zone())))
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        made = services.declare_operation(**form.cleaned_data, by=agent_of(request))
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _page(request, form, wrong.status)
    said = {"night": night_words(made.night), "word": _word(made.word)}
    done(request, gettext("%(night)s: %(word)s.") % said, undo_url=reverse("desk:undo_declaration", args=[made.pk]))
    return redirect("desk:streets")


@requires(Action.DECLARE_OPERATION, "POST")
def undo_declaration(request: HttpRequest, declaration_id: int) -> HttpResponseBase:
    """The night is again what it was before that word."""
    try:
        services.undo_declaration(declaration_id=declaration_id, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except Conflict as conflict:
        refused(request, str(conflict))
    else:
        done(request, gettext("The declaration is taken back."))
    return redirect("desk:streets")


# --- Notices -------------------------------------------------------------------------------------------------------


@requires(Action.PUBLISH_WORKS, "GET", "POST")
def new_notice(request: HttpRequest) -> HttpResponseBase:
    """A notice to publish; it is told at once."""
    owners = _owners(agent_of(request))
    start = {"key": uuid4().hex, "first_day": clock.today(), "owner": owners[0].pk if owners else None}
    form = NoticeForm(request.POST or None, owners=owners, initial=start)
    if request.method == "POST" and form.is_valid():
        owner, key = form.cleaned_data["owner"], form.cleaned_data["key"] or uuid4().hex
        try:
            made = services.publish_works(
                notice=form.notice(), owner=owner, key=f"desk:{key}"[:80], by=agent_of(request)
            )
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.message)
        else:
            words = gettext("Published: %(what)s.") % {"what": localized(made, "nature")}
            done(request, words, undo_url=reverse("desk:lift_notice", args=[made.pk]))
            return redirect("desk:streets")
    return _form(request, form, None)


@requires(Action.PUBLISH_WORKS, "GET", "POST")
def notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """A notice to correct, with what was done to it."""
    works = notices.works_by_id(works_id)
    user = agent_of(request)
    if works is None or not user.may_in(Action.PUBLISH_WORKS, works.owner_id):
        raise Http404
    form = NoticeForm(request.POST or None, owners=[works.owner], initial=typed_again(works))
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_works(works_id=works_id, notice=form.notice(), by=user)
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.message)
        except Conflict as conflict:
            form.refuse({}, conflict.message)
        else:
            done(request, gettext("Corrected: everyone is told the new words from now on."))
            return redirect("desk:streets")
    return _form(request, form, works)


def _form(request: HttpRequest, form: NoticeForm, works: RoadNotice | None) -> HttpResponse:
    entries = (
        [(road_notice_entry, before_words(road_notice_entry.before)) for road_notice_entry in notices.entries_of(works)]
        if works
        else []
    )
    context = {"form": form, "works": works, "entries": entries}
    return render(request, "desk/streets/notice.html", context, status=422 if form.errors else 200)


@requires(Action.PUBLISH_WORKS, "POST")
def lift_notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """It ends now."""
    words = gettext("Lifted: %(what)s.")
    return _moved(request, works_id, services.lift_works, words, "desk:restore_notice")


@requires(Action.PUBLISH_WORKS, "POST")
def restore_notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """It counts again, as if it had not been lifted."""
    words = gettext("In force again: %(what)s.")
    return _moved(request, works_id, services.restore_works, words, "desk:lift_notice")


def _moved(
    request: HttpRequest, works_id: int, move: Callable[..., RoadNotice], words: str, undo: str
) -> HttpResponseBase:
    try:
        works = move(works_id=works_id, by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    done(request, words % {"what": localized(works, "nature")}, undo_url=reverse(undo, args=[works.pk]))
    return redirect("desk:streets")
