"""Immediate danger told in a message, in French or English: plainly, in passing, understated, or as a farewell.

The families of dangers, the same in every town, stand in `emergencies.yaml`, which says how a pattern is written. A
sentence that speaks of the past, or of a course or a rule, tells none; a hypothesis only makes cautious. Pure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from parvis.lib import words

RULES = Path(__file__).with_name("emergencies.yaml")
LONGEST = 4000  # characters read
_KEY = 2  # letters by which the patterns worth trying are found
_SENTENCE = re.compile(r"[.?!;:\n]+(?=\s|$)|\n+")
_CLAUSE = re.compile(r",|\s-+\s|\bmais\b|\bbut\b|\(|\)|…|\.\.+")
_DOUBLED = re.compile(r"([a-z])\1+")
_WORD = re.compile(r"[a-z0-9]+")
_NEGATED = re.compile(r" (?:(?:pas|plus) (?:de|d)|aucune?|sans|no|without(?: any)?)$")
_DEPUIS = re.compile(r" depuis (?:hier|la nuit passe|le mois passe|l an passe|la semaine passe\w*)\b")


@dataclass(frozen=True)
class Heard:
    """What a message tells: the families of danger, those that are only feared or doubtful, whether it hints at one.

    `calm` says that every sentence is about the past, a course, a rule, or what may come; `asks`, that it asks about
    a date, a price, a place or a right.
    """

    families: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    hint: bool = False
    calm: bool = False
    asks: bool = False


@dataclass(frozen=True)
class Sentence:
    """The words of one sentence, ready for patterns: " a b , c " with a comma where a clause ends."""

    text: str

    def clauses(self, start: int, end: int) -> str:
        """The whole clauses in which a part of the text stands."""
        first, last = self.text.rfind(" ,", 0, start + 1), self.text.find(" ,", max(start, end - 1))
        return self.text[first + 2 if first >= 0 else 0 : last if last >= 0 else len(self.text)] + " "


class Pattern:
    """One pattern, all of whose parts must be in the sentence; see `emergencies.yaml`."""

    def __init__(self, written: str, sets: Mapping[str, str]) -> None:
        self._written = [_filled(part, sets).split() for part in written.split(" & ")]
        self.keys = _keys(self._written[0])

    @cached_property
    def _parts(self) -> list[re.Pattern[str]]:
        return [re.compile(_regex(part)) for part in self._written]

    def found(self, sentence: str) -> list[tuple[int, int]]:
        """Where each part first stands, in order; empty when one is missing."""
        spans = []
        for part in self._parts:  # made when first tried: most are not in the life of a process
            match = part.search(sentence)
            if match is None:
                return []
            spans.append(match.span())
        return spans


class Patterns:
    """Many patterns, of which only those that begin by a word of the sentence are tried."""

    def __init__(self, written: Iterable[str], sets: Mapping[str, str]) -> None:
        self._by_key: dict[str, list[Pattern]] = defaultdict(list)
        self._order: dict[Pattern, int] = {}
        for at, result in enumerate(written):
            pattern = Pattern(result, sets)
            self._order[pattern] = at
            for key in pattern.keys:
                self._by_key[key].append(pattern)

    def found(self, sentence: str, keys: Iterable[str]) -> Iterable[list[tuple[int, int]]]:
        """Where the patterns that hold stand, in the order in which they were written."""
        tried = {pattern for key in keys for pattern in self._by_key.get(key, ())}
        for pattern in sorted(tried, key=self._order.__getitem__):
            if spans := pattern.found(sentence):
                yield spans

    def hold(self, sentence: str) -> bool:
        """Whether one of them is in the sentence."""
        return any(True for _spans in self.found(sentence, keys_of(sentence)))


@dataclass(frozen=True)
class Family:
    """One kind of danger; see `emergencies.yaml`."""

    name: str
    lines: tuple[str, ...]
    whenever: bool
    said: Patterns
    unless: Patterns
    doubt: Patterns


class Recogniser:
    """The rules of a file, ready to read messages."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        sets = {name: str(members) for name, members in rules["sets"].items()}
        self.families = tuple(
            Family(
                name,
                tuple(given.get("lines", ())),
                bool(given.get("whenever", False)),
                *(Patterns(given.get(part, ()), sets) for part in ("said", "unless", "doubt")),
            )
            for name, given in rules["families"].items()
        )
        self._idioms = [re.compile(_regex(_filled(rule, sets).split())) for rule in rules["idioms"]]
        kept = ("hypotheses", "past", "present", "topics", "hints", "asks")
        self._guards = {name: Patterns(rules[name], sets) for name in kept}

    def hear(self, text: str) -> Heard:
        """What a message tells; only its first 4,000 characters are read."""
        told: dict[str, None] = {}
        doubtful: dict[str, None] = {}
        sentences = [self._bare(each) for each in sentences_of(text[:LONGEST])]
        whole = " ".join(each.text for each in sentences)
        for sentence in sentences:
            keys = keys_of(sentence.text)
            for family in self.families:
                level = self._level(family, sentence, keys, whole)
                if level:
                    (told if level == "danger" else doubtful)[family.name] = None
        hint = any(self._guards["hints"].hold(each.text) for each in sentences)
        calm = bool(sentences) and all(self._is_calm(each.text) for each in sentences)
        asks = "?" in text or self._guards["asks"].hold(whole)
        return Heard(tuple(told), tuple(name for name in doubtful if name not in told), hint, calm, asks)

    def _level(self, family: Family, sentence: Sentence, keys: set[str], whole: str) -> str:
        """What a sentence tells of a family: "danger", "doubt" or ""."""
        level = ""
        for spans in family.said.found(sentence.text, keys):
            if family.unless.hold(sentence.text):
                return ""
            if family.doubt.hold(whole):
                return "doubt"
            guarded = self._guarded(family, sentence, spans)
            if guarded == "danger":
                return guarded
            level = level or guarded
        return level

    def _guarded(self, family: Family, sentence: Sentence, spans: Sequence[tuple[int, int]]) -> str:
        start, end = spans[0]
        around = sentence.clauses(start, end)
        if _NEGATED.search(sentence.text[:start]):
            return ""
        if not family.whenever and self._is_past(sentence.text):
            return ""
        if self._guards["topics"].hold(around):
            return ""
        return "doubt" if self._guards["hypotheses"].hold(around) else "danger"

    def _is_past(self, sentence: str) -> bool:
        return self._guards["past"].hold(_DEPUIS.sub(" depuis", sentence)) and not self._guards["present"].hold(
            sentence
        )

    def _is_calm(self, sentence: str) -> bool:
        return self._is_past(sentence) or any(self._guards[name].hold(sentence) for name in ("topics", "hypotheses"))

    def _bare(self, sentence: Sentence) -> Sentence:
        """The sentence without the turns of phrase in which words of danger are none."""
        text = sentence.text
        for idiom in self._idioms:
            text = idiom.sub(" ~", text)
        return Sentence(text)


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text, each in folded words without doubled letters."""
    sentences = []
    for sentence in _SENTENCE.split(text.replace("’", "'")):
        clauses = [_said(clause) for clause in _CLAUSE.split(words.fold(sentence))]
        joined = " , ".join(" ".join(clause) for clause in clauses if clause)
        if joined:
            sentences.append(Sentence(f" {joined} "))
    return sentences


def keys_of(sentence: str) -> set[str]:
    """The beginnings of the words of a sentence."""
    return {word[:_KEY] for word in sentence.split()}


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """The product's rules, read once."""
    return Recogniser(yaml.safe_load(RULES.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def hear(text: str) -> Heard:
    """What a message tells by the product's rules."""
    return recogniser().hear(text)


def lines_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of the help lines of these families, each once, in order."""
    wanted = set(names)
    families = (family for family in recogniser().families if family.name in wanted)
    return tuple(dict.fromkeys(line for family in families for line in family.lines))


def _said(clause: str) -> list[str]:
    return [_DOUBLED.sub(r"\1", word) for word in _WORD.findall(clause)]


def _filled(written: str, sets: Mapping[str, str]) -> str:
    """A pattern with its sets written out, folded and without doubled letters."""
    whole = re.sub(r"\{(\w+)\}", lambda name: sets[name[1]], written)
    return _DOUBLED.sub(r"\1", words.fold(whole))


def _keys(elements: Sequence[str]) -> set[str]:
    """The beginnings of the words by which the pattern may begin."""
    keys: set[str] = set()
    for element in elements:
        if element == "^":
            continue
        keys |= {other.split("_")[0].rstrip("*")[:_KEY] for other in element.rstrip("?").split("|")}
        if not element.endswith("?"):
            break
    return keys


def _regex(elements: Sequence[str]) -> str:
    """The expression of a pattern on a text of `Sentence`."""
    made = ""
    for element in elements:
        if element == "^":
            made += r"(?:^|(?<= ,))"
        elif element == "$":
            made += r"(?=(?: svp| please| merci)? (?:,|$))"
        elif re.fullmatch(r"\.\d", element):
            made += rf"(?: [^ ]+){{0,{element[1]}}}?"
        else:
            made += _choice(element)
    return made if made.endswith(")") and elements[-1] == "$" else made + r"(?= |$)"


def _choice(element: str) -> str:
    optional = element.endswith("?")
    others = "|".join(_word(other) for other in element.rstrip("?").split("|"))
    return rf"(?:(?: ,)* (?:{others})(?= ))" + ("?" if optional else "")


def _word(written: str) -> str:
    return " ".join(re.escape(part).replace(r"\*", "[a-z0-9]*") for part in written.split("_"))
