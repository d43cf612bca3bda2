"""Requests about the same thing: those that look alike, merged with a look at what happens, parted, linked."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.cases import merged_cases, queries, services
from parvis.apps.cases.access import may_merge, may_read
from parvis.apps.cases.duplicates import duplicate_query, find_duplicates
from parvis.apps.cases.merging import No, comes_earlier, why_not_merge
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.moves import channel_to
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import number
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, requires
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused


class MergeForm(RefusableForm):
    """Why two requests are the same thing."""

    words = forms.CharField(
        label=gettext_lazy("Why it is the same thing"),
        help_text=gettext_lazy("It stays in the journals of both; citizens do not read it."),
        max_length=500,
        widget=forms.TextInput(),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )


@requires(Action.READ_CASE, "GET")
def others(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What is handled with a request, what is linked to it, what looks like it: a part of its page, or a page."""
    case, user = readable(request, reference), agent_of(request)
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"desk/case_merge/{'part' if part else 'page'}.html", _around(case, user))


def _around(case: Case, user: User) -> dict[str, Any]:
    merged, linked = merged_cases.merged_into(case), merged_cases.linked(case)
    known = [*(item.pk for item in (*merged, *linked)), *([case.merged_into_id] if case.merged_into_id else [])]
    opened = can_see_place(user, case)  # those that look like it are mostly around it
    result = find_duplicates(duplicate_query(case, known)) if case.is_open and opened else []
    return {
        "case": case,
        "shut": not opened,
        "may_read_person": user.may(Action.READ_PERSON),
        "merged": [{"case": item, "said": _said(item, user), "way": _way(item)} for item in merged],
        "linked": [item for item in linked if may_read(user, item)],
        "alike": [duplicate for duplicate in result if may_read(user, duplicate.case)],
        "may": may_merge(user, case),
        "into": merged_cases.head_of(case) if case.merged_into_id else None,
    }


def _said(case: Case, user: User) -> str:
    """The last words of its citizen, for who may read them. Read by `gathered`."""
    said: Entry | None = case.said  # type: ignore[attr-defined]
    return said.body if said and may_read(user, case) else ""


def _way(case: Case) -> str:
    """How its citizen is told: in which way and language."""
    told = channel_to(case)
    way = (
        str(Entry.NotifiedVia(told).label)
        if told
        else _("hears no more of it")
        if case.quiet_at
        else _("nobody to tell")
    )
    return f"{way}, {_('in English') if case.language == 'en' else _('in French')}" if told else way


@requires(Action.MERGE_CASE, "GET", "POST")
def merge(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What merging a request into the one of `with` would do, then the merging; `?swap` the other way round."""
    case, user = readable(request, reference), agent_of(request)
    asked = request.POST.get("with") or request.GET.get("with", "")
    into = queries.whole(asked)
    if into is None or not may_read(user, into):
        refused(request, _("There is no request of that number."))
        return redirect("desk:similar_cases", case.reference)
    if request.method != "POST":
        return _preview(request, case, into, MergeForm())
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _preview(request, case, into, form, 422)
    try:
        services.merge(case_id=case.pk, into_id=into.pk, words=form.cleaned_data["words"], by=Actor.staff(user))
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _preview(request, case, into, form, wrong.status)
    except Conflict as late:
        form.refuse({}, late.message)
        return _preview(request, case, into, form, late.status)
    words = _("%(one)s is handled with %(other)s.") % {"one": case.reference, "other": into.reference}
    done(request, words, undo_url=reverse("desk:unmerge", args=[case.reference]))
    return redirect("desk:case", into.reference)


def _preview(request: HttpRequest, case: Case, into: Case, form: MergeForm, status: int = 200) -> HttpResponse:
    why_not = why_not_merge(services.side(case), services.side(into))
    context = {
        "case": case,
        "into": into,
        "form": form,
        "why_not": services.WHY_NOT[why_not] if why_not else "",
        "way": _way(case),
        "others": len(services.beneath(case)),
        "earlier": comes_earlier(case.due_at, into.due_at),
        "linkable": why_not not in (None, No.ITSELF, No.MERGED),
        "swappable": why_not_merge(services.side(into), services.side(case)) is None,
    }
    return render(request, "desk/case_merge/merge.html", context, status=status)


@requires(Action.MERGE_CASE, "POST")
def unmerge(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A merged request is on its own again."""
    case = readable(request, reference)
    words = request.POST.get("words", "").strip() or _("Not the same thing")
    said = _("%(one)s is on its own again, as it was; the journals of both say so.") % {"one": case.reference}
    _try(request, lambda: services.unmerge(case_id=case.pk, words=words, by=agent_of(request)), said)
    if contact := number(request.POST.get("contact", "")):
        return redirect(f"{reverse('desk:contact', args=[contact])}?case={case.pk}")
    return redirect("desk:case", case.reference)


@requires(Action.MERGE_CASE, "POST")
def link(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Two requests have to do with each other."""
    return _linked(request, reference, services.link)


@requires(Action.MERGE_CASE, "POST")
def unlink(request: HttpRequest, reference: str) -> HttpResponseBase:
    """They have not, after all."""
    return _linked(request, reference, services.unlink)


def _linked(request: HttpRequest, reference: str, run: Callable[..., Any]) -> HttpResponseBase:
    case, other = readable(request, reference), queries.whole(request.POST.get("with", ""))
    if other is None or not may_read(agent_of(request), other):
        refused(request, _("There is no request of that number."))
        return redirect("desk:similar_cases", case.reference)
    said = _("It is written in the journals of both.")
    _try(request, lambda: run(case_id=case.pk, other_id=other.pk, by=agent_of(request)), said)
    return redirect("desk:case", case.reference)


def _try(request: HttpRequest, run: Callable[[], Any], said: str) -> None:
    try:
        run()
    except (Conflict, NotAllowed, Invalid) as no:
        refused(request, str(no))
    else:
        done(request, said)
