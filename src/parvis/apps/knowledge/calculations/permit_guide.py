"""Do I need a permit? Required, not required, or planning must say; never whether a project conforms."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from parvis.apps.knowledge.calculations import guide
from parvis.apps.knowledge.calculations.guide import Followed, Guide, Problem

KIND = "permit"


class Outcome(StrEnum):
    """How a guide of this kind ends."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    PLANNING = "planning"


def follow(item: Guide, answers: Mapping[str, str], is_told: Callable[[str], bool]) -> Followed:
    """Where the answers lead; what is not known goes to planning."""
    return guide.follow(item, answers, Outcome.PLANNING, is_told, nothing_to_bring=Outcome.NOT_REQUIRED)


def problems(item: Guide, common: bool) -> list[Problem]:
    """What is wrong with the guide. "Not required" takes conditions, and the questions that all guides have in common:
    the shore, the farm zone and the street corner are what planning must look at.
    """
    result = guide.problems(item, list(Outcome))
    for rank, rule in enumerate(item.rules):
        if rule.outcome == Outcome.NOT_REQUIRED and not rule.when:
            result.append(Problem("'not-required' needs a 'when'", rule=rank))
        if rule.outcome == Outcome.NOT_REQUIRED and not common:
            result.append(Problem("'not-required' needs the questions of guides/common.yaml", rule=rank))
    return result
