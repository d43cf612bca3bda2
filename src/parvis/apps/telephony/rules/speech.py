"""How long words last when they are spoken, and words that last less."""

import re

LONGEST = 60  # seconds of the message itself; the keys are said after it
SIGNS_A_SECOND = 14  # of a synthetic voice at its usual speed, spaces included
PAUSE = 0.6  # seconds, at the end of a sentence
DIGITS = 2.5  # a figure is read as a word: "1450" is "mille quatre cent cinquante"


def seconds(text: str) -> int:
    """An estimate, in whole seconds, of how long a synthetic voice takes to say it; 0 for nothing."""
    words = " ".join(text.split())
    if not words:
        return 0
    digits = sum(character.isdigit() for character in words)
    stops = len(re.findall(r"[.!?:;](?:\s|$)", words))
    return max(1, round((len(words) + digits * DIGITS) / SIGNS_A_SECOND + stops * PAUSE))


def within(text: str, most: int = LONGEST) -> str:
    """The first sentences that last `most` seconds at most; whole words of the first one when it lasts more."""
    kept = ""
    for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
        longer = f"{kept} {sentence}".strip()
        if seconds(longer) > most:
            break
        kept = longer
    if kept:
        return kept
    words = text.split()
    while words and seconds(" ".join(words)) > most:
        words.pop()
    return " ".join(words)


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, one breath apart."""
    return tuple(" ".join(part.split()) for part in text.split("\n") if part.strip())
