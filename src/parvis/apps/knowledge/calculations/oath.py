"""An oath, a copy, a signature: which document, for whom, and so whose door it is."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from parvis.apps.knowledge.calculations import guide
from parvis.apps.knowledge.calculations.guide import Followed, Guide, Problem

KIND = "papers"


class Outcome(StrEnum):
    """How a guide of this kind ends: an oath taken at the desk, the clerk's own documents, or someone outside."""

    DESK = "desk"
    CLERK = "clerk"
    OUTSIDE = "outside"


def follow(item: Guide, answers: Mapping[str, str], is_told: Callable[[str], bool]) -> Followed:
    """Where the answers lead; what is not known goes to the clerk. Someone outside says what to bring them."""
    return guide.follow(item, answers, Outcome.CLERK, is_told, nothing_to_bring=Outcome.OUTSIDE)


def problems(item: Guide) -> list[Problem]:
    """What is wrong with the guide. Whoever is outside is named, in `to`."""
    result = guide.problems(item, list(Outcome))
    for rank, rule in enumerate(item.rules):
        if rule.outcome == Outcome.OUTSIDE and not rule.to:
            result.append(Problem("'outside' needs 'to', the outside body", rule=rank))
    return result
