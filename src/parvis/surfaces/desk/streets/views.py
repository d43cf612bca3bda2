"""Tonight's snow operation, road works and water notices."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import parking
from parvis.apps.schedules.queries import works as notices
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.rules.nights import Word
from parvis.apps.schedules.services import parking as parking_services
from parvis.apps.schedules.services.works import correct_works, lift_works, publish_works, restore_works
from parvis.lib import clock
from parvis.lib.i18n.localized import localized
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.streets.forms import DeclareForm, NoticeForm, before_words, initial_of, night_words
from parvis.ui.messages import done, refused, showing_refusal


@requires(Action.READ_ANSWERS, "GET")
def streets(request: HttpRequest) -> HttpResponse:
    """Tonight's operation, then the current and coming notices."""
    return _page(request)


def _page(request: HttpRequest, form: DeclareForm | None = None, status: int = 200) -> HttpResponse:
    user, rule = agent_of(request), parking.winter_rule()
    night = rule.nights.night_of(clock.now().astimezone(zone())) if rule else None
    may_declare = rule is not None and user.may_in(Action.DECLARE_OPERATION, rule.owner_id)
    context: dict[str, Any] = {
        "tonight": parking.tonight(),
        "rule": rule,
        "form": (form or DeclareForm(tonight=night)) if may_declare and night else None,
        "journal": [
            {"row": declaration, "said": _word(declaration.word), "night": night_words(declaration.night)}
            for declaration in parking.declarations()
        ],
        "notices": [(works, user.may_in(Action.PUBLISH_WORKS, by)) for works, by in notices.works_now_with_owner()],
        "may_publish": bool(_owners(user)),
        "may_compose": user.may_everywhere(Action.WRITE_MESSAGE),
    }
    return render(request, "desk/streets/page.html", context, status=status)


def _word(word: str) -> str:
    words = {Word.ON: gettext("Operation"), Word.OFF: gettext("No operation"), Word.WITHDRAWN: gettext("Taken back")}
    return words[Word(word)]


def _owners(user: User) -> list[Department]:
    return [department for department in notices.departments() if user.may_in(Action.PUBLISH_WORKS, department.pk)]


# --- Tonight -------------------------------------------------------------------------------------------------------


@requires(Action.DECLARE_OPERATION, "POST")
def declare(request: HttpRequest) -> HttpResponseBase:
    """Declares an operation, or none, for a night."""
    rule = parking.winter_rule()
    if rule is None:
        refused(request, gettext("The town has no rule of winter parking yet."))
        return redirect("desk:streets")
    form = DeclareForm(request.POST, tonight=rule.nights.night_of(clock.now().astimezone(zone())))
    made, status = submit(form, lambda: parking_services.declare_operation(**form.cleaned_data, by=agent_of(request)))
    if made is None:
        return _page(request, form, status)
    words = gettext("%(night)s: %(word)s.") % {"night": night_words(made.night), "word": _word(made.word)}
    done(request, words, undo_url=reverse("desk:undo_declaration", args=[made.pk]))
    return redirect("desk:streets")


@requires(Action.DECLARE_OPERATION, "POST")
def undo_declaration(request: HttpRequest, declaration_id: int) -> HttpResponseBase:
    """Takes a declaration back."""
    with showing_refusal(request):
        parking_services.undo_declaration(declaration_id=declaration_id, by=agent_of(request))
        done(request, gettext("The declaration is taken back."))
    return redirect("desk:streets")


# --- Notices -------------------------------------------------------------------------------------------------------


@requires(Action.PUBLISH_WORKS, "GET", "POST")
def new_notice(request: HttpRequest) -> HttpResponseBase:
    """Publishes a notice at once."""
    owners = _owners(agent_of(request))
    initial = {"key": uuid4().hex, "first_day": clock.today(), "owner": owners[0].pk if owners else None}
    form = NoticeForm(request.POST or None, owners=owners, initial=initial)

    def publish() -> RoadNotice:
        owner, key = form.cleaned_data["owner"], form.cleaned_data["key"] or uuid4().hex
        return publish_works(notice=form.notice(), owner=owner, key=f"desk:{key}"[:80], by=agent_of(request))

    made = submit(form, publish)[0] if request.method == "POST" else None
    if made is None:
        return _form(request, form, None)
    words = gettext("Published: %(what)s.") % {"what": localized(made, "nature")}
    done(request, words, undo_url=reverse("desk:lift_notice", args=[made.pk]))
    return redirect("desk:streets")


@requires(Action.PUBLISH_WORKS, "GET", "POST")
def notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """Corrects a notice; shows its history."""
    works = notices.works_by_id(works_id)
    user = agent_of(request)
    if works is None or not user.may_in(Action.PUBLISH_WORKS, works.owner_id):
        raise Http404
    form = NoticeForm(request.POST or None, owners=[works.owner], initial=initial_of(works))
    if request.method == "POST":
        _made, status = submit(form, lambda: correct_works(works_id=works_id, notice=form.notice(), by=user))
        if status == 200:
            done(request, gettext("Corrected: everyone is told the new words from now on."))
            return redirect("desk:streets")
    return _form(request, form, works)


def _form(request: HttpRequest, form: NoticeForm, works: RoadNotice | None) -> HttpResponse:
    entries = [(entry, before_words(entry.before)) for entry in notices.entries_of(works)] if works else []
    context = {"form": form, "works": works, "entries": entries}
    return render(request, "desk/streets/notice.html", context, status=422 if form.errors else 200)


@requires(Action.PUBLISH_WORKS, "POST")
def lift_notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """Ends a notice now."""
    words = gettext("Lifted: %(what)s.")
    return _change(request, works_id, lift_works, words, "desk:restore_notice")


@requires(Action.PUBLISH_WORKS, "POST")
def restore_notice(request: HttpRequest, works_id: int) -> HttpResponseBase:
    """Puts a lifted notice back in force."""
    words = gettext("In force again: %(what)s.")
    return _change(request, works_id, restore_works, words, "desk:lift_notice")


def _change(
    request: HttpRequest, works_id: int, service: Callable[..., RoadNotice], words: str, undo: str
) -> HttpResponseBase:
    works = service(works_id=works_id, by=agent_of(request))
    done(request, words % {"what": localized(works, "nature")}, undo_url=reverse(undo, args=[works.pk]))
    return redirect("desk:streets")
