"""The requests that another one, or one being told, looks like: near, of the same kind, open or closed lately, in
similar words. Suggestions only: a person merges, or links, or does neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.access import anyone_may_place, may_merge
from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.similarity import SAME_PLACE, Reason, Similarity, Traits, shared, similarity
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.knowledge.queries import siblings_of
from parvis.apps.places.models import Address
from parvis.apps.places.shapes import Point, metres, reach
from parvis.apps.residents.models import Person
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.lib.languages import clean
from parvis.lib.words import split, stem

LATELY = timedelta(days=14)
LOOKED_AT = 60  # of each sort
MOST = 5


@dataclass(frozen=True)
class DuplicateQuery:
    """What is known of a request, or of one that someone is telling."""

    subject: Subject
    nature: str = Nature.REQUEST
    words: str = ""
    address: Address | None = None
    point: Point | None = None
    person: int | None = None  # the file that stands for them
    but: frozenset[int] = field(default_factory=frozenset)  # cases that are not looked at

    @property
    def at(self) -> Point | None:
        """Where it is: the very point, else that of the address."""
        return self.point or (self.address.point if self.address else None)


@dataclass(frozen=True)
class Duplicate:
    """A case that looks like another, how much, and why in plain words."""

    case: Case
    similarity: Similarity
    why: str


def duplicate_query(case: Case, but: Iterable[int] = ()) -> DuplicateQuery:
    """What is known of a case, to look for those like it. Reads `subject`, `person` and `address.street`."""
    others = frozenset({case.pk, *but})
    person = case.person.canonical.pk if case.person else None
    return DuplicateQuery(case.subject, case.nature, case.words, case.address, case.point, person, others)


def find_duplicates(query: DuplicateQuery, limit: int = MOST) -> list[Duplicate]:
    """The cases that look most like it, the most alike first; four queries at most, each by an index and bounded.

    A comment looks like nothing. Who may read which is for the caller to say.
    """
    if query.nature == Nature.COMMENT:
        return []
    kin = siblings_of(query.subject.slug)
    rows = {case.pk: case for case in _candidates(query) if case.pk not in query.but}
    stems = _stems(query.words)
    result = [(case, similarity(_traits(query, case, kin, stems))) for case in rows.values()]
    kept = sorted((item for item in result if item[1].enough), key=lambda item: (-item[1].score, -item[0].pk))[:limit]
    return [Duplicate(case, how, _why(query, case, how, stems)) for case, how in kept]


def mergeable(query: DuplicateQuery, user: User) -> list[Duplicate]:
    """The open cases like what someone is telling, that this person may merge it into."""
    return [
        duplicate for duplicate in find_duplicates(query) if duplicate.case.is_open and may_merge(user, duplicate.case)
    ]


def _candidates(query: DuplicateQuery) -> list[Case]:
    """The open ones around the place, those of the person, and those of the kind closed lately.

    Of someone else whose address is protected, none: that they are near would tell it.
    """
    read = ("subject", "address__street", "department", "person")
    rows = Case.objects.exclude(nature=Nature.COMMENT).select_related(*read)
    still = rows.exclude(state=State.CLOSED)
    candidates = [*_around(query, still.filter(anyone_may_place()))]
    if query.person is not None:
        files = Person.objects.filter(Q(pk=query.person) | Q(merged_into=query.person))
        candidates += still.filter(person__in=files.values("pk")).order_by("-opened_at")[:LOOKED_AT]
    if query.at or query.address:
        lately = rows.filter(anyone_may_place(), subject=query.subject, state=State.CLOSED)
        lately = lately.filter(closed_at__gte=now() - LATELY)
        candidates += lately.exclude(closing_reason=ClosingReason.MERGED).order_by("-closed_at")[:LOOKED_AT]
    return candidates


def _around(query: DuplicateQuery, still: QuerySet[Case]) -> list[Case]:
    if query.at is None:
        if query.address is None:
            return []
        same_street = Address.objects.filter(street=query.address.street_id)
        return list(still.filter(address__in=same_street.values("pk")).order_by("-pk")[:LOOKED_AT])
    up, right = reach(query.at, SAME_PLACE)
    north, east = (query.at[0] - up, query.at[0] + up), (query.at[1] - right, query.at[1] + right)
    here = Address.objects.filter(latitude__range=north, longitude__range=east)
    by_address = still.filter(address__in=here.values("pk"))
    by_point = still.filter(latitude__range=north, longitude__range=east)
    return [*by_address.order_by("-pk")[:LOOKED_AT], *by_point.order_by("-pk")[:LOOKED_AT]]


def _traits(query: DuplicateQuery, case: Case, kin: set[str], stems: list[str]) -> Traits:
    there, address = _where(case)
    same, fewest = shared(stems, _stems(case.words))
    theirs = (case.person.pk, case.person.merged_into_id) if case.person else ()
    return Traits(
        metres=metres(query.at, there) if query.at and there else None,
        same_address=bool(query.address and address and query.address.pk == address.pk),
        same_street=bool(query.address and address and query.address.street_id == address.street_id),
        same_subject=query.subject.pk == case.subject_id,
        sibling=case.subject.slug in kin,
        same_person=query.person is not None and query.person in theirs,
        shared=same,
        words=fewest,
        closed=not case.is_open,
    )


def _where(case: Case) -> tuple[Point | None, Address | None]:
    """The point and the address to compare; none of someone whose address is protected, whom the caller may name."""
    if case.place_protected:
        return None, None
    return case.point or (case.address.point if case.address else None), case.address


def _stems(words: str) -> list[str]:
    lang = clean(get_language())
    return [stem(word, lang) for word in split(words[:2000])]


def _why(query: DuplicateQuery, case: Case, how: Similarity, stems: list[str]) -> str:
    """The reasons on one line: "at 40 m, same subject, told 2 days ago"."""
    there, _address = _where(case)
    away = round(metres(query.at, there)) if query.at and there else 0
    same = set(shared(stems, _stems(case.words))[0])
    lang = clean(get_language())
    alike = [word for word in dict.fromkeys(split(query.words[:2000])) if stem(word, lang) in same]
    words = {
        Reason.PERSON: _("same person"),
        Reason.SPOT: _("at the same place"),
        Reason.NEAR: _("%(metres)d m away") % {"metres": away},
        Reason.STREET: _("on the same street"),
        Reason.SUBJECT: _("same subject"),
        Reason.SIBLING: _("a subject close to it"),
        Reason.WORDS: _("similar words (%(words)s)") % {"words": ", ".join(alike[:3])},
        Reason.CLOSED: _("closed lately"),
    }
    return ", ".join([*(words[reason] for reason in how.reasons), _since(case, lang)])


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
