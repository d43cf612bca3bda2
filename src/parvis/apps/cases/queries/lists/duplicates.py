"""Likely duplicates of a case, existing or being entered. Suggestions only: a person decides to merge or link."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.queries.access import anyone_may_place, may_merge, unrestricted
from parvis.apps.cases.rules.similarity import SAME_PLACE, Reason, Similarity, Traits, shared, similarity
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.matching.queries.suggesting import siblings_of
from parvis.apps.places.models import Address
from parvis.apps.places.rules.shapes import Point, metres, reach
from parvis.apps.residents.models import Person
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.lib.i18n.languages import clean
from parvis.lib.words import split, stem

LATELY = timedelta(days=14)
LOOKED_AT = 60  # candidates of each kind
MOST = 5


@dataclass(frozen=True)
class DuplicateQuery:
    """What is known of a case, existing or being entered."""

    subject: Subject
    nature: str = Nature.REQUEST
    words: str = ""
    address: Address | None = None
    point: Point | None = None
    person: int | None = None  # id of the canonical file
    but: frozenset[int] = field(default_factory=frozenset)  # cases to ignore

    @property
    def at(self) -> Point | None:
        """The point picked on the map, else that of the address."""
        return self.point or (self.address.point if self.address else None)


@dataclass(frozen=True)
class Duplicate:
    """A similar case, its score, and the reasons in plain words."""

    case: Case
    similarity: Similarity
    why: str


def duplicate_query(case: Case, but: Iterable[int] = ()) -> DuplicateQuery:
    """The query for duplicates of a case. Reads `subject`, `person` and `address.street`."""
    others = frozenset({case.pk, *but})
    person = case.person.canonical.pk if case.person else None
    return DuplicateQuery(case.subject, case.nature, case.words, case.address, case.point, person, others)


def find_duplicates(query: DuplicateQuery, limit: int = MOST) -> list[Duplicate]:
    """The most similar cases, best first; at most four bounded queries, each using an index.

    A comment has no duplicates. The caller checks who may read the cases.
    """
    if query.nature == Nature.COMMENT:
        return []
    siblings = siblings_of(query.subject.slug)
    cases = {case.pk: case for case in _candidates(query) if case.pk not in query.but}
    stems = _stems(query.words)
    scored = [(case, similarity(_traits(query, case, siblings, stems))) for case in cases.values()]
    scored = [(case, score) for case, score in scored if score.enough]
    scored.sort(key=lambda pair: (-pair[1].score, -pair[0].pk))
    return [Duplicate(case, score, _why(query, case, score, stems)) for case, score in scored[:limit]]


def mergeable(query: DuplicateQuery, user: User) -> list[Duplicate]:
    """The open duplicates of a case being entered that this user may merge it into."""
    return [match for match in find_duplicates(query) if match.case.is_open and may_merge(user, match.case)]


def _candidates(query: DuplicateQuery) -> list[Case]:
    """Open cases near the place, those of the person, and those of the subject closed lately.

    Excludes other people whose address is protected: their proximity would reveal it; and restricted subjects.
    """
    rows = Case.objects.filter(unrestricted()).exclude(nature=Nature.COMMENT)
    rows = rows.select_related("subject", "address__street", "department", "person")
    open_cases = rows.exclude(state=State.CLOSED)
    candidates = _nearby(query, open_cases.filter(anyone_may_place()))
    if query.person is not None:
        files = Person.objects.filter(Q(pk=query.person) | Q(merged_into=query.person))
        candidates += open_cases.filter(person__in=files.values("pk")).order_by("-opened_at")[:LOOKED_AT]
    if query.at or query.address:
        lately = rows.filter(anyone_may_place(), subject=query.subject, state=State.CLOSED)
        lately = lately.filter(closed_at__gte=now() - LATELY)
        candidates += lately.exclude(closing_reason=ClosingReason.MERGED).order_by("-closed_at")[:LOOKED_AT]
    return candidates


def _nearby(query: DuplicateQuery, cases: QuerySet[Case]) -> list[Case]:
    if query.at is None:
        if query.address is None:
            return []
        same_street = Address.objects.filter(street=query.address.street_id)
        return list(cases.filter(address__in=same_street.values("pk")).order_by("-pk")[:LOOKED_AT])
    up, right = reach(query.at, SAME_PLACE)
    north, east = (query.at[0] - up, query.at[0] + up), (query.at[1] - right, query.at[1] + right)
    addresses = Address.objects.filter(latitude__range=north, longitude__range=east)
    by_address = cases.filter(address__in=addresses.values("pk"))
    by_point = cases.filter(latitude__range=north, longitude__range=east)
    return [*by_address.order_by("-pk")[:LOOKED_AT], *by_point.order_by("-pk")[:LOOKED_AT]]


def _traits(query: DuplicateQuery, case: Case, siblings: set[str], stems: list[str]) -> Traits:
    point, address = _location(case)
    common, shortest = shared(stems, _stems(case.words))
    person_ids = (case.person.pk, case.person.merged_into_id) if case.person else ()
    return Traits(
        metres=metres(query.at, point) if query.at and point else None,
        same_address=bool(query.address and address and query.address.pk == address.pk),
        same_street=bool(query.address and address and query.address.street_id == address.street_id),
        same_subject=query.subject.pk == case.subject_id,
        sibling=case.subject.slug in siblings,
        same_person=query.person is not None and query.person in person_ids,
        shared=common,
        words=shortest,
        closed=not case.is_open,
    )


def _location(case: Case) -> tuple[Point | None, Address | None]:
    """The point and the address to compare; None when protected, as the person may be the one asking."""
    if case.place_protected:
        return None, None
    return case.point or (case.address.point if case.address else None), case.address


def _stems(words: str) -> list[str]:
    lang = clean(get_language())
    return [stem(word, lang) for word in split(words[:2000])]


def _why(query: DuplicateQuery, case: Case, score: Similarity, stems: list[str]) -> str:
    """The reasons on one line, such as "40 m away, same subject, for 2 days"."""
    point, _address = _location(case)
    distance = round(metres(query.at, point)) if query.at and point else 0
    common = set(shared(stems, _stems(case.words))[0])
    lang = clean(get_language())
    similar = [word for word in dict.fromkeys(split(query.words[:2000])) if stem(word, lang) in common]
    words = {
        Reason.PERSON: _("same person"),
        Reason.SPOT: _("at the same place"),
        Reason.NEAR: _("%(metres)d m away") % {"metres": distance},
        Reason.STREET: _("on the same street"),
        Reason.SUBJECT: _("same subject"),
        Reason.SIBLING: _("a subject close to it"),
        Reason.WORDS: _("similar words (%(words)s)") % {"words": ", ".join(similar[:3])},
        Reason.CLOSED: _("closed lately"),
    }
    return ", ".join([*(words[reason] for reason in score.reasons), _since(case, lang)])


def _since(case: Case, lang: str) -> str:
    local = working_calendar().local
    days = (local(now()).date() - local(case.opened_at).date()).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("since yesterday")
    if days < 60:
        return _("for %(days)d days") % {"days": days}
    return _("since %(day)s") % {"day": quebec.day_short(local(case.opened_at), lang, today=today())}
