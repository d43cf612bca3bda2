"""Detects an immediate danger in a message, in French or English: plain, in passing, understated, or a farewell.

The families of dangers, the same in every town, are in `emergencies.yaml`, which documents the pattern syntax. A
sentence about the past, a course or a rule never counts; a hypothesis only raises a doubt. Pure.
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
_KEYS = (2, 3, 4)  # letters of a word that are looked up; a pattern is indexed by the most of them that it has
_SENTENCE = re.compile(r"[.?!;:\n]+(?=\s|$)|\n+")
_CLAUSE = re.compile(r",|\s-+\s|\bmais\b|\bbut\b|\(|\)|…|\.\.+")
_DOUBLED = re.compile(r"([a-z])\1+")
_WORD = re.compile(r"[a-z0-9]+")
_WRITTEN = re.compile(r"[^\W_]+")
_NEGATED = re.compile(r" (?:(?:pas|plus) (?:de|d)|aucune?|sans|no|without(?: any)?)$")
_DEPUIS = re.compile(r" depuis (?:hier|la nuit passe|le mois passe|l an passe|la semaine passe\w*)\b")
_SPLITS = {"sentence": _SENTENCE, "clause": _CLAUSE, "doubled": _DOUBLED, "negated": _NEGATED, "since": _DEPUIS}


@dataclass(frozen=True)
class DangerSigns:
    """What a message tells: the families of danger, those only feared or doubtful, whether it hints at one.

    `calm`: every sentence is about the past, a course, a rule, or what may come. `asks`: it asks about a date, a price,
    a place or a right. `places`: where the text tells of the dangers, as (start, end) in characters, in order.
    """

    families: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    hint: bool = False
    calm: bool = False
    asks: bool = False
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Sentence:
    """The words of one sentence, ready for patterns: " a b , c " with a comma where a clause ends.

    `written` is the sentence as it was written, which begins at `start` in the message.
    """

    text: str
    written: str = ""
    start: int = 0

    def clauses(self, start: int, end: int) -> str:
        """The whole clauses that contain this span of the text."""
        first, last = self.text.rfind(" ,", 0, start + 1), self.text.find(" ,", max(start, end - 1))
        return self.text[first + 2 if first >= 0 else 0 : last if last >= 0 else len(self.text)] + " "

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the message the words of this span of the text are; the whole sentence when they cannot be told."""
        before, inside = self.text[:start].split(), self.text[start:end].split()
        first, last = len(before) - before.count(","), len(inside) - inside.count(",")
        spans = self._spans()
        if "~" in self.text or not last or len(spans) < first + last:
            return self.start, self.start + len(self.written)
        return self.start + spans[first][0], self.start + spans[first + last - 1][1]

    def _spans(self) -> list[tuple[int, int]]:
        """Where each word of the text, commas left out, is in the sentence as it was written."""
        wanted = iter([word for word in self.text.split() if word != ","])
        spans, word = [], next(wanted, None)
        for match in _WRITTEN.finditer(self.written):
            for heard in _words_of(words.fold(match[0])):
                if heard == word:  # the words that end a clause, such as "mais", are not in the text
                    spans.append(match.span())
                    word = next(wanted, None)
        return spans


class Pattern:
    """One pattern; every part must be in the sentence. See `emergencies.yaml`."""

    def __init__(self, written: str, sets: Mapping[str, str]) -> None:
        self._written = [_filled(part, sets).split() for part in written.split(" & ")]
        self.keys = _keys(self._written[0])

    @property
    def regexes(self) -> list[str]:
        """The regular expression of each part."""
        return [_regex(part) for part in self._written]

    @cached_property
    def _parts(self) -> list[re.Pattern[str]]:
        return [re.compile(regex) for regex in self.regexes]

    def found(self, sentence: str) -> list[tuple[int, int]]:
        """The first span of each part, in order; empty when one is missing."""
        spans = []
        for part in self._parts:  # compiled at first use: most never are
            match = part.search(sentence)
            if match is None:
                return []
            spans.append(match.span())
        return spans

    def parts_in(self, sentence: str) -> list[tuple[int, int]]:
        """The first span of each part that the sentence holds."""
        return [match.span() for part in self._parts if (match := part.search(sentence))]


