"""A new request is found by its reference at once, and by its words once the worker indexed it, with others."""

from collections.abc import Callable

import pytest

from parvis.apps.cases import tasks
from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.search import services as search
from parvis.apps.search.models import SearchRow
from tests.factories import SmallTown, unique

pytestmark = pytest.mark.both_databases


def opened(town: SmallTown, words: str) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.opinion, nature=Nature.REQUEST, channel="phone", words=words, address=town.address
    )
    return open_case(new_case, by=Actor.staff(town.agent)).case


def found(town: SmallTown, words: str) -> list[Case]:
    return search_cases(words, SearchFilter(), user=town.manager).cases


def test_by_its_reference_at_once_and_by_its_words_after_the_worker(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    case, other = opened(town, "Une grenouille"), opened(town, "Une couleuvre")
    assert found(town, case.reference) == [case] and found(town, "grenouille") == []
    run_jobs()
    assert found(town, "grenouille") == [case] and found(town, "couleuvre") == [other]
    assert found(town, "grenuoille") == [case], "and by its words mistyped"
    assert index_new_cases() == 0


def test_erased_or_corrected_before_the_worker_came_it_is_found_as_it_is_now(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    case = opened(town, "Mon voisin Zacharie")
    erase_words(case_id=case.pk, seq=1, ground="Demande", by=town.privacy_officer)
    search.index_new(kind="case", words={case.pk: "Mon voisin Zacharie"}, last=0)  # read before the erasure
    run_jobs()
    assert found(town, "zacharie") == [] and search_cases("zacahrie", SearchFilter(), user=town.manager).way == "words"
    assert SearchRow.objects.get(kind="case").object_id == case.pk


def test_one_whose_transaction_was_long_is_indexed_after_those_that_came_later(town: SmallTown) -> None:
    cases = [opened(town, f"grenouille {rank}") for rank in range(5)]
    index_new_cases()
    SearchRow.objects.filter(object_id__in=[cases[1].pk, cases[3].pk]).delete()  # as if not committed yet
    assert (index_new_cases(), index_new_cases()) == (2, 0)
    assert len(found(town, "grenouille")) == 5


def test_one_that_very_many_overtook_is_indexed_in_the_night(town: SmallTown) -> None:
    overtaken = opened(town, "grenouille")
    search.index_new(kind="case", words={}, last=overtaken.pk + 1000)  # as if it committed long after them
    assert index_new_cases() == 0
    tasks.look_again_for_new_cases()
    assert index_new_cases() == 1 and found(town, "grenouille") == [overtaken]
    assert index_new_cases() == 0


def test_what_an_import_indexes_itself_moves_no_mark_past_those_that_wait(town: SmallTown) -> None:
    waiting, imported = opened(town, "grenouille"), opened(town, "couleuvre")
    search.index(kind="case", object_id=imported.pk, words="couleuvre")
    assert search.followed("case") == 0
    assert (index_new_cases(), search.followed("case")) == (1, imported.pk)
    assert found(town, "grenouille") == [waiting]
