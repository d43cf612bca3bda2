"""Case references short enough to dictate, and random secrets.

A reference reads "26-0417-K": two digits of the year, the rank of the case in that year (four digits or more), a check
letter. The letter encodes a weighted sum of the digits modulo 21. Every weight, and every difference of two
neighbouring weights, is coprime to 21: any wrong digit and any swap of two neighbouring digits changes the letter.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

CHECK_LETTERS = "ABCDEFGHJKMNPRSTVWXYZ"  # 21: no I, L, O, Q, U, easily misread
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's 32
CODE_LENGTH = 10

_WEIGHTS = (1, 2, 4, 5, 10, 11)
_OFFSET = 7
_MAX_DIGITS = 9
_NEARLY = re.compile(
    r"(?:REF\.?\s*)?#?(?P<year>(?:20)?[0-9]{2})[\s\-./]*(?P<number>[0-9]{1,9})[\s\-./]*(?P<letter>[A-Z]?)"
)
_PRINTED = re.compile(r"(?:20)?(?P<year>[0-9]{2})[\s\-./]*(?P<number>[0-9]{4,7})[\s\-./]*(?P<letter>[A-Z])")
_WITHOUT_YEAR = re.compile(r"(?P<number>[0-9]{4,7})(?P<dash>[\s\-./]*)(?P<letter>[A-Z])")
_PRINTED_DIGITS, _YEARS_BACK = 4, 10
_AS_DIGITS = str.maketrans("OQIL", "0011")
_AS_CODE = str.maketrans("OILU", "011V")


@dataclass(frozen=True, order=True)
class Reference:
    """The year (four digits) and rank of a case; `str` gives "26-0417-K"."""

    year: int
    number: int

    def __str__(self) -> str:
        return make_reference(self.year, self.number)


def make_reference(year: int, number: int) -> str:
    """Formats "26-0417-K" for the 417th case of 2026. ValueError outside 2000 to 2099 or for a number below 1."""
    if not 2000 <= year <= 2099:
        raise ValueError(f"a reference holds a year from 2000 to 2099, not {year}")
    if not 1 <= number < 10**_MAX_DIGITS:
        raise ValueError(f"a reference holds a number from 1 to {10**_MAX_DIGITS - 1}, not {number}")
    digits = f"{year % 100:02d}{number:04d}"
    return f"{digits[:2]}-{digits[2:]}-{_check_letter(digits)}"


def parse_reference(text: str) -> Reference | None:
    """Parses a reference as people type it; None when it is not one, or when its check letter is wrong.

    Spaces, dashes and case are ignored; O and Q are read as 0, I and L as 1; the year may have four digits, and the
    number may lack its leading zeros when a separator precedes it ("2026 417 k").
    """
    if len(text) > 60:
        return None
    typed = unicodedata.normalize("NFKC", text).upper()
    groups = re.findall(r"[0-9A-Z]+", typed)
    letter = "".join(groups)[-1:]
    if letter not in CHECK_LETTERS or not letter:
        return None
    groups[-1] = groups[-1][:-1]
    groups = [group.translate(_AS_DIGITS) for group in groups if group]
    digits = "".join(groups)
    if not re.fullmatch(r"[0-9]{3,}", digits):
        return None
    cut = 4 if len(groups) > 1 and len(groups[0]) == 4 and digits.startswith("20") else 2
    return _verified(int(digits[cut - 2 : cut]), digits[cut:], letter)


def meant_reference(text: str, this_year: int) -> str:
    """The reference that a text means, as it is printed; "" when it means none.

    The year may be missing: it is then the last one, of this year and the ten before, that fits the check letter. What
    has the shape of a reference counts as one though its letter is wrong, so that whoever follows it is told no more
    than for one that nobody was given.
    """
    typed = unicodedata.normalize("NFKC", text[:60]).upper().strip(" .?!#")
    reference = parse_reference(typed)
    if reference and reference.year <= this_year:
        return str(reference)
    if shape := _PRINTED.fullmatch(typed):
        return f"{shape['year']}-{shape['number']}-{shape['letter']}" if 2000 + int(shape["year"]) <= this_year else ""
    shape = _WITHOUT_YEAR.fullmatch(typed)
    if shape is None:
        return ""
    digits = shape["number"].lstrip("0").zfill(_PRINTED_DIGITS)
    for year in range(this_year, this_year - _YEARS_BACK - 1, -1):
        if reference := parse_reference(f"{year % 100:02d}-{digits}-{shape['letter']}"):
            return str(reference)
    return f"{digits}-{shape['letter']}" if "-" in shape["dash"] and len(digits) == _PRINTED_DIGITS else ""


def _verified(short_year: int, number: str, letter: str) -> Reference | None:
    padded_too_far = len(number) > 4 and number.startswith("0")
    if not number or padded_too_far or len(number) > _MAX_DIGITS or int(number) == 0:
        return None
    reference = Reference(2000 + short_year, int(number))
    return reference if str(reference).endswith(letter) else None


def near_references(text: str) -> list[str]:
    """Candidate references when the check letter is missing, or when one digit or the letter is mistyped.

    At most a few dozen, the likeliest first; the letter, when given, filters the corrections of the digits. Empty for
    text that does not look like a reference.
    """
    shape = _NEARLY.fullmatch(unicodedata.normalize("NFKC", text[:60]).upper().strip())
    if shape is None:
        return []
    digits, letter = shape["year"][-2:] + shape["number"].zfill(4), shape["letter"]
    result = [make_reference(2000 + int(digits[:2]), int(digits[2:]))] if int(digits[2:]) else []
    for other in _mistyped(digits) if letter else ():
        if int(other[2:]) and _check_letter(other) == letter:
            result.append(make_reference(2000 + int(other[:2]), int(other[2:])))
    return list(dict.fromkeys(result))


def _mistyped(digits: str) -> Iterator[str]:
    """Yields the digits with two neighbours swapped, then with one digit changed."""
    for at in range(len(digits) - 1):
        yield digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    for at, digit in enumerate(digits):
        yield from (digits[:at] + other + digits[at + 1 :] for other in "0123456789" if other != digit)


def _check_letter(digits: str) -> str:
    total = sum(int(digit) * _WEIGHTS[rank % len(_WEIGHTS)] for rank, digit in enumerate(reversed(digits)))
    return CHECK_LETTERS[(total + _OFFSET) % len(CHECK_LETTERS)]


def new_secret() -> str:
    """A 128-bit URL-safe secret for a link, 22 characters."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """A code of 10 characters (50 bits), easy to dictate, that goes with a reference."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def clean_code(text: str) -> str:
    """Normalises a typed code to its stored form; "" when it cannot be a code. Compare in constant time."""
    typed = unicodedata.normalize("NFKC", text[:60]).upper()
    code = re.sub(r"[^0-9A-Z]", "", typed).translate(_AS_CODE)
    return code if len(code) == CODE_LENGTH else ""


def show_code(code: str) -> str:
    """Formats a code in two halves for reading or dictation: "7H2KM-4QZ9T"."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"
