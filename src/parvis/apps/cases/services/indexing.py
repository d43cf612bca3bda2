"""The words by which a case is found. Where it is, is among them unless it tells a protected address."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet

from parvis.apps.cases.models import Case
from parvis.apps.residents.models import Person
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from parvis.apps.search.services import AT_ONCE
from parvis.lib.words import split

KIND = "case"
EDITION = 1  # of what `index_protected_requests` takes away


def index(case: Case, person: Person | None) -> None:
    """Makes the case findable by what `indexed_words` says."""
    search.index(kind=KIND, object_id=case.pk, words=indexed_words(case, person))


def indexed_words(case: Case, person: Person | None) -> str:
    """Its reference, its subject, its words, its person, its place; of a protected address, neither the place nor what
    was said of it in the words.
    """
    protected = person is not None and person.address_protected
    return " ".join([*_own_words(case, person, protected), *([] if protected else split(case.full_place))])


def index_requests_of(*, person_ids: list[int]) -> None:
    """Makes the requests of these people findable, or no more, by where they are, as their address is protected or not.

    What else they were found by stays, such as the number they had in an earlier system. May run twice.
    """
    after: int | None = 0
    rows = Case.objects.filter(person__in=person_ids)
    while after is not None:
        with transaction.atomic():
            words = _again(rows, after, AT_ONCE)
            search.index_many(kind=KIND, words=words)
        after = max(words, default=None)


def index_protected_requests() -> Iterator[int]:
    """Does so for the addresses that were protected before places were left out (`search.services.fill`)."""
    rows = Case.objects.filter(person__address_protected=True)
    return search.fill(kind=KIND, edition=EDITION, batch=lambda after, size: _again(rows, after, size))


def _again(rows: QuerySet[Case], after: int, size: int) -> dict[int, str]:
    """The words of the next cases, by their id, their rows locked."""
    locked = rows.select_for_update(of=("self",), no_key=True).select_related("subject", "person", "address__street")
    cases = list(locked.filter(pk__gt=after).order_by("pk")[:size])
    kept = SearchRow.objects.filter(kind=KIND, object_id__in=[case.pk for case in cases])
    texts = dict(kept.values_list("object_id", "text"))
    return {case.pk: _with_place(case, texts.get(case.pk, "")) for case in cases}


def _with_place(case: Case, text: str) -> str:
    """The words of a case, and those by which it was found already, but for its place."""
    place = set(split(case.full_place))
    return " ".join([indexed_words(case, case.person), *(word for word in text.split() if word not in place)])


def _own_words(case: Case, person: Person | None, protected: bool) -> list[str]:
    subject, place = case.subject, set(split(case.full_place)) if protected else set()
    said = [word for word in split(f"{case.title} {case.words}") if word not in place]
    return [case.reference, subject.title_fr, subject.title_en, *said, person.name if person else ""]
