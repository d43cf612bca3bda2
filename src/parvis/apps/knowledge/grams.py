"""Character n-grams of many texts at once: what survives typing slips, endings and joined words."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SIZES = (3, 4, 5)
_TURN = 1 << 40  # beyond any code of an n-gram, which has five bytes at most
_PAIR = 1 << 50  # beyond any code of a word
_APART = 1 << 51
_MIX = 0x2545F491  # so that a pair is not its reverse; the product stays under 2^62
_SPACE, _END = ord(" "), ord("\n")

Numbers = NDArray[np.int64]


def grams(texts: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """The 3 to 5-grams of folded words, each word between two spaces, as (rank of the text, code of the gram).

    A gram stays inside one word. Its code is its bytes, so that codes are the same everywhere; it leaves room in one
    number for the rank of a text.
    """
    lines = [f" {' '.join(words)} \n".encode() if words else b"\n" for words in texts]
    letters = np.frombuffer(b"".join(lines), np.uint8)
    owners = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    blank = (letters == _SPACE) | (letters == _END)
    result: list[tuple[Numbers, Numbers]] = []
    for size in SIZES:
        windows = len(letters) - size + 1
        if windows > 0:
            inside = _inside(letters, blank, size, windows)
            result.append((owners[inside], _codes(letters, inside, size)))
    if not result:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([owner for owner, _ in result]), np.concatenate([code for _, code in result])


def turns(texts: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """The n-grams of the words and the pairs of neighbours, as (rank of the text, code)."""
    held, codes = grams(texts)
    pairs = [
        (at, _TURN | crc32(f"{one} {two}".encode()))
        for at, said in enumerate(texts)
        for one, two in zip(said, said[1:], strict=False)
    ]
    more = np.array(pairs, np.int64).reshape(-1, 2)
    return np.concatenate([held, more[:, 0]]), np.concatenate([codes, more[:, 1]])


def sayings(texts: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """The words, the pairs of neighbours and the pairs with one word between, as (rank of the text, code); each once a
    text, in order.
    """
    known: dict[str, int] = {}
    flat = [known.setdefault(word, crc32(word.encode())) for said in texts for word in said]
    codes, owners = np.array(flat, np.int64), np.repeat(np.arange(len(texts)), [len(said) for said in texts])
    result, held = [codes], [owners]
    for apart, mark in ((1, _PAIR), (2, _APART)):
        together = owners[apart:] == owners[:-apart]
        mixed = (codes[:-apart] * _MIX) ^ codes[apart:]
        result.append(((mixed & (_PAIR - 1)) | mark)[together])
        held.append(owners[apart:][together])
    once = np.unique(np.stack([np.concatenate(held), np.concatenate(result)]), axis=1)
    return once[0], once[1]


def _inside(letters: NDArray[Any], blank: NDArray[Any], size: int, windows: int) -> Numbers:
    """Where a window of that size begins that holds no end of text, and no space but at its ends."""
    broken = (letters[:windows] == _END) | (letters[size - 1 : size - 1 + windows] == _END)
    for step in range(1, size - 1):
        broken |= blank[step : step + windows]
    return np.flatnonzero(~broken)


def _codes(letters: NDArray[Any], starts: Numbers, size: int) -> Numbers:
    code = np.zeros(len(starts), np.int64)
    for step in range(size):
        code = (code << 8) | letters[starts + step]
    return code
