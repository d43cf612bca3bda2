"""Letters on paper, for those who want them or whom no e-mail reaches: to print, to post, and to take back."""

from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from parvis.apps.cases import postal_letters, services
from parvis.apps.cases.models import Case, PaperLetter
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import town
from parvis.apps.directory.services import record_reading
from parvis.apps.residents.access import Field
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound
from parvis.lib.ids import show_code
from parvis.lib.words import number
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.surfaces.desk.people.views import ask_reason
from parvis.ui import printing, qr
from parvis.ui.context import reader
from parvis.ui.messages import done, refused

SHOWN, POSTED, AT_ONCE = 50, 10, 20


@requires(Action.PRINT_LETTER, "GET")
def letters(request: HttpRequest) -> HttpResponseBase:
    """The letters to print, the oldest first, then those posted last."""
    waiting, user = postal_letters.to_print(SHOWN + 1), agent_of(request)
    people = {letter.pk: postal_letters.person_of(letter) for letter in waiting}
    open_to = visible_people(user, people.values(), Field.ADDRESS)
    context: dict[str, Any] = {
        "waiting": [(paper_letter, _whose_open(people[paper_letter.pk], open_to)) for paper_letter in waiting[:SHOWN]],
        "more": len(waiting) > SHOWN,
        "posted": postal_letters.posted_lately(POSTED),
        "at_once": AT_ONCE,
    }
    return render(request, "desk/letters/list.html", context)


@requires(Action.PRINT_LETTER)
@csp_replace({"object-src": ["'self'"]})  # the reader of PDF of some browsers is an object of the page
@require_http_methods(["GET", "POST"])
def sheets(request: HttpRequest) -> HttpResponseBase:
    """The letters chosen, each from the top of a page: PDF, or the page itself (`as=page`, or no Pango).

    Each reading is logged: a letter holds what was written to someone, and their code. It bears their address: that to
    someone whose file is sensitive is printed once a reason was given.
    """
    chosen = _chosen(request)
    if not chosen:
        if request.method == "GET":
            raise Http404
        refused(request, _("Tick the letters to print."))
        return redirect("desk:letters")
    if len(chosen) > AT_ONCE:
        refused(request, _("Tick %(most)d letters at most, print them, then the others.") % {"most": AT_ONCE})
        return redirect("desk:letters")
    by_ids = postal_letters.by_ids(chosen)
    if not by_ids:
        raise Http404
    user = agent_of(request)
    people = [postal_letters.person_of(letter) for letter in by_ids]
    open_to = visible_people(user, people, Field.ADDRESS)
    for person in people:
        if person is not None and person.pk not in open_to:
            ids = ",".join(str(letter.pk) for letter in by_ids)
            return ask_reason(request, person, back=f"{reverse('desk:print_letters')}?letter={ids}")
    for letter in by_ids:
        _read(letter, user)
    html = render_to_string(
        "desk/letters/sheets.html", {"sheets": [_sheet(paper_letter) for paper_letter in by_ids]}, request
    )
    document = None if "page" in (request.GET.get("as"), request.POST.get("as")) else printing.pdf(html)
    if document is None:
        return HttpResponse(html)
    headers = {"Content-Disposition": f'inline; filename="{_("letters")}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


@requires(Action.PRINT_LETTER, "POST")
def posted(request: HttpRequest) -> HttpResponseBase:
    """The letters chosen were printed and posted; the toast takes it back."""
    made = services.mark_posted(letter_ids=_chosen(request), by=agent_of(request))
    if not made:
        refused(request, _("Tick the letters that were posted."))
        return redirect("desk:letters")
    words = ngettext("%(n)d letter posted.", "%(n)d letters posted.", len(made)) % {"n": len(made)}
    ids = ",".join(str(letter.pk) for letter in made)
    done(request, words, undo_url=f"{reverse('desk:letters_back')}?letter={ids}")
    return redirect("desk:letters")


@requires(Action.PRINT_LETTER, "POST")
def back(request: HttpRequest) -> HttpResponseBase:
    """These letters were not posted after all: they are to print again."""
    try:
        services.not_posted(letter_ids=_chosen(request), by=agent_of(request))
    except NotFound as missing:
        raise Http404 from missing
    except Conflict as conflict:
        refused(request, str(conflict))
    else:
        done(request, _("To print again."))
    return redirect("desk:letters")


def _whose_open(person: Person | None, open_to: set[int]) -> bool:
    return person is None or person.pk in open_to


def _chosen(request: HttpRequest) -> list[int]:
    typed = [*request.POST.getlist("letter"), *request.GET.get("letter", "").split(",")]
    return [pk for pk in map(number, typed) if pk is not None]


def _read(letter: PaperLetter, user: User) -> None:
    """Keeps that what was written to someone was read: by the file of the request, or of the person."""
    if letter.case:
        record_reading(user=user, subject="case", subject_id=letter.case.pk, reason=_("letter printed"))
    elif letter.telling and letter.telling.report.person_id:
        person = letter.telling.report.person_id
        record_reading(user=user, subject="person", subject_id=person, reason=_("letter printed"))


def _square(link: str, case: Case | None) -> SafeString | str:
    if case is None:
        return ""
    return qr.drawing(link, _("Square code that opens the page of request %(ref)s") % {"ref": case.reference})


def _sheet(letter: PaperLetter) -> SafeString:
    """One letter as it lies on the page, in its language."""
    case, language, served = letter.case, postal_letters.language_of(letter), town()
    words = postal_letters.words_of(letter)
    link = f"{settings.PARVIS_URL}{reverse('public:follow', args=[case.secret])}" if case else ""
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
            "square": _square(link, case),
        }
        return render_to_string("desk/letters/sheet.html", context)
