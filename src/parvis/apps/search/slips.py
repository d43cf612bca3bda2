"""One typing mistake in a word: a letter missing, added, changed, or two exchanged. Pure.

Two words that differ by one mistake become the same word when each loses one letter at most: what a word becomes so is
kept beside it, and what was typed is looked for in the same way. A lookup is a dozen equalities, whatever the number of
words known.
"""

SHORTEST, LONGEST = 4, 24


def bears(word: str) -> bool:
    """Whether a folded word is kept, to be found when it is mistyped: numbers and very short words are not."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def slips(word: str) -> list[str]:
    """The word, and what it becomes without each of its letters in turn."""
    return list(dict.fromkeys([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]))


def one_mistake(typed: str, word: str) -> bool:
    """Whether one mistake at most makes `typed` of `word`."""
    if typed == word:
        return True
    if abs(len(typed) - len(word)) > 1:
        return False
    first = next((at for at, pair in enumerate(zip(typed, word, strict=False)) if pair[0] != pair[1]), len(typed))
    rest, whole = typed[first:], word[first:]
    exchanged = rest[:2] == whole[1::-1] and rest[2:] == whole[2:]
    return exchanged or rest[1:] == whole[1:] or rest[1:] == whole or rest == whole[1:]
