"""One search box over cases, people, contacts, addresses and answers; the URL holds the whole search."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_found
from parvis.lib.ids import parse_reference
from parvis.lib.words import one_line
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.search import screen as search_screen
from parvis.surfaces.desk.search.forms import LONGEST, SearchForm, criteria_of


@requires(Action.READ_CASE, "GET")
def search(request: HttpRequest) -> HttpResponseBase:
    """A page of the cases found by words and filters; a reference alone redirects to its case."""
    user, criteria = agent_of(request), criteria_of(request.GET)
    form = SearchForm(criteria)
    valid = form.is_valid()
    context = search_screen.results(form, user, request.GET.get("after", "")[:80])
    context["filters_open"] = not valid or search_screen.FILTERS in request.GET
    result = context["found"]
    if result.way == "reference" and parse_reference(form.words) and criteria.keys() == {"q"}:
        return redirect("desk:case", result.cases[0].reference)
    named = search_screen.named_people([*context["lines"], *context.get("wider", ())])
    record_found(user=user, person_ids=named, words=form.words)
    return render(request, "desk/search/page.html", context, status=200 if valid else 422)


@requires(Action.READ_CASE, "GET")
def related(request: HttpRequest) -> HttpResponseBase:
    """Other results than cases (people, organisations...): a fragment for htmx, or a page of its own."""
    text, user = _text(request), agent_of(request)
    context: dict[str, Any] = search_screen.related(text, user) if text else {"q": ""}
    people = [line.person for line in context.get("people", ())]
    people += [line.contact.person.canonical for line in context.get("contacts", ()) if line.contact.person]
    record_found(user=user, person_ids=[person.pk for person in people], words=text)
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "desk/search/preview.html" if fragment else "desk/search/preview_page.html", context)


@requires(Action.READ_CASE, "GET")
def instant(request: HttpRequest) -> HttpResponseBase:
    """The first results for a few letters, as links."""
    text, user = _text(request), agent_of(request)
    links = search_screen.instant(text, user)
    record_found(user=user, person_ids=[link.person for link in links if link.person is not None], words=text)
    return render(request, "desk/search/instant.html", {"links": links})


def _text(request: HttpRequest) -> str:
    return one_line(request.GET.get("q", ""))[:LONGEST]
