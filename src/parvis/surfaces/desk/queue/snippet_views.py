"""Snippets (ready phrases): picked while writing, managed."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.queries.language_choice import allowed_for
from parvis.apps.cases.rules import placeholders
from parvis.apps.cases.services.filling import values_for
from parvis.apps.catalogue.models import Audience
from parvis.apps.content.queries import answers as content
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.queries import inbox
from parvis.apps.matching.queries import suggesting
from parvis.apps.residents.queries.access import Field
from parvis.apps.workspace import queries
from parvis.apps.workspace.models import Snippet
from parvis.apps.workspace.services.workspace import drop_snippet, keep_snippet, restore_snippet
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.words import fold, number
from parvis.surfaces.desk.gate import agent_of, can_see, requires, submit
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done, refused

FOR_ME, FOR_ALL = "me", "all"
MOST_ANSWERS, SHORTEST = 5, 3  # standard answers proposed, letters that find them


class SnippetForm(RefusableForm):
    """A snippet: its short name, its text, who may use it."""

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
        own = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
        departments = sorted(((row.slug, row.name) for row in own), key=lambda choice: fold(choice[1]))
        everyone = [(FOR_ME, _("Myself")), (FOR_ALL, _("Everyone of the house"))]
        self.fields["shared"].choices = [*everyone, *departments]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The arguments of `keep_snippet`. The form is valid."""
        data = self.cleaned_data
        audience = data.get("shared") or FOR_ME
        department = Department.objects.filter(slug=audience).first() if audience not in (FOR_ME, FOR_ALL) else None
        texts = {name: data[name] for name in ("name", "words_fr", "words_en")}
        return {**texts, "shared": audience != FOR_ME, "department": department}


@requires(Action.READ_ANSWERS, "GET")
def pick(request: HttpRequest) -> HttpResponseBase:
    """The snippets whose name or text holds `q`, with their placeholders filled for `case`, as choices.

    With `citizen` they are in the language it names, or in that of letters to the citizen; otherwise in that of the
    screen. In words to the citizens of merged cases, the placeholders that differ for each reader are kept: they are
    filled when each is notified. `lang` is the language of a letter without case, which answers the contact `message`.
    With `answers`, an audience, the standard answers that `q` finds follow, as a letter holds them.
    """
    user = agent_of(request)
    case = cases.by_reference(request.GET.get("case", "")[:40])
    if case is not None and not may_read(user, case):
        case = None
    named = request.GET.get("lang", "")
    lang = clean(named) if named else _language(case, request.GET.get("citizen"))
    picked = queries.picked(queries.snippets_of(user), request.GET.get("q", "")[:60])
    values = values_for(case, user, lang) if case else {"me": user.display_name, "name": _addressee(request)}
    keep = placeholders.OF_READER if case and case.merged_count and request.GET.get("citizen") is not None else ()
    texts = [(snippet, (lang == "en" and snippet.words_en) or snippet.words_fr) for snippet in picked]
    choices = [
        {"snippet": snippet, "words": placeholders.filled(text, values, lang, keep=keep)} for snippet, text in texts
    ]
    audience = request.GET.get("answers", "")
    found = _answers(request.GET.get("q", "")[:60], lang, audience) if audience in Audience.values else []
    return render(request, "desk/workspace/picks.html", {"shown": choices, "answers": found})


def _addressee(request: HttpRequest) -> str:
    """The name of who wrote the message `message`, when the user may read it; "" otherwise."""
    contact_id, user = number(request.GET.get("message", "")), agent_of(request)
    contact = inbox.message_contact(contact_id, user) if contact_id and user.may(Action.TAKE_CONTACT) else None
    if contact is None or (contact.person and not can_see(user, contact.person.canonical, Field.FILE)):
        return ""
    return inbox.addressee(contact)


