"""A short guided set of questions that ends in an outcome: the questions, choices and rules are a town's data.

A guide rules on nothing: an answer that is not known, a norm that nobody confirmed, or a case that no rule foresees
goes to a person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from parvis.apps.knowledge.phrases import fact_keys

UNKNOWN = "inconnu"

Texts = tuple[str, str]  # French, English
When = Mapping[str, frozenset[str]]
Reason = Literal["rule", "unknown", "fact", "unforeseen"]


@dataclass(frozen=True)
class Choice:
    """One answer that may be chosen."""

    value: str
    label: Texts


@dataclass(frozen=True)
class Question:
    """A question with its choices, asked when the earlier answers are among those of `only_if`."""

    key: str
    label: Texts
    hint: Texts
    choices: tuple[Choice, ...]
    only_if: When

    @property
    def facts(self) -> list[str]:
        """The keys of the facts without which the question cannot be asked."""
        return fact_keys([*self.label, *self.hint, *(text for choice in self.choices for text in choice.label)])


@dataclass(frozen=True)
class Rule:
    """When the answers are those of `when`, this outcome, for this reason; `to` is who looks after it.

    `rests_on` are facts: when one of them may not be told, the rule does not stand. `norms`, when there are any, are
    shown in the place of those of the guide.
    """

    when: When
    outcome: str
    why: Texts
    to: str
    documents: tuple[Texts, ...]
    rests_on: tuple[str, ...]
    norms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guide:
    """The questions in order, the rules tried in order, the documents and norms of its outcomes, its sources."""

    kind: str
    intro: Texts
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    documents: tuple[Texts, ...]
    norms: tuple[str, ...]
    source: str
    source_url: str

    @property
    def facts(self) -> list[str]:
        """The keys of every fact that the guide reads."""
        texts = [text for rule in self.rules for text in rule.why] + list(self.intro)
        keys = [*self.norms, *(key for question in self.questions for key in question.facts), *fact_keys(texts)]
        return list(dict.fromkeys([*keys, *(key for rule in self.rules for key in (*rule.rests_on, *rule.norms))]))


@dataclass(frozen=True)
class Followed:
    """Where the answers lead. `open` are the questions still to answer: until there is none, `outcome` is None."""

    asked: tuple[str, ...]
    open: tuple[str, ...]
    outcome: str | None = None
    reason: Reason | None = None
    why: Texts = ("", "")
    to: str = ""
    documents: tuple[Texts, ...] = ()
    norms: tuple[str, ...] = ()


def follow(
    guide: Guide, answers: Mapping[str, str], fallback: str, is_told: Callable[[str], bool], *, nothing_to_bring: str
) -> Followed:
    """Follow the answers to an outcome; `fallback` is the one of a person who must look, `nothing_to_bring` the one
    that leaves the town no file: only the documents of its very rule are named.

    Answers to questions that are not asked, or that are no choice, count for nothing.
    """
    asked, given = asked_of(guide, answers)
    keys = tuple(question.key for question in asked)
    if still := tuple(key for key in keys if key not in given):
        return Followed(keys, still)

    def to_a_person(reason: Reason) -> Followed:
        return Followed(keys, (), fallback, reason, documents=guide.documents, norms=guide.norms)

    if not all(is_told(key) for question in asked for key in question.facts):
        return to_a_person("fact")
    if UNKNOWN in given.values():
        return to_a_person("unknown")
    for rule in guide.rules:
        if matches(rule.when, given):
            if not all(is_told(key) for key in rule.rests_on):
                return to_a_person("fact")
            shared = () if rule.outcome == nothing_to_bring else guide.documents
            documents, norms = (*shared, *rule.documents), rule.norms or guide.norms
            return Followed(keys, (), rule.outcome, "rule", rule.why, rule.to, documents, norms)
    return to_a_person("unforeseen")


def asked_of(guide: Guide, answers: Mapping[str, str]) -> tuple[list[Question], dict[str, str]]:
    """The questions that these answers lead to, in order, and the answers that count."""
    asked: list[Question] = []
    given: dict[str, str] = {}
    for question in guide.questions:
        if not matches(question.only_if, given):
            continue
        asked.append(question)
        answer = answers.get(question.key, "")
        if answer == UNKNOWN or any(answer == choice.value for choice in question.choices):
            given[question.key] = answer
    return asked, given


def matches(when: When, given: Mapping[str, str]) -> bool:
    """Whether every answer named is among those wanted; nothing wanted is always met."""
    return all(given.get(key) in wanted for key, wanted in when.items())


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which rule or question: its rank, from 0, among all those of the guide."""

    message: str
    rule: int | None = None
    question: int | None = None


def problems(guide: Guide, outcomes: Sequence[str]) -> list[Problem]:
    """What of a guide can never be reached, or names what does not exist."""
    result, before = [], dict[str, set[str]]()
    for rank, question in enumerate(guide.questions):
        if question.key in before:
            result.append(Problem(f"the question {question.key!r} is asked twice", question=rank))
        result += [Problem(message, question=rank) for message in _strangers(question.only_if, before, "only_if")]
        before[question.key] = {choice.value for choice in question.choices}
    for rank, rule in enumerate(guide.rules):
        result += [Problem(message, rule=rank) for message in _strangers(rule.when, before, "when")]
        if rule.outcome not in outcomes:
            message = f"'outcome' must be one of {', '.join(outcomes)}, not {rule.outcome!r}"
            result.append(Problem(message, rule=rank))
        if not rule.when and rank < len(guide.rules) - 1:
            result.append(Problem("has no 'when', so that the rules after it are never reached", rule=rank))
    return result


def _strangers(when: When, known: Mapping[str, set[str]], field: str) -> list[str]:
    strangers = []
    for key, wanted in when.items():
        if key not in known:
            strangers.append(f"{field!r} names {key!r}, which is no question asked before")
            continue
        strangers += [
            f"{field!r} names {value!r}, which is no choice of {key!r}" for value in sorted(wanted - known[key])
        ]
    return strangers


def from_json(content: Mapping[str, Any]) -> Guide:
    """The guide as `knowledge.models.Guide` keeps it."""
    return Guide(
        kind=content["kind"],
        intro=_both(content.get("intro")),
        questions=tuple(
            Question(
                item["key"],
                _both(item["label"]),
                _both(item.get("hint")),
                tuple(Choice(choice["value"], _both(choice["label"])) for choice in item["choices"]),
                _when(item.get("only_if")),
            )
            for item in content["questions"]
        ),
        rules=tuple(
            Rule(
                _when(item.get("when")),
                item["outcome"],
                _both(item.get("why")),
                item.get("to", ""),
                tuple(_both(text) for text in item.get("documents", ())),
                tuple(item.get("rests_on", ())),
                tuple(item.get("norms", ())),
            )
            for item in content["rules"]
        ),
        documents=tuple(_both(text) for text in content.get("documents", ())),
        norms=tuple(content.get("norms", ())),
        source=content.get("source", ""),
        source_url=content.get("source_url", ""),
    )


def _both(texts: Mapping[str, str] | None) -> Texts:
    return (texts["fr"], texts["en"]) if texts else ("", "")


def _when(raw: Mapping[str, Sequence[str]] | None) -> When:
    return {key: frozenset(values) for key, values in (raw or {}).items()}
