"""Case search tolerates typos, respects permissions, and paginates without gaps."""

from datetime import date

import pytest

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.lists.case_search import DUE, Found, SearchFilter, search_cases, wider
from parvis.apps.cases.services import handling
from parvis.apps.search import services as index
from parvis.apps.search.rules import one_mistake, variants
from parvis.lib.ids import near_references, parse_reference
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_person

EXTREME = ["0001-01-01T00:00:00+23:59|1", "09999-12-31T23:59:59-23:59|1", "9999-12-31T23:59:59-23:59|1"]


def look(town: SmallTown, text: str, search_filter: SearchFilter | None = None, **more: object) -> Found:
    return search_cases(text, search_filter or SearchFilter(), user=town.agent, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["lampadare", "lapmadaire", "lampadaires", "lanpadaire", "lampadaire"])
def test_a_word_mistyped_once_is_found_and_said(town: SmallTown, typed: str) -> None:
    case = opened(town, words="Le lampadaire clignote.")
    result = look(town, typed)
    assert result.cases == [case]
    assert result.way == ("words" if typed == "lampadaire" else "mistyped")


@pytest.mark.parametrize(
    ("typed", "word", "item"),
    [
        ("rue", "rue", True), ("reu", "rue", True), ("rues", "rue", True), ("re", "rue", True), ("rux", "rue", True),
        ("eur", "rue", False), ("ruesx", "rue", False), ("abdc", "abcd", True), ("badc", "abcd", False),
    ],
)  # fmt: skip
def test_what_is_one_mistake(typed: str, word: str, item: bool) -> None:
    assert one_mistake(typed, word) is item
    if item:
        assert set(variants(typed)) & set(variants(word))


def test_a_word_that_exists_is_read_as_another_only_when_nothing_holds_them_together(town: SmallTown) -> None:
    case = opened(town, words="Trou dans la route")
    opened(town, words="Une roue perdue")
    assert look(town, "trou roue").cases == [case]
    assert look(town, "roue").way == "words"


def test_a_reference_is_found_without_its_letter_or_with_a_slip(town: SmallTown) -> None:
    case = opened(town)
    year, rank, letter = case.reference.split("-")
    swapped = f"{year}-{rank[:-2]}{rank[-1]}{rank[-2]}-{letter}"
    for typed in (case.reference.lower(), f"{year}{rank}{letter}", f"{year} {rank}", f"{year}-{rank}-Z", swapped):
        assert look(town, typed).cases == [case], typed
    assert near_references("une phrase") == []
    assert str(parse_reference(near_references(f"{year}{rank}")[0])) == case.reference


def test_any_four_digits_of_a_phone_find_the_requests_of_its_people(town: SmallTown) -> None:
    case = opened(town, person=make_person("Lucie Tremblay", phone="+14505550142"))
    assert case.person is not None
    index.index(kind="person", object_id=case.person.pk, words=f"Lucie Tremblay {index.phone_words('+14505550142')}")
    for digits in ("0142", "5501", "450555", "450 555-0142", "1 450 555 0142"):
        assert look(town, digits).cases == [case], digits
    assert look(town, "9999").cases == []
    assert search_cases("0142", SearchFilter(), user=town.planner).cases == []


def test_filters_keep_and_say_when_older_ones_were_not_looked_at(town: SmallTown) -> None:
    street = opened(town, words="grenouille")
    phone = opened(town, words="grenouille", subject=town.shed, address=None)
    handling.take(case_id=phone.pk, by=town.planner)
    assert look(town, "grenouille").cases == [phone, street]
    for search_filter, kept in (
        (SearchFilter(subject=town.shed.pk), [phone]),
        (SearchFilter(department=town.works.pk), [street]),
        (SearchFilter(state="to_take"), [street]),
        (SearchFilter(state="working"), [phone]),
        (SearchFilter(state="closed"), []),
        (SearchFilter(street=town.address.street_id), [street]),
        (SearchFilter(sector=town.address.sector_id), [street]),
        (SearchFilter(channel="letter"), []),
        (SearchFilter(since=date(2100, 1, 1)), []),
        (SearchFilter(until=date(2100, 1, 1)), [phone, street]),
        (SearchFilter(late=True), []),
        (SearchFilter(order=DUE), [street, phone]),
    ):
        assert sorted(case.pk for case in look(town, "grenouille", search_filter).cases) == sorted(
            case.pk for case in kept
        ), search_filter
        assert sorted(case.pk for case in look(town, "", search_filter).cases) == sorted(case.pk for case in kept), (
            search_filter
        )
    assert search_cases("", SearchFilter(mine=True), user=town.planner).cases == [phone]
    assert search_cases("grenouille", SearchFilter(), user=town.planner).cases == [
        phone
    ]  # cases that the user may not read are not found


@pytest.mark.parametrize(
    ("text", "order"), [("grenouille", "latest"), ("grenou", "latest"), ("", "latest"), ("grenouille", "due")]
)
def test_pages_by_key_give_everything_once(town: SmallTown, text: str, order: str) -> None:
    made = [opened(town, words="grenouille" if at % 3 else "grenouilles vertes").pk for at in range(11)]
    seen: list[int] = []
    after = ""
    while True:
        result = look(town, text, SearchFilter(order=order), after=after, limit=3)
        seen += [case.pk for case in result.cases]
        if not result.next:
            break
        after = result.next
    assert sorted(seen) == sorted(made) and len(seen) == len(made)


@pytest.mark.parametrize(
    "after", ["x", "0", "0w", "9b12", "0wabc", "1|2", "0b99999999999999999999999", "\x00", *EXTREME]
)
def test_a_cursor_from_elsewhere_is_never_an_error(town: SmallTown, after: str) -> None:
    opened(town, words="grenouille")
    for order in ("latest", "due"):
        look(town, "grenouille", SearchFilter(order=order), after=after)
        look(town, "", SearchFilter(order=order), after=after)


def test_wider_leaves_one_word_out(town: SmallTown) -> None:
    case = opened(town, words="grenouille verte")
    assert look(town, "grenouille verte sapinière").cases == []
    assert wider("grenouille verte sapinière", user=town.agent) == [case]
    assert wider("grenouille verte sapinière", user=town.planner) == []
    assert Case.objects.count() == 1
