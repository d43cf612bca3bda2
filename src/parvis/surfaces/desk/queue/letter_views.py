"""Postal letters, for people without e-mail: printed, marked as posted, undone."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases.letters import postal_letters
from parvis.apps.cases.models import PaperLetter
from parvis.apps.cases.services.postal_letters import mark_posted, not_posted
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.residents.queries.access import Field
from parvis.lib.clock import now
from parvis.lib.ids import show_code
from parvis.lib.words import number
from parvis.surfaces.desk.case.receipt import follow_qr
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.surfaces.desk.people.views import ask_reason
from parvis.ui import printing
from parvis.ui.context import reader
from parvis.ui.messages import done, refused, showing_refusal

LISTED, POSTED, PRINTED_AT_ONCE = 50, 10, 20


@requires(Action.PRINT_LETTER, "GET")
def letters(request: HttpRequest) -> HttpResponseBase:
    """The letters to print, oldest first, then the latest posted."""
    user = agent_of(request)
    waiting = postal_letters.to_print(user, LISTED + 1)
    people = {letter.pk: postal_letters.person_of(letter) for letter in waiting}
    visible = visible_people(user, people.values(), Field.ADDRESS)
    readable = {pk: person is None or person.pk in visible for pk, person in people.items()}
    context: dict[str, Any] = {
        "waiting": [(letter, readable[letter.pk]) for letter in waiting[:LISTED]],
        "more": len(waiting) > LISTED,
        "posted": postal_letters.posted_lately(user, POSTED),
        "at_once": PRINTED_AT_ONCE,
    }
    return render(request, "desk/letters/list.html", context)


@requires(Action.PRINT_LETTER, "GET", "POST")
def sheets(request: HttpRequest) -> HttpResponseBase:
    """The chosen letters, one to a page: PDF, or HTML with `as=page` or without Pango.

    Each reading is logged: a letter holds words to a citizen, and their code. It also bears their address: a letter to
    someone whose file is sensitive asks for a reason first.
    """
    chosen = _chosen(request)
    if not chosen:
        if request.method == "GET":
            raise Http404
        refused(request, _("Tick the letters to print."))
        return redirect("desk:letters")
    if len(chosen) > PRINTED_AT_ONCE:
        refused(request, _("Tick %(most)d letters at most, print them, then the others.") % {"most": PRINTED_AT_ONCE})
        return redirect("desk:letters")
    to_print = postal_letters.by_ids(chosen, agent_of(request))
    if not to_print:
        raise Http404
    user = agent_of(request)
    people = [postal_letters.person_of(letter) for letter in to_print]
    visible = visible_people(user, people, Field.ADDRESS)
    for person in people:
        if person is not None and person.pk not in visible:
            ids = ",".join(str(letter.pk) for letter in to_print)
            return ask_reason(request, person, back=f"{reverse('desk:print_letters')}?letter={ids}")
    for letter in to_print:
        _log_reading(letter, user)
    html = render_to_string("desk/letters/sheets.html", {"sheets": [_sheet(letter) for letter in to_print]}, request)
    return printing.as_pdf(request, html, f"{_('letters')}.pdf")


@requires(Action.PRINT_LETTER, "POST")
def posted(request: HttpRequest) -> HttpResponseBase:
    """Marks the chosen letters as posted, with an undo."""
    made = mark_posted(letter_ids=_chosen(request), by=agent_of(request))
    if not made:
        refused(request, _("Tick the letters that were posted."))
        return redirect("desk:letters")
    words = ngettext("%(n)d letter posted.", "%(n)d letters posted.", len(made)) % {"n": len(made)}
    ids = ",".join(str(letter.pk) for letter in made)
    done(request, words, undo_url=f"{reverse('desk:letters_back')}?letter={ids}")
    return redirect("desk:letters")


@requires(Action.PRINT_LETTER, "POST")
def back(request: HttpRequest) -> HttpResponseBase:
    """Puts posted letters back in the list to print."""
    with showing_refusal(request):
        not_posted(letter_ids=_chosen(request), by=agent_of(request))
        done(request, _("To print again."))
    return redirect("desk:letters")


def _chosen(request: HttpRequest) -> list[int]:
    typed = [*request.POST.getlist("letter"), *request.GET.get("letter", "").split(",")]
    return [pk for pk in map(number, typed) if pk is not None]


def _log_reading(letter: PaperLetter, user: User) -> None:
    """Logs the reading in the file of the case, or of the person."""
    if letter.case:
        record_reading(user=user, subject="case", subject_id=letter.case.pk, reason=_("letter printed"))
    elif letter.telling and letter.telling.report.person_id:
        person = letter.telling.report.person_id
        record_reading(user=user, subject="person", subject_id=person, reason=_("letter printed"))


def _sheet(letter: PaperLetter) -> SafeString:
    """One letter, in its language."""
    case, language, served = letter.case, postal_letters.language_of(letter), town()
    words = postal_letters.words_of(letter)
    with translation.override(language):
        context = {
            **reader(language, None),
            "letter": letter,
            "case": case,
            "last_line": postal_letters.last_line_of(letter, served.short_name),
            "words": words,
            "content": words.content,
            "town": served,
            "at": letter.posted_at or now(),
            "code": show_code(case.code) if case else "",
            "address": printing.to_type(reverse("public:track")),
            "square": follow_qr(case) if case else "",
        }
        return render_to_string("desk/letters/sheet.html", context)