def _answers(text: str, lang: Lang, audience: str) -> list[dict[str, str]]:
    """The standard answers that these words find, best first: title, words and what identifies the version."""
    hits = suggesting.suggest(text, lang, MOST_ANSWERS).hits if len(text) >= SHORTEST else ()
    slugs = [hit.slug for hit in hits if hit.kind == "answer"]
    answers = [(slug, answer) for slug in slugs if (answer := content.current_answer(slug))]
    rendered = [(slug, content.render(answer, lang, audience=audience)) for slug, answer in answers]
    return [
        {"title": shown.title, "words": inbox.paragraphs(shown, lang), "stamp": f"{slug}={shown.stamp}"}
        for slug, shown in rendered
        if shown.short.lang == lang
    ]


def _language(case: Case | None, to_citizen: str | None) -> Lang:
    if case is not None and to_citizen is not None:
        return clean(to_citizen if to_citizen in ("fr", "en") else allowed_for(case).chosen(case.language))
    return clean(get_language())


@requires(Action.READ_ANSWERS, "GET")
def snippets(request: HttpRequest) -> HttpResponseBase:
    """The snippets the user may use: their own, and the shared ones."""
    user = agent_of(request)
    usable = queries.snippets_of(user)
    context = {
        "own": [snippet for snippet in usable if snippet.owner_id],
        "common": [snippet for snippet in usable if not snippet.owner_id],
        "may_share": user.may(Action.SHARE_SNIPPETS),
    }
    return render(request, "desk/workspace/snippets.html", context)


@requires(Action.READ_ANSWERS, "GET", "POST")
def snippet(request: HttpRequest, snippet_id: int | None = None) -> HttpResponseBase:
    """Creates or edits a snippet."""
    user = agent_of(request)
    current = _editable(snippet_id, user) if snippet_id else None
    if request.method != "POST":
        return _show(request, SnippetForm(by=user, initial=_initial(current)), current)
    form = SnippetForm(request.POST, by=user)
    saved, status = submit(form, lambda: keep_snippet(**form.values(), by=user, snippet_id=snippet_id))
    if saved is None:
        return _show(request, form, current, status)
    done(request, _("The phrase ::%(name)s is kept.") % {"name": saved.name})
    return redirect("desk:snippets")


def _initial(snippet: Snippet | None) -> dict[str, Any]:
    if snippet is None:
        return {}
    shared = FOR_ME if snippet.owner_id else (snippet.department.slug if snippet.department else FOR_ALL)
    return {name: getattr(snippet, name) for name in ("name", "words_fr", "words_en")} | {"shared": shared}


def _editable(snippet_id: int, user: User) -> Snippet:
    snippet = queries.snippet_of(snippet_id, user)
    if snippet is None or not (snippet.owner_id or user.may(Action.SHARE_SNIPPETS)):
        raise Http404
    return snippet


def _show(request: HttpRequest, form: SnippetForm, snippet: Snippet | None, status: int = 200) -> HttpResponse:
    holes = placeholders.names(clean(get_language()))
    context = {"form": form, "snippet": snippet, "holes": holes}
    return render(request, "desk/workspace/snippet.html", context, status=status)


@requires(Action.READ_ANSWERS, "POST")
def drop(request: HttpRequest, snippet_id: int) -> HttpResponseBase:
    """Deletes a snippet, with an undo."""
    try:
        dropped = drop_snippet(snippet_id=snippet_id, by=agent_of(request))
    except NotAllowed as refusal:
        raise Http404 from refusal
    undo_url = reverse("desk:restore_snippet", args=[dropped.pk])
    done(request, _("The phrase ::%(name)s is put away.") % {"name": dropped.name}, undo_url=undo_url)
    return redirect("desk:snippets")


@requires(Action.READ_ANSWERS, "POST")
def restore(request: HttpRequest, snippet_id: int) -> HttpResponseBase:
    """Restores a deleted snippet."""
    try:
        restored = restore_snippet(snippet_id=snippet_id, by=agent_of(request))
        done(request, _("The phrase ::%(name)s is back.") % {"name": restored.name})
    except NotAllowed as refusal:
        raise Http404 from refusal
    except Invalid as refusal:
        refused(request, str(refusal))
    return redirect("desk:snippets")
