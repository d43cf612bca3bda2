"""Whether a permit is required, not required, or planning must say; never whether a project conforms."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from parvis.apps.calculators.rules import guide
from parvis.apps.calculators.rules.guide import Followed, Guide, Problem

KIND = "permit"


class PermitOutcome(StrEnum):
    """The outcomes of a permit guide."""

    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    PLANNING = "planning"


def follow(questionnaire: Guide, answers: Mapping[str, str], is_told: Callable[[str], bool]) -> Followed:
    """The result of the answers; unknown cases go to planning."""
    return guide.follow(
        questionnaire, answers, PermitOutcome.PLANNING, is_told, nothing_to_bring=PermitOutcome.NOT_REQUIRED
    )


def problems(questionnaire: Guide, common: bool) -> list[Problem]:
    """The mistakes of the guide. "Not required" needs conditions and the questions common to all guides.

    The shore, the farm zone and the street corner are what planning must look at.
    """
    result = guide.problems(questionnaire, list(PermitOutcome))
    for rank, rule in enumerate(questionnaire.rules):
        if rule.outcome == PermitOutcome.NOT_REQUIRED and not rule.when:
            result.append(Problem("'not-required' needs a 'when'", rule=rank))
        if rule.outcome == PermitOutcome.NOT_REQUIRED and not common:
            result.append(Problem("'not-required' needs the questions of guides/common.yaml", rule=rank))
    return result
