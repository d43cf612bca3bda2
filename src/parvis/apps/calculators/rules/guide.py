"""A short guided questionnaire that ends in an outcome; its questions, choices and rules are a town's data.

A guide decides nothing: an unknown answer, an unconfirmed norm, or a case that no rule covers goes to a person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from parvis.apps.content.rules.phrases import fact_keys

UNKNOWN = "inconnu"

Texts = tuple[str, str]  # French, English
When = Mapping[str, frozenset[str]]
Reason = Literal["rule", "unknown", "fact", "unforeseen"]


@dataclass(frozen=True)
class Choice:
    """One choice of a question."""

    value: str
    label: Texts


@dataclass(frozen=True)
class Question:
    """A question with its choices, asked when the earlier answers match `only_if`."""

    key: str
    label: Texts
    hint: Texts
    choices: tuple[Choice, ...]
    only_if: When

    @property
    def facts(self) -> list[str]:
        """The keys of the facts that the question's texts refer to."""
        return fact_keys([*self.label, *self.hint, *(text for choice in self.choices for text in choice.label)])


@dataclass(frozen=True)
class Rule:
    """The outcome when the answers match `when`, with its reason; `to` is the department responsible.

    `rests_on` are facts: the rule does not apply when one of them may not be told. `norms` replace those of the guide.
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
    """The questions and rules in order, the documents and norms of the outcomes, the source."""

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
    """The result of the answers. `open` are the questions left; `outcome` is None until there are none."""

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
    """Follow the answers to an outcome.

    `fallback` is the outcome that sends to a person; `nothing_to_bring` the one that opens no file with the town, which
    lists only the documents of its rule. Answers to questions that are not asked, and invalid choices, are ignored.
    """
    asked, given = asked_of(guide, answers)
    keys = tuple(question.key for question in asked)
    if remaining := tuple(key for key in keys if key not in given):
        return Followed(keys, remaining)

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
    """The questions that these answers lead to, in order, and the valid answers."""
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
    """Whether every answer named in `when` is among those wanted; an empty `when` always matches."""
    return all(given.get(key) in wanted for key, wanted in when.items())


@dataclass(frozen=True)
class Problem:
    """A mistake, with the rank from 0 of its rule or question in the guide."""

    message: str
    rule: int | None = None
    question: int | None = None


def problems(guide: Guide, outcomes: Sequence[str]) -> list[Problem]:
    """The unreachable rules, and the references to questions, choices or outcomes that do not exist."""
    result, before = [], dict[str, set[str]]()
    for rank, question in enumerate(guide.questions):
        if question.key in before:
            result.append(Problem(f"the question {question.key!r} is asked twice", question=rank))
        result += [Problem(message, question=rank) for message in _unknown_names(question.only_if, before, "only_if")]
        before[question.key] = {choice.value for choice in question.choices}
    for rank, rule in enumerate(guide.rules):
        result += [Problem(message, rule=rank) for message in _unknown_names(rule.when, before, "when")]
        if rule.outcome not in outcomes:
            message = f"'outcome' must be one of {', '.join(outcomes)}, not {rule.outcome!r}"
            result.append(Problem(message, rule=rank))
        if not rule.when and rank < len(guide.rules) - 1:
            result.append(Problem("has no 'when', so that the rules after it are never reached", rule=rank))
    return result


def _unknown_names(when: When, known: Mapping[str, set[str]], field: str) -> list[str]:
    messages = []
    for key, wanted in when.items():
        if key not in known:
            messages.append(f"{field!r} names {key!r}, which is no question asked before")
            continue
        unknown = sorted(wanted - known[key])
        messages += [f"{field!r} names {value!r}, which is no choice of {key!r}" for value in unknown]
    return messages


def from_json(content: Mapping[str, Any]) -> Guide:
    """The guide stored in `content.models.Guide`."""
    return Guide(
        kind=content["kind"],
        intro=_both(content.get("intro")),
        questions=tuple(map(_question, content["questions"])),
        rules=tuple(map(_rule, content["rules"])),
        documents=tuple(map(_both, content.get("documents", ()))),
        norms=tuple(content.get("norms", ())),
        source=content.get("source", ""),
        source_url=content.get("source_url", ""),
    )


def _question(raw: Mapping[str, Any]) -> Question:
    choices = tuple(Choice(choice["value"], _both(choice["label"])) for choice in raw["choices"])
    return Question(raw["key"], _both(raw["label"]), _both(raw.get("hint")), choices, _when(raw.get("only_if")))


def _rule(raw: Mapping[str, Any]) -> Rule:
    documents, rests_on, norms = (raw.get(name, ()) for name in ("documents", "rests_on", "norms"))
    facts = tuple(rests_on), tuple(norms)
    when, why = _when(raw.get("when")), _both(raw.get("why"))
    return Rule(when, raw["outcome"], why, raw.get("to", ""), tuple(map(_both, documents)), *facts)


def _both(texts: Mapping[str, str] | None) -> Texts:
    return (texts["fr"], texts["en"]) if texts else ("", "")


def _when(raw: Mapping[str, Sequence[str]] | None) -> When:
    return {key: frozenset(values) for key, values in (raw or {}).items()}
