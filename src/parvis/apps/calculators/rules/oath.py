"""An oath, a copy or a signature: who handles it, by document and by purpose."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from parvis.apps.calculators.rules import guide
from parvis.apps.calculators.rules.guide import Followed, Guide, Problem

KIND = "papers"


class OathOutcome(StrEnum):
    """The outcomes: an oath taken at the desk, the clerk's own documents, or an outside body."""

    DESK = "desk"
    CLERK = "clerk"
    OUTSIDE = "outside"


def follow(questionnaire: Guide, answers: Mapping[str, str], is_told: Callable[[str], bool]) -> Followed:
    """The result of the answers; unknown cases go to the clerk. An outside body says what to bring."""
    return guide.follow(questionnaire, answers, OathOutcome.CLERK, is_told, nothing_to_bring=OathOutcome.OUTSIDE)


def problems(questionnaire: Guide) -> list[Problem]:
    """The mistakes of the guide. An outside outcome must name the body in `to`."""
    result = guide.problems(questionnaire, list(OathOutcome))
    for rank, rule in enumerate(questionnaire.rules):
        if rule.outcome == OathOutcome.OUTSIDE and not rule.to:
            result.append(Problem("'outside' needs 'to', the outside body", rule=rank))
    return result
