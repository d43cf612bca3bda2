"""One box over cases, people, contacts, addresses and answers; the address holds all that was asked."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_found
from parvis.lib.ids import parse_reference
from parvis.lib.words import one_line
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.search import screen as search_screen
from parvis.surfaces.desk.search.forms import LONGEST, SearchForm, criteria_of


@requires(Action.READ_CASE, "GET")
def search(request: HttpRequest) -> HttpResponseBase:
    """Cases found by words and filters, a page at a time; a reference alone leads straight to its case."""
    user, criteria = agent_of(request), criteria_of(request.GET)
    form = SearchForm(criteria)
    valid = form.is_valid()
    context = search_screen.results(form, user, request.GET.get("after", "")[:80])
    result = context["found"]
    if result.way == "reference" and parse_reference(form.words) and criteria.keys() == {"q"}:
        return redirect("desk:case", result.cases[0].reference)
    record_found(
        user=user, person_ids=search_screen.named([*context["lines"], *context.get("wider", ())]), words=form.words
    )
    return render(request, "desk/search/page.html", context, status=200 if valid else 422)


@requires(Action.READ_CASE, "GET")
def beside(request: HttpRequest) -> HttpResponseBase:
    """What the same words find beside cases (people, organisations...): a piece for the page, or a page of its own."""
    text, user = _text(request), agent_of(request)
    context: dict[str, Any] = search_screen.beside(text, user) if text else {"q": ""}
    people = [item.person for item in context.get("people", ())]
    people += [item.contact.person.canonical for item in context.get("contacts", ()) if item.contact.person]
    record_found(user=user, person_ids=[person.pk for person in people], words=text)
    piece = request.headers.get("HX-Request") == "true"
    return render(request, "desk/search/preview.html" if piece else "desk/search/preview_page.html", context)


@requires(Action.READ_CASE, "GET")
def instant(request: HttpRequest) -> HttpResponseBase:
    """The first things that a few letters find, as a list of links: for a box that answers while one types."""
    text, user = _text(request), agent_of(request)
    links = search_screen.instant(text, user)
    record_found(user=user, person_ids=[link.person for link in links if link.person is not None], words=text)
    return render(request, "desk/search/instant.html", {"links": links})


def _text(request: HttpRequest) -> str:
    return one_line(request.GET.get("q", ""))[:LONGEST]
