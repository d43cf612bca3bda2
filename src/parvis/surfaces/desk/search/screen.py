"""Template context of the search."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import get_language

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries import due_status
from parvis.apps.cases.queries.lists import case_search
from parvis.apps.cases.queries.lists import views as view_queries
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.queries.contacts import find_contacts
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.queries.suggestions import POSSIBLE
from parvis.apps.places.queries import addresses
from parvis.apps.residents.queries.people import find, find_organisations
from parvis.lib import quebec
from parvis.lib.ids import parse_reference
from parvis.surfaces.desk.case.words import DeadlineLabel, lang, row_deadline
from parvis.surfaces.desk.gate import in_common
from parvis.surfaces.desk.people.lines import contact_line, person_line
from parvis.surfaces.desk.queue.screen import case_url
from parvis.surfaces.desk.search.forms import SearchForm, search_url
from parvis.surfaces.desk.search.words import MatchReason, match_reasons, spelling_corrections

PAGE = 25
RELATED = 6
INSTANT = 8
SHORTEST = 2
LONGEST_ID = 19
COLON = "\u00a0: "
FILTERS = "filters"  # in an address: with the form of the filters, which is otherwise fetched when it is opened


@dataclass(frozen=True)
class CaseHit:
    """One case found, as it is shown; `about`: its reference, state, department, owner and place.

    `seen`: its id and last entry, as text, which a template need not write in the way of a language.
    """

    case: Case
    seen: str
    url: str
    about: str
    face: DeadlineLabel
    whys: list[MatchReason]


def results(form: SearchForm, user: User, after: str) -> dict[str, Any]:
    """One page of cases, with links to the next page, to a wider search, to the saved views."""
    criteria, text = form.criteria, form.words
    asked = bool(criteria.keys() - {"order"})
    result = case_search.Found([])
    if asked:
        result = case_search.search_cases(text, form.search_filter, user=user, after=after, limit=PAGE)
    as_of = due_status.AsOf.now()
    context: dict[str, Any] = {
        "form": form,
        "asked": asked,
        "q": text,
        "lines": [_hit(case, result, as_of) for case in result.cases],
        "read_as": spelling_corrections(text, result),
        "found": result,
        "later": bool(after),
        "next_url": search_url(criteria, after=result.next or ""),
        "first_url": search_url(criteria),
        "unfiltered_url": search_url({"q": text} if text else {}),
        "filtered": form.filtered,
        "filters_url": search_url(criteria, **{FILTERS: "open"}),
        "criteria": criteria,
        "chips": list(_chips(form)),
        "may_bulk": user.may(Action.WORK_IN_BULK),
        "views": view_queries.views_of(user),
    }
    if text and not result.cases and not after and not form.filtered:
        wanted = case_search.Found([], wanted=result.wanted)
        context["wider"] = [_hit(case, wanted, as_of) for case in case_search.wider(text, user=user)]
    return context


def _chips(form: SearchForm) -> Iterator[tuple[str, str]]:
    """Each active filter in words, and the URL of the same search without it."""
    criteria = form.criteria
    for name in criteria:
        value, field = form.cleaned_data.get(name), form.fields[name]
        if not value or name == "q":
            continue
        choices: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        if isinstance(value, date):
            words = f"{field.label}{COLON}{quebec.day_short(value, lang())}"
        elif value is True:
            words = str(field.label)
        elif name == "at":
            address = addresses.by_id(int(value)) if str(value).isdecimal() and len(str(value)) < LONGEST_ID else None
            words = address.label if address else str(value)
        else:
            words = _name(value) if isinstance(value, Model) else str(dict(choices).get(value, value))
        yield words, search_url({key: other for key, other in criteria.items() if key != name})


def _name(row: Model) -> str:
    return str(getattr(row, "title", "") or getattr(row, "name", "") or row)


def _hit(case: Case, result: case_search.Found, as_of: due_status.AsOf) -> CaseHit:
    owner = case.owner.display_name if case.owner else ""
    parts = (case.reference, str(State(case.state).label), case.department.name, owner, case.place)
    return CaseHit(
        case=case,
        seen=f"{case.pk}:{case.seq}",
        url=case_url(case.reference),
        about=", ".join(filter(None, parts)),
        face=row_deadline(due_status.row(case, as_of=as_of)),
        whys=match_reasons(case, result),
    )


def related(text: str, user: User) -> dict[str, Any]:
    """People, organisations, contacts, addresses and answers that the same words find and the user may see."""
    reads = user.may(Action.READ_PERSON)
    found = find(text, RELATED) if reads else []
    contacts = find_contacts(text, user, RELATED) if reads else []
    common = in_common(user, [*found, *(contact.person for contact in contacts if contact.person)])
    organisations = find_organisations(text, RELATED) if reads else []
    hits = suggesting.suggest(text, get_language(), limit=RELATED).hits if user.may(Action.READ_ANSWERS) else ()
    return {
        "q": text,
        "people": [person_line(person, user, in_common=common) for person in found],
        "organisations": organisations,
        "contacts": [contact_line(contact, user, in_common=common) for contact in contacts],
        "addresses": [(address, search_url({"at": str(address.pk)})) for address in addresses.complete(text, RELATED)],
        "answers": [hit for hit in hits if hit.kind == "answer" and hit.confidence >= POSSIBLE],
    }


def named_people(hits: Iterable[CaseHit]) -> list[int]:
    """The ids of the files of the people whose name is shown beside these cases."""
    people = (hit.case.person for hit in hits if any(reason.names for reason in hit.whys))
    return [person.merged_into_id or person.pk for person in people if person is not None]


@dataclass(frozen=True)
class InstantLink:
    """One instant result; `person`: the id of the file it opens."""

    url: str
    icon: str
    label: str
    detail: str
    person: int | None = None


def instant(text: str, user: User) -> list[InstantLink]:
    """The first results for a few letters, at most INSTANT: cases, people, organisations, the whole search."""
    if len(text) < SHORTEST:
        return []
    links = []
    for case in case_search.search_cases(text, case_search.SearchFilter(), user=user, limit=4).cases:
        url = case_url(case.reference)
        links.append(InstantLink(url, "file-text", f"{case.reference} {case.shown_title}", case.place))
    if parse_reference(text) is None and user.may(Action.READ_PERSON):
        people = find(text, 3)
        common = in_common(user, people)
        for person in people:
            url = f"{reverse('desk:person', args=[person.pk])}?from=find"
            line = person_line(person, user, in_common=common)
            detail = line.why_shut if line.shut else line.organisation
            links.append(InstantLink(url, "user", person.name, detail, person.pk))
        for organisation in find_organisations(text, 2):
            url = reverse("desk:organisation", args=[organisation.pk])
            links.append(InstantLink(url, "building-2", organisation.name, organisation.place))
    return links[: INSTANT - 1] + [InstantLink(search_url({"q": text}), "search", text, "")]