class Patterns:
    """Many patterns, indexed by the beginning of their first word so that few are tried on a sentence."""

    def __init__(self, written: Iterable[str], sets: Mapping[str, str]) -> None:
        self._by_key: dict[str, list[Pattern]] = defaultdict(list)
        self._order: dict[Pattern, int] = {}
        for order, text in enumerate(written):
            pattern = Pattern(text, sets)
            self._order[pattern] = order
            for key in pattern.keys:
                self._by_key[key].append(pattern)

    def found(self, sentence: str, keys: set[str]) -> Iterable[list[tuple[int, int]]]:
        """The spans of each matching pattern, in the order they were written."""
        tried = {pattern for key in self._by_key.keys() & keys for pattern in self._by_key[key]}
        for pattern in sorted(tried, key=self._order.__getitem__):
            if spans := pattern.found(sentence):
                yield spans

    def parts_in(self, sentence: str) -> list[tuple[int, int]]:
        """The spans of the parts of these patterns that a sentence holds, one part or several."""
        return [span for pattern in self._order for span in pattern.parts_in(sentence)]

    @property
    def regexes(self) -> list[list[str]]:
        """Those of each pattern, in the order they were written."""
        return [pattern.regexes for pattern in self._order]

    def hold(self, sentence: str) -> bool:
        """Whether one of them matches the sentence."""
        return any(True for _spans in self.found(sentence, keys_of(sentence)))


@dataclass(frozen=True)
class Family:
    """One kind of danger; see `emergencies.yaml`."""

    name: str
    lines: tuple[str, ...]
    first: str
    whenever: bool
    said: Patterns
    sure: Patterns
    whole: Patterns
    unless: Patterns
    doubt: Patterns


class Recogniser:
    """The compiled rules of a file."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        sets = {name: str(members) for name, members in rules["sets"].items()}
        self.families = tuple(
            Family(
                name,
                tuple(given.get("lines", ())),
                str(given.get("first", "")),
                bool(given.get("whenever", False)),
                *(Patterns(given.get(part, ()), sets) for part in ("said", "sure", "whole", "unless", "doubt")),
            )
            for name, given in rules["families"].items()
        )
        self._idioms = [re.compile(_regex(_filled(rule, sets).split())) for rule in rules["idioms"]]
        guards = ("hypotheses", "past", "present", "topics", "hints", "asks")
        self._guards = {name: Patterns(rules[name], sets) for name in guards}
        self._sets = {name: _choices(_filled(members, sets)) for name, members in sets.items()}

    def as_values(self) -> dict[str, Any]:
        """The rules as regular expressions that scripts know too, for `danger-words.js`, which hears as `hear` does.

        In an expression, {name} stands for that one of `sets`.
        """
        names = sorted(self._sets, key=lambda name: -len(self._sets[name]))

        def short(regex: str) -> str:
            for name in names:
                regex = regex.replace(self._sets[name], f"{{{name}}}")
            return regex

        def all_of(patterns: Patterns) -> list[list[str]]:
            return [[short(regex) for regex in regexes] for regexes in patterns.regexes]

        return {
            "sets": self._sets,
            "splits": {name: each.pattern for name, each in _SPLITS.items()},
            "idioms": [short(idiom.pattern) for idiom in self._idioms],
            "guards": {name: all_of(self._guards[name]) for name in ("hypotheses", "past", "present", "topics")},
            "families": [
                {"name": family.name, "lines": family.lines, "first": family.first, "whenever": family.whenever}
                | {name: all_of(getattr(family, name)) for name in ("said", "sure", "whole", "unless", "doubt")}
                for family in self.families
            ],
        }

    def hear(self, text: str) -> DangerSigns:
        """The dangers of a message; only its first 4,000 characters are read."""
        dangers: dict[str, None] = {}
        doubtful: dict[str, None] = {}
        sentences = [self._bare(each) for each in sentences_of(text[:LONGEST])]
        whole = " ".join(each.text for each in sentences)
        joined = f" {' , '.join(each.text.strip() for each in sentences)} "
        places: set[tuple[int, int]] = set()
        for sentence in sentences:
            keys = keys_of(sentence.text)
            for family in self.families:
                level = self._level(family, sentence, keys, whole)
                if level:
                    (dangers if level == "danger" else doubtful)[family.name] = None
                if level == "danger":
                    found = [*family.sure.found(sentence.text, keys), *family.said.found(sentence.text, keys)]
                    places |= {sentence.place(*span) for spans in found for span in spans}
        for family in self.families:
            level = self._level_of_whole(family, joined)
            if level:
                (dangers if level == "danger" else doubtful)[family.name] = None
            if level == "danger":
                places |= {
                    sentence.place(*span) for sentence in sentences for span in family.whole.parts_in(sentence.text)
                }
        hint = any(self._guards["hints"].hold(each.text) for each in sentences)
        calm = bool(sentences) and all(self._is_calm(each.text) for each in sentences)
        asks = "?" in text or self._guards["asks"].hold(whole)
        doubts = tuple(name for name in doubtful if name not in dangers)
        return DangerSigns(tuple(dangers), doubts, hint, calm, asks, _merged(places))

    def _level(self, family: Family, sentence: Sentence, keys: set[str], whole: str) -> str:
        """What a sentence tells of a family: "danger", "doubt" or ""."""
        level = ""
        for spans in family.sure.found(sentence.text, keys):
            if not family.unless.hold(sentence.text) and self._guarded(family, sentence, spans) == "danger":
                return "danger"
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

    def _level_of_whole(self, family: Family, whole: str) -> str:
        """What the message, each sentence a clause, tells of a family by what several of its sentences say together."""
        if not family.whole.hold(whole) or family.unless.hold(whole):
            return ""
        return "doubt" if family.doubt.hold(whole) else "danger"

    def _guarded(self, family: Family, sentence: Sentence, spans: Sequence[tuple[int, int]]) -> str:
        start, end = spans[0]
        around = sentence.clauses(start, end)
        past = not family.whenever and self._is_past(sentence.text)
        if past or _NEGATED.search(sentence.text[:start]) or self._guards["topics"].hold(around):
            return ""
        return "doubt" if self._guards["hypotheses"].hold(around) else "danger"

    def _is_past(self, sentence: str) -> bool:
        past, present = self._guards["past"], self._guards["present"]
        return past.hold(_DEPUIS.sub(" depuis", sentence)) and not present.hold(sentence)

    def _is_calm(self, sentence: str) -> bool:
        return self._is_past(sentence) or any(self._guards[name].hold(sentence) for name in ("topics", "hypotheses"))

    def _bare(self, sentence: Sentence) -> Sentence:
        """The sentence without idioms that use words of danger innocently."""
        text = sentence.text
        for idiom in self._idioms:
            text = idiom.sub(" ~", text)
        return Sentence(text, sentence.written, sentence.start)


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text, as folded words without doubled letters."""
    sentences, start = [], 0
    plain = text.replace("’", "'")
    for end, following in [*(match.span() for match in _SENTENCE.finditer(plain)), (len(plain), len(plain))]:
        written = plain[start:end]
        clauses = [_words_of(clause) for clause in _CLAUSE.split(words.fold(written))]
        joined = " , ".join(" ".join(clause) for clause in clauses if clause)
        if joined:
            sentences.append(Sentence(f" {joined} ", written, start))
        start = following
    return sentences


