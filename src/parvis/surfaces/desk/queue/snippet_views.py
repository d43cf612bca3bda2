"""Ready phrases: picking one while writing, and keeping them."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from parvis.apps.cases import placeholders
from parvis.apps.cases import queries as cases
from parvis.apps.cases.access import may_read
from parvis.apps.cases.filling import values_for
from parvis.apps.cases.language_choice import allowed_for
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.apps.workspace import queries, services
from parvis.apps.workspace.models import Snippet
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from parvis.lib.languages import Lang, clean
from parvis.lib.words import fold
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused

FOR_ME, FOR_ALL = "me", "all"


class SnippetForm(RefusableForm):
    """A ready phrase: its short name, its words, who may pick it."""

    name = forms.CharField(
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy("Typed after :: such as ::snow"),
        max_length=40,
    )
    words_fr = forms.CharField(label=gettext_lazy("In French"), widget=forms.Textarea(attrs={"rows": 4}))
    words_en = forms.CharField(
        label=gettext_lazy("In English"),
        help_text=gettext_lazy("Without it, the French is proposed to everyone."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    shared = forms.ChoiceField(label=pgettext_lazy("phrase", "For whom"), required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by.may(Action.SHARE_SNIPPETS):
            del self.fields["shared"]
            return
        rooms = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
        named = sorted(((room.slug, room.name) for room in rooms), key=lambda item: fold(item[1]))
        choices = [(FOR_ME, _("Myself")), (FOR_ALL, _("Everyone of the house"))]
        self.fields["shared"].choices = [*choices, *named]  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """The values of `keep_snippet` that the valid form gives."""
        data = self.cleaned_data
        for_whom = data.get("shared") or FOR_ME
        department = Department.objects.filter(slug=for_whom).first() if for_whom not in (FOR_ME, FOR_ALL) else None
        words = {name: data[name] for name in ("name", "words_fr", "words_en")}
        return {**words, "shared": for_whom != FOR_ME, "department": department}


@requires(Action.READ_ANSWERS, "GET")
def pick(request: HttpRequest) -> HttpResponseBase:
    """The phrases whose name or words hold `q`, their holes filled for the request `case`, as choices.

    With `citizen` they are in the language it names, or in the one in which that citizen is written to; otherwise in
    that of the screen. What citizens read, when others have their request merged into this one, keeps the holes that
    say something else to each: they are filled as it is told.
    """
    user = agent_of(request)
    case = cases.whole(request.GET.get("case", "")[:40])
    if case is not None and not may_read(user, case):
        case = None
    lang = _language(case, request.GET.get("citizen"))
    picked = queries.picked(queries.snippets_of(user), request.GET.get("q", "")[:60])
    values = values_for(case, user, lang) if case else {"me": user.display_name}
    keep = placeholders.OF_READER if case and case.merged_count and request.GET.get("citizen") is not None else ()
    written = [(item, (lang == "en" and item.words_en) or item.words_fr) for item in picked]
    shown = [{"snippet": one, "words": placeholders.filled(words, values, lang, keep=keep)} for one, words in written]
    return render(request, "desk/workspace/picks.html", {"shown": shown})


def _language(case: Case | None, to_citizen: str | None) -> Lang:
    if case is not None and to_citizen is not None:
        return clean(to_citizen if to_citizen in ("fr", "en") else allowed_for(case).chosen(case.language))
    return clean(get_language())


@requires(Action.READ_ANSWERS, "GET")
def snippets(request: HttpRequest) -> HttpResponseBase:
    """The phrases that this person may pick: theirs, and those of others."""
    user = agent_of(request)
    result = queries.snippets_of(user)
    context = {
        "own": [item for item in result if item.owner_id],
        "common": [item for item in result if not item.owner_id],
        "may_share": user.may(Action.SHARE_SNIPPETS),
    }
    return render(request, "desk/workspace/snippets.html", context)


@requires(Action.READ_ANSWERS, "GET", "POST")
def snippet(request: HttpRequest, snippet_id: int | None = None) -> HttpResponseBase:
    """One phrase, new or kept before."""
    user = agent_of(request)
    match = _own(snippet_id, user) if snippet_id else None
    if request.method != "POST":
        return _show(request, SnippetForm(by=user, initial=_initial(match)), match)
    form = SnippetForm(request.POST, by=user)
    if not form.is_valid():
        return _show(request, form, match, 422)
    try:
        kept = services.keep_snippet(**form.said(), by=user, snippet_id=snippet_id)
    except Invalid as wrong:
        form.refuse(wrong.fields, wrong.message)
        return _show(request, form, match, wrong.status)
    done(request, _("The phrase ::%(name)s is kept.") % {"name": kept.name})
    return redirect("desk:snippets")


def _initial(item: Snippet | None) -> dict[str, Any]:
    if item is None:
        return {}
    shared = FOR_ME if item.owner_id else (item.department.slug if item.department else FOR_ALL)
    return {"name": item.name, "words_fr": item.words_fr, "words_en": item.words_en, "shared": shared}


def _own(snippet_id: int, user: User) -> Snippet:
    own = queries.snippet_of(snippet_id, user)
    if own is None or not (own.owner_id or user.may(Action.SHARE_SNIPPETS)):
        raise Http404
    return own


def _show(request: HttpRequest, form: SnippetForm, item: Snippet | None, status: int = 200) -> HttpResponse:
    holes = placeholders.names(clean(get_language()))
    context = {"form": form, "snippet": item, "holes": holes}
    return render(request, "desk/workspace/snippet.html", context, status=status)


@requires(Action.READ_ANSWERS, "POST")
def drop(request: HttpRequest, snippet_id: int) -> HttpResponseBase:
    """Puts a phrase away; it may be undone."""
    try:
        gone = services.drop_snippet(snippet_id=snippet_id, by=agent_of(request))
    except (NotFound, NotAllowed) as no:
        raise Http404 from no
    again = reverse("desk:restore_snippet", args=[gone.pk])
    done(request, _("The phrase ::%(name)s is put away.") % {"name": gone.name}, undo_url=again)
    return redirect("desk:snippets")


@requires(Action.READ_ANSWERS, "POST")
def restore(request: HttpRequest, snippet_id: int) -> HttpResponseBase:
    """Brings back a phrase just put away."""
    try:
        restore_snippet = services.restore_snippet(snippet_id=snippet_id, by=agent_of(request))
        done(request, _("The phrase ::%(name)s is back.") % {"name": restore_snippet.name})
    except (NotFound, NotAllowed) as no:
        raise Http404 from no
    except Invalid as no:
        refused(request, str(no))
    return redirect("desk:snippets")
