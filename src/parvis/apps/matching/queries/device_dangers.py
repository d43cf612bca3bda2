"""What a device needs to hear an immediate danger without a network: what `plain_alarm` reads, as plain values."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from parvis.apps.content.rules import help_lines
from parvis.apps.matching.queries.matcher import matchers
from parvis.apps.matching.queries.targets import Warning_
from parvis.apps.matching.rules.danger import emergencies


def device_dangers() -> dict[str, Any]:
    """The rules of danger for `danger-words.js`, with the phrases of the town; the same for everyone. No query."""
    return as_values(matchers.current().warnings)


def as_values(warnings: Sequence[Warning_]) -> dict[str, Any]:
    """`rules` (see `Recogniser.as_values`), the town's `phrases` as the beginnings of their words, the `lines` by name,
    and what to do `first`. A phrase is heard in either language.
    """
    rules = emergencies.recogniser().as_values()
    named = {name for family in rules["families"] for name in family["lines"]}
    return {
        "rules": rules,
        "phrases": [phrase for warning in warnings for phrase in warning.words.beginnings],
        "phone": next((warning.phone for warning in warnings), "911"),
        "lines": {name: asdict(help_lines.named([name])[0]) for name in sorted(named)},
        "first": help_lines.FIRST,
    }
