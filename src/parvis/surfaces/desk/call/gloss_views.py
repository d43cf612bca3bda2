"""Help with English: French words beside what someone wrote, and the language of a letter, asked for on demand."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.replies import entry_name, unasked_in
from parvis.apps.directory.permissions import Action
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.glossary import Piece
from parvis.apps.knowledge.town_glossary import gloss, is_english
from parvis.surfaces.desk.call.draft import Draft
from parvis.surfaces.desk.case.gestures import gesture_named
from parvis.surfaces.desk.case.move_forms import LetterForm
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, my_contact, requires

HEARD = (Entry.Kind.OPENED, Entry.Kind.THANKED, Entry.Kind.REPLIED, Entry.Kind.REOPENED)
LONGEST = 20_000


@dataclass(frozen=True)
class Glossed:
    """Words of someone with their gloss; `entry` is where they stand in the journal of a case, `name` what it is."""

    pieces: list[Piece]
    entry: Entry | None = None
    name: str = ""


@requires(Action.TAKE_CONTACT, "GET")
def contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The gloss of what is typed of a contact (`q`), of its draft otherwise, or of what arrived."""
    result = my_contact(request, contact_id)
    draft = Draft.of(result)
    words = (request.GET.get("q", "") or draft.text or result.text)[:LONGEST]
    back = reverse("desk:contact", args=[result.pk])
    return _shown(request, [Glossed(gloss(words))] if words.strip() else [], request.GET.get("subject", ""), back)


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The gloss of what the citizen said in English on a case, the latest first."""
    result = readable(request, reference)
    heard = Entry.objects.filter(case=result, kind__in=HEARD).order_by("-seq")
    added = unasked_in(result)
    shown = [Glossed(gloss(entry.body), entry, entry_name(entry, added)) for entry in heard if is_english(entry.body)]
    return _shown(request, shown, result.subject.slug, reverse("desk:case", args=[result.reference]))


def _shown(request: HttpRequest, shown: list[Glossed], slug: str, back: str) -> HttpResponseBase:
    card = knowledge.card(slug, "en") if slug and knowledge.current_answer(slug) else None
    context: dict[str, Any] = {"glossed": shown, "twin": card, "back": back}
    piece = "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"
    return render(request, "desk/gloss/words.html" if piece else "desk/gloss/page.html", context)


@requires(Action.READ_CASE, "GET")
def language_choice(request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
    """The two fields that say in which language a letter goes, and why; without the script, in the page of the case."""
    result: Case = readable(request, reference)
    gesture = gesture_named(name, result)
    if gesture is None or not issubclass(gesture.form, LetterForm):
        raise Http404
    if "HX-Request" not in request.headers:
        return redirect(
            f"{reverse('desk:case', args=[result.reference])}?do={gesture.name}&language_choice=1#do-{gesture.name}"
        )
    form = gesture.form(case=result, by=agent_of(request), name=gesture.name, asks_language=True)
    return render(request, "desk/case/language_choice.html", {"form": form, "case": result, "name": gesture.name})
