"""Help with English: a French gloss of the citizen's words, and the language of a letter."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from parvis.apps.cases.models import Entry
from parvis.apps.cases.queries.replies import entry_name, unasked_in
from parvis.apps.content.queries import answers
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.matching.queries.town_glossary import gloss, is_english
from parvis.apps.matching.rules.glossary import Piece
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.call.views import by_script
from parvis.surfaces.desk.case.case_actions import action_named
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.case.transition_forms import LetterForm
from parvis.surfaces.desk.gate import agent_of, my_contact, requires

CITIZEN_KINDS = (Entry.Kind.OPENED, Entry.Kind.THANKED, Entry.Kind.REPLIED, Entry.Kind.REOPENED)
LONGEST = 20_000


@dataclass(frozen=True)
class Glossed:
    """A citizen's words with their gloss; in a case, `entry` is their journal entry and `name` its title."""

    pieces: list[Piece]
    entry: Entry | None = None
    name: str = ""


@requires(Action.TAKE_CONTACT, "GET")
def contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The gloss of the words typed (`q`), else of the draft, else of the message received."""
    mine = my_contact(request, contact_id)
    words = (request.GET.get("q", "") or Draft.of(mine).text or mine.text)[:LONGEST]
    back = reverse("desk:contact", args=[mine.pk])
    return _page(request, [Glossed(gloss(words))] if words.strip() else [], request.GET.get("subject", ""), back)


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The gloss of the citizen's English words on a case, latest first."""
    found = readable(request, reference)
    entries = Entry.objects.filter(case=found, kind__in=CITIZEN_KINDS).order_by("-seq")
    added = unasked_in(found)
    glossed = [
        Glossed(gloss(entry.body), entry, entry_name(entry, added)) for entry in entries if is_english(entry.body)
    ]
    return _page(request, glossed, found.subject.slug, reverse("desk:case", args=[found.reference]))


def _page(request: HttpRequest, glossed: list[Glossed], slug: str, back: str) -> HttpResponseBase:
    card = answers.card(slug, "en") if slug and answers.current_answer(slug) else None
    context: dict[str, Any] = {"glossed": glossed, "twin": card, "back": back}
    fragment = "HX-Request" in request.headers or by_script(request)
    return render(request, "desk/gloss/words.html" if fragment else "desk/gloss/page.html", context)


@requires(Action.READ_CASE, "GET")
def language_choice(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """The two fields of the language of a letter; without htmx, redirects to the page of the case that shows them."""
    found = readable(request, reference)
    action = action_named(name, found)
    if action is None or not issubclass(action.form, LetterForm):
        raise Http404
    if "HX-Request" not in request.headers:
        url = reverse("desk:case", args=[found.reference])
        return redirect(f"{url}?do={action.name}&language_choice=1#do-{action.name}")
    form = action.form(case=found, by=agent_of(request), name=action.name, asks_language=True)
    return render(request, "desk/case/language_choice.html", {"form": form, "case": found, "name": action.name})
