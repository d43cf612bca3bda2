"""Single typing mistakes in a word: a letter missing, added, changed, or two swapped. Pure.

Two words that differ by one mistake are equal after deleting at most one letter of each. Such deletions are stored with
each word and computed for the typed one, so a lookup is a dozen equalities, however many words are known.
"""

SHORTEST, LONGEST = 4, 24


def is_correctable(word: str) -> bool:
    """Whether a folded word is eligible for spelling correction: letters only, SHORTEST to LONGEST of them."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def variants(word: str) -> list[str]:
    """The word, and the word without each of its letters in turn."""
    return list(dict.fromkeys([word, *(word[:n] + word[n + 1 :] for n in range(len(word)))]))


def one_mistake(typed: str, word: str) -> bool:
    """Whether `typed` differs from `word` by at most one mistake."""
    if typed == word:
        return True
    if abs(len(typed) - len(word)) > 1:
        return False
    first = next((n for n, pair in enumerate(zip(typed, word, strict=False)) if pair[0] != pair[1]), len(typed))
    a, b = typed[first:], word[first:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
