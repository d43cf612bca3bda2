"""Cases about the same thing: similar ones, merging with a preview, unmerging, links."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries import cases, merged_cases
from parvis.apps.cases.queries.access import may_merge, may_open, may_read, sealed
from parvis.apps.cases.queries.lists.duplicates import duplicate_query, find_duplicates
from parvis.apps.cases.rules.merging import No, comes_earlier, why_not_merge
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.merging.merge_propagation import merged_descendants
from parvis.apps.cases.services.transitions import channel_to
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.words import number
from parvis.surfaces.desk.case.notified import chosen_words
from parvis.surfaces.desk.case.screen import near, readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, requires, submit
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused, showing_refusal


class MergeForm(RefusableForm):
    """Why two cases are merged."""

    words = forms.CharField(
        label=gettext_lazy("Why it is the same thing"),
        help_text=gettext_lazy("It stays in the journals of both; citizens do not read it."),
        max_length=500,
        widget=forms.TextInput(),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )


@requires(Action.READ_CASE, "GET")
def others(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The merged, linked and similar cases: a part of the page of a case, or a page of its own."""
    case, user = readable(request, reference), agent_of(request)
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"desk/case_merge/{'part' if part else 'page'}.html", _related(case, user))


def _related(case: Case, user: User) -> dict[str, Any]:
    merged, linked = merged_cases.merged_into(case), merged_cases.linked(case)
    known = [*(other.pk for other in (*merged, *linked)), *([case.merged_into_id] if case.merged_into_id else [])]
    place_visible = can_see_place(user, case)  # similar cases are mostly nearby, and would reveal the place
    duplicates = find_duplicates(duplicate_query(case, known)) if case.is_open and place_visible else []
    return {
        "case": case,
        "shut": not place_visible,
        "may_read_person": user.may(Action.READ_PERSON),
        "merged": [_merged(other, user) for other in merged],
        "linked": [other for other in linked if may_read(user, other)],
        "alike": [duplicate for duplicate in duplicates if may_read(user, duplicate.case)],
        "near": near(user, case),
        "may": may_merge(user, case),
        "into": merged_cases.head_of(case) if case.merged_into_id else None,
    }


def _merged(case: Case, user: User) -> dict[str, Any]:
    if not may_open(user, case):
        return {"case": sealed(case), "said": "", "way": ""}
    return {"case": case, "said": _citizen_words(case, user), "way": _way(case)}


def _citizen_words(case: Case, user: User) -> str:
    """The citizen's last words, if the user may read them. `said` is set by `merged_into`."""
    entry: Entry | None = case.said  # type: ignore[attr-defined]
    return entry.body if entry and may_read(user, case) else ""


def _way(case: Case) -> str:
    """How the citizen is notified: channel and language."""
    channel = channel_to(case)
    if not channel:
        return _("hears no more of it") if case.quiet_at else _("nobody to tell")
    language = _("in English") if case.language == "en" else _("in French")
    return f"{chosen_words(case) or Entry.NotifiedVia(channel).label}, {language}"


@requires(Action.MERGE_CASE, "GET", "POST")
def merge(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Previews, then makes, the merge of a case into the one named by `with`; `?swap` the other way round."""
    case, user = readable(request, reference), agent_of(request)
    into = cases.by_reference(request.POST.get("with") or request.GET.get("with", ""))
    if into is None or not may_read(user, into):
        refused(request, _("There is no request of that number."))
        return redirect("desk:similar_cases", case.reference)
    if request.method != "POST":
        return _preview(request, case, into, MergeForm())
    form, by = MergeForm(request.POST), Actor.staff(user)

    def run() -> object:
        return merging.merge(case_id=case.pk, into_id=into.pk, words=form.cleaned_data["words"], by=by)

    _made, status = submit(form, run)
    if status != 200:
        return _preview(request, case, into, form, status)
    words = _("%(one)s is handled with %(other)s.") % {"one": case.reference, "other": into.reference}
    done(request, words, undo_url=reverse("desk:unmerge", args=[case.reference]))
    return redirect("desk:case", into.reference)


def _preview(request: HttpRequest, case: Case, into: Case, form: MergeForm, status: int = 200) -> HttpResponse:
    why_not = why_not_merge(merging.side(case), merging.side(into))
    context = {
        "case": case,
        "into": into,
        "form": form,
        "why_not": merging.WHY_NOT[why_not] if why_not else "",
        "way": _way(case),
        "others": len(merged_descendants(case)),
        "earlier": comes_earlier(case.due_at, into.due_at),
        "linkable": why_not not in (None, No.ITSELF, No.MERGED),
        "swappable": why_not_merge(merging.side(into), merging.side(case)) is None,
    }
    return render(request, "desk/case_merge/merge.html", context, status=status)


@requires(Action.MERGE_CASE, "POST")
def unmerge(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Separates a merged case again."""
    case = readable(request, reference)
    words = request.POST.get("words", "").strip() or _("Not the same thing")
    message = _("%(one)s is on its own again, as it was; the journals of both say so.") % {"one": case.reference}
    _attempt(request, lambda: merging.unmerge(case_id=case.pk, words=words, by=agent_of(request)), message)
    if contact := number(request.POST.get("contact", "")):
        return redirect(f"{reverse('desk:contact', args=[contact])}?case={case.pk}")
    return redirect("desk:case", case.reference)


@requires(Action.MERGE_CASE, "POST")
def link(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Links two cases."""
    return _linked(request, reference, merging.link)


@requires(Action.MERGE_CASE, "POST")
def unlink(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Removes a link between two cases."""
    return _linked(request, reference, merging.unlink)


def _linked(request: HttpRequest, reference: str, run: Callable[..., Any]) -> HttpResponseBase:
    case, other = readable(request, reference), cases.by_reference(request.POST.get("with", ""))
    if other is None or not may_read(agent_of(request), other):
        refused(request, _("There is no request of that number."))
        return redirect("desk:similar_cases", case.reference)
    message = _("It is written in the journals of both.")
    _attempt(request, lambda: run(case_id=case.pk, other_id=other.pk, by=agent_of(request)), message)
    return redirect("desk:case", case.reference)


def _attempt(request: HttpRequest, run: Callable[[], Any], message: str) -> None:
    with showing_refusal(request, Conflict, NotAllowed, Invalid):
        run()
        done(request, message)
