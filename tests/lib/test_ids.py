import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.lib.ids import (
    CHECK_LETTERS,
    CODE_ALPHABET,
    Reference,
    clean_code,
    make_reference,
    meant_reference,
    new_code,
    new_secret,
    parse_reference,
    show_code,
)


@pytest.mark.parametrize(
    ("year", "number", "start"),
    [(2026, 417, "26-0417-"), (2026, 1, "26-0001-"), (2026, 12345, "26-12345-"), (2000, 1, "00-0001-")],
)
def test_a_reference_has_year_number_and_check_letter(year: int, number: int, start: str) -> None:
    reference = make_reference(year, number)
    assert reference[:-1] == start
    assert reference[-1] in CHECK_LETTERS
    assert parse_reference(reference) == Reference(year, number)


def test_the_example_of_the_plan() -> None:
    assert make_reference(2026, 417) == "26-0417-K"
    assert str(Reference(2026, 417)) == "26-0417-K"


@pytest.mark.parametrize(("year", "number"), [(1999, 1), (2100, 1), (26, 1), (2026, 0), (2026, -4), (2026, 10**9)])
def test_what_no_reference_can_hold_is_refused(year: int, number: int) -> None:
    with pytest.raises(ValueError, match="a reference holds"):
        make_reference(year, number)


@pytest.mark.parametrize(
    "typed",
    [
        "26-0417-K",
        "26-0417-k",
        "260417K",
        "26 0417 K",
        " 26–0417–k. ",
        "26-O417-K",
        "26-o4l7-k",
        "26-04I7-K",
        "26-417-K",
        "26 417 k",
        "2026-0417-K",
        "2026 417 k",
        "#26-0417-K",
        "26-0417K",
        "２６-０４１７-Ｋ",
    ],
)
def test_a_reference_is_read_as_people_type_it(typed: str) -> None:
    assert parse_reference(typed) == Reference(2026, 417)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "K",
        "26",
        "26-0417",
        "26-0417-",
        "26-0417-A",
        "26-0417-I",
        "26-0000-K",
        "bonjour",
        "26-04x7-K",
        "4506581066",
        "K" * 500,
        "26-0417-K 26-0418-T",
        "26-0417-É",
        "26-00417-K",
        "26-٠٤١٧-K",
    ],
)
def test_anything_else_is_no_reference(typed: str) -> None:
    assert parse_reference(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *((typed, "26-0417-K") for typed in ("26-0417-K", "26 0417 k", "2026-417-K", "260417k", "#26-0417-K.")),
        *((typed, "26-0417-K") for typed in ("0417-K", "0417 k", "0417k", " 0417-k? ")),
        ("0417-B", make_reference(2021, 417)),
        ("26-0418-K", "26-0418-K"),  # the letter is wrong
        ("26 0418 k", "26-0418-K"),
        ("0417-E", "0417-E"),
        *((typed, "") for typed in ("", "K", "0417", "26-0417", "27-0417-Y", "24 h", "20 km", "500 W", "bonjour")),
        *((typed, "") for typed in ("26-0417-K 26-0418-T", "2555 chemin Bellevue", "450 555-0123", "0417 e", "12-B")),
    ],
)
def test_a_reference_is_meant_with_its_year_or_without(typed: str, meant: str) -> None:
    assert meant_reference(typed, 2026) == meant


def test_every_wrong_digit_and_every_neighbour_swap_changes_the_letter() -> None:
    """Checks every four-digit number of 2026, year digits included."""
    years = {2000 + int(wrong) for wrong in _mistyped("26")} | {2026}
    letters = {
        f"{year % 100:02d}{number:04d}": make_reference(year, number)[-1]
        for year, number in product(years, range(1, 10_000))
    }
    for number in range(1, 10_000):
        digits = f"26{number:04d}"
        assert not [wrong for wrong in _mistyped(digits) if letters.get(wrong) == letters[digits]]


def _mistyped(digits: str) -> set[str]:
    swapped = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1)}
    changed = {digits[:i] + other + digits[i + 1 :] for i in range(len(digits)) for other in "0123456789"}
    return (swapped | changed) - {digits}


@given(st.integers(2000, 2099), st.integers(1, 10**9 - 1))
def test_any_reference_reads_back_and_bears_no_mistake(year: int, number: int) -> None:
    reference = make_reference(year, number)
    assert parse_reference(reference.lower().replace("-", " ")) == Reference(year, number)
    digits = f"{year % 100:02d}{number:04d}"
    for wrong in _mistyped(digits):
        assert parse_reference(f"{wrong[:2]}-{wrong[2:]}-{reference[-1]}") is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_readers(text: str) -> None:
    parse_reference(text)
    assert clean_code(text) == "" or len(clean_code(text)) == 10


def test_letters_that_pass_for_digits_are_never_check_letters() -> None:
    assert len(set(CHECK_LETTERS)) >= 20
    assert not set("IOQUL") & set(CHECK_LETTERS)


def test_secrets_and_codes_do_not_repeat_and_are_safe_to_carry() -> None:
    secrets = {new_secret() for _ in range(1000)}
    codes = {new_code() for _ in range(1000)}
    assert len(secrets) == len(codes) == 1000
    assert all(re.fullmatch(r"[\w-]{22}", secret) for secret in secrets)
    assert all(len(code) == 10 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert all(clean_code(show_code(code).lower()) == code for code in codes)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("7H2KM-4QZ9T", "7H2KM4QZ9T"),
        ("7h2km 4qz9t", "7H2KM4QZ9T"),
        ("o1234-56789", "0123456789"),
        ("Ol2Z4-56789", "012Z456789"),
        ("7H2KM", ""),
        ("", ""),
        ("7H2KM4QZ9TT", ""),
        ("u" * 10, "V" * 10),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, expected: str) -> None:
    assert clean_code(typed) == expected