def keys_of(sentence: str) -> set[str]:
    """The first letters of each word of a sentence, two to four of them."""
    return {word[:length] for word in set(sentence.split()) for length in _KEYS}


@lru_cache(maxsize=1)
def recogniser() -> Recogniser:
    """The product's rules, loaded once."""
    return Recogniser(yaml.safe_load(RULES.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def detect(text: str) -> DangerSigns:
    """The dangers of a message by the product's rules."""
    return recogniser().hear(text)


def lines_of(names: Iterable[str]) -> tuple[str, ...]:
    """The names of the help lines of these families, in order, each once."""
    wanted = set(names)
    families = (family for family in recogniser().families if family.name in wanted)
    return tuple(dict.fromkeys(line for family in families for line in family.lines))


def first_of(names: Iterable[str]) -> str:
    """What to do before anything else in the first of these families that says it; "" in none."""
    wanted = set(names)
    return next((family.first for family in recogniser().families if family.name in wanted and family.first), "")


def _merged(places: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The places in order, those that overlap made one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def _words_of(clause: str) -> list[str]:
    return [_DOUBLED.sub(r"\1", word) for word in _WORD.findall(clause)]


def _filled(written: str, sets: Mapping[str, str]) -> str:
    """A pattern with its sets expanded, folded and without doubled letters."""
    whole = re.sub(r"\{(\w+)\}", lambda name: sets[name[1]], written)
    return _DOUBLED.sub(r"\1", words.fold(whole))


def _keys(tokens: Sequence[str]) -> set[str]:
    """The first letters of the words that a pattern may begin with."""
    keys: set[str] = set()
    for token in tokens:
        if token == "^":
            continue
        keys |= {choice.split("_")[0].rstrip("*")[: _KEYS[-1]] for choice in token.rstrip("?").split("|")}
        if not token.endswith("?"):
            break
    return keys


def _regex(tokens: Sequence[str]) -> str:
    """The regular expression of a pattern, for the text of a `Sentence`."""
    regex = ""
    for token in tokens:
        if token == "^":
            regex += r"(?:^|(?<= ,))"
        elif token == "$":
            regex += r"(?=(?: svp| please| merci)? (?:,|$))"
        elif re.fullmatch(r"\.\d", token):
            regex += rf"(?: [^ ]+){{0,{token[1]}}}?"
        else:
            choices = _choices(token.rstrip("?"))
            regex += rf"(?:(?: ,)* (?:{choices})(?= ))" + ("?" if token.endswith("?") else "")
    return regex if regex.endswith(")") and tokens[-1] == "$" else regex + r"(?= |$)"


def _choices(written: str) -> str:
    return "|".join(_word(choice) for choice in written.split("|"))


def _word(written: str) -> str:
    return " ".join(re.escape(part).replace(r"\*", "[a-z0-9]*") for part in written.split("_"))
