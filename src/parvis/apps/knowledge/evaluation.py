"""How well messages are answered: counts with their intervals, of the whole, by language and by kind. Pure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Z = 1.959964  # 95 %


@dataclass(frozen=True)
class Message:
    """A message with what is right for it: kind (answer, route, none), topics, whether it tells a danger."""

    text: str
    kind: str
    topics: tuple[str, ...]
    lang: str
    split: str
    danger: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Message":
        """The message of a line; ValueError, KeyError or TypeError when it is none."""
        if given["kind"] not in ("answer", "route", "none", "danger") or not isinstance(given["text"], str):
            raise ValueError("no message")
        danger = given["kind"] == "danger" or bool(given.get("danger"))
        topics = tuple(str(topic) for topic in given.get("topics") or ())
        kind = given["kind"] if given["kind"] != "danger" else "route"
        return cls(given["text"], kind, topics, str(given.get("lang", "fr")), str(given.get("split", "all")), danger)


@dataclass(frozen=True)
class Outcome:
    """What the engine said: kind, topics best first, the type of request, whether it answered without asking."""

    kind: str
    topics: tuple[str, ...]
    route: str
    sure: bool
    clarified: tuple[str, ...]
    danger: bool


Pair = tuple[Message, Outcome]


def is_right(message: Message, outcome: Outcome) -> bool:
    """Whether what was said first is right: one of the topics, or "not ours" when it is not."""
    if message.kind == "none":
        return outcome.kind == "none"
    return bool(outcome.topics) and outcome.topics[0] in message.topics and outcome.kind != "none"


def _ours(pairs: Iterable[Pair]) -> list[Pair]:
    return [(message, outcome) for message, outcome in pairs if message.kind != "none" and message.topics]


def _top(size: int) -> Callable[[Sequence[Pair]], tuple[int, int]]:
    def count(pairs: Sequence[Pair]) -> tuple[int, int]:
        ours = _ours(pairs)
        return sum(bool(set(outcome.topics[:size]) & set(message.topics)) for message, outcome in ours), len(ours)

    return count


def _routing(pairs: Sequence[Pair]) -> tuple[int, int]:
    routed = [(message, outcome) for message, outcome in _ours(pairs) if message.kind == "route"]
    return sum(outcome.route in message.topics for message, outcome in routed), len(routed)


def _kinds(pairs: Sequence[Pair]) -> tuple[int, int]:
    asked = [(message, outcome) for message, outcome in pairs if message.kind == "none" or message.topics]
    return sum(is_right(message, outcome) for message, outcome in asked), len(asked)


def _precision(pairs: Sequence[Pair]) -> tuple[int, int]:
    told = [(message, outcome) for message, outcome in pairs if outcome.sure and outcome.kind != "none"]
    told = [(message, outcome) for message, outcome in told if message.kind == "none" or message.topics]
    return sum(is_right(message, outcome) for message, outcome in told), len(told)


def _precision_ours(pairs: Sequence[Pair]) -> tuple[int, int]:
    told = [(message, outcome) for message, outcome in _ours(pairs) if outcome.sure and outcome.kind != "none"]
    return sum(is_right(message, outcome) for message, outcome in told), len(told)


def _coverage(pairs: Sequence[Pair]) -> tuple[int, int]:
    ours = _ours(pairs)
    return sum(outcome.sure and outcome.kind != "none" for _, outcome in ours), len(ours)


def _clarified(pairs: Sequence[Pair]) -> tuple[int, int]:
    asked = [(message, outcome) for message, outcome in _ours(pairs) if outcome.clarified]
    return sum(bool(set(outcome.clarified) & set(message.topics)) for message, outcome in asked), len(asked)


def _false(pairs: Sequence[Pair]) -> tuple[int, int]:
    strange = [outcome for message, outcome in pairs if message.kind == "none"]
    return sum(outcome.sure and outcome.kind != "none" for outcome in strange), len(strange)


def _elsewhere(pairs: Sequence[Pair]) -> tuple[int, int]:
    strange = [outcome for message, outcome in pairs if message.kind == "none"]
    return sum(outcome.kind == "none" for outcome in strange), len(strange)


def _danger(pairs: Sequence[Pair]) -> tuple[int, int]:
    told = [outcome for message, outcome in pairs if message.danger]
    return sum(outcome.danger for outcome in told), len(told)


def _false_danger(pairs: Sequence[Pair]) -> tuple[int, int]:
    calm = [outcome for message, outcome in pairs if not message.danger]
    return sum(outcome.danger for outcome in calm), len(calm)


MEASURES: dict[str, tuple[str, Callable[[Sequence[Pair]], tuple[int, int]]]] = {
    "top1": ("right subject first", _top(1)),
    "top3": ("right subject among three", _top(3)),
    "routing": ("right kind of request", _routing),
    "decision": ("right decision, not ours included", _kinds),
    "coverage": ("answered without asking, of what is ours", _coverage),
    "precision": ("of these, right", _precision_ours),
    "precision_all": ("right when it answers without asking, of everything", _precision),
    "clarify": ("right choice offered when it asks", _clarified),
    "none": ("not ours, said so", _elsewhere),
    "false_confident": ("not ours, answered all the same", _false),
    "danger": ("danger told", _danger),
    "false_danger": ("danger told for nothing", _false_danger),
}


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, in percent."""
    if not count:
        return 0.0, 100.0
    share, square = right / count, Z * Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return round(100 * max(0.0, middle - half), 1), round(100 * min(1.0, middle + half), 1)


def measure(pairs: Sequence[Pair]) -> dict[str, dict[str, Any]]:
    """Every measure that these messages allow: right, of how many, percent, interval."""
    result = {}
    for name, (_label, count) in MEASURES.items():
        right, total = count(pairs)
        if total:
            low, high = wilson(right, total)
            result[name] = {
                "right": right,
                "of": total,
                "percent": round(100 * right / total, 1),
                "low": low,
                "high": high,
            }
    return result


def report(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Each split apart: all of it, by language, by kind."""
    result: dict[str, Any] = {}
    for split in dict.fromkeys(message.split for message, _ in pairs):
        own = [(message, outcome) for message, outcome in pairs if message.split == split]
        groups = {"all": own}
        for lang in sorted({message.lang for message, _ in own}):
            groups[f"language {lang}"] = [pair for pair in own if pair[0].lang == lang]
        for kind in sorted({message.kind for message, _ in own}):
            groups[f"kind {kind}"] = [pair for pair in own if pair[0].kind == kind]
        result[split] = {name: {"messages": len(group), **measure(group)} for name, group in groups.items()}
    return {"splits": result}


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """The report as lines to print."""
    for split, groups in report["splits"].items():
        for group, measures in groups.items():
            yield f"{split}, {group}: {measures['messages']} messages"
            for name, (label, _count) in MEASURES.items():
                if name in measures:
                    result = measures[name]
                    interval = f"[{result['low']:.1f}, {result['high']:.1f}]"
                    yield f"  {label:<52} {result['percent']:5.1f} %  {interval:<14}  {result['right']}/{result['of']}"
