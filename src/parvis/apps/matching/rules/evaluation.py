"""How well messages are answered: shares with their intervals, overall, by language and by kind. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Z = 1.959964  # 95 %


@dataclass(frozen=True)
class Message:
    """A message and its expected result: kind (answer, route, none), topics, whether it tells of a danger."""

    text: str
    kind: str
    topics: tuple[str, ...]
    lang: str
    split: str
    danger: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Message":
        """The message of a line; raises ValueError, KeyError or TypeError when it is malformed."""
        if given["kind"] not in ("answer", "route", "none", "danger") or not isinstance(given["text"], str):
            raise ValueError("no message")
        danger = given["kind"] == "danger" or bool(given.get("danger"))
        topics = tuple(str(topic) for topic in given.get("topics") or ())
        kind = given["kind"] if given["kind"] != "danger" else "route"
        return cls(given["text"], kind, topics, str(given.get("lang", "fr")), str(given.get("split", "all")), danger)


@dataclass(frozen=True)
class EngineResult:
    """What the engine returned: kind, topics best first, type of request, whether it answered without asking."""

    kind: str
    topics: tuple[str, ...]
    route: str
    sure: bool
    clarified: tuple[str, ...]
    danger: bool


Pair = tuple[Message, EngineResult]


@dataclass(frozen=True)
class Measure:
    """A share: the pairs that `is_right` accepts among those that `applies` accepts."""

    label: str
    applies: Callable[[Message, EngineResult], bool]
    is_right: Callable[[Message, EngineResult], bool]

    def count(self, pairs: Iterable[Pair]) -> tuple[int, int]:
        """How many are right, of how many."""
        counted = [pair for pair in pairs if self.applies(*pair)]
        return sum(self.is_right(*pair) for pair in counted), len(counted)


def is_right(message: Message, outcome: EngineResult) -> bool:
    """Whether the first result is right: one of the topics, or "none" for an out-of-scope message."""
    if message.kind == "none":
        return outcome.kind == "none"
    return bool(outcome.topics) and outcome.topics[0] in message.topics and outcome.kind != "none"


def _in_scope(message: Message, _outcome: EngineResult) -> bool:
    return message.kind != "none" and bool(message.topics)


def _out_of_scope(message: Message, _outcome: EngineResult) -> bool:
    return message.kind == "none"


def _labelled(message: Message, _outcome: EngineResult) -> bool:
    return message.kind == "none" or bool(message.topics)


def _answered(_message: Message, outcome: EngineResult) -> bool:
    return outcome.sure and outcome.kind != "none"


def _among(topics: Iterable[str], message: Message) -> bool:
    return not set(topics).isdisjoint(message.topics)


MEASURES: dict[str, Measure] = {
    "top1": Measure("right subject first", _in_scope, lambda m, o: _among(o.topics[:1], m)),
    "top3": Measure("right subject among three", _in_scope, lambda m, o: _among(o.topics[:3], m)),
    "routing": Measure(
        "right kind of request", lambda m, o: _in_scope(m, o) and m.kind == "route", lambda m, o: o.route in m.topics
    ),
    "decision": Measure("right decision, not ours included", _labelled, is_right),
    "coverage": Measure("answered without asking, of what is ours", _in_scope, _answered),
    "precision": Measure("of these, right", lambda m, o: _in_scope(m, o) and _answered(m, o), is_right),
    "precision_all": Measure(
        "right when it answers without asking, of everything",
        lambda m, o: _labelled(m, o) and _answered(m, o),
        is_right,
    ),
    "clarify": Measure(
        "right choice offered when it asks",
        lambda m, o: _in_scope(m, o) and bool(o.clarified),
        lambda m, o: _among(o.clarified, m),
    ),
    "none": Measure("not ours, said so", _out_of_scope, lambda _m, o: o.kind == "none"),
    "false_confident": Measure("not ours, answered all the same", _out_of_scope, _answered),
    "danger": Measure("danger told", lambda m, _o: m.danger, lambda _m, o: o.danger),
    "false_danger": Measure("danger told for nothing", lambda m, _o: not m.danger, lambda _m, o: o.danger),
}


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, in percent."""
    if not count:
        return 0.0, 100.0
    share, square = right / count, Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return round(100 * max(0.0, middle - half), 1), round(100 * min(1.0, middle + half), 1)


def measure(pairs: Sequence[Pair]) -> dict[str, dict[str, Any]]:
    """Every measure that applies to these messages: right, of how many, percent, interval."""
    result = {}
    for name, counted in MEASURES.items():
        right, total = counted.count(pairs)
        if total:
            low, high = wilson(right, total)
            percent = round(100 * right / total, 1)
            result[name] = {"right": right, "of": total, "percent": percent, "low": low, "high": high}
    return result


def report(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The measures of each split: overall, by language, by kind."""
    result: dict[str, Any] = {}
    for split in dict.fromkeys(message.split for message, _ in pairs):
        pairs_of_split = [(message, outcome) for message, outcome in pairs if message.split == split]
        groups = {"all": pairs_of_split}
        for lang in sorted({message.lang for message, _ in pairs_of_split}):
            groups[f"language {lang}"] = [pair for pair in pairs_of_split if pair[0].lang == lang]
        for kind in sorted({message.kind for message, _ in pairs_of_split}):
            groups[f"kind {kind}"] = [pair for pair in pairs_of_split if pair[0].kind == kind]
        result[split] = {name: {"messages": len(group), **measure(group)} for name, group in groups.items()}
    return {"splits": result}


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """The report as printable lines."""
    for split, groups in report["splits"].items():
        for group, measures in groups.items():
            yield f"{split}, {group}: {measures['messages']} messages"
            for name, kind in MEASURES.items():
                if name in measures:
                    row = measures[name]
                    interval = f"[{row['low']:.1f}, {row['high']:.1f}]"
                    yield f"  {kind.label:<52} {row['percent']:5.1f} %  {interval:<14}  {row['right']}/{row['of']}"
