"""The search index of cases. The place is indexed unless the address is protected.

A new case is indexed by the worker, with others (ADR 0060); any change of its words, at once.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from parvis.apps.cases.models import Case
from parvis.apps.residents.models import Person
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from parvis.apps.search.services import AT_ONCE
from parvis.lib.database.rows import Compiled
from parvis.lib.words import split

KIND = "case"
EDITION = 1  # version of `index_protected_requests`
NEW_AT_ONCE = 100
LOOK_BACK = 200  # cases: one whose transaction was long may have a lower number than the last that is indexed
_newest = Compiled(lambda: Case.objects.order_by("-pk").values_list("pk")[:1])
_new = Compiled(
    lambda after: (
        Case.objects.select_related("subject", "person", "address__street")
        .filter(~Exists(SearchRow.objects.filter(kind=KIND, object_id=OuterRef("pk"))), pk__gt=after)
        .order_by("pk")[:NEW_AT_ONCE]
    )
)


def index(case: Case, person: Person | None) -> None:
    """Indexes the case by its `indexed_words`."""
    search.index(kind=KIND, object_id=case.pk, words=indexed_words(case, person))


def index_new_cases() -> int:
    """Indexes the cases that are in no search yet, oldest first, at most NEW_AT_ONCE; returns how many. May run twice.

    Three queries, and a transaction when there are some. One that is changed meanwhile is left to the change.
    """
    followed, newest = search.followed(KIND), next(iter(_newest()), (0,))[0]
    cases = _new(followed - LOOK_BACK)
    if cases or newest > followed + LOOK_BACK:  # many that were indexed with their import
        words = {case.pk: indexed_words(case, case.person) for case in cases}
        last = cases[-1].pk if len(cases) == NEW_AT_ONCE else newest
        search.index_new(kind=KIND, words=words, last=max(last, followed))
    return len(cases)


def look_again_for_new_cases() -> None:
    """Has `index_new_cases` look at every case once, for one that more than LOOK_BACK others overtook. Every night."""
    search.index_new(kind=KIND, words={}, last=0)


def indexed_words(case: Case, person: Person | None) -> str:
    """The case's reference, subject, words, person and place.

    When the address is protected, excludes the place and its words found elsewhere in the text.
    """
    subject, place = case.subject, split(case.full_place)
    words = split(f"{case.title} {case.words}")
    if person is not None and person.address_protected:
        words, place = [word for word in words if word not in place], []
    name = person.name if person else ""
    return " ".join([case.reference, subject.title_fr, subject.title_en, *words, name, *place])


def index_requests_of(*, person_ids: list[int]) -> None:
    """Reindexes the cases of these people after their address became protected or no longer is. May run twice.

    Other indexed words are kept, such as the number in an earlier system.
    """
    after: int | None = 0
    rows = Case.objects.filter(person__in=person_ids)
    while after is not None:
        with transaction.atomic():
            words = _reindexed_words(rows, after, AT_ONCE)
            search.index_many(kind=KIND, words=words)
        after = max(words, default=None)


def index_protected_requests() -> Iterator[int]:
    """Reindexes the cases of addresses protected before places were excluded (`search.services.fill`)."""
    rows = Case.objects.filter(person__address_protected=True)
    return search.fill(kind=KIND, edition=EDITION, batch=lambda after, size: _reindexed_words(rows, after, size))


def _reindexed_words(rows: QuerySet[Case], after: int, size: int) -> dict[int, str]:
    """The words of the next cases by id, with those already indexed except the place; locks their rows."""
    locked = rows.select_for_update(of=("self",), no_key=True).select_related("subject", "person", "address__street")
    cases = list(locked.filter(pk__gt=after).order_by("pk")[:size])
    indexed = SearchRow.objects.filter(kind=KIND, object_id__in=[case.pk for case in cases])
    texts = dict(indexed.values_list("object_id", "text"))
    words: dict[int, str] = {}
    for case in cases:
        place = split(case.full_place)
        others = [word for word in texts.get(case.pk, "").split() if word not in place]
        words[case.pk] = " ".join([indexed_words(case, case.person), *others])
    return words
