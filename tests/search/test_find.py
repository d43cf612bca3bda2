"""Searching: objects are found by any of their words, and no input is an error."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parvis.apps.search.models import KINDS, SearchRow
from parvis.apps.search.queries import find, find_number, in_full, page
from parvis.apps.search.services import holder_words, index, phone_words
from tests.heavy import amount

pytestmark = pytest.mark.django_db


def test_every_word_must_be_there_and_the_beginning_of_one_is_enough() -> None:
    index(kind="case", object_id=1, words="26-0417-K Nid-de-poule chemin Bellevue Éloïse Côté")
    index(kind="case", object_id=2, words="26-0418-M Lampadaire chemin Bellevue")
    assert find("case", "eloise", 10) == [1]
    assert find("case", "BELLEV nid", 10) == [1]
    assert find("case", "bellevue", 10) == [2, 1]
    assert find("case", "bellevue cote lampadaire", 10) == []
    assert find("case", "26-0417-k", 10) == [1]
    assert find("case", "œuvre", 10) == []


def test_people_and_cases_do_not_mix() -> None:
    index(kind="person", object_id=1, words="Jeanne Roy")
    index(kind="case", object_id=1, words="Jeanne Roy")
    index(kind="case", object_id=7, words="Jeanne Roy person")
    assert find("person", "jeanne", 10) == [1]
    for place, kind in enumerate(KINDS, 11):
        index(kind=kind, object_id=place, words="Jonquille")
    assert [find(kind, "jonq", 10) for kind in KINDS] == [[11], [12], [13], [14]]
    assert find("case", "jeanne", 10) == [7, 1]
    assert find("nothing", "jeanne", 10) == []


def test_a_whole_word_comes_before_a_beginning_and_the_latest_before_the_older() -> None:
    index(kind="person", object_id=1, words="Jean Roy")
    index(kind="person", object_id=2, words="Jeannine Roy")
    index(kind="person", object_id=3, words="Jean Roy")
    assert find("person", "jean", 10) == [3, 1, 2]
    assert find("person", "jean", 1) == [3]


def test_indexing_again_replaces_the_words() -> None:
    index(kind="person", object_id=1, words="Jeanne Côté")
    index(kind="person", object_id=1, words="Jeanne Roy")
    assert find("person", "cote", 10) == []
    assert find("person", "roy", 10) == [1]
    assert SearchRow.objects.count() == 1


def test_a_word_too_long_to_be_indexed_leaves_the_others_found() -> None:
    index(kind="contact", object_id=1, words=f"cabanon {'x' * 3000} rouge")
    assert find("contact", "cabanon rouge", 10) == [1]


def test_what_is_deleted_is_no_longer_found() -> None:
    index(kind="person", object_id=1, words="Jeanne Côté")
    SearchRow.objects.all().delete()
    assert find("person", "cote", 10) == []


def test_words_of_a_transaction_that_fails_are_never_found() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        index(kind="person", object_id=1, words="Jeanne Côté")
        raise RuntimeError
    assert find("person", "cote", 10) == []


@pytest.mark.parametrize("typed", ["4185550142", "5550142", "0142", "014", "418 555", "418", "418 555 0142"])
def test_a_phone_is_found_by_its_beginning_its_last_seven_or_its_last_four_digits(typed: str) -> None:
    index(kind="person", object_id=1, words=phone_words("+14185550142"))
    assert find("person", typed, 10) == [1]


NUMBER = "4185550142"
PIECES = [NUMBER[at:end] for at in range(7) for end in range(at + 4, 11)]


@pytest.mark.parametrize("piece", PIECES)
def test_whoever_holds_a_number_is_found_by_any_four_digits_of_it_or_more(piece: str) -> None:
    index(kind="person", object_id=1, words=f"Jeanne Côté {holder_words(f'+1{NUMBER}')}")
    index(kind="person", object_id=2, words=f"Jean {holder_words('+15146339999')}")
    assert find_number("person", piece, 10) == [1]


def test_numbers_that_end_so_come_before_those_of_that_exchange_and_each_person_once() -> None:
    for pk, number in enumerate(["+14185559185", "+14185550142", "+14182229185", "+15144185529", "+14182224185"], 1):
        index(kind="person", object_id=pk, words=holder_words(number))
    assert find_number("person", "4185", 10) == [5, 2, 1, 4]
    assert find_number("person", "4185", 3) == [5, 2, 1]
    assert find_number("person", "9185", 10) == [3, 1]


def test_who_was_made_findable_before_exchanges_were_is_found_all_the_same() -> None:
    index(kind="person", object_id=1, words=phone_words("+14185550142"))
    index(kind="person", object_id=2, words=holder_words("+14185550188"))
    assert find_number("person", "41855", 10) == [2, 1]


@pytest.mark.parametrize(
    "typed", ['"', "* OR", "NEAR(", "text:", "a AND", "-", "'; DROP", "a:*&", "!a | b", "\x00", "kind : case", "()", ""]
)
def test_operators_are_ordinary_text(typed: str) -> None:
    index(kind="person", object_id=1, words="Jeanne")
    assert find("person", typed, 10) == []


@pytest.mark.soak("properties", sampled=True)
@settings(
    max_examples=amount(1500, sample=40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_is_ever_an_error(words: str, typed: str) -> None:
    index(kind="person", object_id=1, words=words)
    assert find("person", typed, 10) in ([], [1])


def test_the_words_are_looked_up_in_an_index() -> None:
    index(kind="person", object_id=1, words="Jeanne")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN SELECT 1 FROM search_searchrow WHERE lexemes @@ '''jean'':*'::tsquery")
            assert "search_lexemes" in str(cursor.fetchall())
        else:
            cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")


def test_pages_go_from_the_latest_row_to_the_first_whatever_lies_between() -> None:
    rows = [5 << 20, (40 << 14) + 3, (24 << 14) + 7, (9 << 14) + 4, 9 << 14, (3 << 14) + 9, 2 << 14, 12_000, 11_000]
    SearchRow.objects.bulk_create(
        [SearchRow(id=row, kind="case", object_id=row, text="chasse neige") for row in rows]
        + [SearchRow(id=row + 1, kind="person", object_id=row, text="chasse neige") for row in rows]
    )
    for size in (1, 2, 4, 20):
        result, after = list[int](), ""
        while matches := page("case", in_full("chasse"), after=after, limit=size):
            result += [match.object_id for match in matches]
            after = matches[-1].mark
        assert result == rows
