"""What stands on the screen of the search, gathered for its templates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases import case_search, due_status, view_queries
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import queries as intake
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.places import queries as places
from parvis.apps.residents import queries as residents
from parvis.apps.residents.models import Person
from parvis.lib import quebec
from parvis.lib.ids import parse_reference
from parvis.surfaces.desk.case.words import Face, face, lang
from parvis.surfaces.desk.people.lines import contact_line, person_line
from parvis.surfaces.desk.search.forms import SearchForm, address_of
from parvis.surfaces.desk.search.words import Why, read_as, why

PAGE = 25
BESIDE = 6
INSTANT = 8
SHORTEST = 2
LONGEST_ID = 19
COLON = "\u00a0: "


@dataclass(frozen=True)
class Line:
    """One case found, as it is shown."""

    case: Case
    face: Face
    whys: list[Why]

    @property
    def about(self) -> list[str]:
        """What tells it from the others: reference, state, department, who has it, where."""
        case = self.case
        told = [case.reference, case.get_state_display(), case.department.name, str(case.owner or ""), case.place]
        return [item for item in told if item]


def results(form: SearchForm, user: User, after: str) -> dict[str, Any]:
    """One page of cases, and what leads to the next, to a wider search, to the views kept."""
    criteria, text = form.criteria, form.words
    asked = bool(criteria.keys() - {"order"})
    result = (
        case_search.search_cases(text, form.search_filter, user=user, after=after, limit=PAGE)
        if asked
        else case_search.Found([])
    )
    as_of = due_status.AsOf.now()
    context: dict[str, Any] = {
        "form": form,
        "asked": asked,
        "q": text,
        "lines": [_line(case, result, as_of) for case in result.cases],
        "read_as": read_as(text, result),
        "found": result,
        "later": bool(after),
        "next_url": address_of(criteria, after=result.next or ""),
        "first_url": address_of(criteria),
        "unfiltered_url": address_of({"q": text} if text else {}),
        "filtered": form.filtered,
        "plain": criteria.keys() <= {"q"} and form.is_valid(),  # the filters are as everybody finds them at first
        "criteria": criteria,
        "chips": list(_chips(form)),
        "may_bulk": user.may(Action.WORK_IN_BULK),
        "views": view_queries.views_of(user),
    }
    if text and not result.cases and not after and not form.filtered:
        context["wider"] = [
            _line(case, case_search.Found([], wanted=result.wanted), as_of) for case in wider_of(text, user)
        ]
    return context


def _chips(form: SearchForm) -> Iterator[tuple[str, str]]:
    """Each filter that is in force, in words, and the address of the same search without it."""
    criteria = form.criteria
    for name in criteria:
        value, field = form.cleaned_data.get(name), form.fields[name]
        if not value or name == "q":
            continue
        offered: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
        if isinstance(value, date):
            said = f"{field.label}{COLON}{quebec.day_short(value, lang())}"
        elif value is True:
            said = str(field.label)
        elif name == "at":
            address = places.by_id(int(value)) if str(value).isdecimal() and len(str(value)) < LONGEST_ID else None
            said = address.label if address else str(value)
        else:
            said = _named(value) if isinstance(value, Model) else str(dict(offered).get(value, value))
        yield said, address_of({key: kept for key, kept in criteria.items() if key != name})


def _named(row: Model) -> str:
    return str(getattr(row, "title", "") or getattr(row, "name", "") or row)


def wider_of(text: str, user: User) -> list[Case]:
    """The cases that hold all the words but one."""
    return case_search.wider(text, user=user)


def _line(case: Case, item: case_search.Found, as_of: due_status.AsOf) -> Line:
    return Line(case, face(due_status.row(case, as_of=as_of)), why(case, item))


def beside(text: str, user: User) -> dict[str, Any]:
    """People, organisations, contacts, addresses and answers that the same words find, those that one may see."""
    reads = user.may(Action.READ_PERSON)
    people = [person_line(person, user) for person in residents.find(text, BESIDE)] if reads else []
    organisations = residents.find_organisations(text, BESIDE) if reads else []
    contacts = [contact_line(contact, user) for contact in intake.find_contacts(text, user, BESIDE)] if reads else []
    complete = places.complete(text, BESIDE)
    answers = knowledge.suggest(text, get_language(), limit=BESIDE).hits if user.may(Action.READ_ANSWERS) else ()
    return {
        "q": text,
        "people": people,
        "organisations": organisations,
        "contacts": contacts,
        "addresses": [(address, address_of({"at": str(address.pk)})) for address in complete],
        "answers": [
            answer for answer in answers if answer.kind == "answer" and answer.confidence >= knowledge.POSSIBLE
        ],
    }


def named(lines: Iterable[Line]) -> list[int]:
    """The people (the numbers of their files) whose name stands beside these cases."""
    people = (line.case.person for line in lines if any(why.names for why in line.whys))
    return [person.merged_into_id or person.pk for person in people if person is not None]


@dataclass(frozen=True)
class Instant:
    """One link of what a few letters find; `person`: whose file it opens."""

    url: str
    icon: str
    label: str
    detail: str
    person: int | None = None


def _beside_name(person: Person, user: User) -> str:
    line = person_line(person, user)
    return _("sensitive file") if line.shut else line.organisation


def instant(text: str, user: User) -> list[Instant]:
    """The first things that a few letters find, at most INSTANT: cases, people, organisations, the whole search."""
    if len(text) < SHORTEST:
        return []
    result = case_search.search_cases(text, case_search.SearchFilter(), user=user, limit=4).cases
    links = [
        Instant(
            reverse("desk:case", args=[case.reference]), "file-text", f"{case.reference} {case.shown_title}", case.place
        )
        for case in result
    ]
    if parse_reference(text) is None and user.may(Action.READ_PERSON):
        links += [
            Instant(
                f"{reverse('desk:person', args=[person.pk])}?from=find",
                "user",
                person.name,
                _beside_name(person, user),
                person.pk,
            )
            for person in residents.find(text, 3)
        ]
        links += [
            Instant(
                reverse("desk:organisation", args=[organisation.pk]),
                "building-2",
                organisation.name,
                organisation.place,
            )
            for organisation in residents.find_organisations(text, 2)
        ]
    return links[: INSTANT - 1] + [Instant(address_of({"q": text}), "search", text, "")]
