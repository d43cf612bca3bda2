"""Character n-grams of many texts at once: robust to typing slips, endings and joined words."""

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
    """The 3 to 5-grams of folded words, each word between two spaces, as (text rank, gram code).

    A gram never crosses a word boundary. Its code is its bytes, so codes are the same on every machine, and leaves room
    in one integer for a text rank.
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
    """The n-grams of the words and the pairs of adjacent words, as (text rank, code)."""
    owners, codes = grams(texts)
    rows = [
        (rank, _TURN | crc32(f"{first} {second}".encode()))
        for rank, words in enumerate(texts)
        for first, second in zip(words, words[1:], strict=False)
    ]
    pairs = np.array(rows, np.int64).reshape(-1, 2)
    return np.concatenate([owners, pairs[:, 0]]), np.concatenate([codes, pairs[:, 1]])


def sayings(texts: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """The words, adjacent pairs and pairs one word apart, as (text rank, code): sorted, and unique in each text."""
    code_of: dict[str, int] = {}
    flat = [code_of.setdefault(word, crc32(word.encode())) for words in texts for word in words]
    codes, owners = np.array(flat, np.int64), np.repeat(np.arange(len(texts)), [len(words) for words in texts])
    result, held_owners = [codes], [owners]
    for gap, mark in ((1, _PAIR), (2, _APART)):
        same_text = owners[gap:] == owners[:-gap]
        mixed = (codes[:-gap] * _MIX) ^ codes[gap:]
        result.append(((mixed & (_PAIR - 1)) | mark)[same_text])
        held_owners.append(owners[gap:][same_text])
    unique = np.unique(np.stack([np.concatenate(held_owners), np.concatenate(result)]), axis=1)
    return unique[0], unique[1]


def _inside(letters: NDArray[Any], blank: NDArray[Any], size: int, windows: int) -> Numbers:
    """Start offsets of the windows of that size that contain no end of text, and spaces only at their ends."""
    outside = (letters[:windows] == _END) | (letters[size - 1 : size - 1 + windows] == _END)
    for step in range(1, size - 1):
        outside |= blank[step : step + windows]
    return np.flatnonzero(~outside)


def _codes(letters: NDArray[Any], starts: Numbers, size: int) -> Numbers:
    code = np.zeros(len(starts), np.int64)
    for step in range(size):
        code = (code << 8) | letters[starts + step]
    return code
